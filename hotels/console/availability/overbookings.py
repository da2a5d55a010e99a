"""The stays on overbooked nights: one of these guests has to be moved to another hotel."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from hotels.availability import COMMITTED, overstays, sold_nights
from hotels.console.availability.calendar import OverbookedNight
from hotels.models import BookingRoom, Hotel

NIGHTS_SHOWN = 20
STAYS_SHOWN = 10
STAYED = (*COMMITTED, BookingRoom.Status.CHECKED_OUT)


@dataclass(frozen=True, kw_only=True)
class Clash:
    """An overbooked night with the stays of its room type, the latest bookings first.

    `more` is True if there are stays beyond those listed.
    """

    night: OverbookedNight
    stays: tuple[BookingRoom, ...]
    more: bool


def read_clashes(
    *, hotel: Hotel, nights: Sequence[OverbookedNight], today: date
) -> tuple[Clash, ...]:
    """Return the first NIGHTS_SHOWN of `nights`, each with at most STAYS_SHOWN stays.

    Takes two queries. On `today` the guests who should have checked out are listed first.
    """
    shown = nights[:NIGHTS_SHOWN]
    if not shown:
        return ()
    stays = _stays_by_night(hotel, nights=shown)
    if any(night.day == today for night in shown):
        late = overstays(hotel, today=today).select_related("booking__guest", "room")
        for row in late.order_by("departure_date", "pk")[: STAYS_SHOWN + 1]:
            stays[row.kind, today].insert(0, row)
    return tuple(
        Clash(
            night=night,
            stays=tuple(found[:STAYS_SHOWN]),
            more=len(found) > STAYS_SHOWN,
        )
        for night in shown
        for found in [stays[night.room_type.pk, night.day]]
    )


def _stays_by_night(
    hotel: Hotel, *, nights: Sequence[OverbookedNight]
) -> dict[tuple[int, date], list[BookingRoom]]:
    days = {night.day for night in nights}
    sold = (
        sold_nights(hotel, first=min(days), last=max(days), statuses=STAYED)
        .filter(date__in=days, kind__in={night.room_type.pk for night in nights})
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=[F("kind"), F("date")],
                order_by=[F("booking_room__booking__booked_at").desc(), F("pk").desc()],
            )
        )
        .filter(place__lte=STAYS_SHOWN + 1)
        .select_related("booking_room__booking__guest", "booking_room__room")
        .order_by("date", "place")
    )
    found: dict[tuple[int, date], list[BookingRoom]] = defaultdict(list)
    for row in sold:
        found[row.kind, row.date].append(row.booking_room)
    return found
