"""Book the released nights of a stay again, if a room is available for each."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.utils.translation import gettext

from hotels import availability, formats
from hotels.availability import Night
from hotels.models import BookingNight, BookingRoom, Hotel, RoomBlock
from hotels.no_shows.errors import NoRoomAvailable


def rebook_nights(
    *, room: BookingRoom, since: date, hotel: Hotel, now: datetime
) -> list[BookingNight]:
    """Book the released nights of the stay from `since` on again, and return them.

    The assigned rooms are kept if they are free on all nights still to come. Otherwise the
    assignment is removed and any room of the booked type is enough. Past nights need no room.
    Raises NoRoomAvailable when the booked type is sold out on a night still to come.
    """
    nights = list(
        BookingNight.objects.filter(
            booking_room=room, released=True, date__gte=since, date__lt=room.departure_date
        )
        .select_related("room")
        .order_by("date")
    )
    upcoming = [night for night in nights if night.date >= hotel.business_date(now)]
    booked_type = {night.pk: (room.room_type_id, night.date) for night in upcoming}
    assigned = {night.pk: room_type_night(night, room=room) for night in upcoming}
    counts = availability.live_counts(
        hotel=hotel, wanted={*booked_type.values(), *assigned.values()}, now=now
    )
    taken = _no_longer_free(nights)
    keep = not any(
        night.pk in taken or counts[assigned[night.pk]].available < 1 for night in upcoming
    )
    if not keep:
        sold_out = [day for kind, day in booked_type.values() if counts[kind, day].available < 1]
        _refuse_if_sold_out(room, sold_out)
        taken |= booked_type.keys()
        BookingRoom.objects.filter(pk=room.pk).update(room=None)
    for night in nights:
        night.released = False
        night.room = None if night.pk in taken else night.room
    BookingNight.objects.bulk_update(nights, ["released", "room"])
    return nights


def room_type_night(night: BookingNight, *, room: BookingRoom) -> Night:
    """The room type and date a night counts for: the assigned room's type, else the booked one."""
    return (night.room.room_type_id if night.room else room.room_type_id), night.date


def _refuse_if_sold_out(room: BookingRoom, sold_out: Sequence[date]) -> None:
    if sold_out:
        days = ", ".join(formats.date_of(day) for day in sold_out)
        raise NoRoomAvailable(
            gettext("This room cannot be reinstated: no %(room_type)s is available on %(days)s.")
            % {"room_type": room.room_type, "days": days}
        )


def _no_longer_free(nights: Iterable[BookingNight]) -> set[int]:
    """Keys of the nights whose assigned room is sold to another guest, out of order or inactive."""
    assigned = {night.pk: night for night in nights if night.room_id}
    rooms = {night.room_id for night in assigned.values()}
    days = {night.date for night in assigned.values()}
    if not assigned:
        return set()
    sold = set(
        BookingNight.objects.filter(room__in=rooms, date__in=days, released=False).values_list(
            "room_id", "date"
        )
    )
    blocks = list(
        RoomBlock.objects.filter(
            room__in=rooms,
            kind=RoomBlock.Kind.OUT_OF_ORDER,
            start_date__lte=max(days),
            end_date__gt=min(days),
        )
    )
    return {
        pk
        for pk, night in assigned.items()
        if (night.room_id, night.date) in sold
        or (night.room is not None and not night.room.active)
        or any(
            block.room_id == night.room_id and block.start_date <= night.date < block.end_date
            for block in blocks
        )
    }
