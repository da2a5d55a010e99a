"""The no-show records people read: newest first, those left for a person before all others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hotels.console.badges import Badge
from hotels.console.keyset import newest, older_than
from hotels.models import Hotel, NoShowRecord
from hotels.models.literal import Literal
from hotels.models.scoping import HotelScopedQuerySet
from hotels.no_shows import rules
from hotels.no_shows.manager_actions import DECISIONS, ManagerAction
from hotels.roles import Access

PAGE = 50
TO_DECIDE_SHOWN = 20
Outcome = NoShowRecord.Outcome
Records = HotelScopedQuerySet[NoShowRecord]

# Tone and icon of each outcome; its word is the third sign.
_LOOKS = {
    Outcome.REVIEW: ("warn", "help"),
    Outcome.APPLIED: ("bad", "person_off"),
    Outcome.RELEASED: ("off", "event_busy"),
    Outcome.WAIVED: ("good", "money_off"),
    Outcome.REVERSED: ("wait", "undo"),
}
_RULES: dict[str, str | Promise] = {
    rules.RELEASE: _("Not guaranteed, nobody came: released without a fee"),
    rules.NO_SHOW: _("Guaranteed, nobody came: the fee of its policy"),
    rules.REVIEW: _("Others of the booking are in house: left for a person"),
}


@dataclass(frozen=True, kw_only=True)
class NoShowRow:
    """A record as shown, with what the person who looks at it may decide."""

    record: NoShowRecord
    state: Badge
    rule: str
    decisions: tuple[ManagerAction, ...]


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A page of rows; `older` is where the next begins, None on the last."""

    rows: tuple[NoShowRow, ...]
    older: int | None


def to_decide(
    *, hotels: Sequence[Hotel], access: Access, before: int | None = None, size: int = PAGE
) -> Listed:
    """What waits for a person in some hotels, of any age; `before` as in `decided`."""
    rows = _of(hotels, before=before).filter(outcome=Literal(Outcome.REVIEW))
    return _listed(rows, access, size=size)


def decided(
    *,
    hotels: Sequence[Hotel],
    access: Access,
    since: datetime,
    outcome: str = "",
    before: int | None = None,
) -> Listed:
    """The other records made since an instant, one `outcome` or all.

    `before` is the key of the last record of the page before. Raises NoShowRecord.DoesNotExist
    when it is none of these hotels'.
    """
    rows = _of(hotels, before=before).filter(created_at__gte=since)
    rows = rows.filter(outcome=outcome) if outcome else rows.exclude(outcome=Outcome.REVIEW)
    return _listed(rows, access, size=PAGE)


def row_of(record: NoShowRecord, *, access: Access) -> NoShowRow:
    """One record with its looks."""
    tone, icon = _LOOKS[Outcome(record.outcome)]
    return NoShowRow(
        record=record,
        state=Badge(tone=tone, icon=icon, words=record.get_outcome_display()),
        rule=str(_RULES.get(record.rule, record.rule)),
        decisions=tuple(
            decision
            for decision in DECISIONS.values()
            if decision.fits(record)
            and access.may(action=decision.action, hotel_id=record.hotel_id)
        ),
    )


def with_all(rows: Records) -> Records:
    """With what a row shows, so that no row asks for more."""
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


def _listed(rows: Records, access: Access, *, size: int) -> Listed:
    found = newest(with_all(rows), by="created_at", size=size)
    return Listed(
        rows=tuple(row_of(record, access=access) for record in found.rows), older=found.older
    )
