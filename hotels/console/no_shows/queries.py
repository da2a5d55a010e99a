"""Queries for no-show records: newest first, those waiting for a decision before all others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hotels.console.badges import Badge
from hotels.console.keyset import newest, older_than
from hotels.models import Folio, Hotel, NoShowRecord
from hotels.models.literal import Literal
from hotels.models.scoping import HotelScopedQuerySet
from hotels.no_shows.folio_settlement import accounts_of
from hotels.no_shows.labels import rule_label
from hotels.no_shows.manager_actions import DECISIONS, ManagerAction
from hotels.roles import Access

PAGE = 50
TO_DECIDE_SHOWN = 20
Outcome = NoShowRecord.Outcome
Records = HotelScopedQuerySet[NoShowRecord]

_TONES_AND_ICONS = {
    Outcome.REVIEW: ("warn", "help"),
    Outcome.APPLIED: ("bad", "person_off"),
    Outcome.RELEASED: ("off", "event_busy"),
    Outcome.WAIVED: ("good", "money_off"),
    Outcome.REVERSED: ("wait", "undo"),
}


@dataclass(frozen=True, kw_only=True)
class NoShowRow:
    """A record as shown, with the decisions the user may take.

    `surplus` is the part of its deposit surplus that is still on the folio: less once it is
    refunded or moved.
    """

    record: NoShowRecord
    outcome: Badge
    rule: str
    decisions: tuple[ManagerAction, ...]
    surplus: Decimal


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A page of rows; `older` is the key after which the next page starts, None on the last."""

    rows: tuple[NoShowRow, ...]
    older: int | None


def to_decide(
    *,
    hotels: Sequence[Hotel],
    access: Access,
    now: datetime,
    before: int | None = None,
    size: int = PAGE,
) -> Listed:
    """Return the records of `hotels` that wait for a decision, of any age.

    `before` is the key of the last record of the previous page. Raises NoShowRecord.DoesNotExist
    when it is not a record of these hotels.
    """
    rows = _of(hotels, before=before).filter(outcome=Literal(Outcome.REVIEW))
    return _listed(rows, access, now=now, size=size)


def decided(
    *,
    hotels: Sequence[Hotel],
    access: Access,
    now: datetime,
    since: datetime,
    outcome: str = "",
    before: int | None = None,
) -> Listed:
    """Return the other records created at or after `since`, of one `outcome` or of all.

    `before` is the key of the last record of the previous page. Raises NoShowRecord.DoesNotExist
    when it is not a record of these hotels.
    """
    rows = _of(hotels, before=before).filter(created_at__gte=since)
    rows = rows.filter(outcome=outcome) if outcome else rows.exclude(outcome=Outcome.REVIEW)
    return _listed(rows, access, now=now, size=PAGE)


def row_of(
    record: NoShowRecord, *, access: Access, now: datetime, surplus: Decimal | None = None
) -> NoShowRow:
    """Return the record with its badge, its rule as text and the decisions the user may take.

    `surplus` is what is left of the deposit surplus; None: all of it.
    """
    tone, icon = _TONES_AND_ICONS[Outcome(record.outcome)]
    return NoShowRow(
        record=record,
        outcome=Badge(tone=tone, icon=icon, text=record.get_outcome_display()),
        rule=rule_label(record.rule),
        decisions=tuple(
            decision
            for decision in DECISIONS.values()
            if decision.fits(record, now)
            and access.may(action=decision.action, hotel_id=record.hotel_id)
        ),
        surplus=record.deposit_surplus if surplus is None else surplus,
    )


def with_all(rows: Records) -> Records:
    """Join everything a row shows, so that no row needs a further query."""
    return rows.select_related(
        "hotel",
        "booking_room__booking__guest",
        "booking_room__room",
        "booking_room__room_type",
        "decided_by",
    )


def _of(hotels: Sequence[Hotel], *, before: int | None) -> Records:
    rows = NoShowRecord.objects.filter(hotel__in=[hotel.pk for hotel in hotels])
    found: Records = older_than(rows, by="created_at", before=before)
    return found


def _listed(rows: Records, access: Access, *, now: datetime, size: int) -> Listed:
    found = newest(with_all(rows), by="created_at", size=size)
    left = _surplus_left(found.rows)
    return Listed(
        rows=tuple(
            row_of(each, access=access, now=now, surplus=left.get(each.pk)) for each in found.rows
        ),
        older=found.older,
    )


def _surplus_left(records: Iterable[NoShowRecord]) -> dict[int, Decimal]:
    """The part of each record's deposit surplus that is still on its folio, by the record's key.

    Four queries, or none without a surplus.
    """
    noted = {each: each.booking_room.folio_id for each in records if each.deposit_surplus}
    keys = {folio for folio in noted.values() if folio}
    folios = Folio.objects.filter(pk__in=keys).select_related("hotel") if keys else ()
    accounts = accounts_of(folios) if keys else {}
    return {
        record.pk: min(record.deposit_surplus, accounts[folio].surplus)
        for record, folio in noted.items()
        if folio
    }
