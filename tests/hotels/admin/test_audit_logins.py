"""Audit entries of passwords and groups; no password is ever stored."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from hotels import audit
from tests.factories import UserFactory
from tests.hotels.admin.acts import crash, entries, posted
from tests.hotels.admin.books import page
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db

SECRET = "a-Long-secret-9"


def test_setting_the_password_of_a_user_is_recorded_without_it(client_: Client) -> None:
    user = UserFactory()

    set_password(client_, user)

    (entry,) = entries()
    assert (entry.object_id, entry.before, entry.after) == (
        str(user.pk),
        {},
        {"password": "changed"},
    )


def set_password(client: Client, user: User) -> None:
    client.post(
        reverse("admin:auth_user_password_change", args=[user.pk]),
        {"password1": SECRET, "password2": SECRET, "usable_password": "true"},
    )


def own_password(client: Client, old: str) -> None:
    client.post(
        reverse("admin:password_change"),
        {"old_password": old, "new_password1": SECRET, "new_password2": SECRET},
    )


def test_changing_the_own_password_is_recorded(owner: User, browser: Browser) -> None:
    own_password(browser(owner), "secret")

    (entry,) = entries()
    assert (entry.username, entry.after) == ("owner", {"password": "changed"})


def test_a_wrong_old_password_makes_no_entry(owner: User, browser: Browser) -> None:
    own_password(browser(owner), "wrong")

    assert entries() == []


def test_a_password_does_not_change_if_the_entry_cannot_be_stored(
    superuser: User, client_: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = UserFactory()
    monkeypatch.setattr(audit, "record", crash)

    with pytest.raises(RuntimeError):
        own_password(client_, "secret")
    with pytest.raises(RuntimeError):
        set_password(client_, user)

    for each in (superuser, user):
        each.refresh_from_db()
        assert each.check_password("secret")


def test_permissions_of_a_group_are_stored_by_name(client_: Client) -> None:
    group = Group.objects.create(name="Desk")
    permission = Permission.objects.get(codename="view_guest")

    client_.post(page("change", group), posted(group, permissions=[permission.pk]))

    (entry,) = entries()
    assert (entry.before, entry.after) == ({"permissions": []}, {"permissions": [str(permission)]})
