"""Occupied room-nights: sold ahead, held by guests in house, or slept (domain rule 4).

An open night, from the business date on, counts the sold nights and the guests in house. A closed
night counts the guests who slept in the hotel; a room that was only reserved no longer counts.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from hotels.calendar import ONE_DAY, nights
from hotels.models import BookingNight, BookingRoom, Hotel

Status = BookingRoom.Status
COMMITTED = (Status.CONFIRMED, Status.CHECKED_IN)
MIDNIGHT = time(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class OccupiedNight:
    """A night on which a booking room occupies a room; `kind` is the key of the room type."""

    stay_id: int
    kind: int
    date: date


def count_occupied(
    *, hotel: Hotel, first: date, last: date, today: date
) -> Counter[tuple[int, date]]:
    """Count the occupied rooms by room type key and night, from `first` to `last` inclusive.

    `today` is the hotel's business date. At most three queries for open nights, two for closed
    ones.
    """
    occupied = Counter[tuple[int, date]]()
    if first < today:
        slept = slept_nights(hotel=hotel, first=first, last=min(last, today - ONE_DAY))
        occupied.update((night.kind, night.date) for night in slept)
    if last >= today:
        sold = sold_nights(hotel, first=max(first, today), last=last).values_list("kind", "date")
        occupied.update({(kind, day): n for kind, day, n in sold.annotate(n=Count("pk"))})
        held = held_nights(hotel=hotel, today=today, last=last)
        occupied.update((night.kind, night.date) for night in held)
    return occupied


def sold_nights(
    hotel: Hotel, *, first: date, last: date, statuses: Collection[str] = COMMITTED
) -> QuerySet[Any]:
    """The sold room-nights from `first` to `last`, both included.

    Annotated with `kind`: the type key of the room assigned for the night, else the booked type.
    """
    return (
        BookingNight.objects.of_hotel(hotel)
        .filter(released=False, date__range=(first, last), booking_room__status__in=statuses)
        .annotate(kind=Coalesce("room__room_type_id", "booking_room__room_type_id"))
        .order_by()
    )


def held_nights(*, hotel: Hotel, today: date, last: date) -> list[OccupiedNight]:
    """The nights from `today` to `last` that guests in house occupy without a sold night.

    A guest in house occupies tonight, unless due out today, and each night up to the departure
    date: also before the arrival date, and after an extension without nights. An overstay occupies
    tonight. A later night that was released stays available. At most two queries.
    """
    if last < today:
        return []
    # A subquery, so that the database looks up the nights of each guest in house and no others.
    sold_ahead = (
        BookingNight.objects.filter(booking_room=OuterRef("pk"), released=False, date__gte=today)
        .filter(Q(date=today) | Q(date__lt=OuterRef("departure_date")))
        .order_by()
        .values("booking_room")
        .values_list(Count("pk"))
    )
    in_house = list(
        BookingRoom.objects.of_hotel(hotel)
        .filter(status=Status.CHECKED_IN)
        .exclude(departure_date=today)
        .annotate(sold_ahead=Coalesce(Subquery(sold_ahead), 0))
        .values_list("pk", "room_type_id", "room__room_type_id", "departure_date", "sold_ahead")
        .order_by()
    )
    until = {pk: max(departure, today + ONE_DAY) for pk, _, _, departure, _ in in_house}
    short = [
        (pk, booked, room)
        for pk, booked, room, _, sold in in_house
        if sold < (until[pk] - today).days
    ]
    rows = _night_rows(hotel, first=today, last=last, stays=[pk for pk, _, _ in short])
    return [
        OccupiedNight(stay_id=pk, kind=room or booked, date=day)
        for pk, booked, room in short
        for day in nights(arrival=today, departure=min(until[pk], last + ONE_DAY))
        if (row := rows.get((pk, day))) is None or (row.released and day == today)
    ]


def slept_nights(*, hotel: Hotel, first: date, last: date) -> list[OccupiedNight]:
    """The closed nights from `first` to `last` on which a guest slept in the hotel.

    A guest sleeps from the business date of the check-in to the night before the calendar date of
    the check-out, whatever the booked dates say: one who leaves after midnight has slept, one who
    leaves in the evening has not. Without these times the booked dates count. Two queries.
    """
    closes_at = {
        night: (hotel.day_start(night + ONE_DAY), hotel.instant(night + ONE_DAY, MIDNIGHT))
        for night in nights(arrival=first, departure=last + ONE_DAY)
    }
    stays = _stays_between(hotel, first=first, last=last, left_after=closes_at[first][1])
    rows = _night_rows(hotel, first=first, last=last)
    return [
        OccupiedNight(stay_id=stay.pk, kind=_kind(stay, rows.get((stay.pk, night))), date=night)
        for stay in stays
        for night, (day_close, midnight) in closes_at.items()
        if stay.arrived(night, by=day_close) and not stay.left(night, before=midnight)
    ]


class _Stay(NamedTuple):
    """A stay that began, in the order of its columns; `room_kind` is None without a room."""

    pk: int
    status: str
    booked_kind: int
    room_kind: int | None
    arrival_date: date
    departure_date: date
    checked_in_at: datetime | None
    checked_out_at: datetime | None

    def arrived(self, night: date, *, by: datetime) -> bool:
        return self.arrival_date <= night if self.checked_in_at is None else self.checked_in_at < by

    def left(self, night: date, *, before: datetime) -> bool:
        if self.status == Status.CHECKED_IN:
            return False
        if self.checked_out_at is None:
            return self.departure_date <= night
        return self.checked_out_at < before


class _NightRow(NamedTuple):
    """The room type assigned for a night of a stay, and whether the night was released."""

    room_kind: int | None
    released: bool


def _kind(stay: _Stay, row: _NightRow | None) -> int:
    """The type of the room assigned for the night, of the stay's room, or as booked."""
    if row is not None and (row.room_kind is not None or not row.released):
        return row.room_kind or stay.booked_kind
    return stay.room_kind or stay.booked_kind


def _stays_between(hotel: Hotel, *, first: date, last: date, left_after: datetime) -> list[_Stay]:
    """The stays that may have slept on one of the nights."""
    left = Q(status=Status.CHECKED_OUT)
    stayed = (
        Q(status=Status.CHECKED_IN)
        | left & Q(checked_out_at__gte=left_after)
        | left & Q(checked_out_at=None, departure_date__gt=first)
    )
    rows = BookingRoom.objects.of_hotel(hotel).filter(stayed).order_by()
    columns = (
        "pk",
        "status",
        "room_type_id",
        "room__room_type_id",
        "arrival_date",
        "departure_date",
        "checked_in_at",
        "checked_out_at",
    )
    return [_Stay(*row) for row in rows.values_list(*columns)]


def _night_rows(
    hotel: Hotel, *, first: date, last: date, stays: Collection[int] | None = None
) -> dict[tuple[int, date], _NightRow]:
    """The night rows by stay key and date; of `stays` alone if given, without a query for none."""
    rows = BookingNight.objects.of_hotel(hotel).filter(date__range=(first, last)).order_by()
    if stays is not None:
        if not stays:
            return {}
        rows = rows.filter(booking_room__in=stays)
    columns = rows.values_list("booking_room_id", "date", "room__room_type_id", "released")
    return {(pk, day): _NightRow(kind, released) for pk, day, kind, released in columns}
