"""Events of each day, from a file of bookings."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from hotels.importing.booking_states import OutcomeDates
from hotels.importing.records import Record, StayOutcome


@dataclass(frozen=True, kw_only=True)
class DayEvents:
    """Bookings with an event on one day, by event."""

    departures: list[Record] = field(default_factory=list)
    bookings: list[Record] = field(default_factory=list)
    cancellations: list[Record] = field(default_factory=list)
    arrivals: list[Record] = field(default_factory=list)
    day_use: list[Record] = field(default_factory=list)


def events_by_day(*, records: Iterable[Record], after: date) -> dict[date, DayEvents]:
    """Return the events of the days after `after`, dated when they happened.

    A no-show has no event: the guest does not arrive.
    """
    pages: dict[date, DayEvents] = defaultdict(DayEvents)
    for record in records:
        ended = OutcomeDates.HAPPENED.of(record)
        if record.made_date > after:
            pages[record.made_date].bookings.append(record)
        if record.outcome is StayOutcome.CANCELLED and ended > after:
            pages[ended].cancellations.append(record)
        if record.outcome is StayOutcome.CHECKED_OUT and record.arrival_date > after:
            page = pages[record.arrival_date]
            (page.arrivals if record.nights else page.day_use).append(record)
        if record.outcome is StayOutcome.CHECKED_OUT and record.nights and ended > after:
            pages[ended].departures.append(record)
    return pages
