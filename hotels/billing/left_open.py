"""Open folios with charges that no stay will use: a person completes them or makes them void."""

from collections.abc import Collection

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from hotels.models import BookingRoom, Folio

Status = BookingRoom.Status
LIVE = (Status.TENTATIVE, Status.CONFIRMED, Status.CHECKED_IN)


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
    reinstated and then cancelled, moved to another folio, and so on.
    """
    live = BookingRoom.objects.filter(folio=OuterRef("pk"), status__in=LIVE)
    return Q(~_has(live), left_without_stay(), status=Folio.Status.OPEN)


def left_without_stay() -> Q:
    """Condition of folios that were a room's, or whose booking has no room that is live any more.

    A folio that was never a room's waits until no guest of the booking is expected or in house.
    """
    of_booking = BookingRoom.objects.filter(booking=OuterRef("booking"))
    over = _has(of_booking) & ~_has(of_booking.filter(status__in=LIVE))
    return _has(BookingRoom.objects.filter(folio=OuterRef("pk"))) | over


def _has(rows: QuerySet[BookingRoom]) -> Q:
    """Condition of folios with such rooms.

    They are looked up for each folio: for EXISTS PostgreSQL would read the rooms of all hotels.
    """
    return Q(IsNull(Subquery(rows.values("pk")[:1]), False))
