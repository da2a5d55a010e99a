"""Availability: rows written and number of queries (domain rule 4)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hotels import availability
from hotels.models import BookingNight, Hotel, Room, RoomAvailability, RoomBlock
from tests.factories import RoomFactory, stay

TODAY = date(2026, 7, 15)


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


class TestWriting:
    def test_unchanged_rows_are_not_written(self, hotel, room, now, recalculate) -> None:
        recalculate()
        stay(hotel, arrival=day(3), nights_count=2, room=room)

        found = availability.recalculate(hotel=hotel, now=now + timedelta(minutes=5))

        touched = RoomAvailability.objects.filter(updated_at__gt=now)
        assert [changed.date for changed in found.changed] == [day(3), day(4)]
        assert list(touched.order_by("date").values_list("date", flat=True)) == [day(3), day(4)]

    def test_a_changed_row_keeps_its_key(self, hotel, room, recalculate) -> None:
        recalculate()
        before = row(room.room_type).pk
        stay(hotel, arrival=day(0), room=room)

        found = recalculate()

        assert found.changed[0].pk == row(room.room_type).pk == before

    def test_a_change_of_basis_alone_rewrites_the_rates(self, hotel, room, recalculate) -> None:
        spare = RoomFactory(hotel=hotel, room_type=room.room_type)
        block(spare, start=0, end=1)
        stay(hotel, arrival=day(0), nights_count=1, room=room)
        recalculate()
        hotel.occupancy_basis = "SELLABLE"

        found = recalculate()

        assert [(item.date, item.occupancy_rate) for item in found.changed] == [(TODAY, 100)]


class TestRecompute:
    """Updates of some rows, in the transaction that releases or books their nights."""

    def test_only_the_requested_rows_are_updated(self, hotel, room, now, recalculate) -> None:
        stay(hotel, arrival=day(0), nights_count=3, room=room)
        recalculate()
        BookingNight.objects.update(released=True)

        found = availability.recompute(hotel=hotel, wanted=[(room.room_type_id, day(1))], now=now)

        assert occupied(room.room_type) == [1, 0, 1, 0, 0]
        assert [item.date for item in found.changed] == [day(1)]

    def test_tonight_still_counts_an_overstay(self, hotel, room, now, recalculate) -> None:
        stay(hotel, arrival=day(-3), nights_count=2, room=room, status="CHECKED_IN")
        recalculate()

        found = availability.recompute(hotel=hotel, wanted=[(room.room_type_id, TODAY)], now=now)

        assert (found.rows, found.changed) == (1, ())

    def test_no_row_is_created(self, hotel, room, now) -> None:
        found = availability.recompute(hotel=hotel, wanted=[(room.room_type_id, TODAY)], now=now)

        assert (found.rows, RoomAvailability.objects.count()) == (0, 0)

    def test_past_nights_nights_beyond_the_window_and_other_hotels_are_ignored(
        self, hotel, room, now
    ) -> None:
        foreign = RoomFactory()
        for where, kind in ((hotel, room.room_type), (foreign.hotel, foreign.room_type)):
            for offset in (-1, 0, 90):
                RoomAvailability.objects.create(
                    hotel=where, room_type=kind, date=day(offset), total_rooms=9,
                    available_rooms=9, updated_at=now,
                )  # fmt: skip
        wanted = [(kind.pk, day(n)) for kind in (room.room_type, foreign.room_type)
                  for n in (-1, 0, 90)]  # fmt: skip

        found = availability.recompute(hotel=hotel, wanted=wanted, now=now)

        assert [(item.room_type, item.date) for item in found.changed] == [(room.room_type, TODAY)]

    def test_a_row_of_an_inactive_type_has_no_rooms_left(
        self, hotel, room, now, recalculate
    ) -> None:
        RoomFactory(hotel=hotel, room_type=room.room_type)
        recalculate()
        stay(hotel, arrival=day(0), room=room)
        room.room_type.active = False
        room.room_type.save()

        availability.recompute(hotel=hotel, wanted=[(room.room_type_id, TODAY)], now=now)

        tonight = row(room.room_type)
        assert (tonight.occupied_rooms, tonight.available_rooms) == (1, 0)

    def test_without_nights_there_are_no_queries(self, hotel, now, queries_of) -> None:
        assert queries_of(lambda: availability.recompute(hotel=hotel, wanted=[], now=now)) == 0


class TestQueries:
    def test_the_number_does_not_depend_on_rooms_bookings_or_nights(
        self, hotel, room, recalculate, queries_of
    ) -> None:
        recalculate()
        stay(hotel, arrival=day(0), room=room)
        few = queries_of(recalculate)
        for n in range(20):
            another = RoomFactory(hotel=hotel, room_type=room.room_type)
            block(another, start=1, end=4)
            stay(hotel, arrival=day(n), nights_count=9, room=another)

        assert queries_of(recalculate) == few <= 7

    def test_two_queries_when_nothing_changed(self, hotel, room, recalculate, queries_of) -> None:
        for _ in range(5):
            RoomFactory(hotel=hotel)
        recalculate()

        assert queries_of(recalculate) == 2

    def test_the_first_rows_of_many_types_are_one_statement(self, hotel, queries_of, now) -> None:
        """Lock, count, savepoint, insert, release, who listens, and the nights that are closed."""
        for _ in range(10):
            RoomFactory(hotel=hotel)

        assert queries_of(lambda: availability.recalculate(hotel=hotel, now=now)) == 7
