"""Nights that closed: counted once more by the next calculation, then final (domain rule 4)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from hotels import availability
from hotels.front_desk.check_in import check_in
from hotels.front_desk.check_out import check_out
from hotels.models import BookingNight, BookingRoom, Hotel, Room, RoomAvailability, RoomBlock
from tests.factories import HotelFactory, RoomFactory, RoomTypeFactory, stay
from tests.jobs.services.refusals import refuse

TODAY = date(2026, 7, 15)
pytestmark = pytest.mark.django_db


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


@pytest.fixture
def hotel() -> Hotel:
    """A hotel in Tokyo; its day closes at 03:00, its calculation runs at 10:00."""
    return HotelFactory(timezone="Asia/Tokyo")


@pytest.fixture
def room(hotel: Hotel) -> Room:
    return RoomFactory(hotel=hotel)


def local(offset: int, hour: int, minute: int = 0) -> datetime:
    """An instant by the clock in Tokyo, `offset` days after today."""
    midnight = datetime(2026, 7, 15, tzinfo=UTC) - timedelta(hours=9)
    return midnight + timedelta(days=offset, hours=hour, minutes=minute)


@pytest.fixture
def calculate(hotel: Hotel) -> Callable[[int], availability.Recalculation]:
    """Run the daily calculation at 10:00, `offset` days after today."""
    return lambda offset: availability.recalculate(hotel=hotel, now=local(offset, 10))


def occupied(room: Room, *offsets: int) -> list[int]:
    """Occupied rooms of the room's type on the nights."""
    rows = dict(
        RoomAvailability.objects.filter(room_type=room.room_type).values_list(
            "date", "occupied_rooms"
        )
    )
    return [rows[day(offset)] for offset in offsets]


def guest(room: Room, *, arrived: int, nights: int = 1, left: datetime | None = None, **fields):
    """A guest who checked in at 20:00, `arrived` days after today."""
    return stay(
        room.hotel,
        arrival=day(arrived),
        nights_count=nights,
        room=room,
        status="CHECKED_OUT" if left else "CHECKED_IN",
        checked_in_at=local(arrived, 20),
        checked_out_at=left,
        **fields,
    )


