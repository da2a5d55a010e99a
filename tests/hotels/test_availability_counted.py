"""Availability rows equal a simple count night by night (domain rule 4)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from hotels import availability
from hotels.models import BookingNight, BookingRoom, Hotel, Room, RoomAvailability, RoomBlock
from tests.factories import BookingFactory, HotelFactory, RoomFactory, RoomTypeFactory, stay

TODAY = date(2026, 7, 15)
STATUSES = BookingRoom.Status.values


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def block(room: Room, *, start: int, end: int, kind: str = "OUT_OF_ORDER") -> RoomBlock:
    return RoomBlock.objects.create(room=room, kind=kind, start_date=day(start), end_date=day(end))


booked_stays = st.lists(
    st.fixed_dictionaries(
        {
            "arrival": st.integers(-6, 92),
            "nights": st.integers(0, 7),
            "status": st.sampled_from(STATUSES),
            "room": st.none() | st.integers(0, 5),
            "moves": st.lists(st.none() | st.integers(0, 5), min_size=7, max_size=7),
            "released": st.lists(st.booleans(), min_size=7, max_size=7),
            "came": st.none() | st.integers(-30, 60),
            "stayed": st.none() | st.integers(0, 160),
            "extended": st.integers(0, 3),
        }
    ),
    max_size=8,
)
blocks = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(-5, 92),
        st.integers(1, 20),
        st.sampled_from(RoomBlock.Kind.values),
    ),
    max_size=5,
)


@settings(max_examples=40)
@given(stays=booked_stays, blocked=blocks, closed=st.integers(0, 4))
def test_the_rows_equal_a_count_night_by_night(db, now, stays, blocked, closed) -> None:
    """The last calculation was `closed` days ago: so many nights have closed since."""
    hotel = HotelFactory(last_availability_date=day(-closed))
    rooms = [
        RoomFactory(hotel=hotel, room_type=kind, active=active)
        for kind in RoomTypeFactory.create_batch(2, hotel=hotel)
        for active in (True, True, False)
    ]
    booking = BookingFactory(hotel=hotel)
    for item in stays:
        _book(booking, rooms, item)
    for index, start, length, kind in blocked:
        block(rooms[index], start=start, end=start + length, kind=kind)

    with transaction.atomic():
        availability.recalculate(hotel=hotel, now=now)

    written = {
        (r.room_type_id, r.date): (r.total_rooms, r.out_of_order, r.occupied_rooms)
        for r in RoomAvailability.objects.filter(hotel=hotel)
    }
    books = Books.of(hotel)
    assert written == {
        (kind, day(n)): _naive(rooms, books, kind, day(n))
        for kind in {room.room_type_id for room in rooms}
        for n in range(-closed, 90)
    }


class Books(NamedTuple):
    """A hotel's stays with their nights, and its blocks."""

    stays: list[tuple[BookingRoom, list[BookingNight]]]
    blocks: list[RoomBlock]

    @classmethod
    def of(cls, hotel: Hotel) -> "Books":
        stays = BookingRoom.objects.of_hotel(hotel).select_related("room")
        return cls(
            [(item, list(item.nights.select_related("room"))) for item in stays],
            list(RoomBlock.objects.of_hotel(hotel)),
        )


def _book(booking: Any, rooms: list[Room], item: dict[str, Any]) -> None:
    kind = rooms[item["arrival"] % 6].room_type
    room = None if item["room"] is None else rooms[item["room"]]
    booked = stay(
        booking.hotel,
        arrival=day(item["arrival"]),
        nights_count=item["nights"],
        status=item["status"],
        room_type=kind,
        booking=booking,
        folio=None,
    )
    came, left = _times(item)
    BookingRoom.objects.filter(pk=booked.pk).update(
        room=room,
        departure_date=booked.departure_date + timedelta(days=item["extended"]),
        checked_in_at=came or (item["status"] == "CHECKED_IN" and booked.checked_in_at) or None,
        checked_out_at=left if item["status"] == "CHECKED_OUT" else None,
    )
    for night, index, released in zip(
        booked.nights.all(), item["moves"], item["released"], strict=False
    ):
        holder = None if index is None else rooms[index]
        taken = BookingNight.objects.filter(room=holder, date=night.date, released=False).exists()
        night.room = None if taken else holder
        night.released = released
        night.save()


def _times(item: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Check-in, hours after 00:00 UTC of the arrival date, and check-out, hours later."""
    arrival = datetime(2026, 7, 15, tzinfo=UTC) + timedelta(days=item["arrival"])
    came = None if item["came"] is None else arrival + timedelta(hours=item["came"])
    left = None if item["stayed"] is None else (came or arrival) + timedelta(hours=item["stayed"])
    return came, left


def _naive(rooms: list[Room], books: Books, kind: int, on: date) -> tuple[int, int, int]:
    """The same figures, counted one night and one object at a time."""
    ours = [room for room in rooms if room.room_type_id == kind and room.active]
    broken = {
        item.room_id
        for item in books.blocks
        if item.kind == "OUT_OF_ORDER" and item.start_date <= on < item.end_date
    }
    taken = 0
    for booked, its_nights in books.stays:
        row = next((n for n in its_nights if n.date == on), None)
        sold = row is not None and not row.released
        if on < TODAY:
            counts = _slept(booked, on)
        else:
            counts = (sold and booked.status in ("CONFIRMED", "CHECKED_IN")) or (
                booked.status == "CHECKED_IN" and _stays_on(booked, on, row)
            )
        if counts and sold:
            taken += (row.room or booked).room_type_id == kind
        elif counts:
            closed_room = row.room if row is not None and on < TODAY else None
            taken += (closed_room or booked.room or booked).room_type_id == kind
    return len(ours), len([room for room in ours if room.pk in broken]), taken


def _stays_on(booked: BookingRoom, on: date, row: BookingNight | None) -> bool:
    """Whether a guest in house, without a sold night, is going to sleep here."""
    if on == TODAY:
        return booked.departure_date != TODAY
    return row is None and on < booked.departure_date


def _slept(booked: BookingRoom, on: date) -> bool:
    """Lisbon in summer: one hour ahead of UTC; day close is at 02:00 UTC, midnight at 23:00."""
    if booked.status not in ("CHECKED_IN", "CHECKED_OUT"):
        return False
    first, end = booked.arrival_date, booked.departure_date
    if booked.checked_in_at:
        first = (booked.checked_in_at - timedelta(hours=2)).date()
    if booked.status == "CHECKED_IN":
        end = TODAY
    elif booked.checked_out_at:
        end = (booked.checked_out_at + timedelta(hours=1)).date()
    return first <= on < end
