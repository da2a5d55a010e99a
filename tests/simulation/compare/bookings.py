"""Compare no-show records, rooms of bookings and nights."""

from typing import Any

from hotels.models import BookingNight, BookingRoom, NoShowRecord
from tests.simulation.compare.difference import check
from tests.simulation.world import World


def records(world: World) -> None:
    rows: dict[int, list[NoShowRecord]] = {}
    for row in NoShowRecord.objects.filter(booking_room__booking__in=list(world.books.bookings)):
        rows.setdefault(row.booking_room_id, []).append(row)
    for stay in world.books.stays:
        found = sorted(rows.get(stay.pk, []), key=lambda row: row.pk)
        for record, row in zip(stay.records, found, strict=False):
            record.pk = row.pk
        check(
            world,
            stay,
            [
                (
                    r.outcome,
                    r.rule,
                    r.deadline,
                    r.arrival,
                    r.eta,
                    r.day,
                    r.fee,
                    r.line and r.line.pk,
                    r.freed,
                    r.surplus,
                )
                for r in stay.records
            ],
            [
                (
                    r.outcome,
                    r.rule,
                    r.deadline,
                    r.arrival_date,
                    r.eta,
                    r.business_date,
                    r.fee_amount,
                    r.fee_line_id,
                    r.nights_freed,
                    r.deposit_surplus,
                )
                for r in found
            ],
        )


def stays(world: World) -> None:
    columns = ("pk", "status", "room_id", "folio_id", "arrival_date", "departure_date")
    rows = BookingRoom.objects.filter(booking__in=list(world.books.bookings))
    actual = {row[0]: row[1:] for row in rows.values_list(*columns)}
    for stay in world.books.stays:
        folio = stay.folio.pk if stay.folio is not None else None
        expected = (stay.status, stay.room, folio, stay.arrival, stay.departure)
        check(world, stay, expected, actual[stay.pk])


def nights(world: World) -> None:
    rows = BookingNight.objects.filter(booking_room__booking__in=list(world.books.bookings))
    actual: dict[int, list[Any]] = {}
    for stay, *night in rows.order_by("date").values_list(
        "booking_room", "date", "room_id", "released"
    ):
        actual.setdefault(stay, []).append(tuple(night))
    for stay in world.books.stays:
        expected = [(day, night.room, night.released) for day, night in sorted(stay.nights.items())]
        check(world, stay, expected, actual.get(stay.pk, []))
