"""The stays on overbooked nights: one of these guests has to be moved to another hotel."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from hotels.availability.occupied_nights import COMMITTED, held_nights, sold_nights
from hotels.console.availability.calendar import OverbookedNight
from hotels.models import BookingRoom, Hotel

NIGHTS_SHOWN = 20
STAYS_SHOWN = 10
STAYED = (BookingRoom.Status.CHECKED_IN, BookingRoom.Status.CHECKED_OUT)


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

    Takes at most four queries. Guests in house who have no sold night, such as those who should
    have checked out, are listed first. On nights before `today` only guests who stayed are listed.
    """
    shown = nights[:NIGHTS_SHOWN]
    if not shown:
        return ()
    stays = _stays_by_night(hotel, nights=shown, today=today)
    for night, guest in _guests_without_night(hotel, nights=shown, today=today):
        stays[night].insert(0, guest)
    return tuple(
        Clash(
            night=night,
            stays=tuple(found[:STAYS_SHOWN]),
            more=len(found) > STAYS_SHOWN,
        )
        for night in shown
        for found in [stays[night.room_type.pk, night.day]]
    )


def _guests_without_night(
    hotel: Hotel, *, nights: Sequence[OverbookedNight], today: date
) -> list[tuple[tuple[int, date], BookingRoom]]:
    """The guests in house without a sold night, by room type key and night; the newest first."""
    shown = {(night.room_type.pk, night.day) for night in nights}
    last = max(night.day for night in nights)
    held = [
        each
        for each in held_nights(hotel=hotel, today=today, last=last)
        if (each.kind, each.date) in shown
    ]
    if not held:
        return []
    guests = BookingRoom.objects.select_related("booking__guest", "room").in_bulk(
        {each.stay_id for each in held}
    )
    found = [((each.kind, each.date), guests[each.stay_id]) for each in held]
    return sorted(found, key=lambda item: (item[1].departure_date, item[1].pk), reverse=True)


def _stays_by_night(
    hotel: Hotel, *, nights: Sequence[OverbookedNight], today: date
) -> dict[tuple[int, date], list[BookingRoom]]:
    days = {night.day for night in nights}
    counted = Q(date__gte=today, booking_room__status__in=COMMITTED)
    counted |= Q(date__lt=today, booking_room__status__in=STAYED)
    sold = (
        sold_nights(hotel, first=min(days), last=max(days), statuses={*COMMITTED, *STAYED})
        .filter(counted, date__in=days, kind__in={night.room_type.pk for night in nights})
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
