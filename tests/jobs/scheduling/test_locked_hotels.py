"""Hotels that another transaction has locked keep no other hotel waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection, transaction

from hotels.models import Hotel
from jobs import dispatch, runner
from jobs.base import JobContext, JobFailed
from jobs.models import JobExecution, JobSchedule, Status, Tick, Trigger
from jobs.runner import session_limits
from jobs.scheduling import changes
from jobs.scheduling.opening import open_due
from tests.concurrency import in_thread, waits_for_us
from tests.factories import HotelFactory, UserFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, lapse, of_slot, only_job
from tests.jobs.scheduling.openings import FOUR, MINUTE, hotels_due_daily, slots, tick_at
from tests.waiting import TIMEOUT

LOCK = 'SELECT id FROM hotels_hotel WHERE id = %s ORDER BY "hotels_hotel"."id" ASC FOR UPDATE'


@pytest.fixture(autouse=True)
def _job(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(session_limits, "LOCK_PATIENCE", timedelta(seconds=0.05))
    with only_job():
        yield


@contextmanager
def locked(*hotels: Hotel) -> Iterator[None]:
    """Another session holds locks on the rows of these hotels, as a deletion does."""
    has_locks, may_end = Event(), Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for hotel in hotels:
                cursor.execute(LOCK, [hotel.pk])
            has_locks.set()
            may_end.wait(TIMEOUT)

    holder = in_thread(hold)
    assert has_locks.wait(TIMEOUT)
    try:
        yield
    finally:
        may_end.set()
        holder.result(TIMEOUT)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_locked_hotel_keeps_no_other_hotel_from_opening() -> None:
    """SQLite locks the whole database."""
    first, second, third = hotels_due_daily(3)
    tick_at(FOUR - MINUTE)

    with locked(second):
        result = tick_at(FOUR)
        opened = slots()
    tick_at(FOUR + MINUTE)

    assert opened == [(first.pk, FOUR, Status.COMPLETED), (third.pk, FOUR, Status.COMPLETED)]
    assert [hotel.hotel_id for hotel in result.opened.locked] == [second.pk]
    assert (result.opened.due, result.success) == (2, True)
    assert slots(hotel=second) == [(second.pk, FOUR, Status.COMPLETED)]
    assert Tick.objects.get().locked == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_lock_does_not_make_a_slot_late_that_came_in_time() -> None:
    (hotel,) = hotels_due_daily(1, catch_up="NONE")
    tick_at(FOUR - MINUTE)
    with locked(hotel):
        tick_at(FOUR)
        tick_at(FOUR + 10 * MINUTE)

    tick_at(FOUR + 20 * MINUTE)

    assert slots() == [(hotel.pk, FOUR, Status.COMPLETED)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_slots_that_come_during_a_lock_follow_the_misfire_policy() -> None:
    (hotel,) = hotels_due_daily(1, expression="*/20 * * * *")
    tick_at(FOUR - MINUTE)
    with locked(hotel):
        for minute in (0, 20, 40, 59):
            tick_at(FOUR + minute * MINUTE)

    tick_at(FOUR + 59 * MINUTE)

    assert [status for _, _, status in slots()] == ["COMPLETED", "SKIPPED", "COMPLETED"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_tick_is_no_success_while_a_lock_lasts() -> None:
    (hotel,) = hotels_due_daily(1)
    tick_at(FOUR - MINUTE)

    with locked(hotel):
        results = [tick_at(FOUR + minute * MINUTE) for minute in (0, 5, 6)]

    assert [result.success for result in results] == [True, True, False]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_slot_that_another_transaction_is_storing_is_left_alone_of_all() -> None:
    """No hotel is locked, but the new row waits for the other with the same slot."""
    first, second, third = hotels_due_daily(3)
    tick_at(FOUR - MINUTE)
    is_stored, may_end = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            of_slot(second, FOUR)
            is_stored.set()
            may_end.wait(TIMEOUT)
            transaction.set_rollback(True)

    holder = in_thread(hold)
    assert is_stored.wait(TIMEOUT)
    try:
        tick_at(FOUR)
        opened = [hotel_id for hotel_id, _, _ in slots()]
    finally:
        may_end.set()
        holder.result(TIMEOUT)
    tick_at(FOUR + MINUTE)

    assert opened == [first.pk, third.pk]
    assert slots(hotel=second) == [(second.pk, FOUR, Status.COMPLETED)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_change_of_schedule_that_waits_for_a_locked_hotel_stops_no_tick() -> None:
    (hotel, other) = hotels_due_daily(2)
    tick_at(FOUR - MINUTE)
    by = UserFactory()

    def save() -> None:
        schedule = JobSchedule.objects.get(hotel=hotel)
        changes.save_schedule(schedule=schedule, now=FOUR - MINUTE, by=by)

    with time_machine.travel(FOUR - MINUTE, tick=False), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [hotel.pk])
        saving = in_thread(save)
        assert waits_for_us(saving)
        in_thread(lambda: open_due(now=FOUR)).result(TIMEOUT)

        assert slots() == [(other.pk, FOUR, Status.PENDING)]
    saving.result(TIMEOUT)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_crontab_line_leaves_a_locked_hotel_to_the_next_run(now: datetime) -> None:
    hotels = HotelFactory.create_batch(3)
    run: dict[str, Any] = {
        "job": fakes.make_job(fakes.greet),
        "hotels": hotels,
        "now": now,
        "trigger": Trigger.CRON,
        "slot": now,
    }
    with locked(hotels[1]):
        result = dispatch.run(**run)
    again = dispatch.run(**run)

    assert [outcome.hotel for outcome in result.tally.first_failed] == [hotels[1]]
    assert "another transaction has locked the hotel" in result.tally.first_failed[0].error
    assert JobExecution.objects.filter(status=Status.COMPLETED).count() == 3
    assert again.success


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_failure_in_a_locked_hotel_does_not_keep_its_worker_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its next attempt cannot be stored, so it is closed when its lease expires."""
    monkeypatch.setattr(session_limits, "LONGEST_LOCK_WAIT", timedelta(seconds=0.05))
    (hotel,) = hotels_due_daily(1)
    execution = claimed(of_slot(hotel, FOUR))

    with locked(hotel), pytest.raises(OperationalError, match="lock timeout"):
        runner.perform(execution=execution, job=fakes.make_job(lobby_is_closed))
    lapse(execution)

    assert [row.pk for row in runner.close_abandoned()] == [execution.pk]


def lobby_is_closed(context: JobContext) -> fakes.Greetings:
    raise JobFailed("the lobby is closed")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_abandoned_execution_of_a_locked_hotel_is_left_and_the_others_are_closed() -> None:
    hotels = HotelFactory.create_batch(3)
    for hotel in hotels:
        lapse(claimed(of_slot(hotel, FOUR)))

    with locked(hotels[0]):
        closed = [row.hotel for row in runner.close_abandoned()]
    later = [row.hotel for row in runner.close_abandoned()]

    assert (set(closed), later) == (set(hotels[1:]), hotels[:1])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_hotels_that_are_still_locked_are_not_waited_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hotels = hotels_due_daily(2)
    tick_at(FOUR - MINUTE)

    with locked(*hotels):
        tick_at(FOUR)
        monkeypatch.setattr(session_limits, "LOCK_PATIENCE", timedelta(seconds=2 * TIMEOUT))
        result = in_thread(lambda: tick_at(FOUR + MINUTE)).result(TIMEOUT)

    assert [hotel.hotel_id for hotel in result.opened.locked] == [hotel.pk for hotel in hotels]
