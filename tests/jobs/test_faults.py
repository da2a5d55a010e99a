"""Faults of connections and workers, played in this process: cut, hung, killed."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection

from hotels import worker_locks
from hotels.models import Guest, Hotel
from jobs import dispatch, runner, tick
from jobs.base import JobContext
from jobs.models import JobExecution, JobRun, Status, Tick, Trigger
from jobs.runner import session_limits
from jobs.scheduling import SlotPlan, opening
from jobs.scheduling.opening import open_due
from tests import proxy
from tests.concurrency import in_thread
from tests.factories import HotelFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, lapse, of_slot, only_job, waiting
from tests.waiting import TIMEOUT, wait_until

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SOME_KEY = 4711
CUT_LOCK_SESSIONS = """
    SELECT pg_terminate_backend(pid, 60000) FROM pg_locks
    WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture
def _checked_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_locks, "CHECK_EVERY", 0)


@pytest.fixture
def _all_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every worker holds its lock, as one does that hangs: its connection stays open."""
    monkeypatch.setattr(worker_locks, "dead_workers", lambda keys: set())


def tick_at(now: datetime) -> tick.TickResult:
    with time_machine.travel(now, tick=False):
        return tick.run_tick(now=now)


def handed_out(hotel: Hotel, *, at: datetime) -> JobExecution:
    """An execution that another worker opened at `at` and has not started."""
    with time_machine.travel(at, tick=False):
        run = JobRun.objects.create(
            job_name="greet-guests", trigger=Trigger.COMMAND, worker=SOME_KEY, created_at=at
        )
        return waiting(hotel, run=run)


def cut_lock_sessions() -> None:
    """Cut the connections that hold worker locks, as a firewall does with idle ones."""
    with connection.cursor() as cursor:
        cursor.execute(CUT_LOCK_SESSIONS)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_checked_always")
def test_a_living_worker_whose_lock_connection_was_cut_is_taken_for_dead_once_at_most(
    now: datetime,
) -> None:
    """SQLite's lock on a file has no connection that could be cut."""

    def service(context: JobContext) -> fakes.Greetings:
        runner.close_abandoned()  # as the ticks of other machines do
        cut_lock_sessions()
        return fakes.greet(context)

    dispatch.run(
        job=fakes.make_job(service),
        hotels=HotelFactory.create_batch(6),
        now=now,
        trigger=Trigger.COMMAND,
    )

    statuses = JobExecution.objects.values_list("status", flat=True)
    assert list(statuses) == [Status.COMPLETED] * 6


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_lock_that_is_held_is_looked_at_once_a_second_at_most(queries_of) -> None:
    """SQLite's lock on a file needs no look."""
    with worker_locks.hold_worker_lock() as lock:
        assert queries_of(lock.renew) == 0


@pytest.mark.postgres
@pytest.mark.network
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_checked_always")
def test_a_lock_that_only_its_worker_believes_in_is_taken_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SQLite's lock on a file has no connection that could be half open."""
    with closing(proxy.before_postgres()) as between:
        with monkeypatch.context() as through_proxy:
            through_proxy.setitem(connection.settings_dict, "HOST", "127.0.0.1")
            through_proxy.setitem(connection.settings_dict, "PORT", between.port)
            lock = worker_locks._SessionLock(key=SOME_KEY)
        between.swallow()
        between.lose_clients()
        wait_until(lambda: worker_locks.dead_workers([SOME_KEY]), what="the server notices")

        in_thread(lock.renew).result(TIMEOUT)

        assert worker_locks.dead_workers([SOME_KEY]) == set()
        lock.release()


# Workers that live, but start nothing


@pytest.mark.django_db
@pytest.mark.usefixtures("_all_alive")
@pytest.mark.parametrize(("minutes", "left"), [(1, 1), (3, 0)])
def test_what_a_hung_worker_does_not_start_is_started_by_others_after_a_grace(
    hotel: Hotel, minutes: int, left: int
) -> None:
    handed_out(hotel, at=FOUR)

    with only_job():
        tick_at(FOUR + minutes * MINUTE)

    assert JobExecution.objects.pending().count() == left


