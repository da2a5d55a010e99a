"""The badge and the JSON status of a group of hotels."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from hotels.audit import Via
from hotels.models import Hotel
from jobs.models import Status, Tick, WallScreen
from jobs.wall_screens.screens import create_screen, revoke_screen
from jobs.wall_screens.status import Light, group_status
from tests.factories import HotelFactory, UserFactory
from tests.jobs.console.books import ended

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _frozen(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture(autouse=True)
def tick(now: datetime) -> Tick:
    at = now - timedelta(seconds=40)
    return Tick.objects.create(pk=Tick.KEY, looked_until=at, ticked_at=at)


def screen_of(*hotels: Hotel, now: datetime) -> tuple[WallScreen, str]:
    return create_screen(
        label="Office <2>", hotels=hotels, by=UserFactory(), via=Via.ADMIN, now=now
    )


def light(hotel: Hotel, *, now: datetime) -> Light:
    return group_status(hotels=[hotel], now=now).light


def test_the_latest_run_of_each_job_decides(hotel: Hotel, now: datetime) -> None:
    ended(hotel, now - 3 * HOUR, status=Status.FAILED)
    ended(hotel, now - 2 * HOUR, job_name="daily-housekeeping")
    assert light(hotel, now=now) == Light.FAILED

    ended(hotel, now - HOUR)
    assert light(hotel, now=now) == Light.OK


@pytest.mark.parametrize(
    "columns", [{"problems": 2}, {"status": Status.SKIPPED, "skip_reason": "missed"}]
)
def test_problems_and_missed_slots_need_attention(
    hotel: Hotel, now: datetime, columns: dict[str, Any]
) -> None:
    ended(hotel, now - HOUR, **columns)

    assert light(hotel, now=now) == Light.ATTENTION


def test_a_failure_of_the_day_before_yesterday_no_longer_counts(
    hotel: Hotel, now: datetime
) -> None:
    ended(hotel, now - 30 * HOUR, status=Status.FAILED)

    assert light(hotel, now=now) == Light.OK


def test_what_was_switched_off_is_no_trouble(hotel: Hotel, now: datetime) -> None:
    ended(hotel, now - HOUR, status=Status.SKIPPED, skip_reason="disabled")
    closed = HotelFactory(active=False)
    ended(closed, now - HOUR, status=Status.FAILED)

    assert group_status(hotels=[hotel, closed], now=now).light == Light.OK


def test_a_silent_tick_outshines_all_else(hotel: Hotel, now: datetime, tick: Tick) -> None:
    ended(hotel, now - HOUR)
    tick.ticked_at = now - timedelta(minutes=5)
    tick.save()

    assert light(hotel, now=now) == Light.SILENT


def test_the_queries_do_not_grow_with_the_hotels(
    now: datetime, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    hotels = [HotelFactory() for _ in range(3)]
    for hotel in hotels:
        ended(hotel, now - HOUR)

    counts = {queries_of(lambda n=n: group_status(hotels=hotels[:n], now=now)) for n in (1, 3)}
    assert counts == {3}


def test_the_badge_is_a_picture_that_no_cache_keeps(
    client: Client, hotel: Hotel, now: datetime
) -> None:
    ended(hotel, now - HOUR, status=Status.FAILED)
    _screen, token = screen_of(hotel, HotelFactory(), now=now)

    answer = client.get(f"/status/{token}.svg")

    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<title>Office &lt;2&gt;: 1 of 2 hotels failed</title>" in answer.content.decode()


def test_the_json_status_names_the_hotels(client: Client, hotel: Hotel, now: datetime) -> None:
    ended(hotel, now - HOUR, problems=1)
    _screen, token = screen_of(hotel, now=now)

    content = client.get(f"/status/{token}.json").json()

    assert (content["status"], content["tick"]["ageSeconds"]) == ("attention", 40)
    assert [each["code"] for each in content["hotels"]] == [hotel.code]
    assert content["hotels"][0]["jobs"]["completedWithProblems"] == 1


def test_unknown_and_revoked_tokens_are_not_found(
    client: Client, hotel: Hotel, now: datetime
) -> None:
    screen, token = screen_of(hotel, now=now)
    assert token not in str(vars(screen))
    revoke_screen(screen=screen, by=UserFactory(), via=Via.ADMIN, now=now)

    answers = [client.get(f"/status/{each}.json") for each in (token, "unknown")]
    assert [answer.status_code for answer in answers] == [404, 404]
