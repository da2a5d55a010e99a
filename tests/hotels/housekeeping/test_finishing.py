"""Finishing a clean: not while the guest is in the room, and then the room is clean."""

from datetime import date, timedelta
from typing import Any

import pytest

from hotels.housekeeping.finishing import clean_room, guest_in_the_way
from hotels.models import BookingRoom, Hotel, HousekeepingTask, Room
from tests.factories import RoomFactory, stay
from tests.jobs.services.housekeeping import TODAY, YESTERDAY, guest_in, task_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(hotel: Hotel) -> Room:
    made: Room = RoomFactory(hotel=hotel, cleanliness="DIRTY")
    return made


def departure(room: Room, **fields: Any) -> HousekeepingTask:
    return task_in(room, kind="DEPARTURE", **fields)


class TestADepartureClean:
    def test_waits_for_the_guest_who_is_in_house(self, room) -> None:
        guest = guest_in(room, until=0)

        assert guest_in_the_way(departure(room, booking_room=guest)) == guest

    def test_waits_for_a_guest_due_out_whom_it_does_not_name(self, room) -> None:
        guest = guest_in(room, until=0)

        assert guest_in_the_way(departure(room)) == guest

    def test_waits_for_an_overstay(self, room) -> None:
        guest = guest_in(room, since=2, until=-1)

        assert guest_in_the_way(departure(room)) == guest

    def test_waits_for_nobody_once_the_guest_has_left(self, room) -> None:
        guest = guest_in(room, until=0)
        BookingRoom.objects.filter(pk=guest.pk).update(status="CHECKED_OUT")

        assert guest_in_the_way(departure(room, booking_room=guest)) is None

    def test_waits_for_nobody_once_the_guest_has_moved(self, room) -> None:
        guest = guest_in(room, until=2)
        BookingRoom.objects.filter(pk=guest.pk).update(room=RoomFactory(hotel=room.hotel))

        assert guest_in_the_way(departure(room, booking_room=guest)) is None

    def test_does_not_wait_for_the_guest_who_came_in_since(self, room) -> None:
        left = guest_in(room, until=0)
        BookingRoom.objects.filter(pk=left.pk).update(status="CHECKED_OUT")
        stay(room.hotel, arrival=TODAY, status="CHECKED_IN", room=room)

        assert guest_in_the_way(departure(room, booking_room=left)) is None


def test_a_stayover_clean_is_finished_while_the_guest_is_in_house(room) -> None:
    guest = guest_in(room, until=0)

    assert guest_in_the_way(task_in(room, booking_room=guest)) is None


class TestTheRoom:
    @pytest.mark.parametrize(("status", "cleanliness"), [("DONE", "CLEAN"), ("INSPECTED",) * 2])
    def test_is_as_the_clean_leaves_it(self, room, status: str, cleanliness: str) -> None:
        clean_room(task_in(room, status=status))

        room.refresh_from_db()
        assert room.cleanliness == cleanliness

    @pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "SKIPPED", "CANCELLED"])
    def test_stays_dirty_while_nobody_finished(self, room, status: str) -> None:
        clean_room(task_in(room, status=status))

        room.refresh_from_db()
        assert room.cleanliness == "DIRTY"

    def test_once_inspected_stays_inspected(self, room) -> None:
        Room.objects.filter(pk=room.pk).update(cleanliness="INSPECTED")

        assert not clean_room(task_in(room, status="DONE"))

    @pytest.mark.parametrize(("last_round", "cleaned"), [(TODAY, False), (YESTERDAY, True)])
    def test_is_not_cleaned_by_what_was_done_before_the_last_round(
        self, room, last_round: date, cleaned: bool
    ) -> None:
        room.hotel.last_round_date = last_round

        assert clean_room(task_in(room, date=TODAY - timedelta(1), status="DONE")) is cleaned
