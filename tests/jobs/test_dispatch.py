"""One run over many hotels."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError, connection

from hotels.audit import Via
from hotels.models import Guest, Hotel, HotelGroup
from jobs import dispatch, runner
from jobs.base import JobContext
from jobs.dispatch import turns
from jobs.models import JobExecution, JobRun, SkipReason, Status, Trigger
from tests.concurrency import run_together
from tests.factories import HotelFactory, UserFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, lapse, of_slot, only_job
from tests.waiting import TIMEOUT

JOB = fakes.make_job(fakes.greet)


def run_job(hotels: list[Hotel], now: datetime, **more: Any) -> dispatch.RunResult:
    options = {"job": JOB, "trigger": Trigger.COMMAND} | more
    return dispatch.run(hotels=hotels, now=now, **options)


def outcomes_of(hotels: list[Hotel], now: datetime, **more: Any) -> list[runner.Outcome]:
    """The outcomes of a run, as they come."""
    found: list[runner.Outcome] = []
    run_job(hotels, now, on_outcome=found.append, **more)
    return found


def failing_for(hotel: Hotel) -> Callable[[JobContext], fakes.Greetings]:
    def service(context: JobContext) -> fakes.Greetings:
        return (
            fakes.crash_after_writing(context) if context.hotel == hotel else fakes.greet(context)
        )

    return service


@pytest.mark.django_db
def test_every_hotel_gets_an_execution_and_an_outcome(now: datetime) -> None:
    hotels = HotelFactory.create_batch(20)

    outcomes = outcomes_of(hotels, now)

    assert [outcome.hotel for outcome in outcomes] == hotels
    assert JobExecution.objects.filter(status=Status.COMPLETED).count() == 20
    assert all(outcome.success for outcome in outcomes)


@pytest.mark.django_db
def test_groups_of_hotels_take_turns(now: datetime) -> None:
    chain, small = (HotelGroup.objects.create(name=name) for name in ("Chain", "Small"))
    large = HotelFactory.create_batch(3, group=chain)
    others = [HotelFactory(group=small), HotelFactory()]

    outcomes = outcomes_of([*large, *others], now)

    assert [outcome.hotel for outcome in outcomes] == [large[0], *others, *large[1:]]


@pytest.mark.django_db
def test_a_request_remembers_its_time_and_a_retry_of_it_forgets_it(
    hotel: Hotel, now: datetime
) -> None:
    request = dispatch.RunRequest(
        job=JOB, now=now, trigger=Trigger.API, requested_by=UserFactory(), requested_at=now
    )
    run = dispatch.open_run(request=request, hotel_ids=[hotel.pk])

    (first,) = dispatch.read_waiting(rows=run.executions.all())
    run.executions.update(trigger=Trigger.RETRY)
    (again,) = dispatch.read_waiting(rows=run.executions.all())

    assert (first.requested_at, again.requested_at) == (now, None)


@pytest.mark.django_db
def test_one_failing_hotel_stops_no_other(now: datetime) -> None:
    hotels = HotelFactory.create_batch(3)

    result = run_job(hotels, now, job=fakes.make_job(failing_for(hotels[1])))

    assert (result.tally.total, result.tally.failed, result.success) == (3, 1, False)
    assert [outcome.hotel for outcome in result.tally.first_failed] == [hotels[1]]
    assert set(Guest.objects.values_list("hotel_id", flat=True)) == {hotels[0].pk, hotels[2].pk}


@pytest.mark.django_db
def test_an_execution_says_who_asked_and_for_which_instant(hotel: Hotel, now: datetime) -> None:
    user = UserFactory(username="ana")

    run_job([hotel], now, trigger=Trigger.ADMIN, requested_by=user)

    execution = JobExecution.objects.get()
    assert execution.run.requested_by == user
    assert execution.run.requested_by_name == "ana"
    assert (execution.trigger, execution.as_of) == ("ADMIN", now)


@pytest.mark.django_db
def test_the_name_of_who_asked_survives_the_user(hotel: Hotel, now: datetime) -> None:
    user = UserFactory(username="ana")
    run_job([hotel], now, requested_by=user)

    user.delete()

    assert JobRun.objects.get().requested_by_name == "ana"


@pytest.mark.django_db
def test_a_slot_runs_once_however_often_it_is_run(hotel: Hotel, now: datetime) -> None:
    run_job([hotel], now, slot=now)

    (again,) = outcomes_of([hotel], now, slot=now)

    assert again.summary == "already done: 1 greeted"
    assert Guest.objects.count() == 1
    assert JobExecution.objects.count() == 1


@pytest.mark.django_db
def test_a_slot_that_failed_waits_for_its_retry_when_run_again(hotel: Hotel, now: datetime) -> None:
    run_job([hotel], now, slot=now, job=fakes.make_job(fakes.fail_after_writing))

    (again,) = outcomes_of([hotel], now, slot=now)

    assert again.status == Status.PENDING
    assert "attempt 2 starts after" in again.summary
    assert run_job([hotel], now, slot=now).success


@pytest.mark.django_db
def test_a_slot_that_failed_for_good_is_reported_when_run_again_but_not_as_a_new_failure(
    hotel: Hotel, now: datetime
) -> None:
    run_job([hotel], now, slot=now, job=fakes.make_job(fakes.fail_for_good))

    (again,) = outcomes_of([hotel], now, slot=now)

    assert again.status == Status.FAILED
    assert run_job([hotel], now, slot=now).success


@pytest.mark.django_db
def test_a_slot_that_has_completed_opens_no_second_run(hotel: Hotel, now: datetime) -> None:
    run_job([hotel], now, slot=now)

    assert run_job([hotel], now, slot=now).run_id is None
    assert JobRun.objects.count() == 1


@pytest.mark.django_db
def test_a_slot_left_waiting_is_continued_by_the_next_run(hotel: Hotel, now: datetime) -> None:
    run_job([hotel], now, slot=now)
    JobExecution.objects.update(status=Status.PENDING, completed_at=None)

    assert outcomes_of([hotel], now, slot=now)[0].summary == "1 greeted"
    assert JobExecution.objects.get().status == Status.COMPLETED


@pytest.mark.django_db
def test_a_run_closes_what_dead_workers_left_and_is_no_success(hotel: Hotel, now: datetime) -> None:
    dead = claimed(of_slot(hotel, now))
    lapse(dead)

    result = run_job([hotel], now, slot=now)

    assert Guest.objects.count() == 0  # attempt 2 waits for its backoff
    assert (result.closed, result.success) == ((dead,), False)


@pytest.mark.django_db
def test_what_a_dead_worker_left_can_be_retried_at_once(hotel: Hotel, now: datetime) -> None:
    dead = claimed(of_slot(hotel, now))
    lapse(dead)

    with only_job():
        attempt, _ = dispatch.retry_now(execution=dead, by=UserFactory(), via=Via.API, wait=True)

    attempt.refresh_from_db()
    assert (attempt.attempt, attempt.status) == (2, Status.COMPLETED)


@pytest.mark.django_db
def test_a_hotel_added_later_gets_its_part_of_a_slot(now: datetime) -> None:
    first, second = HotelFactory.create_batch(2)
    run_job([first], now, slot=now)

    run_job([first, second], now, slot=now)

    assert Guest.objects.filter(hotel=second).count() == 1
    assert Guest.objects.filter(hotel=first).count() == 1


@pytest.mark.django_db
def test_a_hotel_for_which_the_job_runs_is_skipped_as_overlapped(
    hotel: Hotel, now: datetime
) -> None:
    statuses: list[str] = []

    def runs_again(context: JobContext) -> fakes.Greetings:
        statuses.append(outcomes_of([hotel], now)[0].status)
        return fakes.Greetings(hotel_id=hotel.pk)

    run_job([hotel], now, job=fakes.make_job(runs_again))

    assert statuses == ["SKIPPED"]
    assert JobExecution.objects.get(status=Status.SKIPPED).skip_reason == SkipReason.OVERLAPPED


@pytest.mark.django_db
def test_a_preview_gives_outcomes_and_writes_no_row(now: datetime) -> None:
    hotels = HotelFactory.create_batch(2)

    outcomes: list[runner.Outcome] = []
    dispatch.preview_run(job=JOB, hotels=hotels, now=now, on_outcome=outcomes.append)

    assert [outcome.summary for outcome in outcomes] == ["1 greeted", "1 greeted"]
    assert not JobRun.objects.exists()
    assert not Guest.objects.exists()


@pytest.mark.django_db
def test_a_failure_that_cannot_be_recorded_is_reported_and_stops_no_other(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotels = HotelFactory.create_batch(2)
    perform = runner.perform

    def lost(**call: Any) -> runner.Outcome:
        if call["execution"].hotel == hotels[0]:
            raise ConnectionError("the server closed the connection")
        return perform(**call)

    monkeypatch.setattr(runner, "perform", lost)
    monkeypatch.setattr(connection, "close", lambda: None)  # the transaction of the test

    outcomes = outcomes_of(hotels, now)

    assert [outcome.status for outcome in outcomes] == ["FAILED", "COMPLETED"]
    assert "not recorded: ConnectionError" in outcomes[0].error


@pytest.mark.django_db
def test_opening_and_claiming_takes_no_more_queries_for_more_hotels(
    now: datetime, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    job = fakes.make_job(lambda context: fakes.Greetings(hotel_id=context.hotel.pk))
    two, eight = HotelFactory.create_batch(2), HotelFactory.create_batch(8)
    run_job(two, now, job=job)

    few = queries_of(lambda: run_job(two, now, job=job))
    many = queries_of(lambda: run_job(eight, now, job=job))

    limits = 1 if connection.vendor == "postgresql" else 0  # statement and lock timeouts
    # Claim and end of the execution, each between savepoint and release.
    per_hotel = 6 + limits
    assert many - few == 6 * per_hotel


@pytest.mark.django_db(transaction=True)
def test_hotels_run_in_parallel_threads_on_postgresql_and_in_turn_on_sqlite(now: datetime) -> None:
    hotels = HotelFactory.create_batch(4)
    threads: set[str] = set()
    parties = 4 if connection.vendor == "postgresql" else 1
    together = threading.Barrier(parties, timeout=TIMEOUT)

    def service(context: JobContext) -> fakes.Greetings:
        threads.add(threading.current_thread().name)
        together.wait()
        return fakes.greet(context)

    result = run_job(hotels, now, job=fakes.make_job(service), concurrency=4)

    assert result.success
    assert len(threads) == together.parties


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_runs_of_a_slot_at_once_work_every_hotel_once(now: datetime) -> None:
    """Needs real concurrent transactions, which SQLite serialises."""
    hotels = HotelFactory.create_batch(10)

    run_together(*[lambda: run_job(hotels, now, slot=now)] * 8)

    assert Guest.objects.count() == 10
    assert JobExecution.objects.filter(status=Status.COMPLETED).count() == 10
    assert JobExecution.objects.count() == 10


@pytest.mark.django_db
def test_what_ran_when_it_was_to_be_claimed_and_ended_meanwhile_goes_on_waiting(
    hotel: Hotel, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "claim", lambda **_: None)

    (outcome,) = outcomes_of([hotel], now, slot=now)

    assert outcome.status == Status.PENDING
    assert JobExecution.objects.get().status == Status.PENDING


@pytest.mark.django_db
def test_no_execution_is_claimed_before_its_turn(now: datetime) -> None:
    """What a worker that dies or hangs has not begun is free for every other worker."""
    running: list[int] = []

    def service(context: JobContext) -> fakes.Greetings:
        running.append(JobExecution.objects.running().count())
        return fakes.greet(context)

    run_job(HotelFactory.create_batch(3), now, job=fakes.make_job(service))

    assert running == [1, 1, 1]


@pytest.mark.django_db
def test_a_database_that_went_away_is_waited_for_once(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each wait for a connection takes seconds, and thousands of hotels may be waiting."""
    tries: list[int] = []

    def gone(**call: Any) -> None:
        tries.append(call["execution"].pk)
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(runner, "claim", gone)
    monkeypatch.setattr(turns, "is_reachable", lambda: False)

    outcomes = outcomes_of(HotelFactory.create_batch(3), now, slot=now)

    assert len(tries) == 1
    error = "not started, still waiting: OperationalError: the server closed the connection"
    assert {outcome.error for outcome in outcomes} == {error}
    assert JobExecution.objects.pending().count() == 3
