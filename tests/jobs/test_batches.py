"""Executions that a worker holds together: docs/adr/0035. On PostgreSQL; on SQLite none is held."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hotels import worker_locks
from hotels.models import Event, Guest, Hotel, Message
from hotels.notifications.outbox import NewEvent, payloads
from jobs import dispatch, runner
from jobs.base import JobContext
from jobs.dispatch import batches
from jobs.models import JobExecution, SkipReason, Status, Trigger
from jobs.runner import Turn
from tests.concurrency import in_thread
from tests.factories import GuestFactory, HotelFactory, UserFactory, WebhookEndpointFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, of_slot, waiting
from tests.waiting import TIMEOUT, wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

OTHER_WORKER = 4711
LIMIT = "idle_in_transaction_session_timeout"


def greet_nobody(context: JobContext) -> fakes.Greetings:
    return fakes.Greetings(hotel_id=context.hotel.pk)


IDLE = fakes.make_job(greet_nobody)


def run_slot(
    hotels: list[Hotel], service: Callable[[JobContext], fakes.Greetings], **more: Any
) -> list[runner.Outcome]:
    found: list[runner.Outcome] = []
    now = timezone.now()
    dispatch.run(
        job=fakes.make_job(service),
        hotels=hotels,
        now=now,
        trigger=Trigger.COMMAND,
        slot=now,
        on_outcome=found.append,
        **more,
    )
    return found


def held(count: int, *, worker: int | None = None, job: Any = IDLE) -> list[Turn]:
    """Turns of so many hotels, as a worker holds them."""
    slot = timezone.now()
    rows = [of_slot(hotel, slot) for hotel in HotelFactory.create_batch(count)]
    return runner.hold(executions=rows, job=job, now=slot, worker=worker)


def performed(turn: Turn) -> runner.Outcome:
    turn.begin()
    return runner.perform(execution=turn.execution, job=turn.job, turn=turn)


def lapse(turns: list[Turn]) -> None:
    keys = [turn.execution.pk for turn in turns]
    past = timezone.now() - timedelta(seconds=1)
    JobExecution.objects.filter(pk__in=keys).update(lease_expires_at=past)


def statuses() -> list[str]:
    return list(JobExecution.objects.order_by("pk").values_list("status", flat=True))


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watcher looks all the time."""
    monkeypatch.setattr(batches, "LOOK_EVERY", 0.001)


def test_quick_executions_without_effects_share_claims_and_completions() -> None:
    hotels = HotelFactory.create_batch(40)

    with CaptureQueriesContext(connection) as captured:
        outcomes = run_slot(hotels, greet_nobody)

    assert [outcome.status for outcome in outcomes] == ["COMPLETED"] * 40
    assert statuses() == ["COMPLETED"] * 40
    updates = [query for query in captured if "UPDATE jobs_jobexecution" in query["sql"]]
    assert len(updates) <= 20  # by themselves they would be eighty


def test_each_execution_keeps_its_own_times_and_result() -> None:
    run_slot(HotelFactory.create_batch(24), greet_nobody)

    rows = list(JobExecution.objects.order_by("pk"))
    for row, following in pairwise(rows):
        assert row.duration is not None
        assert row.duration >= timedelta()
        assert row.completed_at <= following.started_at
        assert (row.words, row.result["hotelId"]) == ("0 greeted", row.hotel_id)


def test_an_execution_with_effects_is_stored_with_them_and_the_others_together() -> None:
    hotels = HotelFactory.create_batch(24)
    writers = {hotel.pk for hotel in hotels[::3]}

    def service(context: JobContext) -> fakes.Greetings:
        return (fakes.greet if context.hotel.pk in writers else greet_nobody)(context)

    outcomes = run_slot(hotels, service)

    assert all(outcome.success for outcome in outcomes)
    assert statuses() == ["COMPLETED"] * 24
    assert sorted(Guest.objects.values_list("hotel_id", flat=True)) == sorted(writers)
    assert Message.objects.count() == len(writers)


