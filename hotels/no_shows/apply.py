"""Write no-show decisions in bulk: statuses, fees, records, nights, folios, availability."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db.models import Max

from hotels import availability, formats
from hotels.bulk import Checkpoint, Failure, no_checkpoint, write_isolated
from hotels.models import (
    BookingNight,
    BookingRoom,
    Folio,
    FolioLine,
    Hotel,
    NoShowRecord,
    RoomAvailability,
)
from hotels.no_shows.folio_settlement import SettledFolios, settle_folios
from hotels.no_shows.rebooking import room_type_night
from hotels.no_shows.verdicts import Outcome, Verdict

ROOM_STATUS = {
    Outcome.APPLIED: BookingRoom.Status.NO_SHOW,
    Outcome.RELEASED: BookingRoom.Status.RELEASED,
}


@dataclass(frozen=True, kw_only=True)
class AppliedVerdicts:
    """The rows written; records come with their room, its booking and guest."""

    records: tuple[NoShowRecord, ...] = ()
    failures: tuple[Failure[Verdict], ...] = ()
    settled: SettledFolios = field(default_factory=SettledFolios)
    availability: tuple[RoomAvailability, ...] = ()


def apply_verdicts(
    *,
    hotel: Hotel,
    decisions: Sequence[Verdict],
    now: datetime,
    checkpoint: Checkpoint = no_checkpoint,
) -> AppliedVerdicts:
    """Write the decisions; one that cannot be written does not stop the others.

    Must run in a transaction that holds the locks of `cases.lock`.
    """
    if not decisions:
        return AppliedVerdicts()
    numbers = _next_folio_numbers(decisions)
    nights = _nights_to_free(decisions, hotel=hotel, now=now)
    write = partial(_write, hotel=hotel, now=now, numbers=numbers, nights=nights)
    failures = write_isolated(decisions, write=write, checkpoint=checkpoint)
    failed = {failure.row.candidate.room.pk for failure in failures}
    records = _records({d.candidate.room.pk for d in decisions} - failed)
    freed = [night for record in records for night in nights[record.booking_room_id]]
    changed = availability.recompute(
        hotel=hotel,
        wanted=[room_type_night(night, room=night.booking_room) for night in freed],
        now=now,
    )
    return AppliedVerdicts(
        records=records,
        failures=tuple(failures),
        settled=settle_folios(hotel=hotel, records=records, now=now),
        availability=changed.changed,
    )


def _write(
    decisions: Sequence[Verdict],
    *,
    hotel: Hotel,
    now: datetime,
    numbers: dict[int, int],
    nights: dict[int, list[BookingNight]],
) -> None:
    folios = _open_folios(decisions, hotel=hotel, numbers=numbers)
    lines = _post_fees(decisions, hotel=hotel, folios=folios, now=now)
    _supersede(decisions, now=now)
    NoShowRecord.objects.bulk_create(
        _record(
            d,
            hotel=hotel,
            line=lines.get(d.candidate.room.pk),
            nights_freed=len(nights[d.candidate.room.pk]),
            now=now,
        )
        for d in decisions
    )
    for outcome, status in ROOM_STATUS.items():
        rooms = [d.candidate.room.pk for d in decisions if d.outcome == outcome]
        BookingRoom.objects.filter(pk__in=rooms).update(status=status)
    freed = [night.pk for d in decisions for night in nights[d.candidate.room.pk]]
    BookingNight.objects.filter(pk__in=freed).update(released=True)


def _open_folios(
    decisions: Iterable[Verdict], *, hotel: Hotel, numbers: dict[int, int]
) -> dict[int, Folio]:
    """The open folio of each room; a new one for a fee when the room has no open folio.

    The new folio replaces the room's closed or missing one.
    """
    folios: dict[int, Folio] = {}
    new: list[Folio] = []
    moved: list[BookingRoom] = []
    for decision in (d for d in decisions if d.outcome in ROOM_STATUS):
        room, folio = decision.candidate.room, decision.candidate.folio
        if folio is None or folio.status != Folio.Status.OPEN:
            if not decision.fee.gross:
                continue
            booking = room.booking
            folio = Folio(
                hotel=hotel, booking=booking, payer=booking.guest, number=numbers[room.pk]
            )
            new.append(folio)
        folios[room.pk] = folio
        if folio.pk is None or folio.pk != room.folio_id:
            moved.append(room)
    Folio.objects.bulk_create(new)
    BookingRoom.objects.bulk_update(
        [BookingRoom(pk=room.pk, folio=folios[room.pk]) for room in moved], ["folio"]
    )
    return folios


def _post_fees(
    decisions: Iterable[Verdict], *, hotel: Hotel, folios: dict[int, Folio], now: datetime
) -> dict[int, FolioLine]:
    """The fee lines by room key.

    The source key counts the room's records, so that a reinstated room can be charged again.
    """
    lines = [
        FolioLine(
            folio=folios[d.candidate.room.pk],
            booking_room=d.candidate.room,
            business_date=hotel.business_date(now),
            category=FolioLine.Category.NO_SHOW_FEE,
            description=f"No-show fee {d.candidate.room}, arrival "
            f"{formats.date_in_english(d.candidate.room.arrival_date)}",
            currency=d.candidate.room.booking.currency,
            tax_rate=d.tax_rate,
            net=d.fee.net,
            tax=d.fee.tax,
            gross=d.fee.gross,
            source_key=f"no-show:{d.candidate.room.pk}:{d.candidate.records_before + 1}",
        )
        for d in decisions
        if d.fee.gross
    ]
    return {line.booking_room_id or 0: line for line in FolioLine.objects.bulk_create(lines)}


def _supersede(decisions: Iterable[Verdict], *, now: datetime) -> None:
    old = [d.candidate.last_record.pk for d in decisions if d.candidate.last_record is not None]
    NoShowRecord.objects.filter(pk__in=old).exclude(outcome=Outcome.REVERSED).update(
        outcome=Outcome.REVERSED,
        decided_at=now,
        decision_note="The arrival date or expected arrival was changed; decided again.",
    )


def _record(
    decision: Verdict, *, hotel: Hotel, line: FolioLine | None, nights_freed: int, now: datetime
) -> NoShowRecord:
    room = decision.candidate.room
    return NoShowRecord(
        hotel=hotel,
        booking_room=room,
        outcome=decision.outcome,
        rule=decision.rule,
        reason=decision.reason,
        deadline=decision.candidate.deadline,
        business_date=hotel.business_date(now),
        arrival_date=room.arrival_date,
        eta=room.eta,
        currency=room.booking.currency,
        fee_amount=decision.fee.gross,
        fee_line=line,
        nights_freed=nights_freed,
        created_at=now,
    )


def _next_folio_numbers(decisions: Iterable[Verdict]) -> dict[int, int]:
    """A free folio number in its booking for each room that may need a folio."""
    rooms = [decision.candidate.room for decision in decisions]
    highest = dict(
        Folio.objects.filter(booking__in={room.booking_id for room in rooms})
        .order_by()
        .values_list("booking_id")
        .annotate(Max("number"))
    )
    numbers: dict[int, int] = {}
    for room in rooms:
        highest[room.booking_id] = highest.get(room.booking_id, 0) + 1
        numbers[room.pk] = highest[room.booking_id]
    return numbers


def _nights_to_free(
    decisions: Iterable[Verdict], *, hotel: Hotel, now: datetime
) -> dict[int, list[BookingNight]]:
    """The nights to release by room: those from the business date on; earlier ones stay sold."""
    found: dict[int, list[BookingNight]] = defaultdict(list)
    rooms = [d.candidate.room.pk for d in decisions if d.outcome in ROOM_STATUS]
    nights = BookingNight.objects.filter(
        booking_room__in=rooms, released=False, date__gte=hotel.business_date(now)
    ).select_related("room", "booking_room")
    for night in nights.order_by("date"):
        found[night.booking_room_id].append(night)
    return found


def _records(rooms: Iterable[int]) -> tuple[NoShowRecord, ...]:
    """The current records of the rooms, read with the rooms' new state."""
    records = (
        NoShowRecord.objects.filter(booking_room__in=rooms)
        .exclude(outcome=Outcome.REVERSED)
        .select_related("fee_line", "booking_room__booking__guest", "booking_room__folio")
        .order_by("pk")
    )
    return tuple(records)
