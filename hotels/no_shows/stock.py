"""Take nights back that were given up: only as far as there is a room for them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.utils.translation import gettext

from hotels import availability
from hotels.availability import Night
from hotels.models import BookingNight, BookingRoom, Hotel, RoomBlock
from hotels.no_shows.errors import NoRoomLeft


def retake_nights(
    *, room: BookingRoom, since: date, hotel: Hotel, now: datetime
) -> list[BookingNight]:
    """Sell the released nights of the stay from `since` on to it again; returns them.

    The rooms assigned are kept where they are free on all coming nights; else the assignment is
    dropped and any room of the type booked will do. Raises NoRoomLeft where there is none. Nights
    already past are history: they come back without asking for stock.
    """
    nights = list(
        BookingNight.objects.filter(
            booking_room=room, released=True, date__gte=since, date__lt=room.departure_date
        )
        .select_related("room")
        .order_by("date")
    )
    coming = [night for night in nights if night.date >= hotel.business_date(now)]
    anyhow = {night.pk: (room.room_type_id, night.date) for night in coming}
    assigned = {night.pk: type_night(night, room=room) for night in coming}
    stock = availability.live_stock(
        hotel=hotel, wanted={*anyhow.values(), *assigned.values()}, now=now
    )
    lost = _no_longer_free(nights)
    keep = not any(night.pk in lost or stock[assigned[night.pk]].left < 1 for night in coming)
    if not keep:
        _refuse(room, [day for kind, day in anyhow.values() if stock[kind, day].left < 1])
        lost |= anyhow.keys()
        BookingRoom.objects.filter(pk=room.pk).update(room=None)
    for night in nights:
        night.released = False
        night.room = None if night.pk in lost else night.room
    BookingNight.objects.bulk_update(nights, ["released", "room"])
    return nights


def type_night(night: BookingNight, *, room: BookingRoom) -> Night:
    """The stock a night is taken from: of the room assigned for it, else of the type booked."""
    return (night.room.room_type_id if night.room else room.room_type_id), night.date


def _refuse(room: BookingRoom, full: Sequence[date]) -> None:
    if full:
        days = ", ".join(str(day) for day in full)
        raise NoRoomLeft(
            gettext("It cannot be taken back: no %(room_type)s is left on %(days)s.")
            % {"room_type": room.room_type, "days": days}
        )


def _no_longer_free(nights: Iterable[BookingNight]) -> set[int]:
    """Those nights whose assigned room is sold to another, out of order, or closed for good."""
    held = {night.pk: night for night in nights if night.room_id}
    rooms = {night.room_id for night in held.values()}
    days = {night.date for night in held.values()}
    if not held:
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
        for pk, night in held.items()
        if (night.room_id, night.date) in sold
        or (night.room is not None and not night.room.active)
        or any(
            block.room_id == night.room_id and block.start_date <= night.date < block.end_date
            for block in blocks
        )
    }
