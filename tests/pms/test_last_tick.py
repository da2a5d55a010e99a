"""The last tick at the foot of the console's pages."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel
from jobs.models import Tick
from pms.last_tick import LastTick
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 7, 15, 1, 21, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _frozen_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client: Client, hotel: Hotel) -> Client:
    client.force_login(MembershipFactory(hotel=hotel).user)
    return client


def ticked(*, ago: timedelta) -> None:
    Tick.objects.create(pk=Tick.KEY, looked_until=NOW - ago, ticked_at=NOW - ago)


@pytest.mark.parametrize(
    ("ago", "silent", "text"),
    [
        (timedelta(seconds=70), False, "Last tick 1 min ago"),
        (timedelta(minutes=31), True, "No tick for 31 min: due jobs do not start."),
        (-timedelta(days=40), True, "The last tick is dated 24 Aug 2026, 01:21:00 UTC"),
    ],
)
def test_a_tick_is_silent_after_some_minutes_or_with_a_wrong_clock(
    ago: timedelta, silent: bool, text: str
) -> None:
    ticked(ago=ago)

    found = LastTick.read(now=NOW)

    assert found is not None
    assert found.is_silent is silent
    assert found.text.startswith(text)


@pytest.mark.parametrize("name", ["admin:index", "hotels:no-shows", "admin:hotels_room_changelist"])
def test_every_page_shows_at_its_foot_that_the_tick_is_silent(client: Client, name: str) -> None:
    ticked(ago=timedelta(minutes=31))

    page = client.get(reverse(name)).content.decode()

    assert '<footer id="last-tick" class="last-tick silent">' in page
    assert 'title="15 Jul 2026, 00:50:00 UTC">No tick for 31 min' in page


def test_where_no_tick_ever_ran_the_foot_is_empty(client: Client) -> None:
    page = client.get(reverse("admin:index")).content.decode()

    assert '<footer id="last-tick" hidden></footer>' in page


def test_the_foot_of_home_is_replaced_with_each_fragment(client: Client) -> None:
    ticked(ago=timedelta(minutes=31))

    part = client.get(reverse("admin:index"), headers={"HX-Request": "true"}).content.decode()

    assert 'class="last-tick silent" hx-swap-oob="true"' in part


def test_the_login_page_reads_no_tick(client: Client) -> None:
    ticked(ago=timedelta(minutes=31))
    client.logout()

    assert "last-tick" not in client.get(reverse("admin:login")).content.decode()
