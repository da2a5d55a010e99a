"""Daily housekeeping round: second run, bad rooms, crash, concurrent runs (domain rule 0)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from hotels.models import CleaningOptOut, Hotel, HousekeepingTask, Room, StaffMember
from jobs.services import housekeeping_round
from jobs.services.housekeeping_round import HousekeepingResult
from tests.concurrency import in_thread, run_together, waits_for_us
from tests.factories import HotelFactory, RoomTypeFactory, StaffFactory
from tests.jobs.services.housekeeping import (
    TODAY,
    YESTERDAY,
    busy_hotel,
    dump,
    guest_in,
    room_of,
    run,
    shorten_stay,
    task_in,
)
from tests.waiting import TIMEOUT

pytestmark = pytest.mark.django_db


def test_a_second_run_writes_nothing(now: datetime) -> None:
    hotel = busy_hotel(16)
    first = run(hotel, now)
    before = dump()

    second = run(hotel, now + timedelta(minutes=5))

    assert dump() == before
    assert (first.tasks_created, second.tasks_created, second.tasks_assigned) == (12, 0, 0)
    assert second.unassigned == first.unassigned > 0


def test_more_rooms_take_no_more_queries(
    now: datetime, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    small, large = busy_hotel(4), busy_hotel(48)

    few, many = (queries_of(lambda h=h: run(h, now)) for h in (small, large))  # type: ignore[misc]

    assert many == few


def test_more_changed_rooms_take_no_more_queries(
    now: datetime, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    small, large = busy_hotel(4), busy_hotel(48)
    for hotel in (small, large):
        run(hotel, now)
    CleaningOptOut.objects.all().delete()
    Room.objects.filter(blocks=None, cleanliness="DIRTY").update(cleanliness="CLEAN")
    # Without time left they would get no work, and no message.
    StaffMember.objects.update(credits_per_day=10_000)

    few, many = (queries_of(lambda h=h: run(h, now)) for h in (small, large))  # type: ignore[misc]

    assert many == few


def test_more_messages_take_no_more_queries(
    now: datetime, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    small, large = HotelFactory(), HotelFactory()
    for hotel, rooms in ((small, 2), (large, 12)):
        StaffFactory(hotel=hotel, credits_per_day=900)
        room_type = RoomTypeFactory(hotel=hotel)
        guests = [guest_in(room_of(hotel, room_type=room_type), until=3) for _ in range(rooms)]
        run(hotel, now)
        for guest in guests:
            shorten_stay(guest, departure=TODAY)

    few, many = (queries_of(lambda h=h: run(h, now)) for h in (small, large))  # type: ignore[misc]

    assert many == few
    assert HousekeepingTask.objects.filter(kind="DEPARTURE").count() == 14


def test_one_bad_room_does_not_stop_the_other_99(hotel: Hotel, now: datetime) -> None:
    room_type = RoomTypeFactory(hotel=hotel)
    for n in range(100):
        room_of(hotel, room_type=room_type, cleanliness="DIRTY", number=f"{n:03}")
    bad = Room.objects.get(number="042")
    # A task of another hotel, which the round does not read, has the key of the new task.
    task_in(bad, hotel=HotelFactory(), kind="DEPARTURE")
    left = task_in(bad, date=YESTERDAY)

    result = run(hotel, now)

    assert (result.tasks_created, result.unassigned, result.done) == (99, 99, 99)
    assert [problem.what for problem in result.problems] == ["room 042"]
    assert result.problems[0].reason == "The database refused it (IntegrityError)."
    left.refresh_from_db()
    assert left.status == "PENDING"


def test_one_task_that_cannot_be_retyped_does_not_stop_the_others(
    hotel: Hotel, now: datetime
) -> None:
    bad = room_of(hotel, cleanliness="DIRTY", number="42")
    task_in(bad, hotel=HotelFactory(), kind="DEPARTURE", status="DONE")
    pending = task_in(bad, kind="STAYOVER")
    others = [room_of(hotel, cleanliness="DIRTY") for _ in range(5)]

    result = run(hotel, now)

    pending.refresh_from_db()
    assert [problem.what for problem in result.problems] == ["room 42"]
    assert pending.kind == "STAYOVER"
    assert HousekeepingTask.objects.filter(room__in=others, status="PENDING").count() == 5


def test_a_room_without_a_decision_is_a_problem_and_does_not_stop_the_others(
    hotel: Hotel, now: datetime
) -> None:
    absurd = RoomTypeFactory(hotel=hotel, credits=Decimal(999))
    room_of(hotel, room_type=absurd, cleanliness="DIRTY", number="42")
    room_of(hotel, cleanliness="DIRTY")

    result = run(hotel, now)

    assert result.tasks_created == 1
    assert result.attention()[0].startswith("room 42: credits factor 999.00 gives 29,970")


def test_the_execution_fails_if_all_rooms_fail(hotel: Hotel, now: datetime) -> None:
    absurd = RoomTypeFactory(hotel=hotel, credits=Decimal(999))
    room_of(hotel, room_type=absurd, cleanliness="DIRTY")

    assert run(hotel, now).all_failed


def test_a_crash_in_the_middle_leaves_nothing(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotel = busy_hotel(8)
    before, in_between = dump(), []

    def crash(*args: Any, **kwargs: Any) -> None:
        in_between.append(dump())
        raise RuntimeError("power cut")

    monkeypatch.setattr(housekeeping_round, "_result", crash)
    with pytest.raises(RuntimeError, match="power cut"):
        run(hotel, now)

    assert in_between[0] != before
    assert dump() == before


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_do_the_work_once(now: datetime) -> None:
    """SQLite has only one writer at a time; PostgreSQL needs the lock."""
    hotel = busy_hotel(16)

    def work() -> HousekeepingResult:
        return run(hotel, now)

    results = run_together(work, work)

    assert sorted(result.tasks_created for result in results) == [0, 12]
    assert [result.problems for result in results] == [(), ()]
    assert HousekeepingTask.objects.filter(date=TODAY).count() == 16


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_second_round_waits_for_the_commit_of_the_first(now: datetime) -> None:
    """SQLite has only one writer at a time; on PostgreSQL the lock on the hotel makes it wait."""
    hotel = busy_hotel(16)

    with transaction.atomic():
        first = run(hotel, now)
        other = in_thread(lambda: run(hotel, now))
        waited = waits_for_us(other)
    second = other.result(TIMEOUT)

    assert waited
    assert (first.tasks_created, first.problems) == (12, ())
    assert (second.tasks_created, second.problems) == (0, ())


def test_a_room_that_needs_no_clean_does_not_hide_that_every_due_clean_failed(
    hotel: Hotel, now: datetime
) -> None:
    """An unchanged room is not done: nothing that was due could be done (domain rule 0)."""
    absurd = RoomTypeFactory(hotel=hotel, credits=Decimal(999))
    room_of(hotel, room_type=absurd, cleanliness="DIRTY")
    room_of(hotel, cleanliness="CLEAN")

    result = run(hotel, now)

    assert (len(result.problems), result.done) == (1, 0)
    assert result.all_failed
