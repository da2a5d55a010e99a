"""The console's admin site."""

from unittest.mock import patch

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from pms.admin_site import ConsoleSite

pytestmark = pytest.mark.django_db


def test_a_console_page_does_not_build_the_list_of_models(admin_client: Client) -> None:
    with patch.object(ConsoleSite, "_build_app_dict") as build:
        assert admin_client.get("/admin/timeline/").status_code == 200

    build.assert_not_called()


def test_a_page_of_an_app_still_lists_its_models(admin_client: Client) -> None:
    page = admin_client.get("/admin/hotels/")

    assert "/admin/hotels/folio/" in page.content.decode()


def test_the_list_of_models_is_that_of_the_user(admin_user: User) -> None:
    request = RequestFactory().get("/admin/")
    request.user = admin_user

    apps = {app["app_label"] for app in admin.site.get_app_list(request)}

    assert {"hotels", "jobs"} <= apps