@pytest.mark.parametrize(
    "write",
    [
        lambda hotel: GuestFactory(hotel=hotel),
        lambda hotel: Hotel.objects.select_for_update().get(pk=hotel.pk),
    ],
)
def test_the_database_says_whether_anything_was_written(write: Callable[[Hotel], Any]) -> None:
    """This service writes and names no change."""

    def service(context: JobContext) -> fakes.Greetings:
        write(context.hotel)
        return greet_nobody(context)

    (turn,) = held(1, job=fakes.make_job(service))

    outcome = performed(turn)

    assert (outcome.status, turn.ended) == ("COMPLETED", None)
    assert statuses() == ["COMPLETED"]


def test_what_failed_before_or_runs_alone_is_not_held(hotel: Hotel) -> None:
    alone = {"retry": {"attempts": 3, "alone": True}}
    rows = [
        of_slot(hotel, timezone.now()),
        of_slot(hotel, timezone.now(), metadata=alone),
        of_slot(hotel, timezone.now(), attempt=2),
        waiting(hotel),
    ]

    assert [runner.may_be_held(row) for row in rows] == [True, False, False, False]


def test_a_hotel_in_which_the_job_is_running_is_not_held(now: datetime) -> None:
    busy, free = HotelFactory.create_batch(2)
    claimed(of_slot(busy, now))
    rows = [of_slot(hotel, now + timedelta(hours=1)) for hotel in (busy, free)]

    turns = runner.hold(executions=rows, job=IDLE, now=now, worker=None)

    assert [turn.execution.hotel for turn in turns] == [free]


def test_if_one_is_slow_it_is_seen_to_have_begun_and_the_others_are_free(quickly: None) -> None:
    hotels = HotelFactory.create_batch(16)
    seen: list[list[str]] = []

    def others() -> list[str]:
        return list(JobExecution.objects.unfinished().values_list("status", flat=True))

    def service(context: JobContext) -> fakes.Greetings:
        if context.hotel == hotels[3]:
            mine = JobExecution.objects.running().filter(hotel=context.hotel)
            wait_until(
                lambda: (
                    mine.filter(started_at__isnull=False).exists()
                    and others().count("RUNNING") == 1
                ),
                what="it has begun, and the others wait",
            )
            seen.append(others())
        return greet_nobody(context)

    outcomes = run_slot(hotels, service)

    assert [found.count("PENDING") for found in seen] == [12]
    assert [outcome.status for outcome in outcomes] == ["COMPLETED"] * 16
    assert JobExecution.objects.filter(status=Status.COMPLETED, attempt=1).count() == 16


def test_a_slow_one_gets_the_lease_and_the_limits_of_its_job() -> None:
    idle: list[str] = []

    def service(context: JobContext) -> fakes.Greetings:
        for _ in range(2):
            with connection.cursor() as cursor:
                cursor.execute("SELECT setting::int FROM pg_settings WHERE name = %s", [LIMIT])
                idle.append(cursor.fetchone()[0])
            turn.is_marked = True
        return greet_nobody(context)

    (turn,) = held(1, job=fakes.make_job(service))

    performed(turn)

    hold, whole = (timedelta(milliseconds=each) for each in idle)
    assert hold <= timedelta(seconds=30)
    assert timedelta(minutes=14) < whole <= timedelta(minutes=15)


def test_what_a_dead_worker_held_is_free_and_each_of_it_runs_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held(3, worker=OTHER_WORKER)
    monkeypatch.setattr(worker_locks, "dead_workers", lambda keys: {OTHER_WORKER} & set(keys))

    closed = runner.close_abandoned()

    assert closed == []
    assert statuses() == ["PENDING"] * 3
    for row in JobExecution.objects.all():
        assert row.runs_alone
        assert row.metadata["retry"]["attempts"] == IDLE.attempts  # none is lost
        assert (row.token, row.updated_at) == (None, row.created_at)


def test_one_that_a_dead_worker_is_known_to_have_begun_is_interrupted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = held(2, worker=OTHER_WORKER)
    turns[0].begin()
    runner.mark_begun(turns[0])
    monkeypatch.setattr(worker_locks, "dead_workers", lambda keys: {OTHER_WORKER} & set(keys))

    closed = runner.close_abandoned()

    assert [row.pk for row in closed] == [turns[0].execution.pk]
    assert statuses() == ["FAILED", "PENDING", "PENDING"]


