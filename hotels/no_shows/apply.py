"""Write no-show decisions in bulk: statuses, fees, records, nights, folios, availability."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from hotels import availability, phrases
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
from hotels.models.invoice_settings import ZeroTaxReason
from hotels.models.literal import Literal
from hotels.models.scoping import HotelScopedQuerySet
from hotels.no_shows.events import publish_recorded
from hotels.no_shows.fee_folios import FeeFolio, choose_folios
from hotels.no_shows.folio_settlement import SettledFolios, settle_folios
from hotels.no_shows.stays import BookedNight
from hotels.no_shows.verdicts import ROOM_STATUS, Outcome, Verdict
from hotels.row_writes import insert_rows, update_rows

REASON_LENGTH = 400


class _Written(NamedTuple):
    """A stored record, and the folio of its room if the room is charged or released."""

    record: NoShowRecord
    folio: Folio | None


@dataclass(frozen=True, kw_only=True)
class AppliedVerdicts:
    """The rows written; records come with their room, its booking and guest.

    `unused_deposits` has one sentence for each booking with a deposit that paid for nothing.
    """

    records: tuple[NoShowRecord, ...] = ()
    unused_deposits: tuple[str, ...] = ()
    failures: tuple[Failure[Verdict], ...] = ()
    settled: SettledFolios = field(default_factory=SettledFolios)
    availability: Sequence[RoomAvailability] = ()


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
    chosen = choose_folios(decisions=decisions)
    today = hotel.business_date(now)
    nights = {d.candidate.room.pk: _nights_to_free(d, today=today) for d in decisions}
    written: dict[int, _Written] = {}
    write = partial(_write, hotel=hotel, now=now, chosen=chosen, nights=nights, written=written)
    failures = write_isolated(decisions, write=write, checkpoint=checkpoint)
    failed = {failure.row.candidate.room.pk for failure in failures}
    records = _records(each for pk, each in written.items() if pk not in failed)
    publish_recorded(records, hotel=hotel, now=now)
    freed = [night for record in records for night in nights[record.booking_room_id]]
    changed = availability.recompute(
        hotel=hotel, wanted=[(night.room_type, night.date) for night in freed], now=now
    )
    ended = [chosen[r.booking_room_id] for r in records if r.outcome in ROOM_STATUS]
    left = [each.left for each in ended if each.left is not None]
    return AppliedVerdicts(
        records=records,
        unused_deposits=tuple(
            f"{record.booking_room}: {chosen[record.booking_room_id].note}"
            for record in records
            if record.booking_room_id in chosen and chosen[record.booking_room_id].note
        ),
        failures=tuple(failures),
        settled=settle_folios(hotel=hotel, records=records, left=left, now=now),
        availability=changed.changed,
    )


def _write(
    decisions: Sequence[Verdict],
    *,
    hotel: Hotel,
    now: datetime,
    chosen: Mapping[int, FeeFolio],
    nights: Mapping[int, Sequence[BookedNight]],
    written: dict[int, _Written],
) -> None:
    folios = _open_folios(decisions, hotel=hotel, chosen=chosen)
    lines = _post_fees(decisions, hotel=hotel, folios=folios, now=now)
    _supersede(decisions, now=now)
    records = [
        _record(
            d,
            hotel=hotel,
            line=lines.get(d.candidate.room.pk),
            nights_freed=len(nights[d.candidate.room.pk]),
            note=chosen[d.candidate.room.pk].note if d.candidate.room.pk in chosen else "",
            now=now,
        )
        for d in decisions
    ]
    insert_rows(records)
    update_rows(list(_ended_rooms(decisions, folios)), ["status", "folio"])
    freed = [night for d in decisions for night in nights[d.candidate.room.pk]]
    update_rows([BookingNight(pk=night.pk, released=True) for night in freed], ["released"])
    for record in records:
        key = record.booking_room_id
        written[key] = _Written(record=record, folio=folios.get(key))


def _ended_rooms(
    decisions: Iterable[Verdict], folios: Mapping[int, Folio]
) -> Iterator[BookingRoom]:
    """The rooms charged or released, with their new status and folio."""
    for decision in (d for d in decisions if d.outcome in ROOM_STATUS):
        room = decision.candidate.room
        folio = folios[room.pk].pk if room.pk in folios else room.folio_id
        yield BookingRoom(pk=room.pk, status=ROOM_STATUS[decision.outcome], folio_id=folio)


def _open_folios(
    decisions: Iterable[Verdict], *, hotel: Hotel, chosen: Mapping[int, FeeFolio]
) -> dict[int, Folio]:
    """The open folio of each room charged or released; a new one for a fee without a folio."""
    folios: dict[int, Folio] = {}
    new: list[Folio] = []
    for decision in (d for d in decisions if d.outcome in ROOM_STATUS):
        room = decision.candidate.room
        folio = chosen[room.pk].folio
        if folio is None:
            if not decision.fee.gross:
                continue
            booking, number = room.booking, chosen[room.pk].number
            folio = Folio(hotel=hotel, booking=booking, payer=booking.guest, number=number)
            new.append(folio)
        folios[room.pk] = folio
    insert_rows(new)
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
            description=phrase.text_in_english(),
            phrase=phrase.to_json(),
            currency=d.candidate.room.booking.currency,
            tax_rate=d.tax_rate,
            zero_tax_reason="" if d.candidate.agreed_terms.taxed else ZeroTaxReason.COMPENSATION,
            net=d.fee.net,
            tax=d.fee.tax,
            gross=d.fee.gross,
            source_key=f"no-show:{d.candidate.room.pk}:{d.candidate.records_before + 1}",
        )
        for d, phrase in ((d, _description(d)) for d in decisions)
        if d.fee.gross
    ]
    insert_rows(lines)
    return {line.booking_room_id or 0: line for line in lines}


def _description(decision: Verdict) -> phrases.Phrase:
    room = decision.candidate.room
    return phrases.no_show_fee(room=str(room), arrival=room.arrival_date)


def _supersede(decisions: Iterable[Verdict], *, now: datetime) -> None:
    old = [d.candidate.last_record.pk for d in decisions if d.candidate.last_record is not None]
    if not old:
        return
    NoShowRecord.objects.filter(pk__in=old).exclude(outcome=Outcome.REVERSED).update(
        outcome=Outcome.REVERSED,
        decided_at=now,
        decision_note="The arrival date or expected arrival was changed; decided again.",
    )


def _record(
    decision: Verdict,
    *,
    hotel: Hotel,
    line: FolioLine | None,
    nights_freed: int,
    note: str,
    now: datetime,
) -> NoShowRecord:
    room = decision.candidate.room
    return NoShowRecord(
        hotel=hotel,
        booking_room=room,
        outcome=decision.outcome,
        rule=decision.rule,
        reason=_with_note(decision.reason, note),
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


def _with_note(reason: str, note: str) -> str:
    """Reason and note in the length of the column; the reason is cut before the note."""
    room_left = REASON_LENGTH - len(note) - 1 if note else REASON_LENGTH
    if len(reason) > room_left:
        reason = reason[: max(room_left - 1, 0)] + "…"
    return f"{reason} {note}".strip()[:REASON_LENGTH]


def _nights_to_free(decision: Verdict, *, today: date) -> list[BookedNight]:
    """The nights to release: those from the business date on; earlier ones stay sold.

    A room that waits for a decision keeps its nights until its departure date has passed.
    """
    if decision.outcome in ROOM_STATUS or decision.candidate.departed:
        return [night for night in decision.candidate.nights if night.date >= today]
    return []


def lock_reviews(*, hotel: Hotel) -> None:
    """Lock the records that `close_outdated_reviews` may close.

    Call it before `apply_verdicts`, which locks room types: a user's decision locks them in the
    same order.
    """
    list(_under_review(hotel).locked().only("pk"))


def _under_review(hotel: Hotel) -> HotelScopedQuerySet[NoShowRecord]:
    return NoShowRecord.objects.filter(hotel=hotel, outcome=Literal(Outcome.REVIEW))


def close_outdated_reviews(*, hotel: Hotel, now: datetime) -> list[NoShowRecord]:
    """Close the records under review that need no decision any more, and return them.

    The room is no longer confirmed, because its guest arrived or cancelled, or its arrival was
    changed, so that the check will decide again. Call it after `apply_verdicts`.
    """
    today = hotel.business_date(now)
    waiting = _under_review(hotel)
    outdated = [
        record
        for record in waiting.select_related("booking_room__booking").order_by("pk")
        if _is_outdated(record, today=today)
    ]
    if outdated:
        NoShowRecord.objects.filter(
            pk__in=[record.pk for record in outdated], outcome=Outcome.REVIEW
        ).update(
            outcome=Outcome.REVERSED,
            decided_at=now,
            decision_note="No decision is needed any more: the status or the arrival was changed.",
        )
    return outdated


def _is_outdated(record: NoShowRecord, *, today: date) -> bool:
    room = record.booking_room
    if room.status != BookingRoom.Status.CONFIRMED:
        return True
    moved = (record.arrival_date, record.eta) != (room.arrival_date, room.eta)
    return moved and room.departure_date >= today


def _records(written: Iterable[_Written]) -> tuple[NoShowRecord, ...]:
    """The stored records in their order, with their rooms as they are now."""
    records = []
    for record, folio in written:
        room = record.booking_room
        if record.outcome in ROOM_STATUS:
            room.status = ROOM_STATUS[Outcome(record.outcome)]
            if folio is not None:
                room.folio = folio
        records.append(record)
    return tuple(sorted(records, key=lambda record: record.pk))
