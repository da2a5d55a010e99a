"""Starting and finishing cleans, and the state of the room afterwards."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hotels.errors import ActionRefused
from hotels.housekeeping.finishing import (
    clean_room,
    finish_all_cleans,
    finish_clean,
    guest_in_the_way,
    start_clean,
)
from hotels.models import BookingRoom, Hotel, HousekeepingTask, Room
from tests.factories import RoomFactory, stay
from tests.jobs.services.housekeeping import TODAY, YESTERDAY, guest_in, task_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)


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

    def test_waits_for_a_guest_due_out_it_was_not_made_for(self, room) -> None:
        guest = guest_in(room, until=0)

        assert guest_in_the_way(departure(room)) == guest

    def test_waits_for_an_overstay(self, room) -> None:
        guest = guest_in(room, since=2, until=-1)

        assert guest_in_the_way(departure(room)) == guest

    def test_does_not_wait_for_a_guest_who_has_left(self, room) -> None:
        guest = guest_in(room, until=0)
        BookingRoom.objects.filter(pk=guest.pk).update(status="CHECKED_OUT")

        assert guest_in_the_way(departure(room, booking_room=guest)) is None

    def test_does_not_wait_for_a_guest_who_has_moved(self, room) -> None:
        guest = guest_in(room, until=2)
        BookingRoom.objects.filter(pk=guest.pk).update(room=RoomFactory(hotel=room.hotel))

        assert guest_in_the_way(departure(room, booking_room=guest)) is None

    def test_does_not_wait_for_a_guest_who_arrived_since(self, room) -> None:
        earlier_guest = guest_in(room, until=0)
        BookingRoom.objects.filter(pk=earlier_guest.pk).update(status="CHECKED_OUT")
        stay(room.hotel, arrival=TODAY, status="CHECKED_IN", room=room)

        assert guest_in_the_way(departure(room, booking_room=earlier_guest)) is None


def test_a_stayover_clean_is_finished_while_the_guest_is_in_house(room) -> None:
    guest = guest_in(room, until=0)

    assert guest_in_the_way(task_in(room, booking_room=guest)) is None


class TestTheRoom:
    @pytest.mark.parametrize(("status", "cleanliness"), [("DONE", "CLEAN"), ("INSPECTED",) * 2])
    def test_becomes_clean_or_inspected(self, room, status: str, cleanliness: str) -> None:
        clean_room(task_in(room, status=status))

        room.refresh_from_db()
        assert room.cleanliness == cleanliness

    @pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "SKIPPED", "CANCELLED"])
    def test_stays_dirty_until_the_clean_is_finished(self, room, status: str) -> None:
        clean_room(task_in(room, status=status))

        room.refresh_from_db()
        assert room.cleanliness == "DIRTY"

    def test_once_inspected_stays_inspected(self, room) -> None:
        Room.objects.filter(pk=room.pk).update(cleanliness="INSPECTED")

        assert not clean_room(task_in(room, status="DONE"))

    @pytest.mark.parametrize(("last_round", "cleaned"), [(TODAY, False), (YESTERDAY, True)])
    def test_is_not_made_clean_by_a_task_dated_before_the_last_round(
        self, room, last_round: date, cleaned: bool
    ) -> None:
        room.hotel.last_round_date = last_round

        assert clean_room(task_in(room, date=TODAY - timedelta(1), status="DONE")) is cleaned


class TestAfterMidnight:
    """00:20 on the 16th; the business day of the 15th closes at 03:00 local time."""

    at = datetime(2026, 7, 15, 23, 20, tzinfo=UTC)

    def test_a_clean_of_the_day_before_makes_the_room_clean(self, room) -> None:
        room.hotel.last_round_date = TODAY + timedelta(days=1)
        task = departure(room, status="IN_PROGRESS")

        assert finish_clean(task=task, now=self.at)

    def test_after_day_close_it_does_not(self, room) -> None:
        room.hotel.last_round_date = TODAY + timedelta(days=1)
        task = departure(room, status="IN_PROGRESS")

        assert not finish_clean(task=task, now=self.at + timedelta(hours=3))

    def test_finishing_a_rolled_over_clean_settles_the_task_of_the_new_day(self, room) -> None:
        task = departure(room, status="ROLLED_OVER")
        following = departure(
            room, date=TODAY + timedelta(days=1), status="IN_PROGRESS", rolled_over_from=task
        )

        finish_clean(task=task, now=self.at)

        following.refresh_from_db()
        task.refresh_from_db()
        assert (task.status, following.status) == ("DONE", "CANCELLED")

    def test_a_rolled_over_clean_cannot_be_finished_after_day_close(self, room) -> None:
        task = departure(room, status="ROLLED_OVER")

        with pytest.raises(ActionRefused, match="Finish the task of the later date"):
            finish_clean(task=task, now=self.at + timedelta(hours=3))

    def test_a_rolled_over_clean_cannot_be_started(self, room) -> None:
        task = departure(room, status="ROLLED_OVER")

        with pytest.raises(ActionRefused, match="Open the task of the later date"):
            start_clean(task=task, now=self.at)


class TestFinishingAClean:
    @pytest.mark.parametrize(("inspected", "status"), [(False, "DONE"), (True, "INSPECTED")])
    def test_stores_the_status_and_the_time(self, room, inspected: bool, status: str) -> None:
        task = departure(room)

        finish_clean(task=task, inspected=inspected, now=NOW)

        task.refresh_from_db()
        assert (task.status, task.completed_at) == (status, NOW)

    @pytest.mark.parametrize(("inspected", "state"), [(False, "CLEAN"), (True, "INSPECTED")])
    def test_makes_the_room_clean_or_inspected(self, room, inspected: bool, state: str) -> None:
        assert finish_clean(task=departure(room), inspected=inspected, now=NOW)

        room.refresh_from_db()
        assert room.cleanliness == state

    def test_keeps_the_time_of_a_clean_that_is_inspected_later(self, room) -> None:
        task = departure(room, status="DONE", completed_at=EARLIER)

        finish_clean(task=task, inspected=True, now=NOW)

        task.refresh_from_db()
        assert (task.status, task.completed_at) == ("INSPECTED", EARLIER)

    def test_is_refused_while_the_guest_is_in_the_room(self, room) -> None:
        guest = guest_in(room, until=0)
        task = departure(room, booking_room=guest)

        with pytest.raises(ActionRefused) as refused:
            finish_clean(task=task, now=NOW)

        assert str(refused.value) == (
            f"The guest is still in the room: {guest} has not checked out."
        )
        task.refresh_from_db()
        room.refresh_from_db()
        assert (task.status, room.cleanliness) == ("PENDING", "DIRTY")


class TestStartingAClean:
    def test_stores_the_status_and_the_time(self, room) -> None:
        task = departure(room)

        start_clean(task=task, now=NOW)

        task.refresh_from_db()
        assert (task.status, task.started_at) == ("IN_PROGRESS", NOW)

    def test_keeps_the_time_of_an_earlier_start(self, room) -> None:
        task = departure(room, started_at=EARLIER)

        start_clean(task=task, now=NOW)

        task.refresh_from_db()
        assert task.started_at == EARLIER


class TestFinishingAllCleans:
    def test_finishes_the_unfinished_cleans_up_to_the_day(self, room) -> None:
        tasks = [
            task_in(room, status="PENDING", date=YESTERDAY),
            task_in(RoomFactory(hotel=room.hotel), status="IN_PROGRESS"),
            departure(room, status="ASSIGNED"),
        ]

        finish_all_cleans(hotel=room.hotel, day=TODAY, now=NOW)

        for task in tasks:
            task.refresh_from_db()
        assert {(task.status, task.completed_at) for task in tasks} == {("DONE", NOW)}

    def test_makes_the_dirty_rooms_clean(self, room) -> None:
        finish_all_cleans(hotel=room.hotel, day=TODAY, now=NOW)

        room.refresh_from_db()
        assert room.cleanliness == "CLEAN"

    @pytest.mark.parametrize("status", ["SKIPPED", "CANCELLED", "ROLLED_OVER"])
    def test_leaves_cleans_that_are_not_to_be_done(self, room, status: str) -> None:
        task = task_in(room, status=status)

        finish_all_cleans(hotel=room.hotel, day=TODAY, now=NOW)

        task.refresh_from_db()
        assert (task.status, task.completed_at) == (status, None)

    def test_leaves_cleans_of_later_days(self, room) -> None:
        task = task_in(room, date=TODAY + timedelta(days=1))

        finish_all_cleans(hotel=room.hotel, day=TODAY, now=NOW)

        task.refresh_from_db()
        assert task.status == "PENDING"

    @pytest.mark.parametrize("named", [True, False])
    def test_leaves_a_departure_clean_whose_guest_is_in_the_room(self, room, named: bool) -> None:
        guest = guest_in(room, until=0)
        task = departure(room, booking_room=guest if named else None)

        finish_all_cleans(hotel=room.hotel, day=TODAY, now=NOW)

        task.refresh_from_db()
        room.refresh_from_db()
        assert (task.status, room.cleanliness) == ("PENDING", "DIRTY")
