"""One tick: due slots opened, abandoned executions closed, waiting executions worked."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from hotels.models import AuditEntry, Guest, Hotel, Seal
from jobs import runner, tick
from jobs.base import JobContext
from jobs.models import JobExecution, JobRun, Status, Tick, Trigger
from jobs.runner import Outcome
from jobs.scheduling.opening import open_due
from jobs.tick import TickResult
from tests.concurrency import run_together
from tests.factories import HotelFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, lapse, of_slot, only_job, own_schedule, waiting

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _job() -> Iterator[None]:
    with only_job():
        yield


def tick_at(now: datetime, **more: Any) -> TickResult:
    """A tick on a machine whose clock shows `now`."""
    with time_machine.travel(now, tick=False):
        return tick.run_tick(now=now, **more)


def outcomes_at(now: datetime, **more: Any) -> list[tuple[str, str]]:
    """The status and summary of each outcome of a tick."""
    found: list[Outcome] = []
    tick_at(now, on_outcome=found.append, **more)
    return [(outcome.status, outcome.summary) for outcome in found]


def ends(hotel: Hotel) -> list[tuple[datetime | None, str]]:
    rows = JobExecution.objects.filter(hotel=hotel).order_by("scheduled_for", "attempt")
    return [(row.scheduled_for, row.status) for row in rows]


@pytest.mark.django_db
def test_the_first_tick_finds_nothing_to_catch_up(hotel: Hotel) -> None:
    own_schedule(hotel)

    assert tick_at(FOUR).opened.due == 0


@pytest.mark.django_db
def test_a_slot_that_came_since_the_last_tick_is_worked(hotel: Hotel) -> None:
    own_schedule(hotel, clock="UTC")
    tick_at(FOUR - MINUTE)

    done = tick_at(FOUR)

    assert done.tally.total == 1
    assert ends(hotel) == [(FOUR, Status.COMPLETED)]
    assert JobExecution.objects.get().as_of == FOUR


@pytest.mark.django_db
def test_a_slot_is_opened_once_however_often_the_tick_comes(hotel: Hotel) -> None:
    own_schedule(hotel, clock="UTC")
    for minute in range(-1, 10):
        tick_at(FOUR + minute * MINUTE)

    assert Guest.objects.count() == 1


@pytest.mark.django_db
def test_a_tick_seals_new_audit_entries_at_the_real_time(hotel: Hotel) -> None:
    AuditEntry.objects.create(at=FOUR - DAY, via="API", verb="change")

    assert tick_at(FOUR).sealed

    assert Seal.objects.get().sealed_at == FOUR


@pytest.mark.django_db
def test_a_tick_that_cannot_seal_has_done_its_work_but_is_no_success(
    hotel: Hotel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    own_schedule(hotel, clock="UTC")
    tick_at(FOUR - MINUTE)

    def fail(**options: Any) -> None:
        raise OperationalError("disk full")

    monkeypatch.setattr(tick, "seal_books", fail)
    done = tick_at(FOUR)

    assert (done.tally.total, done.sealed, done.success) == (1, False, False)
    assert "could not be sealed" in caplog.text


@pytest.mark.django_db
def test_what_crontab_missed_is_picked_up_after_the_grace_period(hotel: Hotel) -> None:
    tick_at(FOUR - MINUTE)

    assert tick_at(FOUR + 4 * MINUTE).tally.total == 0
    assert tick_at(FOUR + 5 * MINUTE).tally.total == 1


@pytest.mark.django_db
def test_after_days_of_downtime_one_run_stands_for_the_missed_slots(hotel: Hotel) -> None:
    tick_at(FOUR - MINUTE)

    tick_at(FOUR + 3 * DAY + HOUR)

    assert [status for _, status in ends(hotel)] == ["SKIPPED", "SKIPPED", "SKIPPED", "COMPLETED"]
    assert JobExecution.objects.get(status=Status.COMPLETED).trigger == Trigger.CATCH_UP


@pytest.mark.django_db
def test_catching_up_all_works_every_slot_one_after_the_other(hotel: Hotel) -> None:
    own_schedule(hotel, clock="UTC", catch_up="ALL")
    tick_at(FOUR - MINUTE)

    done = tick_at(FOUR + 3 * DAY)

    assert done.tally.total == 4
    assert {status for _, status in ends(hotel)} == {Status.COMPLETED}


@pytest.mark.django_db
def test_a_retry_is_started_when_its_backoff_is_over(hotel: Hotel) -> None:
    row = of_slot(hotel, FOUR, attempt=1)
    with time_machine.travel(FOUR, tick=False):
        runner.perform(execution=claimed(row), job=fakes.make_job(fakes.fail_after_writing))
    due = JobExecution.objects.get(attempt=2).not_before
    assert due is not None

    tick_at(due - timedelta(milliseconds=1))
    assert Guest.objects.count() == 0
    tick_at(due)

    assert JobExecution.objects.get(attempt=2).status == Status.COMPLETED


@pytest.mark.django_db
def test_what_a_dead_worker_held_is_closed_and_tried_again(hotel: Hotel) -> None:
    lapse(claimed(of_slot(hotel, FOUR)))

    done = tick.run_tick(now=timezone.now() + HOUR)  # later than any backoff

    assert [row.words for row in done.closed] == ["Interrupted: the worker stopped responding."]
    assert not done.success
    assert ends(hotel) == [(FOUR, Status.FAILED), (FOUR, Status.COMPLETED)]


@pytest.mark.django_db
def test_what_nobody_hands_out_is_worked(hotel: Hotel) -> None:
    waiting(hotel, as_of=FOUR)

    assert outcomes_at(FOUR) == [(Status.COMPLETED, "1 greeted")]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_a_living_worker_is_about_to_hand_out_is_left_to_it(hotel: Hotel) -> None:
    """In memory, as the other half runs, SQLite has no second worker."""
    from hotels import worker_locks

    with worker_locks.hold_worker_lock() as lock:
        run = JobRun.objects.create(
            job_name="greet-guests", trigger="COMMAND", worker=lock.key, created_at=FOUR
        )
        waiting(hotel, run=run, as_of=FOUR, created_at=FOUR, updated_at=FOUR)

        assert tick_at(FOUR).tally.total == 0
    assert tick_at(FOUR + MINUTE).tally.total == 1


@pytest.mark.django_db
def test_an_execution_of_a_job_that_is_gone_fails_with_its_name_and_stops_no_other(
    hotel: Hotel,
) -> None:
    waiting(hotel, job_name="shine-shoes", as_of=FOUR)
    waiting(hotel, as_of=FOUR)

    done = tick_at(FOUR)

    assert (done.tally.total, done.tally.failed) == (2, 1)
    assert "there is no job 'shine-shoes'" in done.tally.first_failed[0].summary


@pytest.mark.django_db
def test_a_slot_that_comes_while_the_one_before_runs_is_skipped_as_overlapped(
    hotel: Hotel,
) -> None:
    own_schedule(hotel, clock="UTC")
    tick_at(FOUR - MINUTE)
    with time_machine.travel(FOUR - MINUTE, tick=False):
        claimed(of_slot(hotel, FOUR - DAY))

    tick_at(FOUR)

    assert JobExecution.objects.get(scheduled_for=FOUR).skip_reason == "overlapped"


@pytest.mark.django_db
def test_a_slot_waits_for_an_older_one_that_was_waiting_when_it_came_due(hotel: Hotel) -> None:
    own_schedule(hotel, clock="UTC")
    tick_at(FOUR - MINUTE)
    with time_machine.travel(FOUR, tick=False):
        older = claimed(of_slot(hotel, FOUR - DAY))

    tick_at(FOUR)
    with time_machine.travel(FOUR, tick=False):
        runner.perform(execution=older, job=fakes.make_job(fakes.greet))
    tick_at(FOUR + MINUTE)

    assert JobExecution.objects.get(scheduled_for=FOUR).status == Status.COMPLETED


@pytest.mark.django_db
def test_a_slot_waits_for_an_older_one_that_a_worker_holds_and_has_not_begun(hotel: Hotel) -> None:
    with time_machine.travel(FOUR + MINUTE, tick=False):
        older = claimed(of_slot(hotel, FOUR - DAY))
        JobExecution.objects.filter(pk=older.pk).update(started_at=None)
        newer = of_slot(hotel, FOUR)

        runner.skip_overlapped(execution=newer)

    newer.refresh_from_db()
    assert newer.status == Status.PENDING


@pytest.mark.django_db
def test_a_slot_that_meets_a_run_somebody_requested_waits_for_its_turn(hotel: Hotel) -> None:
    own_schedule(hotel, clock="UTC")
    tick_at(FOUR - MINUTE)
    with time_machine.travel(FOUR - MINUTE, tick=False):
        requested = claimed(waiting(hotel))

    (outcome,) = outcomes_at(FOUR)
    with time_machine.travel(FOUR, tick=False):
        runner.perform(execution=requested, job=fakes.make_job(fakes.fail_after_writing))
    tick_at(FOUR + MINUTE)

    assert outcome[1] == "waiting until the previous run of this hotel has ended"
    assert JobExecution.objects.get(scheduled_for=FOUR).status == Status.COMPLETED


@pytest.mark.django_db
def test_a_request_that_meets_a_slot_is_skipped_as_overlapped(hotel: Hotel) -> None:
    with time_machine.travel(FOUR, tick=False):
        claimed(of_slot(hotel, FOUR))
        waiting(hotel)

    tick_at(FOUR)

    assert JobExecution.objects.get(scheduled_for=None).skip_reason == "overlapped"


@pytest.mark.django_db
def test_a_slot_caught_up_waits_while_the_job_runs(hotel: Hotel) -> None:
    own_schedule(hotel, clock="UTC")
    tick_at(FOUR - MINUTE)
    with time_machine.travel(FOUR + HOUR, tick=False):
        claimed(waiting(hotel))

    tick_at(FOUR + HOUR)

    assert JobExecution.objects.get(scheduled_for=FOUR).status == Status.PENDING


@pytest.mark.django_db
def test_asked_to_stop_it_leaves_what_was_not_begun_for_the_next_tick() -> None:
    hotels = HotelFactory.create_batch(3)
    for hotel in hotels:
        own_schedule(hotel, clock="UTC")
    tick_at(FOUR - MINUTE)

    outcomes = outcomes_at(FOUR, stop=Guest.objects.exists)

    assert [status for status, _ in outcomes] == ["COMPLETED", "PENDING", "PENDING"]
    assert JobExecution.objects.running().count() == 0
    assert tick_at(FOUR + MINUTE).tally.total == 2


# Clocks


@pytest.mark.django_db
def test_a_clock_going_back_an_hour_loses_and_doubles_nothing(hotel: Hotel) -> None:
    own_schedule(hotel, "*/20 * * * *")
    for minute in [*range(60), *range(120)]:
        tick_at(FOUR + minute * MINUTE)

    slots = [slot for slot, _ in ends(hotel)]
    assert slots == [FOUR + minute * MINUTE for minute in range(20, 120, 20)]
    assert Guest.objects.count() == 5


@pytest.mark.django_db
def test_a_clock_going_forward_a_day_loses_and_doubles_nothing(hotel: Hotel) -> None:
    own_schedule(hotel, "0 */6 * * *", clock="UTC")
    tick_at(FOUR)

    tick_at(FOUR + DAY)
    tick_at(FOUR + DAY + 3 * HOUR)

    assert [status for _, status in ends(hotel)] == ["SKIPPED"] * 3 + ["COMPLETED"] * 2


@pytest.mark.django_db
def test_slots_given_up_by_a_clock_that_ran_ahead_are_run_when_they_come(hotel: Hotel) -> None:
    own_schedule(hotel, "0 */6 * * *", clock="UTC")
    tick_at(FOUR)
    tick_at(FOUR + DAY)

    tick_at(FOUR + MINUTE)
    for hour in range(1, 24):
        tick_at(FOUR + hour * HOUR)

    assert {status for _, status in ends(hotel)} == {Status.COMPLETED}
    assert len(ends(hotel)) == 4


# Many at once


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_four_ticks_at_once_work_every_slot_once() -> None:
    """Needs real concurrent transactions, which SQLite serialises."""
    hotels = HotelFactory.create_batch(12)
    for hotel in hotels:
        own_schedule(hotel, clock="UTC")
    tick.run_tick(now=FOUR - MINUTE)

    run_together(*[lambda: tick.run_tick(now=FOUR, concurrency=2)] * 4)

    assert Guest.objects.count() == 12
    assert [ends(hotel) for hotel in hotels] == [[(FOUR, Status.COMPLETED)]] * 12


@pytest.mark.django_db
def test_the_tick_remembers_how_far_it_looked() -> None:
    tick_at(FOUR)
    tick_at(FOUR + MINUTE)

    row = Tick.objects.get()
    assert (row.looked_until, row.ticked_at) == (FOUR + MINUTE, FOUR + MINUTE)


@pytest.mark.django_db
def test_a_beat_over_more_hotels_opens_them_in_no_more_queries(
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    for hotel in HotelFactory.create_batch(2):
        own_schedule(hotel, clock="UTC")
    open_due(now=FOUR - MINUTE)
    open_due(now=FOUR)
    few = queries_of(lambda: open_due(now=FOUR + DAY))
    for hotel in HotelFactory.create_batch(30):
        own_schedule(hotel, clock="UTC")

    assert queries_of(lambda: open_due(now=FOUR + 2 * DAY)) == few


def test_a_context_without_a_runner_has_checkpoints_that_do_nothing(now: datetime) -> None:
    JobContext(hotel=Hotel(), now=now).checkpoint()


@pytest.mark.django_db
def test_a_tick_with_problems_in_a_hotel_is_no_success(hotel: Hotel) -> None:
    own_schedule(hotel, clock="UTC")
    tick_at(FOUR - MINUTE)

    with only_job(fakes.handle_some):
        result = tick_at(FOUR)

    tally = result.tally
    assert (tally.failed, tally.with_problems, result.success) == (0, 1, False)


@pytest.fixture
def _handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of the queue are alive, and have a message of all that waits."""
    monkeypatch.setattr(tick.dispatch, "through_queue", lambda **_: True)
    monkeypatch.setattr(tick.dispatch, "hand_out_lost", lambda *, waiting: 0)
    monkeypatch.setattr(tick.queue, "delete_lost", lambda: 0)
    monkeypatch.setattr(tick.queue, "release_all", lambda: None)


