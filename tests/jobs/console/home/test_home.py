"""The console's home: how the jobs stand, in words, and what they left for a person."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel, Membership
from jobs.base import Job
from jobs.console.home.job_status import JobStatus, job_statuses
from jobs.console.home.summaries import sentences
from jobs.models import JobExecution, SkipReason, Status
from jobs.scheduling.changes import delete_schedule
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.jobs.engine import of_slot, own_schedule

pytestmark = pytest.mark.django_db

HOME = reverse("admin:index")
SLOT = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
BEFORE = SLOT - timedelta(days=1)
NOW = datetime(2026, 7, 15, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_twelve_past() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def ran(hotel: Hotel, slot: datetime = SLOT, **columns: Any) -> JobExecution:
    """An execution of a slot that ended three minutes later."""
    ended = {"completed_at": slot + timedelta(minutes=3)}
    if columns.get("status") in (Status.PENDING, Status.RUNNING):
        ended = {}
    defaults = {"status": Status.COMPLETED, "started_at": slot, "created_at": slot} | ended
    return of_slot(hotel, slot, **defaults | columns)


def failed(hotel: Hotel, **columns: Any) -> JobExecution:
    return ran(hotel, status=Status.FAILED, failure_kind="failed", error="closed", **columns)


def said(job: Job, *hotels: Hotel, now: datetime = NOW) -> list[str]:
    found = job_statuses(hotels=hotels, jobs=[job], now=now)[job.name]
    return [sentence.words for sentence in sentences(standings=found, now=now)]


def kuwait(**more: Any) -> Hotel:
    hotel: Hotel = HotelFactory(name="Kuwait", timezone="Asia/Kuwait", **more)
    return hotel


def test_all_hotels_done_are_said_with_the_time(greetings: Job) -> None:
    hotels = [HotelFactory(timezone="Europe/Lisbon") for _ in range(4)]
    for hotel in hotels:
        ran(hotel)

    assert said(greetings, *hotels) == ["All 4 hotels done at 05:03."]


def test_the_time_of_hotels_in_several_zones_is_utc(greetings: Job) -> None:
    hotels = [HotelFactory(timezone="Europe/Lisbon"), kuwait()]
    for hotel in hotels:
        ran(hotel)

    assert said(greetings, *hotels) == ["All 2 hotels done at 04:03 UTC."]


def test_a_single_hotel_is_done_in_fewer_words(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel)

    assert said(greetings, hotel) == ["Done at 07:03."]


def test_a_hotel_that_is_tried_again_is_said_with_its_next_try(greetings: Job) -> None:
    hotel = kuwait()
    at = NOW + timedelta(minutes=2)
    ran(hotel, status=Status.PENDING, attempt=3, not_before=at, started_at=None)

    assert said(greetings, hotel) == ["Kuwait failed 2 times, next try 07:14."]


def test_a_hotel_that_has_no_try_left_comes_first(greetings: Job) -> None:
    hotel, other = kuwait(), HotelFactory()
    failed(hotel, attempt=3)
    ran(other)

    first, second = said(greetings, hotel, other)

    assert first == "Kuwait failed 3 times, no try is left."
    assert second.startswith("1 of 2 hotels done at")


def test_many_failures_are_counted_and_the_first_named(greetings: Job) -> None:
    hotels = [HotelFactory(name=name) for name in ("A", "B", "C", "D", "E")]
    for hotel in hotels:
        failed(hotel)

    assert said(greetings, *hotels) == ["5 hotels failed: A, B, C, 2 more."]


def test_a_slot_that_nobody_opened_is_late(greetings: Job) -> None:
    hotel = HotelFactory(name="Tokyo", timezone="Asia/Tokyo")
    ran(hotel, BEFORE)

    assert said(greetings, hotel)[0] == "Tokyo is 12 min late."


def test_within_the_grace_nobody_is_late(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, BEFORE)

    assert len(said(greetings, hotel, now=SLOT + timedelta(minutes=4))) == 1


def test_a_schedule_that_was_changed_since_is_not_late(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, BEFORE)
    own_schedule(hotel, "5 7 * * *", counts_from=NOW - timedelta(minutes=1))

    assert len(said(greetings, hotel)) == 1


def test_a_schedule_that_is_off_is_never_late(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, BEFORE)
    own_schedule(hotel, enabled=False)

    assert len(said(greetings, hotel)) == 1


def test_a_new_hotel_has_not_run_and_is_not_late(greetings: Job) -> None:
    assert said(greetings, kuwait()) == ["Has not run yet."]


def test_what_runs_and_what_waits_is_said(greetings: Job) -> None:
    running, pending = kuwait(), HotelFactory(name="Lisbon")
    token = "11111111-1111-1111-1111-111111111111"
    ran(running, status=Status.RUNNING, token=token, lease_expires_at=NOW)
    ran(pending, status=Status.PENDING, started_at=None)

    assert said(greetings, running, pending) == [
        "Runs now: Kuwait.",
        "Waits for a worker: Lisbon.",
    ]


def test_a_skipped_slot_is_said_with_its_reason(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, status=Status.SKIPPED, skip_reason=SkipReason.DISABLED)

    assert said(greetings, hotel) == ["Skipped (disabled for the hotel): Kuwait."]


def test_the_newest_execution_counts(greetings: Job) -> None:
    hotel = kuwait()
    failed(hotel)
    ran(hotel, attempt=2)

    assert said(greetings, hotel) == ["Done at 07:03."]


def test_where_an_own_schedule_was_removed_the_declared_one_is_not_late_for_before(
    greetings: Job, hotel: Hotel
) -> None:
    own = own_schedule(hotel, "0 20 * * *")
    delete_schedule(schedule=own, now=NOW - timedelta(minutes=1), by=UserFactory())

    (standing,) = job_statuses(hotels=[hotel], jobs=[greetings], now=NOW)[greetings.name]

    assert standing.last_slot is None


def test_standings_cost_four_queries_however_many_hotels(
    greetings: Job, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    hotels = [HotelFactory() for _ in range(20)]
    for hotel in hotels:
        ran(hotel)

    def look(count: int) -> list[JobStatus]:
        return job_statuses(hotels=hotels[:count], jobs=[greetings], now=NOW)[greetings.name]

    assert queries_of(lambda: look(20)) == queries_of(lambda: look(2)) == 4


def test_a_card_tells_the_last_and_the_next_run_in_the_hotel_s_time(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    ran(hotel)

    page = manager.get(HOME).content.decode()

    assert 'title="15 Jul 2026, 04:03:00 UTC">15 Jul 2026, 05:03</time>' in page
    assert 'title="16 Jul 2026, 04:00:00 UTC">16 Jul 2026, 05:00</time>' in page
    assert "100\u00a0% of 1 succeeded" in page


def test_buttons_are_for_those_who_may_run_it(
    greetings: Job, manager: Client, viewer: Client
) -> None:
    assert "Run now" in manager.get(HOME).content.decode()
    assert "Run now" not in viewer.get(HOME).content.decode()


def test_a_person_sees_only_their_hotels(greetings: Job, outsider: Client, hotel: Hotel) -> None:
    failed(hotel)

    page = outsider.get(HOME)

    assert hotel not in page.context["hotels"]
    assert page.context["needs"] == []
    assert "Has not run yet." in page.content.decode()


def test_what_failed_for_good_is_for_a_person_to_look_at(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    row = failed(hotel)

    page = manager.get(HOME).content.decode()

    assert reverse("admin:jobs_jobexecution_change", args=[row.pk]) in page
    assert "Greetings failed" in page


def test_a_person_without_a_hotel_is_refused(client: Client) -> None:
    client.force_login(UserFactory())

    assert client.get(HOME).status_code == 403


def test_a_group_without_a_working_hotel_says_so(client: Client) -> None:
    client.force_login(UserFactory(is_superuser=True))
    HotelFactory(active=False)

    assert "You have no working hotel yet." in client.get(HOME).content.decode()


def test_home_asks_more_often_while_something_runs(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    assert manager.get(HOME).context["poll"] == 30_000
    ran(hotel, status=Status.PENDING, started_at=None)

    assert manager.get(HOME).context["poll"] == 3000


def test_an_open_page_costs_few_queries_when_nothing_has_changed(
    greetings: Job,
    manager: Client,
    hotel: Hotel,
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    ran(hotel, status=Status.PENDING, started_at=None)
    first = manager.get(HOME, headers={"HX-Request": "true"})
    asked = {"HX-Request": "true", "If-None-Match": first["ETag"]}

    def again() -> None:
        assert manager.get(HOME, headers=asked).status_code == 304

    # The session, the person, their roles, their hotels; what is open, and the newest.
    assert queries_of(again) == 6


def test_a_browser_keeps_the_part_that_moves_and_nothing_else(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    whole, part = manager.get(HOME), manager.get(HOME, headers={"HX-Request": "true"})
    asked = {"HX-Request": "true", "If-None-Match": part["ETag"]}
    unchanged = manager.get(HOME, headers=asked)

    assert "no-store" in whole["Cache-Control"]
    assert part["Cache-Control"] == unchanged["Cache-Control"] == "private, no-cache"
    assert unchanged["ETag"] == part["ETag"]
    assert all("HX-Request" in answer["Vary"] for answer in (whole, part, unchanged))


def test_whoever_gets_another_role_is_shown_the_page_anew(
    greetings: Job, manager: Client, owner: User, hotel: Hotel
) -> None:
    first = manager.get(HOME, headers={"HX-Request": "true"})
    Membership.objects.filter(user=owner).update(role=Membership.Role.VIEWER)

    asked = {"HX-Request": "true", "If-None-Match": first["ETag"]}
    assert manager.get(HOME, headers=asked).status_code == 200


def test_a_page_that_has_changed_is_told_anew(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    first = manager.get(HOME, headers={"HX-Request": "true"})
    ran(hotel)

    again = manager.get(HOME, headers={"HX-Request": "true", "If-None-Match": first["ETag"]})

    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]
    assert "<html" not in again.content.decode()


def test_home_costs_as_many_queries_for_many_hotels_as_for_few(
    greetings: Job, manager: Client, owner: User, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    def look() -> int:
        manager.get(HOME)  # counts the days that are over, once
        cache.clear()
        return queries_of(lambda: manager.get(HOME))

    ran(MembershipFactory(user=owner).hotel)
    few = look()
    for _ in range(20):
        ran(MembershipFactory(user=owner, role=Membership.Role.MANAGER).hotel)

    assert look() == few <= 18


def test_a_page_left_open_until_the_session_is_over_goes_to_the_login_whole(
    greetings: Job, client: Client, hotel: Hotel
) -> None:
    asked = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{HOME}"}

    answer = client.get(HOME, headers=asked)

    assert answer["HX-Redirect"] == HOME
    assert not answer.content
    assert "login" in client.get(answer["HX-Redirect"])["Location"]


@pytest.mark.parametrize(
    ("shown", "page"),
    [
        ("http://testserver/admin/work-orders/?hotel=porto", "/admin/work-orders/?hotel=porto"),
        ("http://testserver//evil.example/", "/evil.example/"),
        ("http://[", HOME),
        ("", HOME),
    ],
)
def test_whoever_logs_in_again_comes_back_to_what_they_had_chosen(
    shown: str, page: str, client: Client
) -> None:
    answer = client.get(HOME, headers={"HX-Request": "true", "HX-Current-URL": shown})

    assert answer["HX-Redirect"] == page
