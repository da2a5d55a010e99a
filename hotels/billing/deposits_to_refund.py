"""Folios with money that no stay will use and no invoice shows: a person refunds or moves it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import (
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from hotels import money
from hotels.billing.left_open import LIVE, TOLERANCE, left_without_stay
from hotels.models import BookingRoom, Folio, FolioLine, Invoice, NoShowRecord, Payment
from hotels.models.literal import KeyList
from hotels.models.scoping import HotelScopedQuerySet

Status = BookingRoom.Status
EXPECTED = (Status.TENTATIVE, Status.CONFIRMED)
_AMOUNT = DecimalField(max_digits=18, decimal_places=4)


def deposits_to_refund(*, hotels: Collection[int]) -> HotelScopedQuerySet[Folio]:
    """Folios of the hotels with these keys with money that is left over, with the amount as `left`.

    More was received on them than was charged, no invoice shows it, and no room will use it: their
    rooms were released, cancelled or did not arrive, and no other room of the booking is expected
    (its no-show fee may be paid from the deposit, domain rule 3). A folio that was never a room's
    waits until no guest of the booking is in house. Once there is an invoice it is overpaid
    instead: see `Invoice.payment_status`. The amounts are those in the currency of the folio.
    """
    of_booking = BookingRoom.objects.filter(booking=OuterRef("booking"))
    rows = Folio.objects.filter(
        left_without_stay(),
        ~Exists(of_booking.filter(status__in=EXPECTED)),
        ~Exists(Invoice.objects.filter(folio=OuterRef("pk"))),
        pk__in=_without_a_stay(hotels),
    )
    found: HotelScopedQuerySet[Folio] = rows.annotate(left=_left()).filter(left__gt=TOLERANCE)
    return found


def _without_a_stay(hotels: Collection[int]) -> QuerySet[Folio, int]:
    """Keys of the folios that can be meant, found by indexes: not the many of guests who stayed.

    They are open, or completed without a charge, or those of no-shows whose deposit was left over,
    and no room is charged to them any more. The database finds them first, as a union, and sums
    only what is left on them.
    """
    live = BookingRoom.objects.filter(folio=OuterRef("pk"), status__in=LIVE)
    folios = Folio.objects.filter(~Exists(live), hotel__in=KeyList(hotels)).order_by()
    noted = NoShowRecord.objects.filter(hotel__in=KeyList(hotels), deposit_surplus__gt=0).order_by()
    of_noted = folios.filter(pk__in=noted.values("booking_room__folio"))
    keys = [
        rows.values_list("pk", flat=True)
        for rows in (
            folios.filter(status=Folio.Status.OPEN),
            folios.filter(settled_at__isnull=False),
            of_noted,
        )
    ]
    return keys[0].union(*keys[1:])


def _left() -> ExpressionWrapper[Any]:
    own = Q(folio=OuterRef("pk"), currency=OuterRef("currency"))
    received = Payment.objects.filter(
        own, status__in=(Payment.Status.SUCCEEDED, Payment.Status.REFUNDED)
    )
    return ExpressionWrapper(
        _sum(received, F("amount") - F("refunded_amount"))
        - _sum(FolioLine.objects.filter(own), F("gross")),
        output_field=_AMOUNT,
    )


def _sum(rows: QuerySet[Payment] | QuerySet[FolioLine], of: object) -> Coalesce:
    sums = rows.order_by().values("folio").annotate(sum=Sum(of)).values("sum")
    return Coalesce(Subquery(sums), money.ZERO, output_field=_AMOUNT)
