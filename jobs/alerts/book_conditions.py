"""Conditions about the books of hotels and about the system: not about one job."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo

from django.db.models import Count, Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels import formats
from hotels.action_items import OVERBOOKED, UNASSIGNED, ActionItem, action_items
from hotels.billing.open_charges import open_charges
from hotels.models import Folio, Hotel, Message
from hotels.roles import Access
from jobs.alerts.machine import Finding
from jobs.models import AlertKind, AlertRule, Tick

# A message that failed is news for so long; it stays under Messages.
FAILED_FOR = timedelta(hours=24)


class BookFacts:
    """Facts about the books of some hotels, read when first used, once for all rules."""

    def __init__(
        self, *, hotels: Mapping[int, Hotel], now: datetime, previous_tick: datetime | None
    ) -> None:
        self.hotels = hotels
        self.now = now
        self.previous_tick = previous_tick
        self._items: list[ActionItem] | None = None

    def items(self) -> list[ActionItem]:
        """The items on Home about which there are rules, in two queries."""
        if self._items is None:
            access = Access(everywhere=True, roles={})
            hotels = list(self.hotels.values())
            self._items = action_items(
                hotels=hotels, access=access, now=self.now, kinds=(OVERBOOKED, UNASSIGNED)
            )
        return self._items


def on_home(rule: AlertRule, facts: BookFacts) -> Iterator[Finding]:
    """Hotels that Home shows as overbooked or with unassigned cleaning tasks."""
    kind = OVERBOOKED if rule.kind == AlertKind.OVERBOOKED else UNASSIGNED
    for item in facts.items():
        if item.kind is kind and item.hotel is not None:
            yield Finding(group=rule.kind, hotel_id=item.hotel.pk, detail=item.text)


def stuck_invoices(rule: AlertRule, facts: BookFacts) -> Iterator[Finding]:
    """Hotels with folios that could have been invoiced long ago and are not; see `ready_at`."""
    limit = facts.now - timedelta(minutes=rule.minutes)
    counts: Counter[int] = Counter()
    rows = open_charges().filter(
        folio__hotel__in=list(facts.hotels),
        folio__status=Folio.Status.COMPLETED,
        folio__completed_at__lte=limit,
    )
    of_folios = rows.order_by().values_list("folio__hotel", "folio", "folio__completed_at")
    for hotel_id, _folio, completed_at, first in of_folios.annotate(Min("business_date")):
        zone = facts.hotels[hotel_id].zone
        counts[hotel_id] += ready_at(completed_at=completed_at, first=first, zone=zone) <= limit
    for hotel_id, count in counts.items():
        if not count:
            continue
        text = ngettext(
            "%(count)s completed folio is not invoiced.",
            "%(count)s completed folios are not invoiced.",
            count,
        )
        detail = text % {"count": formats.number(count)}
        yield Finding(group=rule.kind, hotel_id=hotel_id, detail=detail)


def ready_at(*, completed_at: datetime, first: date, zone: tzinfo) -> datetime:
    """Return when a folio could be invoiced, given the date of its first charge without document.

    That is when it was completed, or for a charge added later the end of its date.
    """
    if first <= completed_at.astimezone(zone).date():
        return completed_at
    return max(completed_at, datetime.combine(first + timedelta(days=1), time.min, zone))


def silent_outbox(rule: AlertRule, facts: BookFacts) -> Iterator[Finding]:
    """Hotels with messages that wait too long, or that failed in the last day."""
    limit = facts.now - timedelta(minutes=rule.minutes)
    of_hotels = Message.objects.filter(hotel__in=list(facts.hotels)).order_by()
    waiting = of_hotels.filter(status=Message.Status.WAITING, created_at__lte=limit)
    # A message for later is not late, nor one that is tried again.
    waiting = waiting.filter(next_attempt_at__lte=limit)
    failed = of_hotels.filter(status=Message.Status.FAILED, ended_at__gt=facts.now - FAILED_FOR)
    texts = {
        "waiting": lambda count: ngettext(
            "%(count)s message waits.", "%(count)s messages wait.", count
        ),
        "failed": lambda count: ngettext(
            "%(count)s message failed.", "%(count)s messages failed.", count
        ),
    }
    for state, rows in (("waiting", waiting), ("failed", failed)):
        for hotel_id, count in rows.values_list("hotel_id").annotate(Count("pk")):
            detail = texts[state](count) % {"count": formats.number(count)}
            yield Finding(group=f"{rule.kind}:{state}", hotel_id=hotel_id, detail=detail)


def silent_tick(rule: AlertRule, facts: BookFacts) -> Iterator[Finding]:
    """The tick, if the one before this came long ago."""
    before = facts.previous_tick
    if before is None:
        return
    silence = facts.now - before
    if silence > max(timedelta(minutes=rule.minutes), Tick.MAX_AGE):
        detail = _("No tick for %(age)s: due jobs did not start.")
        cause = detail % {"age": formats.lateness(silence)}
        yield Finding(group=rule.kind, hotel_id=None, cause=cause, detail=cause)