def test_a_worker_that_was_silent_for_too_long_stores_no_outcome() -> None:
    turns = held(2)
    performed(turns[0])
    lapse(turns)
    runner.close_abandoned()

    (outcome,) = runner.end_together(turns[:1])

    assert outcome.status == Status.FAILED
    assert "lease was lost" in outcome.error
    assert statuses() == ["PENDING", "PENDING"]


def test_effects_of_a_worker_that_was_silent_for_too_long_are_rolled_back() -> None:
    def service(context: JobContext) -> fakes.Greetings:
        in_thread(lambda: (lapse([turn]), runner.close_abandoned())).result(TIMEOUT)
        return fakes.greet(context)

    (turn,) = held(1, job=fakes.make_job(service))

    assert performed(turn).status == Status.FAILED
    assert (statuses(), Guest.objects.count()) == (["PENDING"], 0)


def test_a_held_execution_is_cancelled_at_once() -> None:
    turns = held(2)
    performed(turns[0])

    runner.cancel(execution=turns[0].execution, by=UserFactory(username="ana"))

    (outcome,) = runner.end_together(turns[:1])
    assert (outcome.status, outcome.summary) == ("SKIPPED", "cancelled by ana")
    row = JobExecution.objects.get(pk=turns[0].execution.pk)
    assert (row.status, row.skip_reason) == ("SKIPPED", SkipReason.CANCELLED)


def test_asked_to_stop_a_worker_gives_back_what_it_has_not_begun() -> None:
    begun: list[Hotel] = []

    def service(context: JobContext) -> fakes.Greetings:
        begun.append(context.hotel)
        return greet_nobody(context)

    outcomes = run_slot(HotelFactory.create_batch(16), service, stop=lambda: len(begun) >= 6)

    assert statuses().count("COMPLETED") == len(begun) == 6
    assert [outcome.status for outcome in outcomes].count("PENDING") == 10
    free = JobExecution.objects.pending()
    assert {(row.token, row.runs_alone) for row in free} == {(None, False)}


def test_endpoints_hear_of_outcomes_that_are_stored_together() -> None:
    turns = held(2)
    WebhookEndpointFactory(hotel=turns[0].execution.hotel, events=["job.completed"])
    for turn in turns:
        performed(turn)

    runner.end_together(turns)

    assert [message.cause_id for message in Message.objects.all()] == [turns[0].execution.pk]


def telling(*, data: object | None = None) -> Callable[[JobContext], fakes.Greetings]:
    """A service without effects that publishes an event."""

    def tell(context: JobContext) -> fakes.Greetings:
        told = data or payloads.HousekeepingRoundCompleted(
            date=context.local_date, tasks_created=0, tasks_assigned=0, unassigned=0
        )
        context.publish(
            NewEvent(hotel_id=context.hotel.pk, key="round", data=told, occurred_at=context.now)
        )
        return greet_nobody(context)

    return tell


def test_events_keep_a_hotel_out_of_its_batch_only_if_an_endpoint_may_hear_them() -> None:
    turns = held(2, job=fakes.make_job(telling()))
    heard, unheard = turns
    WebhookEndpointFactory(hotel=heard.execution.hotel, events=["housekeeping.round.completed"])

    for turn in turns:
        performed(turn)

    assert (heard.ended is None, unheard.ended is None) == (True, False)
    assert [event.hotel for event in Event.objects.all()] == [heard.execution.hotel]
    runner.end_together([unheard])
    assert Event.objects.count() == 1


def test_an_event_that_cannot_be_stored_fails_its_own_hotel() -> None:
    hotels = HotelFactory.create_batch(16)
    WebhookEndpointFactory(hotel=hotels[9], events=["job.completed"])
    tell = telling(data=object())

    outcomes = run_slot(
        hotels,
        lambda context: tell(context) if context.hotel == hotels[9] else greet_nobody(context),
    )

    failed = [outcome.hotel for outcome in outcomes if outcome.status == Status.FAILED]
    assert failed == [hotels[9]]
    assert statuses().count("COMPLETED") == 15


