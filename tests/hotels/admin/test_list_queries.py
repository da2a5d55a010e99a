"""Lists of the admin accept the filters they declare, and no other lookup of a field."""

import random

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client

from hotels.models import AuditEntry, Hotel, HousekeepingTask, Room
from tests.hotels.admin.books import page
from tests.hotels.admin.conftest import Browser
from tests.hotels.admin.queries import query_string

pytestmark = pytest.mark.django_db
ADMINS: list[type[Model]] = sorted(admin.site._registry, key=lambda model: model.__name__)


@pytest.fixture
def root(superuser: User, browser: Browser) -> Client:
    return browser(superuser)


@pytest.mark.parametrize(
    "query",
    [
        "name__regex=(a%2B)%2B%24",
        "name=Lisbon",
        "created_at__year=2147483648",
        "id__range=1",
        "memberships__user__email__startswith=a",
    ],
)
def test_a_lookup_that_no_filter_declares_is_refused(root: Client, query: str) -> None:
    assert root.get(f"{page('changelist', Hotel)}?{query}").status_code == 400


def test_declared_filters_searches_and_pages_are_accepted(root: Client, hotel: Hotel) -> None:
    query = f"hotel__id__exact={hotel.pk}&q=101&o=1&p=1"

    assert root.get(f"{page('changelist', Room)}?{query}").status_code == 200


def test_the_lists_that_pages_link_to_accept_their_links(root: Client, hotel: Hotel) -> None:
    of_day = f"hotel__id__exact={hotel.pk}&date_from=2026-07-15&date_to=2026-07-15"
    of_row = f"model=hotels.hotel&object_id={hotel.pk}"

    assert root.get(f"{page('changelist', HousekeepingTask)}?{of_day}").status_code == 200
    assert root.get(f"{page('changelist', AuditEntry)}?{of_row}").status_code == 200


@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model.__name__)
def test_no_query_string_makes_a_list_fail(root: Client, model: type[Model]) -> None:
    """The benchmark `lists` sends ten thousand."""
    chance = random.Random(model.__name__)
    root.raise_request_exception = False

    for _ in range(4):
        query = query_string(model, chance=chance)
        assert root.get(f"{page('changelist', model)}?{query}").status_code < 500, query
