"""Home page: status lines of the jobs, and the items that need attention."""

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
from jobs.console.home.clock import HomeClock
from jobs.console.home.job_status import JobStatus, job_statuses
from jobs.console.home.summaries import status_lines
from jobs.models import JobExecution, SkipReason, Status
from jobs.scheduling.changes import delete_schedule
from jobs.statistics import daily
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.jobs.engine import of_slot, own_schedule

pytestmark = pytest.mark.django_db

HOME = reverse("admin:index")
SLOT = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
BEFORE = SLOT - timedelta(days=1)
NOW = datetime(2026, 7, 15, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _frozen_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def ran(hotel: Hotel, slot: datetime = SLOT, **columns: Any) -> JobExecution:
    """Return an execution of a slot that ended three minutes after it."""
    ended = {"completed_at": slot + timedelta(minutes=3)}
    if columns.get("status") in (Status.PENDING, Status.RUNNING):
        ended = {}
    defaults = {"status": Status.COMPLETED, "started_at": slot, "created_at": slot} | ended
    return of_slot(hotel, slot, **defaults | columns)


def failed(hotel: Hotel, **columns: Any) -> JobExecution:
    return ran(hotel, status=Status.FAILED, failure_kind="failed", error="closed", **columns)


def lines(job: Job, *hotels: Hotel, now: datetime = NOW) -> list[str]:
    statuses = job_statuses(hotels=hotels, jobs=[job], now=now)[job.name]
    clock = HomeClock.of(hotels=hotels, now=now)
    return [line.text for line in status_lines(statuses=statuses, clock=clock)]


def kuwait(**more: Any) -> Hotel:
    hotel: Hotel = HotelFactory(name="Kuwait", timezone="Asia/Kuwait", **more)
    return hotel


def test_completion_in_all_hotels_is_shown_with_the_time(greetings: Job) -> None:
    hotels = [HotelFactory(timezone="Europe/Lisbon") for _ in range(4)]
    for hotel in hotels:
        ran(hotel)

    assert lines(greetings, *hotels) == ["Completed for all 4 hotels (05:03)."]


def test_times_are_in_utc_for_hotels_in_different_time_zones(greetings: Job) -> None:
    hotels = [HotelFactory(timezone="Europe/Lisbon"), kuwait()]
    for hotel in hotels:
        ran(hotel)

    assert lines(greetings, *hotels) == ["Completed for all 2 hotels (04:03 UTC)."]


def test_completion_at_different_times_is_shown_with_the_first_and_the_last(
    greetings: Job,
) -> None:
    hotels = [HotelFactory(timezone="Europe/Lisbon") for _ in range(3)]
    for number, hotel in enumerate(hotels):
        ran(hotel, completed_at=SLOT + timedelta(minutes=2 * number))

    assert lines(greetings, *hotels) == [
        "Completed for all 3 hotels (first: 05:00, last: 05:04).",
    ]


def test_completion_in_a_single_hotel_is_shown_without_a_count(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel)

    assert lines(greetings, hotel) == ["Completed (07:03)."]


def test_a_failed_hotel_is_shown_with_its_next_attempt(greetings: Job) -> None:
    hotel = kuwait()
    at = NOW + timedelta(minutes=2)
    ran(hotel, status=Status.PENDING, attempt=3, not_before=at, started_at=None)

    assert lines(greetings, hotel) == ["Failed 2 times in Kuwait. Next attempt: 07:14."]


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [(1, "Next attempt due now."), (31, "Next attempt overdue since 06:41.")],
)
def test_an_attempt_that_should_have_started_is_not_announced(
    greetings: Job, minutes: int, sentence: str
) -> None:
    hotel = kuwait()
    at = NOW - timedelta(minutes=minutes)
    ran(hotel, status=Status.PENDING, attempt=2, not_before=at, started_at=None)

    assert lines(greetings, hotel) == [f"Failed once in Kuwait. {sentence}"]


def test_an_execution_that_waits_too_long_says_so(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, status=Status.PENDING, started_at=None)

    later = NOW + timedelta(minutes=20)
    assert lines(greetings, hotel, now=later) == ["Waiting to start for up to 32 min: Kuwait."]


