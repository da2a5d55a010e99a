"""Cancellation of a booking room before arrival."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from hotels.booking_events import publish_stays
from hotels.front_desk.check_out import STILL_CHARGED
from hotels.front_desk.locked_stays import BatchResult, lock_stays
from hotels.models import BookingNight, BookingRoom, Folio, FolioLine, Hotel, Payment
from hotels.notifications.outbox import payloads

Status = BookingRoom.Status


def cancel_room(*, stay: BookingRoom, now: datetime) -> BookingRoom:
    """Cancel one booking room at `now`; returns it as it is now.

    Raises ActionRefused unless `stay` is confirmed.
    """
    return cancel_all(hotel=stay.hotel, stays=[stay], now=now).only()


@transaction.atomic
def cancel_all(*, hotel: Hotel, stays: Iterable[BookingRoom], now: datetime) -> BatchResult:
    """Cancel booking rooms of `hotel` at `now`; refuses those that are not confirmed.

    All nights are released. A folio becomes void unless it has a payment or a charge, or another
    booking room is charged to it: a deposit on a cancelled booking is settled by staff. The folio
    of guests who have checked out is completed with the last room cancelled on it.
    """
    locked = lock_stays(
        hotel=hotel,
        stays=stays,
        required=Status.CONFIRMED,
        refusal=gettext("%(stay)s cannot be cancelled: its status is “%(status)s”."),
    )
    for stay in locked.allowed:
        stay.status = Status.CANCELLED
        stay.cancelled_at = now
    BookingRoom.objects.filter(pk__in=locked.ids).update(status=Status.CANCELLED, cancelled_at=now)
    BookingNight.objects.filter(booking_room__in=locked.ids).update(released=True, room=None)
    _complete_folios_of_departed_guests(locked.folio_ids, now=now)
    _void_unused_folios(locked.folio_ids)
    publish_stays(locked.allowed, payload=payloads.BookingCancelled, now=now)
    return locked.result()


def _complete_folios_of_departed_guests(folio_ids: Iterable[int], *, now: datetime) -> None:
    ids = list(folio_ids)
    departed = BookingRoom.objects.filter(folio__in=ids, status=Status.CHECKED_OUT)
    expected = BookingRoom.objects.filter(folio__in=ids, status__in=STILL_CHARGED)
    folios = Folio.objects.filter(pk__in=ids, status=Folio.Status.OPEN)
    left = folios.filter(pk__in=departed.values("folio"))
    left.exclude(pk__in=expected.values("folio")).update_in_order(
        status=Folio.Status.COMPLETED, completed_at=now
    )


def _void_unused_folios(folio_ids: Iterable[int]) -> None:
    ids = list(folio_ids)
    paid = Payment.objects.filter(folio__in=ids)
    charged = FolioLine.objects.filter(folio__in=ids)
    shared = BookingRoom.objects.filter(folio__in=ids).exclude(status=Status.CANCELLED)
    unused = (
        Folio.objects.filter(pk__in=ids, status=Folio.Status.OPEN)
        .exclude(pk__in=paid.values("folio"))
        .exclude(pk__in=charged.values("folio"))
        .exclude(pk__in=shared.values("folio"))
    )
    unused.update_in_order(status=Folio.Status.VOID)
