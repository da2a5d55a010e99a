"""Numbers of issued documents: per hotel, kind and year, without a gap (domain rule 5).

The counter is locked in the transaction that inserts the documents, so whoever loses a race or
fails gives the numbers back by rolling back; nobody else has taken later ones meanwhile.
"""

from dataclasses import dataclass
from datetime import date, datetime

from hotels.models import Hotel, Invoice, InvoiceSeries


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """`count` numbers in a row, from `first` on, all of one issue date."""

    prefix: str
    issue_date: date
    first: int
    count: int

    def sequences(self) -> range:
        """The bare numbers, in order."""
        return range(self.first, self.first + self.count)

    def text(self, sequence: int) -> str:
        """`INV-2026-000001`."""
        return f"{self.prefix}-{self.issue_date.year}-{sequence:06d}"


def take(
    *,
    hotel: Hotel,
    kind: Invoice.Kind,
    count: int,
    now: datetime,
    not_before: date | None = None,
) -> Numbers:
    """Take the next `count` numbers; to be called in the transaction that uses them.

    The issue date is the hotel's local date at `now`, or the latest issue date of the kind where
    that is later: issue dates never run backwards, whatever instant a run is given as its now. A
    credit note is `not_before` the invoice it corrects.
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
    return Numbers(prefix=prefix, issue_date=day, first=first, count=count)


def _locked(*, hotel: Hotel, kind: Invoice.Kind) -> list[InvoiceSeries]:
    """The counters of the kind, a year each, locked against everyone.

    All wait at the oldest, so that two years never count at once; before there is one, at the
    hotel.
    """
    counters = InvoiceSeries.objects.filter(hotel=hotel, kind=kind).order_by("year")
    oldest = counters.select_for_update()
    if oldest.first() is None:
        Hotel.objects.select_for_update(no_key=True).get(pk=hotel.pk)
        oldest.first()
    # Asked anew: a year may have begun while waiting.
    return list(counters)
