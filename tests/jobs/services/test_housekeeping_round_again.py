"""Daily housekeeping round: further rounds of a date, most of which have nothing to write."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from hotels.housekeeping import review
from hotels.models import CleaningOptOut, Hotel, HousekeepingTask, Room, Shift, StaffMember
from jobs.runner import statements
from jobs.services import housekeeping_round
from jobs.services.housekeeping_round import HousekeepingResult
from tests.factories import stay
from tests.jobs.services.housekeeping import TODAY, busy_hotel, dump, guest_in, room_of, run

pytestmark = pytest.mark.django_db

# The hotel, its nights, stays, rooms, tasks, attendants, and the cleans done and left undone.
QUERIES = 8


@pytest.fixture
def further(now: datetime) -> Callable[[Hotel], HousekeepingResult]:
    """A further round an hour later, for the hotel as it is stored."""

    def again(hotel: Hotel) -> HousekeepingResult:
        hotel.refresh_from_db()
        return run(hotel, now + timedelta(hours=1))

    return again


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on every room is looked at with its tasks, and the hotel is locked at once."""

    def look_at_everything() -> None:
        monkeypatch.setattr(review, "is_settled", lambda *_, **__: False)
        monkeypatch.setattr(review, "is_distributed", lambda *_, **__: False)
        monkeypatch.setattr(housekeeping_round, "is_first_round", lambda *_, **__: True)

    return look_at_everything


def well_staffed(rooms: int, now: datetime) -> Hotel:
    hotel = busy_hotel(rooms)
    StaffMember.objects.update(credits_per_day=10_000)
    run(hotel, now)
    return hotel


def test_a_round_with_nothing_to_do_takes_few_queries_for_any_number_of_rooms(
    now: datetime, further, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    hotels = [well_staffed(rooms, now) for rooms in (4, 40)]
    for hotel in hotels:
        hotel.refresh_from_db()

    counts = [queries_of(lambda h=h: run(h, now)) for h in hotels]

    without_savepoint = [count - 2 for count in counts]
    assert without_savepoint == [QUERIES, QUERIES]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_round_with_nothing_to_do_locks_and_writes_nothing(now: datetime) -> None:
    """So its outcome need not wait for the disk. SQLite locks the whole database."""
    hotel = well_staffed(8, now)
    hotel.refresh_from_db()

    with transaction.atomic():
        result = run(hotel, now)
        has_written = statements.has_written()

    assert (result.tasks_created, result.done, has_written) == (0, 0, False)


def nothing(hotel: Hotel) -> None:
    """All is as it was."""


def a_guest_leaves_early(hotel: Hotel) -> None:
    guest = guest_in(room_of(hotel), until=3)
    guest.departure_date = TODAY
    guest.save()


def guests_want_their_rooms_cleaned(hotel: Hotel) -> None:
    CleaningOptOut.objects.all().delete()


def rooms_are_clean(hotel: Hotel) -> None:
    Room.objects.update(cleanliness="CLEAN")


def cleans_are_done(hotel: Hotel) -> None:
    open_tasks = HousekeepingTask.objects.filter(status__in=HousekeepingTask.OPEN_STATUSES)
    open_tasks.update(status="DONE")


def an_attendant_falls_ill(hotel: Hotel) -> None:
    ill = HousekeepingTask.objects.exclude(assignee=None).values_list("assignee_id").first()
    Shift.objects.filter(staff_id__in=ill or ()).update(kind="LEAVE")


def staff_create_a_clean(hotel: Hotel) -> None:
    HousekeepingTask.objects.filter(status="ASSIGNED").update(source="MANUAL")


def a_very_important_person_comes(hotel: Hotel) -> None:
    room = Room.objects.filter(cleanliness="DIRTY", blocks=None).first()
    guest = stay(hotel, arrival=TODAY, room=room).booking.guest
    guest.vip = True
    guest.save()


def a_guest_has_no_room(hotel: Hotel) -> None:
    stay(hotel, arrival=TODAY, status="CHECKED_IN", room=None)


def attendants_have_less_time(hotel: Hotel) -> None:
    StaffMember.objects.update(credits_per_day=20)


@pytest.mark.parametrize(
    "change",
    [
        nothing,
        a_guest_leaves_early,
        guests_want_their_rooms_cleaned,
        rooms_are_clean,
        cleans_are_done,
        an_attendant_falls_ill,
        staff_create_a_clean,
        a_very_important_person_comes,
        a_guest_has_no_room,
        attendants_have_less_time,
    ],
    ids=lambda change: change.__name__,
)
def test_what_is_left_out_would_have_changed_nothing(
    change: Callable[[Hotel], None], now: datetime, further, slowly
) -> None:
    """The same rows and the same result as if every room and task were looked at."""
    hotel = well_staffed(12, now)
    change(hotel)

    with transaction.atomic():
        result, rows = further(hotel), dump()
        transaction.set_rollback(True)
    slowly()
    expected = further(hotel)

    assert _without_keys(rows) == _without_keys(dump())
    assert replace(result, problems=()) == replace(expected, problems=())
    assert sorted(map(str, result.problems)) == sorted(map(str, expected.problems))


def test_a_hotel_whose_date_was_set_back_is_made_dirty_again(now: datetime, further) -> None:
    """The caller's copy of the hotel is older: what is stored decides."""
    hotel = well_staffed(8, now)
    hotel.refresh_from_db()
    Hotel.objects.update(last_round_date=None)
    Room.objects.update(cleanliness="CLEAN")

    run(hotel, now)

    hotel.refresh_from_db()
    assert hotel.last_round_date == TODAY
    assert Room.objects.filter(cleanliness="DIRTY").exists()


def _without_keys(rows: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """New rows get other keys in the second try."""
    return [[{k: v for k, v in row.items() if k != "id"} for row in table] for table in rows]
