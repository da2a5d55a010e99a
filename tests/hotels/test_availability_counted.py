"""Availability rows equal a simple count night by night (domain rule 4)."""

from datetime import date, timedelta
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


@settings(max_examples=25)
@given(stays=booked_stays, blocked=blocks)
def test_the_rows_equal_a_count_night_by_night(db, now, stays, blocked) -> None:
    hotel = HotelFactory()
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
        for n in range(90)
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
    BookingRoom.objects.filter(pk=booked.pk).update(room=room)
    for night, index, released in zip(
        booked.nights.all(), item["moves"], item["released"], strict=False
    ):
        holder = None if index is None else rooms[index]
        taken = BookingNight.objects.filter(room=holder, date=night.date, released=False).exists()
        night.room = None if taken else holder
        night.released = released
        night.save()


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
        if booked.status not in ("CONFIRMED", "CHECKED_IN"):
            continue
        night = next((n for n in its_nights if n.date == on and not n.released), None)
        if night is not None:
            taken += (night.room or booked).room_type_id == kind
        elif on == TODAY and booked.status == "CHECKED_IN" and booked.departure_date < TODAY:
            taken += (booked.room or booked).room_type_id == kind
    return len(ours), len([room for room in ours if room.pk in broken]), taken