def test_a_hotel_that_failed_after_all_attempts_comes_first(greetings: Job) -> None:
    hotel, other = kuwait(), HotelFactory()
    failed(hotel, attempt=3)
    ran(other)

    first, second = lines(greetings, hotel, other)

    assert first == "Failed in Kuwait after 3 attempts."
    assert second.startswith("Completed without problems for 1 of 2 hotels (")


def test_many_failures_are_counted_and_the_first_hotels_named(greetings: Job) -> None:
    hotels = [HotelFactory(name=name) for name in ("A", "B", "C", "D", "E")]
    for hotel in hotels:
        failed(hotel)

    assert lines(greetings, *hotels) == ["Failed in 5 hotels: A, B, C, 2 more."]


def test_a_slot_without_an_execution_is_overdue(greetings: Job) -> None:
    hotel = HotelFactory(name="Tokyo", timezone="Asia/Tokyo")
    ran(hotel, BEFORE)

    assert lines(greetings, hotel)[0] == "12 min late in Tokyo."


def test_a_slot_is_not_overdue_within_the_grace_period(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, BEFORE)

    assert len(lines(greetings, hotel, now=SLOT + timedelta(minutes=4))) == 1


def test_a_slot_before_a_schedule_change_is_not_overdue(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, BEFORE)
    own_schedule(hotel, "5 7 * * *", counts_from=NOW - timedelta(minutes=1))

    assert len(lines(greetings, hotel)) == 1


def test_a_schedule_that_is_switched_off_is_never_overdue(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, BEFORE)
    own_schedule(hotel, enabled=False)

    assert len(lines(greetings, hotel)) == 1


def test_a_new_hotel_has_not_run_and_is_not_overdue(greetings: Job) -> None:
    assert lines(greetings, kuwait()) == ["Not run yet."]


def test_running_and_waiting_hotels_are_named(greetings: Job) -> None:
    running, pending = kuwait(), HotelFactory(name="Lisbon")
    token = "11111111-1111-1111-1111-111111111111"
    ran(running, status=Status.RUNNING, token=token, lease_expires_at=NOW)
    ran(pending, status=Status.PENDING, started_at=None, created_at=NOW)

    assert lines(greetings, running, pending) == [
        "Running now: Kuwait.",
        "Waiting to start: Lisbon.",
    ]


def test_a_skipped_execution_is_shown_with_its_reason(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, status=Status.SKIPPED, skip_reason=SkipReason.DISABLED)

    assert lines(greetings, hotel) == ["Skipped: Kuwait. Reason: Switched off for this hotel."]


def test_only_the_latest_execution_counts(greetings: Job) -> None:
    hotel = kuwait()
    failed(hotel)
    ran(hotel, attempt=2)

    assert lines(greetings, hotel) == ["Completed (07:03)."]


def test_the_default_schedule_is_not_overdue_for_slots_before_an_own_one_was_deleted(
    greetings: Job, hotel: Hotel
) -> None:
    own = own_schedule(hotel, "0 20 * * *")
    delete_schedule(schedule=own, now=NOW - timedelta(minutes=1), by=UserFactory())

    (status,) = job_statuses(hotels=[hotel], jobs=[greetings], now=NOW)[greetings.name]

    assert status.last_slot is None


