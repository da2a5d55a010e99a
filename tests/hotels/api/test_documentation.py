"""HTML pages of the API: documentation and the browsable API."""

import pytest
from django.test import Client

from hotels.models import Hotel
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(hotel: Hotel) -> Client:
    """A browser in which a manager is signed in."""
    client = Client()
    client.force_login(MembershipFactory(hotel=hotel).user)
    return client


@pytest.mark.parametrize("path", ["/api/jobs", "/api/docs", "/session/login/"])
def test_pages_load_nothing_from_other_sites(page: Client, path: str) -> None:
    answer = page.get(path, HTTP_ACCEPT="text/html")

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "https://cdn" not in text
    assert "fonts.googleapis" not in text


def test_the_browsable_api_signs_out_without_a_script(page: Client) -> None:
    text = page.get("/api/jobs", HTTP_ACCEPT="text/html").content.decode()

    assert "onclick" not in text
    assert 'action="/session/logout/?next=/api/jobs"' in text


def test_the_documentation_redirects_to_the_login_and_back() -> None:
    path = "/api/docs"
    answer = Client().get(path)

    assert (answer.status_code, answer["Location"]) == (302, f"/session/login/?next={path}")
