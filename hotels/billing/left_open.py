"""Open folios with charges that no stay will use: a person completes them or makes them void."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.lookups import IsNull

from hotels.billing.open_charges import open_charges
from hotels.models import BookingRoom, Folio

Status = BookingRoom.Status
LIVE = (Status.TENTATIVE, Status.CONFIRMED, Status.CHECKED_IN)
# Sums are compared in the database: SQLite's are floats. Less than any minor unit.
TOLERANCE = Decimal("0.00005")


def folios_left_open(*, keys: Collection[int]) -> list[Folio]:
    """The folios with these keys that no room will use, with their bookings, by key.

    One query, none without keys.
    """
    if not keys:
        return []
    rows = Folio.objects.filter(left_open(), pk__in=keys)
    return list(rows.select_related("booking").order_by("pk"))


def left_open() -> Q:
    """Condition of open folios that no check-out or no-show will complete any more.

    No room charged to them is expected or in house: their rooms were cancelled, released,
    reinstated and then cancelled, moved to another folio, and so on. Their charges on no document
    do not cancel out: of those that do at each tax rate, as of a fee that was reversed, no document
    is due.
    """
    live = _rooms(folio=OuterRef("pk")).filter(status__in=LIVE)
    return Q(~_has(live), left_without_stay(), _has(_not_cancelled()), status=Folio.Status.OPEN)


def _not_cancelled() -> "QuerySet[Any, Any]":
    """The totals of a folio's open charges by currency and tax rate that are not zero."""
    lines: Any = open_charges().filter(folio=OuterRef("pk")).order_by()
    totals = lines.values("currency", "tax_rate").annotate(total=Sum("gross"))
    found: QuerySet[Any, Any] = totals.filter(Q(total__gt=TOLERANCE) | Q(total__lt=-TOLERANCE))
    return found.values("total")


def left_without_stay() -> Q:
    """Condition of folios that were a room's, or whose booking has no room that is live any more.

    A folio that was never a room's waits until no guest of the booking is expected or in house.
    """
    of_booking = _rooms(booking=OuterRef("booking"))
    over = _has(of_booking) & ~_has(of_booking.filter(status__in=LIVE))
    return _has(_rooms(folio=OuterRef("pk"))) | over


def _rooms(**of: OuterRef) -> QuerySet[BookingRoom, int]:
    return BookingRoom.objects.filter(**of).values_list("pk", flat=True)


def _has(rows: "QuerySet[Any, Any]") -> Q:
    """Condition of folios with such rows.

    They are looked up for each folio: for EXISTS PostgreSQL would read the rooms of all hotels.
    """
    return Q(IsNull(Subquery(rows.order_by()[:1]), False))
