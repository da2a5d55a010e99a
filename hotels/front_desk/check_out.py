"""Check-out: the guest leaves, the folio is completed and the room needs a clean."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from hotels.booking_events import publish_stays
from hotels.front_desk.locked_stays import BatchResult, lock_stays
from hotels.models import BookingNight, BookingRoom, Folio, Hotel, Room
from hotels.notifications.outbox import payloads

Status = BookingRoom.Status
STILL_CHARGED = (Status.TENTATIVE, Status.CONFIRMED, Status.CHECKED_IN)


def check_out(*, stay: BookingRoom, now: datetime) -> BookingRoom:
    """Check out one booking room at `now`; returns it as it is now.

    Raises ActionRefused unless `stay` is in house.
    """
    return check_out_all(hotel=stay.hotel, stays=[stay], now=now).only()


@transaction.atomic
def check_out_all(*, hotel: Hotel, stays: Iterable[BookingRoom], now: datetime) -> BatchResult:
    """Check out booking rooms of `hotel` at `now`; refuses those that are not in house.

    Rooms become dirty. A folio is completed with the last booking room charged to it. Nights from
    the calendar date on are released: who leaves after midnight, before day close, has slept the
    night. Charges and payments are left to the caller.
    """
    locked = lock_stays(
        hotel=hotel,
        stays=stays,
        required=Status.CHECKED_IN,
        refusal=gettext("%(stay)s cannot be checked out: its status is “%(status)s”."),
    )
    for stay in locked.allowed:
        stay.status = Status.CHECKED_OUT
        stay.checked_out_at = now
    BookingRoom.objects.filter(pk__in=locked.ids).update(
        status=Status.CHECKED_OUT, checked_out_at=now
    )
    nights = BookingNight.objects.filter(booking_room__in=locked.ids, released=False)
    nights.filter(date__gte=hotel.local_date(now)).update(released=True)
    shared = BookingRoom.objects.filter(folio__in=locked.folio_ids, status__in=STILL_CHARGED)
    folios = Folio.objects.filter(pk__in=locked.folio_ids, status=Folio.Status.OPEN)
    folios.exclude(pk__in=shared.values("folio")).update_in_order(
        status=Folio.Status.COMPLETED, completed_at=now
    )
    rooms = [stay.room_id for stay in locked.allowed if stay.room_id is not None]
    Room.objects.filter(pk__in=rooms).update_in_order(cleanliness=Room.Cleanliness.DIRTY)
    publish_stays(locked.allowed, payload=payloads.BookingCheckedOut, now=now)
    return locked.result()
