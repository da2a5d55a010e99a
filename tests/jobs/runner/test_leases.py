"""Who holds an execution, for how long, and what takes it away."""

import os
import signal
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from hotels import worker_locks
from hotels.models import Guest, Hotel
from jobs import runner
from jobs.base import JobContext
from jobs.models import FailureKind, JobExecution, SkipReason, Status
from jobs.runner import NotCancellable, deadline
from jobs.runner.deadline import Deadline
from jobs.runner.session_limits import NO_LIMIT
from tests.concurrency import in_thread
from tests.factories import HotelFactory, UserFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, lapse, of_slot, waiting
from tests.waiting import TIMEOUT

GONE_KEY = 4711


@pytest.mark.django_db
def test_a_lease_that_ran_out_is_closed_as_interrupted(hotel: Hotel) -> None:
    row = claimed(waiting(hotel))
    lapse(row)

    assert runner.close_abandoned() == [row]

    row.refresh_from_db()
    assert (row.status, row.failure_kind) == (Status.FAILED, FailureKind.INTERRUPTED)
    assert row.words == "Interrupted: the worker stopped responding."


@pytest.mark.django_db
def test_a_lease_that_lasts_is_left_alone(hotel: Hotel) -> None:
    claimed(waiting(hotel))

    assert runner.close_abandoned() == []


@pytest.mark.django_db
def test_a_worker_that_was_only_slow_finds_its_execution_closed_and_keeps_nothing(
    hotel: Hotel,
) -> None:
    row = claimed(waiting(hotel))

    def slow(context: JobContext) -> fakes.Greetings:
        greeted = fakes.greet(context)
        lapse(row)
        runner.close_abandoned()
        return greeted

    outcome = runner.perform(execution=row, job=fakes.make_job(slow))

    row.refresh_from_db()
    assert outcome.status == Status.FAILED
    assert not Guest.objects.exists()


@pytest.mark.django_db
def test_a_slot_is_worked_as_of_the_instant_it_is_claimed(hotel: Hotel, now: datetime) -> None:
    late = now + timedelta(hours=3)

    assert claimed(of_slot(hotel, now, as_of=now), now=late).as_of == late


@pytest.mark.django_db
def test_what_a_person_asked_for_keeps_its_instant(hotel: Hotel, now: datetime) -> None:
    row = claimed(waiting(hotel, as_of=now), now=now + timedelta(hours=3))

    assert row.as_of == now


# Dead workers


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_lives_is_not_dead() -> None:
    with worker_locks.hold_worker_lock() as lock:
        assert worker_locks.dead_workers([lock.key, None]) == set()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_key_that_nobody_holds_is_dead() -> None:
    """In memory, as the other half runs, SQLite has no second process that could live on."""
    assert worker_locks.dead_workers([GONE_KEY]) == {GONE_KEY}


@pytest.mark.django_db
def test_behind_a_transaction_pooler_a_worker_has_no_lock_and_its_lease_shows_its_death(
    hotel: Hotel, settings: Any
) -> None:
    settings.TRANSACTION_POOLING = True
    with worker_locks.hold_worker_lock() as lock:
        row = claimed(waiting(hotel), worker=lock.key)

    assert lock.key is None
    assert runner.close_abandoned() == []
    lapse(row)
    assert runner.close_abandoned() == [row]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_dead_worker_is_noticed_before_its_lease_is_over(hotel: Hotel) -> None:
    """By the session lock that only PostgreSQL has; SQLite's file lock is tested below."""
    row = claimed(waiting(hotel), worker=GONE_KEY)

    runner.close_abandoned()

    row.refresh_from_db()
    assert row.words == "Interrupted: the worker stopped."


