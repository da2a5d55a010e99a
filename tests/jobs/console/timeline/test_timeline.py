"""Timeline: states of slots, cells, access and pagination."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hotels.models import Hotel
from jobs.base import Job
from jobs.console.timeline.drawing import HOUR_LABEL_WIDTH, Columns, axis
from jobs.console.timeline.slots import SlotState, Span, TimelineSlot, read_slots
from jobs.models import JobExecution, Status
from jobs.scheduling.changes import delete_schedule
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.jobs.console.books import ended
from tests.jobs.engine import of_slot, only_job, own_schedule

pytestmark = pytest.mark.django_db

PAGE = reverse("jobs:timeline")
NAME = "greet-guests"
NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
FOUR = NOW.replace(hour=4)  # when the job is due, daily
DAY = timedelta(days=1)
WEEK = Span(since=NOW - 7 * DAY, until=NOW + 7 * DAY, now=NOW)


@pytest.fixture
def job() -> Iterator[Job]:
    with only_job() as made:
        yield made


def slots(hotel: Hotel, job: Job, *, span: Span = WEEK) -> dict[datetime, TimelineSlot]:
    found = read_slots(hotels=[hotel], jobs=[job], span=span)
    return {slot.due: slot for slot in found.get((hotel.pk, job.name), [])}


def greeted(hotel: Hotel, at: datetime, **columns: Any) -> Any:
    return ended(hotel, at, **{"job_name": NAME} | columns)


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, SlotState.COMPLETED),
        ({"status": Status.FAILED}, SlotState.FAILED),
        ({"status": Status.FAILED, "problems": 1}, SlotState.FAILED),
        ({"problems": 1}, SlotState.PROBLEMS),
        ({"problems": 1, "attempt": 2}, SlotState.PROBLEMS),
        ({"status": Status.SKIPPED}, SlotState.SKIPPED),
        ({"status": Status.SKIPPED, "skip_reason": "missed"}, SlotState.MISSED),
    ],
)
def test_a_slot_has_the_state_of_its_execution(
    hotel: Hotel, job: Job, columns: dict[str, Any], state: SlotState
) -> None:
    execution = greeted(hotel, FOUR, **columns)

    found = slots(hotel, job)[FOUR]
    assert (found.state, found.execution_id) == (state, execution.pk)


def test_a_slot_with_a_pending_execution_is_waiting(hotel: Hotel, job: Job) -> None:
    of_slot(hotel, FOUR)

    assert slots(hotel, job)[FOUR].state == SlotState.WAITING


def test_a_slot_completed_by_a_retry_is_marked_as_retried(hotel: Hotel, job: Job) -> None:
    first = greeted(hotel, FOUR, status=Status.FAILED)
    greeted(hotel, FOUR, attempt=2, first_attempt=first)

    assert slots(hotel, job)[FOUR].state == SlotState.RETRIED


@pytest.mark.parametrize(
    ("late", "columns", "state"),
    [
        (timedelta(hours=1), {}, SlotState.COMPLETED),
        (3 * DAY, {}, SlotState.LATE),
        (3 * DAY, {"attempt": 2}, SlotState.LATE),
        (3 * DAY, {"problems": 1}, SlotState.PROBLEMS),
        (3 * DAY, {"status": Status.FAILED}, SlotState.FAILED),
    ],
)
def test_a_slot_completed_much_later_than_due_is_late(
    hotel: Hotel, job: Job, late: timedelta, columns: dict[str, Any], state: SlotState
) -> None:
    began = FOUR + late
    greeted(hotel, FOUR, started_at=began, completed_at=began + timedelta(seconds=2), **columns)

    assert slots(hotel, job)[FOUR].state == state


def test_the_tooltip_says_how_late_a_slot_was_completed(
    hotel: Hotel, job: Job, manager: Client
) -> None:
    due = timezone.now().replace(hour=4, minute=0, second=0, microsecond=0) - 4 * DAY
    greeted(hotel, due, started_at=due + 3 * DAY, completed_at=due + 3 * DAY)

    page = manager.get(PAGE, {"hours": 168}).content.decode()

    assert "completed 3 days late in" in page
    assert 'class="cell late"' in page


def test_a_slot_without_an_execution_is_missed(hotel: Hotel, job: Job) -> None:
    greeted(hotel, FOUR - 2 * DAY)

    found = slots(hotel, job)
    assert found[FOUR - DAY].state == found[FOUR].state == SlotState.MISSED


def test_a_future_slot_is_not_missed(hotel: Hotel, job: Job) -> None:
    greeted(hotel, FOUR)

    assert slots(hotel, job)[FOUR + DAY].state == SlotState.COMING


def test_a_slot_within_the_grace_period_is_waiting(hotel: Hotel, job: Job) -> None:
    greeted(hotel, FOUR - DAY)
    now = FOUR + timedelta(minutes=2)

    span = Span(since=WEEK.since, until=WEEK.until, now=now)
    assert slots(hotel, job, span=span)[FOUR].state == SlotState.WAITING


def test_slots_before_a_hotel_s_first_execution_are_not_shown(hotel: Hotel, job: Job) -> None:
    greeted(hotel, FOUR)

    assert FOUR - DAY not in slots(hotel, job)


def test_a_hotel_without_executions_has_no_slots(hotel: Hotel, job: Job) -> None:
    assert slots(hotel, job) == {}


def test_slots_follow_the_hotel_s_own_schedule(hotel: Hotel, job: Job) -> None:
    own_schedule(hotel, "30 5 * * *")  # in Lisbon's summer: 04:30 UTC
    greeted(hotel, FOUR - 2 * DAY)

    found = slots(hotel, job)
    assert found[FOUR + timedelta(minutes=30)].state == SlotState.MISSED
    assert FOUR not in found


def test_a_schedule_that_is_switched_off_has_no_missed_slots(hotel: Hotel, job: Job) -> None:
    own_schedule(hotel, enabled=False)
    greeted(hotel, FOUR - 2 * DAY)

    assert set(slots(hotel, job)) == {FOUR - 2 * DAY}


def test_slots_before_a_schedule_change_are_not_missed(hotel: Hotel, job: Job) -> None:
    own_schedule(hotel, clock="UTC", counts_from=FOUR - timedelta(hours=1))
    greeted(hotel, FOUR - 2 * DAY)

    found = slots(hotel, job)
    assert FOUR - DAY not in found
    assert found[FOUR].state == SlotState.MISSED


def test_slots_of_the_default_schedule_before_an_own_one_was_deleted_are_not_missed(
    hotel: Hotel, job: Job
) -> None:
    own = own_schedule(hotel, "30 5 * * *")
    greeted(hotel, FOUR - 2 * DAY)
    delete_schedule(schedule=own, now=FOUR - timedelta(hours=1), by=UserFactory())
    JobExecution.objects.exclude(scheduled_for=FOUR - 2 * DAY).delete()

    found = slots(hotel, job)

    assert FOUR - DAY not in found
    assert found[FOUR].state == SlotState.MISSED


def test_a_missed_slot_links_to_the_execution_that_covers_it(hotel: Hotel, job: Job) -> None:
    greeted(hotel, FOUR - 3 * DAY)
    since = (FOUR - 2 * DAY).isoformat()
    covering = greeted(
        hotel,
        FOUR,
        status=Status.SKIPPED,
        skip_reason="missed",
        metadata={"alsoMissed": {"slots": 2, "since": since}},
    )

    found = slots(hotel, job)[FOUR - DAY]
    assert (found.state, found.execution_id) == (SlotState.MISSED, covering.pk)


def test_the_last_column_contains_now() -> None:
    columns = Columns.of(hours=24, now=NOW)

    assert columns.span.since == NOW - timedelta(hours=23)
    assert columns.column(NOW) == 23


def test_a_cell_with_several_slots_shows_the_most_serious_one(
    manager: Client, hotel: Hotel, job: Job
) -> None:
    own_schedule(hotel, "* * * * *", clock="UTC", counts_from=NOW + 9999 * DAY)
    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    greeted(hotel, at)
    failed = greeted(hotel, at + timedelta(minutes=1), status=Status.FAILED)

    page = manager.get(PAGE).content.decode()

    assert page.count('<a class="cell') == 1
    assert reverse("admin:jobs_jobexecution_change", args=[failed.pk]) in page
    assert "2 scheduled runs: 1 completed, 1 failed" in page


def test_a_cell_has_a_tooltip_and_links_to_its_execution(
    manager: Client, hotel: Hotel, job: Job
) -> None:
    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    execution = greeted(hotel, at, words="<b>1</b> greeted")

    page = manager.get(PAGE).content.decode()

    assert reverse("admin:jobs_jobexecution_change", args=[execution.pk]) in page
    assert "completed in 1 s: &lt;b&gt;1&lt;/b&gt; greeted" in page


def test_a_tooltip_does_not_repeat_the_state(manager: Client, hotel: Hotel, job: Job) -> None:
    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    skipped = {"status": Status.SKIPPED, "skip_reason": "missed", "took": timedelta(0)}
    greeted(hotel, at, words="Missed; covered by the 12:00 run", **skipped)

    page = manager.get(PAGE).content.decode()

    assert "\nMissed; covered by the 12:00 run</title>" in page


@pytest.mark.parametrize("query", ["", "?hours=168", "?hours=x&page=999&q=unknown"])
def test_an_empty_timeline_shows_a_message(manager: Client, query: str) -> None:
    answer = manager.get(PAGE + query)

    assert answer.status_code == 200
    assert 'class="empty"' in answer.content.decode()


def test_a_user_sees_only_their_own_hotels(
    outsider: Client, hotel: Hotel, elsewhere: Hotel, job: Job
) -> None:
    at = datetime.now(UTC) - timedelta(hours=2)
    greeted(hotel, at)
    greeted(elsewhere, at)

    page = outsider.get(PAGE).content.decode()

    assert "Elsewhere" in page
    assert hotel.name not in page


@pytest.mark.parametrize("query", ["job=no-such-job", "hotel=no-such-hotel"])
def test_an_unknown_job_or_hotel_is_a_404(manager: Client, query: str) -> None:
    assert manager.get(f"{PAGE}?{query}").status_code == 404


def test_another_hotel_is_a_404(outsider: Client, hotel: Hotel) -> None:
    assert outsider.get(PAGE, {"hotel": hotel.code}).status_code == 404


def test_anonymous_users_are_redirected_to_the_login(client: Client, db: None) -> None:
    assert client.get(PAGE).status_code == 302


def test_a_page_shows_fifty_hotels_and_takes_no_more_queries_than_for_one(
    hotel: Hotel, manager: Client, job: Job, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    user = hotel.memberships.get(user__username="owner").user
    greeted(hotel, datetime.now(UTC) - timedelta(hours=2))
    few = queries_of(lambda: manager.get(PAGE))
    for other in HotelFactory.create_batch(60):
        MembershipFactory(user=user, hotel=other)
        for hours in (1, 2, 3):
            greeted(other, datetime.now(UTC) - timedelta(hours=hours))

    assert queries_of(lambda: manager.get(PAGE)) == few
    assert manager.get(PAGE).content.decode().count('scope="rowgroup"') == 50


@pytest.mark.parametrize("hour", range(0, 24, 6))
def test_the_last_label_of_the_axis_is_not_cut_off(hour: int) -> None:
    drawn = axis(Columns.of(hours=168, now=NOW.replace(hour=hour)))

    labels = [float(x) for x in re.findall(r'<text x="([\d.]+)" y="30"', drawn)]
    (width,) = re.findall(r' width="(\d+)"', drawn)
    assert int(width) >= max(labels) + HOUR_LABEL_WIDTH


def test_a_hotel_that_was_deactivated_in_the_period_keeps_its_slots_and_is_marked(
    hotel: Hotel, elsewhere: Hotel, manager: Client, job: Job
) -> None:
    user = hotel.memberships.get(user__username="owner").user
    MembershipFactory(user=user, hotel=elsewhere)
    greeted(elsewhere, datetime.now(UTC) - timedelta(hours=2))
    Hotel.objects.filter(pk=elsewhere.pk).update(active=False)

    page = manager.get(PAGE).content.decode()

    assert "<span>not active</span>" in page
    assert 'class="cell completed"' in page
    assert "Elsewhere (not active)</option>" in page


@pytest.mark.parametrize("query", ["", "?hotel=elsewhere"])
def test_a_hotel_that_was_not_active_in_the_period_is_shown_only_if_chosen(
    hotel: Hotel, elsewhere: Hotel, manager: Client, job: Job, query: str
) -> None:
    MembershipFactory(user=hotel.memberships.get(user__username="owner").user, hotel=elsewhere)
    at = datetime.now(UTC) - timedelta(hours=2)
    greeted(elsewhere, at, status=Status.SKIPPED, skip_reason="inactive")
    Hotel.objects.filter(pk=elsewhere.pk).update(active=False)

    rows = manager.get(PAGE + query).context["rows"]

    assert (elsewhere in [row.hotel for row in rows]) is bool(query)


def test_nothing_is_missed_or_due_in_a_hotel_that_is_not_active(hotel: Hotel, job: Job) -> None:
    greeted(hotel, FOUR - 2 * DAY)
    hotel.active = False
    hotel.save()

    assert list(slots(hotel, job)) == [FOUR - 2 * DAY]