@pytest.mark.django_db
@pytest.mark.usefixtures("_handed_out")
def test_what_the_workers_of_the_queue_left_too_long_is_worked_by_the_tick(
    hotel: Hotel,
) -> None:
    late, early = (
        waiting(each, as_of=FOUR, updated_at=FOUR - tick.TOO_LONG + ahead)
        for each, ahead in ((hotel, -MINUTE), (HotelFactory(), MINUTE))
    )

    tick_at(FOUR)

    late.refresh_from_db()
    early.refresh_from_db()
    assert (late.status, early.status) == (Status.COMPLETED, Status.PENDING)


@pytest.mark.django_db
@pytest.mark.usefixtures("_handed_out")
def test_what_the_workers_left_too_long_is_worked_within_the_limits(
    hotel: Hotel, settings: Any
) -> None:
    settings.JOBS_LIMITS = {"greet-guests": 1}
    late = waiting(hotel, as_of=FOUR, updated_at=FOUR - tick.TOO_LONG - MINUTE)
    with time_machine.travel(FOUR, tick=False):
        in_progress = claimed(waiting(HotelFactory()))

    held_back = tick_at(FOUR)
    JobExecution.objects.filter(pk=in_progress.pk).delete()
    tick_at(FOUR + MINUTE)

    assert held_back.overdue == (late,)
    late.refresh_from_db()
    assert late.status == Status.COMPLETED