def test_job_statuses_take_four_queries_for_any_number_of_hotels(
    greetings: Job, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    hotels = [HotelFactory() for _ in range(20)]
    for hotel in hotels:
        ran(hotel)

    def read(count: int) -> list[JobStatus]:
        return job_statuses(hotels=hotels[:count], jobs=[greetings], now=NOW)[greetings.name]

    assert queries_of(lambda: read(20)) == queries_of(lambda: read(2)) == 4


def test_the_runs_before_waiting_attempts_take_two_more_queries(
    greetings: Job, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    hotels = [HotelFactory() for _ in range(20)]
    for hotel in hotels:
        failed(hotel)
        ran(hotel, status=Status.PENDING, attempt=2, not_before=NOW, started_at=None)

    def read(count: int) -> list[JobStatus]:
        return job_statuses(hotels=hotels[:count], jobs=[greetings], now=NOW)[greetings.name]

    assert queries_of(lambda: read(20)) == queries_of(lambda: read(2)) == 6


def test_a_card_shows_the_latest_and_the_next_run_in_hotel_time(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    ran(hotel)

    page = manager.get(HOME).content.decode()

    assert 'title="15 Jul 2026, 04:03:00 UTC">05:03</time>' in page
    assert 'title="16 Jul 2026, 04:00:00 UTC">16 Jul 2026, 05:00</time>' in page
    assert "1 of 1 execution succeeded" in page


def test_the_latest_run_is_shown_while_the_next_attempt_waits(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    failed(hotel)
    at = NOW + timedelta(minutes=2)
    ran(hotel, status=Status.PENDING, attempt=2, not_before=at, started_at=None)

    assert ">05:03</time>" in manager.get(HOME).context["cards"][0].last_run


def test_the_latest_run_is_that_of_any_hotel_and_no_skipped_slot(
    greetings: Job, manager: Client, owner: User, hotel: Hotel
) -> None:
    ran(hotel, completed_at=SLOT + timedelta(minutes=5))
    tokyo = HotelFactory(timezone="Asia/Tokyo")
    MembershipFactory(user=owner, hotel=tokyo)
    ran(tokyo)
    at = SLOT + timedelta(minutes=9)
    ran(
        tokyo,
        at,
        status=Status.SKIPPED,
        skip_reason=SkipReason.MISSED,
        completed_at=at,
        started_at=None,
    )

    page = manager.get(HOME)

    assert ">04:05 UTC</time>" in page.context["cards"][0].last_run
    assert "All times: UTC" in page.content.decode()


def test_days_still_being_counted_are_not_shown_as_a_total(
    greetings: Job, manager: Client, hotel: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "EXECUTIONS_PER_REQUEST", 1)
    ran(hotel)

    page = manager.get(HOME)
    again = manager.get(HOME, {"counting": 1}, headers={"HX-Request": "true"})

    assert "still being counted" in page.content.decode()
    assert "succeeded" not in page.content.decode()
    assert page.context["poll"] == 3000
    assert "?counting=1" in again.content.decode()


def test_buttons_are_shown_to_users_who_may_run_jobs(
    greetings: Job, manager: Client, viewer: Client
) -> None:
    assert "Run now" in manager.get(HOME).content.decode()
    assert "Run now" not in viewer.get(HOME).content.decode()


def test_a_user_sees_only_their_own_hotels(greetings: Job, outsider: Client, hotel: Hotel) -> None:
    failed(hotel)

    page = outsider.get(HOME)

    assert hotel not in page.context["hotels"]
    assert page.context["action_items"] == []
    assert "Not run yet." in page.content.decode()


def test_a_failed_job_needs_attention(greetings: Job, manager: Client, hotel: Hotel) -> None:
    row = failed(hotel)

    page = manager.get(HOME).content.decode()

    assert reverse("admin:jobs_jobexecution_change", args=[row.pk]) in page
    assert "Greetings failed" in page


def test_a_user_without_a_hotel_is_refused(client: Client) -> None:
    client.force_login(UserFactory())

    assert client.get(HOME).status_code == 403


def test_a_superuser_without_an_active_hotel_gets_a_hint(client: Client) -> None:
    client.force_login(UserFactory(is_superuser=True))
    HotelFactory(active=False)

    assert "You have no active hotel. Ask" in client.get(HOME).content.decode()


def test_home_polls_more_often_while_a_job_is_running(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    assert manager.get(HOME).context["poll"] == 30_000
    ran(hotel, status=Status.PENDING, started_at=None)

    assert manager.get(HOME).context["poll"] == 3000


def test_polling_an_unchanged_page_takes_few_queries(
    greetings: Job,
    manager: Client,
    hotel: Hotel,
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    ran(hotel, status=Status.PENDING, started_at=None)
    first = manager.get(HOME, headers={"HX-Request": "true"})
    headers = {"HX-Request": "true", "If-None-Match": first["ETag"]}

    def again() -> None:
        assert manager.get(HOME, headers=headers).status_code == 304

    # Session, user, roles, hotels, unfinished executions, latest execution.
    assert queries_of(again) == 6


def test_a_browser_may_cache_the_fragment_and_not_the_page(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    whole, part = manager.get(HOME), manager.get(HOME, headers={"HX-Request": "true"})
    headers = {"HX-Request": "true", "If-None-Match": part["ETag"]}
    unchanged = manager.get(HOME, headers=headers)

    assert "no-store" in whole["Cache-Control"]
    assert part["Cache-Control"] == unchanged["Cache-Control"] == "private, no-cache"
    assert unchanged["ETag"] == part["ETag"]
    assert all("HX-Request" in answer["Vary"] for answer in (whole, part, unchanged))


def test_the_fragment_is_sent_again_when_the_user_s_role_changes(
    greetings: Job, manager: Client, owner: User, hotel: Hotel
) -> None:
    first = manager.get(HOME, headers={"HX-Request": "true"})
    Membership.objects.filter(user=owner).update(role=Membership.Role.VIEWER)

    headers = {"HX-Request": "true", "If-None-Match": first["ETag"]}
    assert manager.get(HOME, headers=headers).status_code == 200


def test_the_fragment_is_sent_again_when_an_execution_is_added(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    first = manager.get(HOME, headers={"HX-Request": "true"})
    ran(hotel)

    again = manager.get(HOME, headers={"HX-Request": "true", "If-None-Match": first["ETag"]})

    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]
    assert "<html" not in again.content.decode()


def test_home_takes_as_many_queries_for_many_hotels_as_for_few(
    greetings: Job, manager: Client, owner: User, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    def queries() -> int:
        manager.get(HOME)  # stores the statistics of past days once
        cache.clear()
        return queries_of(lambda: manager.get(HOME))

    ran(MembershipFactory(user=owner).hotel)
    few = queries()
    for _ in range(20):
        ran(MembershipFactory(user=owner, role=Membership.Role.MANAGER).hotel)

    assert queries() == few <= 18


def test_polling_after_the_session_expired_redirects_the_whole_page_to_the_login(
    greetings: Job, client: Client, hotel: Hotel
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{HOME}"}

    answer = client.get(HOME, headers=headers)

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
def test_logging_in_again_leads_back_to_the_page_with_its_query(
    shown: str, page: str, client: Client
) -> None:
    answer = client.get(HOME, headers={"HX-Request": "true", "HX-Current-URL": shown})

    assert answer["HX-Redirect"] == page


def test_a_hotel_with_problems_is_named_and_not_counted_as_done(greetings: Job) -> None:
    hotels = [HotelFactory(timezone="Europe/Lisbon") for _ in range(3)]
    for hotel in hotels:
        ran(hotel)
    troubled = kuwait()
    ran(troubled, problems=3)

    statuses = job_statuses(hotels=[*hotels, troubled], jobs=[greetings], now=NOW)[greetings.name]
    clock = HomeClock.of(hotels=[*hotels, troubled], now=NOW)
    first, second = status_lines(statuses=statuses, clock=clock)

    assert (first.tone, first.text) == ("warn", "Completed with 3 problems in Kuwait.")
    assert second.text.startswith("Completed without problems for 3 of 4 hotels")


def test_several_hotels_with_problems_are_counted(greetings: Job) -> None:
    hotels = [HotelFactory(name=name) for name in ("A", "B")]
    for hotel in hotels:
        ran(hotel, problems=1)

    assert lines(greetings, *hotels) == ["Completed with problems in 2 hotels: A, B."]


def test_an_execution_with_problems_is_no_success_of_the_last_30_days(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    ran(hotel, BEFORE)
    ran(hotel, problems=1)

    assert "1 of 2 executions succeeded" in manager.get(HOME).content.decode()


def test_problems_need_attention(greetings: Job, manager: Client, hotel: Hotel) -> None:
    execution = ran(hotel, problems=2)

    (item,) = manager.get(HOME).context["action_items"]

    assert item.text == "Greetings: 2 problems"
    assert item.url == reverse("admin:jobs_jobexecution_change", args=[execution.pk])
