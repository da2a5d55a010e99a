"""Document numbers per hotel, kind and year, without gaps (domain rule 5).

The counter stays locked until the transaction that inserts the documents ends. A rollback returns
its numbers, and no other transaction can have taken later ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max

from hotels.models import Hotel, Invoice, InvoiceSeries
from hotels.prepared import prepared_cursor

_USED = """
    SELECT number FROM hotels_invoice
    WHERE hotel_id = %s AND kind <> %s AND year = %s AND sequence BETWEEN %s AND %s
        AND SUBSTR(number, 1, %s) = %s
    ORDER BY issue_date DESC, sequence DESC LIMIT 1
"""


class PrefixTaken(Exception):
    """The prefix of a series gives numbers that the other series has used."""


@dataclass(frozen=True, kw_only=True)
class NumberRange:
    """`count` consecutive numbers from `first` on, with one issue date."""

    prefix: str
    issue_date: date
    first: int
    count: int

    def sequences(self) -> range:
        """The sequence numbers, in order."""
        return range(self.first, self.first + self.count)

    def text(self, sequence: int) -> str:
        """The document number of a sequence number: `INV-2026-000001`."""
        return f"{self.prefix}-{self.issue_date.year}-{sequence:06d}"


def last_issue_dates(*, hotels: Iterable[Hotel]) -> dict[int, date]:
    """The date of the last invoice or credit note by hotel id; none for a hotel without one."""
    series = InvoiceSeries.objects.filter(hotel__in=hotels, last_issue_date__isnull=False)
    rows = series.order_by().values_list("hotel_id").annotate(Max("last_issue_date"))
    return dict(rows)


def take_numbers(
    *,
    hotel: Hotel,
    kind: Invoice.Kind,
    count: int,
    now: datetime,
    not_before: date | None = None,
) -> NumberRange:
    """Take the next `count` numbers. Call it in the transaction that uses them.

    The issue date is the hotel's local date at `now`, or the kind's latest issue date if that is
    later: issue dates never go backwards. Jobs refuse a real run at an earlier effective time; this
    rule remains for a clock that was set back and for a run that was waiting at midnight. A credit
    note is not issued before its invoice, whose issue date is passed as `not_before`. Raises
    PrefixTaken when the hotel's other series has used one of the numbers.
    """
    counters = {counter.year: counter for counter in _locked(hotel=hotel, kind=kind)}
    known = [hotel.local_date(now), *(counter.last_issue_date for counter in counters.values())]
    day = max(each for each in (*known, not_before) if each is not None)
    counter = counters.get(day.year) or InvoiceSeries(hotel=hotel, kind=kind, year=day.year)
    first = counter.last_number + 1
    counter.last_number += count
    counter.last_issue_date = day
    counter.save()
    prefix = hotel.invoice_prefix if kind == Invoice.Kind.INVOICE else hotel.credit_note_prefix
    taken = NumberRange(prefix=prefix, issue_date=day, first=first, count=count)
    _refuse_used(taken, hotel=hotel, kind=kind)
    return taken


def _refuse_used(taken: NumberRange, *, hotel: Hotel, kind: Invoice.Kind) -> None:
    """The form of the hotel refuses such a prefix; one written in SQL is found here."""
    year, last = taken.issue_date.year, taken.first + taken.count - 1
    start = f"{taken.prefix}-{year}-"
    values: list[Any] = [hotel.pk, kind.value, year, taken.first, last, len(start), start]
    with prepared_cursor() as cursor:
        cursor.execute(_USED, values)
        used = cursor.fetchone()
    if used is not None:
        raise PrefixTaken(
            f"The prefix {taken.prefix} was used for {used[0]}: choose another prefix for the "
            f"{kind.label}s in the hotel's settings."
        )


def _locked(*, hotel: Hotel, kind: Invoice.Kind) -> list[InvoiceSeries]:
    """The counters of the kind, one for each year, locked.

    Every transaction locks the first counter, so that two years are never counted at the same
    time. Before the first counter exists, it locks the hotel.
    """
    counters = InvoiceSeries.objects.filter(hotel=hotel, kind=kind)
    if counters.locked().first() is None:
        Hotel.objects.locked().get(pk=hotel.pk)
        counters.locked().first()
    # Read again: another transaction may have added a year during the wait.
    return list(counters.order_by("year"))