def test_beside_a_database_file_a_killed_process_gives_its_lock_up(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The locks of SQLite, whatever database this half of the tests runs on."""
    monkeypatch.setattr(connection, "vendor", "sqlite")
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "books.sqlite3"))
    told, tells = os.pipe()
    worker = os.fork()
    if worker == 0:
        with worker_locks.hold_worker_lock() as lock:
            os.write(tells, str(lock.key).encode())
            signal.pause()  # until it is killed
        os._exit(1)
    key = int(os.read(told, 40))

    before = worker_locks.dead_workers([key])
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    after = worker_locks.dead_workers([key])

    assert (before, after) == (set(), {key})
    assert worker_locks.dead_workers([key]) == {key}


# Limits


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_statement_that_takes_longer_than_the_lease_is_ended_as_timed_out(hotel: Hotel) -> None:
    """SQLite has no statement timeout."""
    row = claimed(waiting(hotel))
    row.lease_expires_at = timezone.now() + timedelta(seconds=0.4)

    def endless(context: JobContext) -> fakes.Greetings:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(30)")
        raise AssertionError("the statement was not ended")

    outcome = runner.perform(execution=row, job=fakes.make_job(endless))

    row.refresh_from_db()
    assert row.failure_kind == FailureKind.TIMED_OUT
    assert outcome.error == row.error == "Unexpected error (OperationalError)."
    assert "statement timeout" in row.traceback


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_hangs_in_its_transaction_locks_nothing_after_its_lease(hotel: Hotel) -> None:
    """SQLite locks the whole database."""
    row = claimed(waiting(hotel))
    row.lease_expires_at = timezone.now() + timedelta(seconds=0.4)
    locked, let_go = Event(), Event()

    def hanging(context: JobContext) -> fakes.Greetings:
        Hotel.objects.select_for_update().get()
        locked.set()
        let_go.wait(TIMEOUT)
        return fakes.greet(context)

    hung = in_thread(lambda: runner.perform(execution=row, job=fakes.make_job(hanging)))
    locked.wait(TIMEOUT)
    try:
        with transaction.atomic():
            runner.limit_session(idle=NO_LIMIT, statement=timedelta(seconds=TIMEOUT))
            Hotel.objects.select_for_update().get()  # as the next attempt waits for the lock
    finally:
        let_go.set()

    assert hung.result(TIMEOUT).status == Status.FAILED
    row.refresh_from_db()
    assert row.failure_kind == FailureKind.TIMED_OUT
    assert not Guest.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_checkpoint_limits_what_follows_to_what_is_left_of_the_lease(hotel: Hotel) -> None:
    """SQLite has no statement timeout."""
    row = claimed(waiting(hotel))
    limits = Deadline(execution=row)
    with transaction.atomic():
        limits.limit_session()
        row.lease_expires_at = timezone.now() + timedelta(seconds=5)  # ten minutes have passed
        limits.check()
        with connection.cursor() as cursor:
            cursor.execute("SELECT setting::int FROM pg_settings WHERE name ~ 'statement_timeout'")
            (left,) = cursor.fetchone()

    assert left <= 5000


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_limits_of_a_run_end_with_its_transaction(hotel: Hotel) -> None:
    """SQLite has no statement timeout."""
    with transaction.atomic():
        Deadline(execution=claimed(waiting(hotel))).limit_session()

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_waiting_too_long_for_a_lock_is_a_timeout(hotel: Hotel) -> None:
    """SQLite locks the whole database."""
    other = connection.copy()
    other.settings_dict["OPTIONS"].pop("pool")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("UPDATE hotels_hotel SET name = name")
            with pytest.raises(OperationalError) as caught, transaction.atomic():
                _lock_impatiently(hotel)
    finally:
        other.close()

    assert deadline.is_timeout(caught.value)


def _lock_impatiently(hotel: Hotel) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '100ms'")
    Hotel.objects.select_for_update().get(pk=hotel.pk)


@pytest.mark.django_db
def test_time_is_up_at_a_checkpoint_after_the_lease(hotel: Hotel) -> None:
    row = claimed(waiting(hotel))

    def dawdling(context: JobContext) -> fakes.Greetings:
        greeted = fakes.greet(context)
        row.lease_expires_at = timezone.now() - timedelta(seconds=1)
        context.checkpoint()
        return greeted

    runner.perform(execution=row, job=fakes.make_job(dawdling))

    row.refresh_from_db()
    assert (row.status, row.failure_kind) == (Status.FAILED, FailureKind.TIMED_OUT)
    assert not Guest.objects.exists()


# Cancelling


@pytest.mark.django_db
def test_what_waits_is_cancelled_at_once(hotel: Hotel) -> None:
    row = runner.cancel(execution=waiting(hotel), by=UserFactory(username="ana"))

    assert (row.status, row.skip_reason) == (Status.SKIPPED, SkipReason.CANCELLED)
    assert row.words == "cancelled by ana"


@pytest.mark.django_db
def test_what_runs_is_cancelled_at_its_next_checkpoint_and_keeps_nothing(hotel: Hotel) -> None:
    row = claimed(waiting(hotel))
    ana = UserFactory(username="ana")

    def cancelled(context: JobContext) -> fakes.Greetings:
        greeted = fakes.greet(context)
        runner.cancel(execution=row, by=ana)
        context.checkpoint()
        return greeted

    outcome = runner.perform(execution=row, job=fakes.make_job(cancelled))

    # In its own transaction the request went with the rest; the outcome is recorded after it.
    row.refresh_from_db()
    assert (outcome.status, row.status) == (Status.SKIPPED, Status.SKIPPED)
    assert row.words == "cancelled by ana"
    assert not Guest.objects.exists()


@pytest.mark.django_db
def test_what_was_done_before_the_next_checkpoint_is_completed(hotel: Hotel) -> None:
    row = claimed(waiting(hotel))
    runner.cancel(execution=row, by=UserFactory())

    runner.perform(execution=row, job=fakes.make_job(fakes.greet))

    row.refresh_from_db()
    assert row.status == Status.COMPLETED


@pytest.mark.django_db
def test_what_has_ended_cannot_be_cancelled(hotel: Hotel) -> None:
    row = claimed(waiting(hotel))
    runner.perform(execution=row, job=fakes.make_job(fakes.greet))

    with pytest.raises(NotCancellable, match="has ended"):
        runner.cancel(execution=row, by=UserFactory())


@pytest.mark.django_db
def test_checkpoints_ask_the_database_at_most_once_a_second(hotel: Hotel, queries_of) -> None:
    check = Deadline(execution=claimed(waiting(hotel))).check

    def often() -> None:
        for _ in range(100):
            check()

    limits = 1 if connection.vendor == "postgresql" else 0
    assert queries_of(often) == 1 + limits


@pytest.mark.django_db
def test_a_cancelled_slot_is_not_retried(hotel: Hotel, now: datetime) -> None:
    runner.cancel(execution=of_slot(hotel, now), by=UserFactory())

    assert JobExecution.objects.count() == 1
    assert not JobExecution.objects.pending().filter(hotel=HotelFactory()).exists()
