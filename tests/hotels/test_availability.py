"""Availability: rooms counted, nights covered, rows written (domain rule 4)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hotels import availability
from hotels.availability import occupancy_rate
from hotels.models import BookingNight, BookingRoom, Hotel, Room, RoomAvailability, RoomBlock
from tests.factories import HotelFactory, RoomFactory, RoomTypeFactory, stay

TODAY = date(2026, 7, 15)
STATUSES = BookingRoom.Status.values


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def block(room: Room, *, start: int, end: int, kind: str = "OUT_OF_ORDER") -> RoomBlock:
    return RoomBlock.objects.create(room=room, kind=kind, start_date=day(start), end_date=day(end))


def row(room_type: Any, offset: int = 0) -> RoomAvailability:
    return RoomAvailability.objects.get(room_type=room_type, date=day(offset))


def occupied(room_type: Any, *, until: int = 5) -> list[int]:
    """Occupied rooms of tonight and the following nights."""
    rows = RoomAvailability.objects.filter(room_type=room_type, date__lt=day(until))
    return list(rows.order_by("date").values_list("occupied_rooms", flat=True))


@pytest.fixture
def room(hotel: Hotel) -> Room:
    return RoomFactory(hotel=hotel)


@pytest.fixture
def recalculate(hotel: Hotel, now: datetime) -> Callable[[], availability.Recalculation]:
    return lambda: availability.recalculate(hotel=hotel, now=now)


class TestRoomCounts:
    @pytest.mark.parametrize(
        ("total", "out_of_order", "sold", "available", "overbooked"),
        [(10, 0, 0, 10, 0), (10, 2, 8, 0, 0), (10, 2, 9, 0, 1), (0, 0, 3, 0, 3), (4, 4, 0, 0, 0)],
    )
    def test_available_rooms_are_never_negative_and_the_excess_is_overbooked(
        self, hotel, recalculate, total, out_of_order, sold, available, overbooked
    ) -> None:
        kind = RoomTypeFactory(hotel=hotel)
        rooms = [RoomFactory(hotel=hotel, room_type=kind) for _ in range(total)]
        for out in rooms[:out_of_order]:
            block(out, start=0, end=1)
        for _ in range(sold):
            stay(hotel, arrival=day(0), nights_count=1, room_type=kind)

        recalculate()

        tonight = row(kind)
        assert (tonight.available_rooms, tonight.overbooked_by) == (available, overbooked)

    def test_the_rate_of_a_row_is_rounded_as_the_rate_of_all_rows(self, hotel, recalculate) -> None:
        """The one is calculated by the database, the other is not."""
        kind = RoomTypeFactory(hotel=hotel)
        expected = []
        for rooms in range(8):
            if rooms:
                RoomFactory(hotel=hotel, room_type=kind)
            for sold in range(rooms + 2):
                BookingRoom.objects.all().update(status="CANCELLED")
                for _ in range(sold):
                    stay(hotel, arrival=day(0), nights_count=1, room_type=kind)
                recalculate()
                expected.append((row(kind).occupancy_rate, sold, rooms))

        assert [rate for rate, _, _ in expected] == [
            occupancy_rate(occupied=sold, base=rooms) for _, sold, rooms in expected
        ]

    @pytest.mark.parametrize(
        ("sold", "base", "rate"),
        [(0, 0, "0.00"), (3, 0, "0.00"), (1, 3, "33.33"), (2, 3, "66.67"), (1, 800, "0.13"),
         (7, 5, "100.00"), (5, 5, "100.00"), (1, -2, "0.00")],
    )  # fmt: skip
    def test_the_rate_is_a_percentage_with_two_decimals_up_to_a_hundred(
        self, sold: int, base: int, rate: str
    ) -> None:
        assert str(occupancy_rate(occupied=sold, base=base)) == rate

    @pytest.mark.parametrize(("basis", "rate"), [("TOTAL", 40), ("SELLABLE", 50)])
    def test_a_hotel_can_exclude_out_of_order_rooms_from_the_rate(
        self, hotel, recalculate, basis, rate
    ) -> None:
        hotel.occupancy_basis = basis
        kind = RoomTypeFactory(hotel=hotel)
        rooms = [RoomFactory(hotel=hotel, room_type=kind) for _ in range(5)]
        block(rooms[0], start=0, end=1)
        for taken in rooms[1:3]:
            stay(hotel, arrival=day(0), nights_count=1, room=taken)

        recalculate()

        assert row(kind).occupancy_rate == rate


class TestWindow:
    def test_it_has_ninety_nights_from_the_business_date_on(self, room, recalculate) -> None:
        recalculate()

        dates = list(RoomAvailability.objects.order_by("date").values_list("date", flat=True))
        assert dates == [day(n) for n in range(90)]

    def test_before_day_close_the_window_begins_on_the_previous_date(self, hotel, room) -> None:
        one_in_the_morning = datetime(2026, 7, 15, 0, 0, tzinfo=UTC)

        availability.recalculate(hotel=hotel, now=one_in_the_morning)

        assert RoomAvailability.objects.earliest("date").date == day(-1)

    def test_past_rows_do_not_change(self, hotel, room, now) -> None:
        stay(hotel, arrival=day(-2), nights_count=4, room=room, status="CHECKED_IN")
        for days in (2, 1):
            availability.recalculate(hotel=hotel, now=now - timedelta(days=days))
        BookingRoom.objects.update(status="CANCELLED")
        BookingNight.objects.update(released=True)

        availability.recalculate(hotel=hotel, now=now)

        assert [row(room.room_type, n).occupied_rooms for n in (-2, -1, 0)] == [1, 0, 0]

    def test_an_inactive_type_has_no_rows(self, hotel, recalculate) -> None:
        RoomFactory(hotel=hotel, room_type__hotel=hotel, room_type__active=False)

        found = recalculate()

        assert (found.rows, found.rooms, RoomAvailability.objects.count()) == (0, 0, 0)

    def test_nights_sold_in_an_inactive_type_are_reported(self, hotel, recalculate) -> None:
        closed = RoomTypeFactory(hotel=hotel, code="WING", active=False)
        stay(hotel, arrival=day(1), nights_count=3, room_type=closed)

        (off_sale,) = recalculate().off_sale

        assert (off_sale.room_type, off_sale.nights) == ("WING", 3)

    def test_another_hotel_is_neither_counted_nor_written(self, hotel, room, recalculate) -> None:
        other = HotelFactory()
        stay(other, arrival=day(0), room=RoomFactory(hotel=other))

        recalculate()

        assert occupied(room.room_type) == [0] * 5
        assert not RoomAvailability.objects.exclude(hotel=hotel).exists()


class TestOffSale:
    """A room type that is no longer sold, with rows from the time before."""

    @pytest.fixture
    def closed(self, hotel: Hotel, room: Room, now: datetime) -> Any:
        """The type, off sale since yesterday, with a guest for two nights from today on."""
        RoomFactory(hotel=hotel, room_type=room.room_type)
        stay(hotel, arrival=day(0), nights_count=2, room=room)
        availability.recalculate(hotel=hotel, now=now - timedelta(days=1))
        room.room_type.active = False
        room.room_type.save()
        return room.room_type

    def test_nothing_is_left_to_sell(self, closed, recalculate) -> None:
        recalculate()

        figures = [(r.total_rooms, r.occupied_rooms, r.available_rooms, r.overbooked_by)
                   for r in (row(closed, n) for n in range(3))]  # fmt: skip
        assert figures == [(2, 1, 0, 0), (2, 1, 0, 0), (2, 0, 0, 0)]
        assert not RoomAvailability.objects.filter(available_rooms__gt=0).exists()

    def test_no_further_nights_are_added(self, closed, recalculate) -> None:
        recalculate()

        assert RoomAvailability.objects.latest("date").date == day(88)

    def test_its_rows_count_as_updated_but_not_in_rooms_and_occupancy(
        self, hotel, closed, recalculate
    ) -> None:
        RoomFactory(hotel=hotel)

        found = recalculate()

        assert (found.rooms, found.occupancy_rate, found.unchanged) == (1, 0, 0)
        assert len([item for item in found.changed if item.room_type == closed]) == 90

    def test_rooms_are_left_again_when_it_is_back_on_sale(self, closed, recalculate) -> None:
        recalculate()
        closed.active = True
        closed.save()

        recalculate()

        assert [row(closed, n).available_rooms for n in range(3)] == [1, 1, 2]


class TestRooms:
    def test_only_active_rooms_are_counted(self, hotel, room, recalculate) -> None:
        RoomFactory(hotel=hotel, room_type=room.room_type, active=False)

        recalculate()

        assert row(room.room_type).total_rooms == 1

    def test_out_of_order_lasts_from_the_start_to_the_night_before_the_end(
        self, room, recalculate
    ) -> None:
        block(room, start=1, end=3)

        recalculate()

        assert [row(room.room_type, n).out_of_order for n in range(5)] == [0, 1, 1, 0, 0]
        assert [row(room.room_type, n).available_rooms for n in range(5)] == [1, 0, 0, 1, 1]

    def test_a_block_longer_than_the_window_counts_on_every_night(self, room, recalculate) -> None:
        block(room, start=-30, end=300)

        recalculate()

        assert RoomAvailability.objects.filter(out_of_order=1).count() == 90

    def test_overlapping_blocks_count_a_room_once(self, room, recalculate) -> None:
        block(room, start=0, end=3)
        block(room, start=2, end=4)

        recalculate()

        assert [row(room.room_type, n).out_of_order for n in range(5)] == [1, 1, 1, 1, 0]

    def test_an_out_of_service_room_is_available(self, room, recalculate) -> None:
        block(room, start=0, end=3, kind="OUT_OF_SERVICE")

        recalculate()

        assert row(room.room_type).available_rooms == 1

    def test_the_block_of_an_inactive_room_is_not_counted(self, hotel, room, recalculate) -> None:
        gone = RoomFactory(hotel=hotel, room_type=room.room_type, active=False)
        block(gone, start=0, end=3)

        recalculate()

        assert row(room.room_type).out_of_order == 0

    def test_a_type_sold_without_any_room_is_overbooked(self, hotel, recalculate) -> None:
        promised = RoomTypeFactory(hotel=hotel)
        stay(hotel, arrival=day(0), nights_count=1, room_type=promised)

        recalculate()

        tonight = row(promised)
        assert (tonight.total_rooms, tonight.available_rooms, tonight.overbooked_by) == (0, 0, 1)
        assert tonight.occupancy_rate == 0


class TestNights:
    def test_the_departure_day_is_not_a_night(self, hotel, room, recalculate) -> None:
        stay(hotel, arrival=day(1), nights_count=2, room=room)

        recalculate()

        assert occupied(room.room_type) == [0, 1, 1, 0, 0]

    @pytest.mark.parametrize("status", STATUSES)
    def test_only_confirmed_and_in_house_stays_count(
        self, hotel, room, recalculate, status
    ) -> None:
        stay(hotel, arrival=day(0), room=room, status=status)

        recalculate()

        assert row(room.room_type).occupied_rooms == (status in ("CONFIRMED", "CHECKED_IN"))

    def test_a_released_night_is_available(self, hotel, room, recalculate) -> None:
        booked = stay(hotel, arrival=day(0), nights_count=3, room=room)
        booked.nights.filter(date=day(1)).update(released=True)

        recalculate()

        assert occupied(room.room_type) == [1, 0, 1, 0, 0]

    def test_day_use_takes_no_night(self, hotel, room, recalculate) -> None:
        stay(hotel, arrival=day(0), nights_count=0, room=room, status="CHECKED_IN")

        recalculate()

        assert occupied(room.room_type) == [0] * 5

    def test_an_unassigned_night_counts_for_the_booked_type(self, hotel, room, recalculate) -> None:
        stay(hotel, arrival=day(0), room_type=room.room_type)

        recalculate()

        assert row(room.room_type).occupied_rooms == 1

    def test_an_upgraded_night_counts_for_the_type_of_its_room(
        self, hotel, room, recalculate
    ) -> None:
        suite = RoomFactory(hotel=hotel)
        booked = stay(hotel, arrival=day(0), nights_count=2, room=room)
        booked.nights.filter(date=day(1)).update(room=suite)

        recalculate()

        assert occupied(room.room_type) == [1, 0, 0, 0, 0]
        assert occupied(suite.room_type) == [0, 1, 0, 0, 0]

    def test_nights_after_an_early_departure_do_not_count(self, hotel, room, recalculate) -> None:
        stay(hotel, arrival=day(-1), nights_count=4, room=room, status="CHECKED_OUT")

        recalculate()

        assert occupied(room.room_type) == [0] * 5

    def test_a_guest_due_out_today_does_not_count_tonight(self, hotel, room, recalculate) -> None:
        stay(hotel, arrival=day(-2), nights_count=2, room=room, status="CHECKED_IN")

        recalculate()

        assert occupied(room.room_type) == [0] * 5

    def test_a_guest_in_house_before_the_arrival_date_counts_from_tonight_on(
        self, hotel, room, recalculate
    ) -> None:
        stay(hotel, arrival=day(2), nights_count=2, room=room, status="CHECKED_IN")

        recalculate()

        assert occupied(room.room_type) == [1, 1, 1, 1, 0]

    def test_a_guest_in_house_counts_up_to_the_departure_date_without_nights(
        self, hotel, room, recalculate
    ) -> None:
        """Extended by two nights that were never booked."""
        extended = stay(hotel, arrival=day(-2), nights_count=3, room=room, status="CHECKED_IN")
        BookingRoom.objects.filter(pk=extended.pk).update(departure_date=day(3))

        recalculate()

        assert occupied(room.room_type) == [1, 1, 1, 0, 0]

    def test_a_released_night_of_a_guest_in_house_is_available_later_but_not_tonight(
        self, hotel, room, recalculate
    ) -> None:
        stay(hotel, arrival=day(-1), nights_count=4, room=room, status="CHECKED_IN")
        BookingNight.objects.filter(date__in=[day(0), day(1)]).update(released=True)

        recalculate()

        assert occupied(room.room_type) == [1, 0, 1, 0, 0]

    def test_day_use_that_stays_overnight_counts(self, hotel, room, recalculate) -> None:
        stay(hotel, arrival=day(-1), nights_count=0, room=room, status="CHECKED_IN")

        recalculate()

        assert occupied(room.room_type) == [1, 0, 0, 0, 0]

    def test_an_overstay_counts_tonight_only(self, hotel, room, recalculate) -> None:
        stay(hotel, arrival=day(-3), nights_count=2, room=room, status="CHECKED_IN")

        recalculate()

        assert occupied(room.room_type) == [1, 0, 0, 0, 0]

    def test_an_overstay_counts_for_the_type_of_its_room_or_the_booked_type(
        self, hotel, room, recalculate
    ) -> None:
        suite = RoomFactory(hotel=hotel)
        overstay = {"arrival": day(-3), "nights_count": 2, "status": "CHECKED_IN"}
        moved = stay(hotel, room=room, **overstay)
        BookingRoom.objects.filter(pk=moved.pk).update(room=suite)
        stay(hotel, room_type=room.room_type, **overstay)

        recalculate()

        assert (row(suite.room_type).occupied_rooms, row(room.room_type).occupied_rooms) == (1, 1)

    def test_an_overstay_extended_by_a_night_is_not_counted_twice(
        self, hotel, room, recalculate
    ) -> None:
        booked = stay(hotel, arrival=day(-3), nights_count=2, room=room, status="CHECKED_IN")
        BookingNight.objects.create(
            hotel=hotel, booking_room=booked, date=TODAY, room=room, price=Decimal(1)
        )

        recalculate()

        assert row(room.room_type).occupied_rooms == 1

    def test_a_room_needed_by_an_overstay_and_an_arrival_is_overbooked(
        self, hotel, room, recalculate
    ) -> None:
        stay(hotel, arrival=day(-3), nights_count=2, room=room, status="CHECKED_IN")
        stay(hotel, arrival=day(0), nights_count=1, room=room)

        found = recalculate()

        (tonight,) = found.overbooked
        assert (tonight.room_type, tonight.date, tonight.by) == (room.room_type.code, TODAY, 1)

    def test_overbooked_nights_are_sorted_by_date(self, hotel, recalculate) -> None:
        for offset in (7, 2):
            stay(hotel, arrival=day(offset), nights_count=1, room_type=RoomTypeFactory(hotel=hotel))

        found = recalculate()

        assert [night.date for night in found.overbooked] == [day(2), day(7)]