class TestGuests:
    def test_a_walk_in_of_the_evening_is_counted_by_the_next_run(self, room, calculate) -> None:
        calculate(0)
        guest(room, arrived=0)

        calculate(1)

        assert occupied(room, 0, 1) == [1, 0]

    def test_a_guest_who_left_after_midnight_has_slept(self, hotel, room, calculate) -> None:
        calculate(0)
        booked = guest(room, arrived=0)
        check_out(stay=booked, now=local(1, 0, 40))

        calculate(1)

        assert occupied(room, 0, 1) == [1, 0]

    def test_a_guest_who_left_in_the_evening_has_not_slept(self, hotel, room, calculate) -> None:
        calculate(0)
        booked = guest(room, arrived=-1, nights=3)
        check_out(stay=booked, now=local(0, 21))

        calculate(1)

        assert occupied(room, 0, 1) == [0, 0]

    def test_a_guest_who_left_in_the_morning_has_slept(self, room, calculate) -> None:
        calculate(0)
        guest(room, arrived=0, left=local(1, 9))

        calculate(1)

        assert occupied(room, 0) == [1]

    def test_a_guest_who_arrived_before_day_close_has_slept(self, hotel, room, calculate) -> None:
        calculate(0)
        check_in(stay=stay(hotel, arrival=day(0), nights_count=1, room=room), now=local(1, 2, 30))

        calculate(1)

        assert occupied(room, 0) == [1]

    def test_a_guest_who_arrived_a_day_late_has_not_slept_the_first_night(
        self, hotel, room
    ) -> None:
        booked = stay(hotel, arrival=day(0), nights_count=3, room=room)
        availability.recalculate(hotel=hotel, now=local(0, 10))
        check_in(stay=booked, now=local(1, 9))

        availability.recalculate(hotel=hotel, now=local(1, 10))

        assert occupied(room, 0, 1, 2) == [0, 1, 1]

    @pytest.mark.parametrize(
        "status", ["CONFIRMED", "TENTATIVE", "CANCELLED", "RELEASED", "NO_SHOW"]
    )
    def test_a_room_that_was_only_reserved_does_not_count(
        self, hotel, room, calculate, status
    ) -> None:
        stay(hotel, arrival=day(0), nights_count=2, room=room, status=status)
        calculate(0)

        calculate(1)

        assert occupied(room, 0, 1) == [0, int(status == "CONFIRMED")]

    def test_day_use_does_not_count(self, room, calculate) -> None:
        calculate(0)
        guest(room, arrived=0, nights=0, left=local(0, 23))

        calculate(1)

        assert occupied(room, 0) == [0]

    def test_an_overstay_counts_on_each_night_until_the_guest_leaves(self, room, calculate) -> None:
        booked = guest(room, arrived=-1)
        for offset in (0, 1, 2):
            calculate(offset)
        check_out(stay=booked, now=local(2, 11))

        calculate(3)

        assert occupied(room, 0, 1, 2) == [1, 1, 0]

    def test_a_night_in_another_room_counts_for_its_type(self, hotel, room, calculate) -> None:
        suite = RoomFactory(hotel=hotel)
        calculate(0)
        booked = guest(room, arrived=0, nights=2, left=local(2, 9))
        booked.nights.filter(date=day(0)).update(room=suite)

        calculate(1)

        assert (occupied(room, 0), occupied(suite, 0)) == ([0], [1])

    def test_a_stay_without_times_counts_on_its_booked_nights(self, room, calculate) -> None:
        calculate(0)
        booked = guest(room, arrived=0, nights=2, left=local(2, 9))
        BookingRoom.objects.filter(pk=booked.pk).update(checked_in_at=None, checked_out_at=None)

        calculate(3)

        assert occupied(room, 0, 1, 2) == [1, 1, 0]


class TestFinal:
    def test_later_changes_of_a_closed_night_are_ignored(self, room, calculate) -> None:
        calculate(0)
        guest(room, arrived=0)
        calculate(1)
        BookingRoom.objects.update(status="CANCELLED")

        calculate(1)
        calculate(2)

        assert occupied(room, 0, 1) == [1, 0]

    def test_an_unchanged_closed_night_is_not_written(self, room, calculate) -> None:
        calculate(0)
        before = RoomAvailability.objects.get(date=day(0)).updated_at

        found = calculate(1)

        assert [row.date for row in found.changed] == [day(90)]
        assert RoomAvailability.objects.get(date=day(0)).updated_at == before

    def test_the_first_calculation_of_a_hotel_closes_no_nights(self, room, calculate) -> None:
        guest(room, arrived=-1, left=local(0, 9))

        calculate(0)

        assert RoomAvailability.objects.earliest("date").date == day(0)

    def test_all_nights_of_missed_runs_are_calculated_once(self, room, calculate) -> None:
        calculate(-3)
        guest(room, arrived=-3, left=local(-2, 9))
        guest(room, arrived=-1, left=local(0, 9))

        calculate(0)

        assert occupied(room, -3, -2, -1, 0) == [1, 0, 1, 0]

    def test_after_a_long_pause_the_latest_ninety_nights_are_calculated(
        self, room, calculate
    ) -> None:
        calculate(-200)
        for offset in (-91, -90):
            guest(room, arrived=offset, left=local(offset + 1, 9))

        calculate(0)

        rows = RoomAvailability.objects.filter(date__gte=day(-95)).order_by("date")
        assert rows[0].date == day(-90)
        assert occupied(room, -90, -89) == [1, 0]

    def test_a_preview_closes_no_nights(self, room, calculate) -> None:
        calculate(0)
        guest(room, arrived=0)
        with transaction.atomic():
            calculate(1)
            transaction.set_rollback(True)

        calculate(1)

        assert occupied(room, 0) == [1]

    def test_a_run_as_of_an_earlier_day_is_corrected_by_the_next(self, room, calculate) -> None:
        guest(room, arrived=-2, left=local(-1, 9))
        for offset in (-2, -1, 0):
            calculate(offset)
        calculate(-2)

        calculate(0)

        assert occupied(room, -2, -1, 0) == [1, 0, 0]

    def test_a_closed_night_that_cannot_be_written_is_tried_again(self, room, calculate) -> None:
        calculate(-1)
        guest(room, arrived=-1, left=local(0, 9))
        hotel = room.hotel
        with transaction.atomic():
            refuse(RoomAvailability, where="date = '2026-07-14'")
            failures = calculate(0).failures
            stored = Hotel.objects.get(pk=hotel.pk).last_availability_date
            transaction.set_rollback(True)

        assert [failure.row.date for failure in failures] == [day(-1)]
        assert stored == day(-1)