def test_a_failure_in_a_batch_is_recorded_and_retried_by_itself() -> None:
    hotels = HotelFactory.create_batch(16)

    def service(context: JobContext) -> fakes.Greetings:
        if context.hotel == hotels[9]:
            return fakes.crash_after_writing(context)
        return greet_nobody(context)

    outcomes = run_slot(hotels, service)

    assert [outcome.status for outcome in outcomes].count("FAILED") == 1
    assert JobExecution.objects.get(status=Status.FAILED).hotel == hotels[9]
    assert JobExecution.objects.pending().get().attempt == 2
    assert not Guest.objects.exists()


@pytest.mark.parametrize(
    "error", [OperationalError("the server closed the connection"), KeyError("unknown")]
)
def test_outcomes_that_cannot_be_stored_are_reported_and_done_again(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def lost(turns: Any) -> None:
        raise error

    monkeypatch.setattr(runner, "end_together", lost)

    outcomes = run_slot(HotelFactory.create_batch(8), greet_nobody)

    unstored = [outcome for outcome in outcomes if "not recorded" in outcome.error]
    assert unstored
    left = JobExecution.objects.running()
    assert left.count() == len(unstored)
    left.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    runner.close_abandoned()
    assert set(statuses()) == {"COMPLETED", "PENDING"}


def test_what_the_watcher_gives_back_has_arrived_when_the_batch_is_over(
    quickly: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would have no outcome, and no worker until the next tick."""
    batch, given_back = batches.Batch(held(3)), list[JobExecution]()
    watcher = batches.Watcher(on_given_back=given_back.extend)
    giving, give_back = threading.Event(), runner.give_back

    def announced(turns: Any) -> None:
        giving.set()  # the batch ends now, while this writes
        give_back(turns)

    monkeypatch.setattr(runner, "give_back", announced)
    monkeypatch.setattr(batches, "SLOW", 0.0)
    with watcher.watch(batch):
        batch.begin_next()
        assert giving.wait(TIMEOUT)
    arrived = len(given_back)
    watcher.end()

    assert arrived == 2


def test_a_slow_execution_whose_row_is_locked_keeps_no_others() -> None:
    """It failed, say, and its next attempt waits for its hotel: the watcher must not wait too."""
    turn, *_ = held(2)
    turn.begin()

    with transaction.atomic():
        JobExecution.objects.locked().get(pk=turn.execution.pk)
        in_thread(lambda: runner.mark_begun(turn)).result(TIMEOUT)

    assert not turn.is_marked
    runner.mark_begun(turn)
    assert turn.is_marked


def test_the_clock_of_the_database_ends_what_a_worker_holds() -> None:
    """Clocks may differ by two minutes, and a hold is thirty seconds."""
    with time_machine.travel(timezone.now() - timedelta(minutes=1)):
        held(1)

    runner.close_abandoned()

    assert statuses() == ["RUNNING"]


@pytest.mark.parametrize(
    ("is_slot", "trigger", "waits"),
    [(True, "CRON", False), (False, "CRON", True), (True, "RETRY", True)],
)
def test_outcomes_of_requests_wait_for_the_disk(is_slot: bool, trigger: str, waits: bool) -> None:
    """Whoever requested one is told (docs/adr/0030)."""
    (turn,) = held(1)
    performed(turn)
    turn.execution.scheduled_for = turn.execution.scheduled_for if is_slot else None
    turn.execution.trigger = trigger

    with CaptureQueriesContext(connection) as captured:
        runner.end_together([turn])

    assert any("synchronous_commit TO DEFAULT" in query["sql"] for query in captured) is waits


def test_hotels_are_given_back_though_outcomes_before_cannot_be_stored(
    quickly: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, given_back = batches.Batch(held(3)), list[JobExecution]()
    watcher = batches.Watcher(on_given_back=given_back.extend)
    monkeypatch.setattr(batches, "SLOW", 0.0)
    monkeypatch.setattr(runner, "end_together", mock.Mock(side_effect=OperationalError("away")))
    quick = batch.begin_next()
    assert quick is not None
    batch.end(quick, runner.perform(execution=quick.execution, job=quick.job, turn=quick))

    with watcher.watch(batch):
        batch.begin_next()
        wait_until(lambda: given_back, what="the third is given back")
    watcher.end()

    assert statuses() == ["RUNNING", "RUNNING", "PENDING"]
