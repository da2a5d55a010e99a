"""Opening in bounded transactions, and hotels that another transaction has locked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection, transaction

from hotels.models import Hotel
from jobs import dispatch, runner, tick
from jobs.base import JobContext, JobFailed
from jobs.models import JobExecution, JobRun, JobSchedule, Status, Tick, Trigger
from jobs.runner import session_limits
from jobs.scheduling import changes, opening
from jobs.scheduling.opening import open_due
from tests.concurrency import in_thread, waits_for_us
from tests.factories import HotelFactory, UserFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, lapse, of_slot, only_job, own_schedule
from tests.waiting import TIMEOUT

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LOCK = "SELECT id FROM hotels_hotel WHERE id = %s FOR UPDATE"


@pytest.fixture(autouse=True)
def _job(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(session_limits, "LOCK_PATIENCE", timedelta(seconds=0.05))
    with only_job():
        yield


def hotels_due_daily(count: int, **columns: Any) -> list[Hotel]:
    hotels = HotelFactory.create_batch(count)
    for hotel in hotels:
        own_schedule(hotel, clock="UTC", **columns)
    return hotels


def slots(**columns: Any) -> list[tuple[int, datetime | None, str]]:
    rows = JobExecution.objects.filter(**columns).order_by("hotel_id", "scheduled_for")
    return list(rows.values_list("hotel_id", "scheduled_for", "status"))


def tick_at(now: datetime) -> tick.TickResult:
    with time_machine.travel(now, tick=False):
        return tick.run_tick(now=now)


# Bounded transactions


@pytest.fixture
def _five_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "EXECUTIONS_AT_ONCE", 5)


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of executions stored in each transaction."""
    counts: list[int] = []
    store = runner.store_unlocked

    def counted(**call: Any) -> frozenset[int]:
        counts.append(len(call["executions"]))
        return store(**call)

    monkeypatch.setattr(runner, "store_unlocked", counted)
    return counts


@pytest.mark.django_db
@pytest.mark.usefixtures("_five_at_once")
@pytest.mark.parametrize("own", [True, False])
def test_long_downtime_is_opened_some_hotels_at_a_time(stored: list[int], own: bool) -> None:
    hotels = hotels_due_daily(4) if own else HotelFactory.create_batch(4)
    open_due(now=FOUR - MINUTE)

    opened = open_due(now=FOUR + 3 * DAY + HOUR)

    assert [count for count in stored if count] == [8, 8]  # hotels with four slots each
    assert (opened.due, opened.missed) == (4, 12)
    ends = ["SKIPPED", "SKIPPED", "SKIPPED", "PENDING"]
    assert slots() == [
        (hotel.pk, FOUR + day * DAY, end) for hotel in hotels for day, end in enumerate(ends)
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("_five_at_once")
def test_a_slot_opened_in_several_transactions_is_one_run() -> None:
    hotels_due_daily(12)
    open_due(now=FOUR - MINUTE)

    open_due(now=FOUR)

    assert JobRun.objects.get().executions.count() == 12


@pytest.mark.django_db
@pytest.mark.usefixtures("_five_at_once")
@pytest.mark.parametrize("later", [MINUTE, DAY], ids=["the next minute", "a day later"])
def test_after_a_crash_between_two_transactions_the_next_tick_goes_on(
    monkeypatch: pytest.MonkeyPatch, later: timedelta
) -> None:
    hotels = hotels_due_daily(4)
    open_due(now=FOUR - MINUTE)
    plan = opening.plan_slots

    def crashes(**call: Any) -> Any:
        if call["hotels"].after:
            raise RuntimeError("the machine lost power")
        return plan(**call)

    began = FOUR + DAY + HOUR
    with monkeypatch.context() as crashing:
        crashing.setattr(opening, "plan_slots", crashes)
        with pytest.raises(RuntimeError):
            open_due(now=began)
    assert 0 < JobExecution.objects.count() < 8

    open_due(now=began + later)

    both = [FOUR, FOUR + DAY, FOUR + 2 * DAY]
    expected = both[:2] if later == MINUTE else both
    assert [(hotel_id, slot) for hotel_id, slot, _ in slots()] == [
        (hotel.pk, slot) for hotel in hotels for slot in expected
    ]
    row = Tick.objects.get()
    assert (row.looked_until, row.look_until, row.look_hotel) == (began + later, None, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("_five_at_once")
def test_a_schedule_changed_while_a_look_is_in_progress_records_no_slot_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The folded slots have no execution, so they must not be looked at again."""
    (hotel, *_) = hotels_due_daily(3, expression="*/5 * * * *")
    open_due(now=FOUR)
    plan = opening.plan_slots

    def changes_between(**call: Any) -> Any:
        if call["hotels"].after:
            monkeypatch.setattr(opening, "plan_slots", plan)
            schedule = JobSchedule.objects.get(hotel=hotel)
            schedule.expression = "0 0 1 1 *"
            changes.save_schedule(schedule=schedule, now=FOUR + 4 * HOUR, by=UserFactory())
        return plan(**call)

    monkeypatch.setattr(opening, "plan_slots", changes_between)
    with time_machine.travel(FOUR + 4 * HOUR, tick=False):
        open_due(now=FOUR + 4 * HOUR)

    assert JobExecution.objects.filter(hotel=hotel).count() == 13


@pytest.mark.django_db
@pytest.mark.usefixtures("_five_at_once")
def test_slots_skipped_by_a_clock_ahead_are_reopened_some_at_a_time() -> None:
    hotels_due_daily(4)
    open_due(now=FOUR - MINUTE)
    open_due(now=FOUR + 3 * DAY)
    skipped = JobExecution.objects.filter(status=Status.SKIPPED, scheduled_for__gt=FOUR).count()

    opened = open_due(now=FOUR)

    assert (opened.reopened, skipped) == (8, 8)
    assert not JobExecution.objects.filter(status=Status.SKIPPED, scheduled_for__gt=FOUR).exists()


@pytest.mark.django_db
def test_a_look_that_a_clock_ahead_began_is_not_continued_into_the_future() -> None:
    hotels_due_daily(2)
    with time_machine.travel(FOUR, tick=False):
        Tick.objects.create(
            pk=Tick.KEY,
            looked_until=FOUR - MINUTE,
            ticked_at=FOUR,
            look_since=FOUR - MINUTE,
            look_until=FOUR + 40 * DAY,
        )
        open_due(now=FOUR)

    assert {slot for _, slot, _ in slots()} == {FOUR}
    assert Tick.objects.get().looked_until == FOUR


@pytest.mark.django_db
def test_a_minute_without_slots_takes_as_few_queries_as_one_look(
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    hotels_due_daily(2)
    open_due(now=FOUR - HOUR)

    # The transaction around; the lock, the schedules and the new time. PostgreSQL: session limits.
    most = 6 + (connection.vendor == "postgresql")
    assert queries_of(lambda: open_due(now=FOUR - HOUR + MINUTE)) <= most


# Locked hotels


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