class TestRooms:
    def test_a_block_of_the_closed_night_counts(self, room, calculate) -> None:
        calculate(0)
        RoomBlock.objects.create(room=room, kind="OUT_OF_ORDER", start_date=day(0), end_date=day(1))

        calculate(1)

        assert RoomAvailability.objects.get(date=day(0)).out_of_order == 1

    def test_a_type_sold_for_the_first_time_has_a_row_of_the_closed_night(
        self, hotel, room, calculate
    ) -> None:
        calculate(0)
        new = RoomFactory(hotel=hotel)
        guest(new, arrived=0, left=local(1, 9))

        calculate(1)

        assert occupied(new, 0) == [1]


class TestResult:
    def test_the_occupancy_and_overbookings_are_those_of_the_coming_nights(
        self, hotel, room, calculate
    ) -> None:
        calculate(0)
        guest(room, arrived=0, left=local(1, 9))
        BookingNight.objects.update(room=None)
        guest(room, arrived=0, left=local(1, 9))

        found = calculate(1)

        closed = RoomAvailability.objects.get(date=day(0))
        assert (closed.occupied_rooms, closed.overbooked_by) == (2, 1)
        assert (found.occupancy_rate, found.overbooked, found.unchanged) == (0, (), 89)

    def test_a_changed_closed_night_counts_as_updated(self, room, calculate) -> None:
        calculate(0)
        guest(room, arrived=0, left=local(1, 9))

        found = calculate(1)

        assert [row.date for row in found.changed] == [day(0), day(90)]

    def test_nights_slept_in_a_type_off_sale_are_not_reported_as_sold(
        self, hotel, room, calculate
    ) -> None:
        calculate(0)
        closed = RoomTypeFactory(hotel=hotel, active=False)
        guest(RoomFactory(hotel=hotel, room_type=closed), arrived=0, left=local(1, 9))

        assert calculate(1).off_sale == ()


def test_the_queries_do_not_grow_with_guests(queries_of) -> None:
    counts = []
    for guests in (1, 20):
        hotel = HotelFactory(timezone="Asia/Tokyo")
        kind = RoomTypeFactory(hotel=hotel)
        rooms = RoomFactory.create_batch(guests, hotel=hotel, room_type=kind)
        availability.recalculate(hotel=hotel, now=local(-40, 10))
        for n, each in enumerate(rooms):
            guest(each, arrived=-30 + n, nights=9)
            guest(each, arrived=-35, left=local(-34, 9))

        counts.append(
            queries_of(lambda hotel=hotel: availability.recalculate(hotel=hotel, now=local(0, 10)))
        )

    assert counts[0] == counts[1]


def test_the_night_that_closed_takes_one_more_query(hotel, room, calculate, queries_of) -> None:
    calculate(0)
    again = queries_of(lambda: calculate(0))

    found = queries_of(lambda: calculate(1))

    writes = 4  # the row of the new last night, in a savepoint, and who listens to it
    assert found == again + writes + 1