@pytest.mark.django_db
@pytest.mark.usefixtures("_all_alive")
def test_one_hotel_that_takes_long_keeps_none_of_those_after_it() -> None:
    hotels = HotelFactory.create_batch(3)
    done: list[int] = []

    def service(context: JobContext) -> fakes.Greetings:
        if context.hotel == hotels[0]:
            tick_at(FOUR + 3 * MINUTE)  # another tick comes while this hotel is still worked
            done.append(Guest.objects.count())
        return fakes.greet(context)

    with only_job(service) as job, time_machine.travel(FOUR, tick=False):
        dispatch.run(job=job, hotels=hotels, now=FOUR, trigger=Trigger.COMMAND)

    assert done == [2]
    assert Guest.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.usefixtures("_all_alive")
def test_a_tick_is_no_success_while_something_waits_too_long(hotel: Hotel) -> None:
    with time_machine.travel(FOUR, tick=False):
        claimed(waiting(hotel), worker=SOME_KEY)
        JobExecution.objects.update(lease_expires_at=FOUR + 60 * MINUTE)
    stuck = handed_out(hotel, at=FOUR)
    JobExecution.objects.filter(pk=stuck.pk).update(trigger=Trigger.RETRY)

    with only_job():
        before, after = tick_at(FOUR + 19 * MINUTE), tick_at(FOUR + 21 * MINUTE)

    assert before.success
    assert (after.overdue, after.success) == ((stuck,), False)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_tick_that_hangs_while_it_opens_keeps_no_other_from_opening(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SQLite locks the whole database."""
    began, let_go = Event(), Event()

    def hangs(**call: Any) -> SlotPlan:
        began.set()
        let_go.wait(TIMEOUT)
        return SlotPlan()

    with only_job():
        open_due(now=FOUR)
        monkeypatch.setattr(session_limits, "LONGEST_PAUSE", timedelta(seconds=0.4))
        with monkeypatch.context() as hanging:
            hanging.setattr(opening, "plan_slots", hangs)
            hung = in_thread(lambda: open_due(now=FOUR + MINUTE))
            began.wait(TIMEOUT)
        try:
            in_thread(lambda: open_due(now=FOUR + 2 * MINUTE)).result(TIMEOUT)
        finally:
            let_go.set()

    assert isinstance(hung.exception(TIMEOUT), DatabaseError)
    assert Tick.objects.get().looked_until == FOUR + 2 * MINUTE


# Hotels that kill their worker


def interrupted(execution: JobExecution) -> JobExecution:
    """The next attempt at a claimed execution after its worker died."""
    lapse(execution)
    runner.close_abandoned()
    return JobExecution.objects.pending().latest("pk")


@pytest.mark.django_db
def test_a_death_of_the_worker_counts_only_if_the_hotel_ran_alone(hotel: Hotel) -> None:
    second = interrupted(claimed(of_slot(hotel, FOUR)))
    third = interrupted(claimed(second))

    policies = [row.metadata["retry"] for row in (second, third)]
    assert [(policy["attempts"], policy["alone"]) for policy in policies] == [(4, True)] * 2


@pytest.mark.django_db
def test_a_hotel_that_may_fail_once_survives_the_death_of_its_worker(hotel: Hotel) -> None:
    once = runner.retry_policy(job=fakes.make_job(fakes.greet), attempts=1)

    retry = interrupted(claimed(of_slot(hotel, FOUR, metadata=once)))

    assert (retry.attempt, retry.runs_alone) == (2, True)


@pytest.mark.django_db(transaction=True)
def test_what_was_interrupted_runs_last_and_with_no_other_hotel_in_progress() -> None:
    hotels = HotelFactory.create_batch(5)
    in_progress: dict[int, int] = {}

    def service(context: JobContext) -> fakes.Greetings:
        in_progress[context.hotel.pk] = JobExecution.objects.running().count()
        return fakes.greet(context)

    for hotel in hotels[:3]:
        interrupted(claimed(of_slot(hotel, FOUR)))
    for hotel in hotels[3:]:
        of_slot(hotel, FOUR)
    JobExecution.objects.pending().update(not_before=None)
    with only_job(service), worker_locks.hold_worker_lock() as lock:
        options = dispatch.WorkOptions(now=FOUR, lock=lock, concurrency=3)
        waiting = dispatch.read_waiting(rows=JobExecution.objects.pending())
        dispatch.work(waiting=waiting, options=options)

    assert [in_progress[hotel.pk] for hotel in hotels[:3]] == [1, 1, 1]
    assert set(list(in_progress)[:2]) == {hotel.pk for hotel in hotels[3:]}
