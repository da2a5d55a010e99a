"""Open folios with charges that no stay will use: a person completes them or makes them void."""

from django.db.models import Exists, OuterRef, Q

from hotels.models import BookingRoom, Folio

Status = BookingRoom.Status
LIVE = (Status.TENTATIVE, Status.CONFIRMED, Status.CHECKED_IN)


def left_open() -> Q:
    """Condition of open folios that no check-out or no-show will complete any more.

    No room charged to them is expected or in house: their rooms were cancelled, released,
    reinstated and then cancelled, moved to another folio, and so on.
    """
    return Q(~_live_rooms(), left_without_stay(), status=Folio.Status.OPEN)


def left_without_stay() -> Q:
    """Condition of folios that were a room's, or whose booking has no room that is live any more.

    A folio that was never a room's waits until no guest of the booking is expected or in house.
    """
    of_booking = BookingRoom.objects.filter(booking=OuterRef("booking"))
    over = Exists(of_booking) & ~Exists(of_booking.filter(status__in=LIVE))
    return Q(Exists(BookingRoom.objects.filter(folio=OuterRef("pk")))) | Q(over)


def _live_rooms() -> Exists:
    return Exists(BookingRoom.objects.filter(folio=OuterRef("pk"), status__in=LIVE))
