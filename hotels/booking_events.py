"""Events of booked rooms."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from hotels.models import BookingRoom
from hotels.notifications.outbox import NewEvent, hotels_that_hear, payloads, publish, type_of_class


def publish_stays(
    stays: Iterable[BookingRoom], *, payload: type[payloads.BookedRoom], now: datetime
) -> None:
    """Publish the same event for each of the rooms; their bookings should be loaded."""
    rooms = list(stays)
    if not rooms:
        return
    # An import has many: their payloads are built only if heard.
    heard = hotels_that_hear(hotel_ids={stay.hotel_id for stay in rooms}, payloads=[payload])
    events = [
        NewEvent(
            hotel_id=stay.hotel_id,
            key=f"{type_of_class(payload).name}:{stay.pk}:{uuid4().hex}",
            data=payload.of(stay),
            occurred_at=now,
            about=stay,
        )
        for stay in rooms
        if stay.hotel_id in heard
    ]
    publish(events, now=now)
