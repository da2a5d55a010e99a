"""What a file of bookings says about the state of each booking at the end of a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from hotels.importing.records import Record, StayOutcome
from hotels.models import BookingRoom

Status = BookingRoom.Status


class OutcomeDates(Enum):
    """Which date of an outcome counts; they differ on a few lines (docs/adr/0003).

    RECORDED: the day the hotel put it on record, `reservation_status_date`. Books as the hotel saw
    them. HAPPENED: the day it took place: departure on arrival + nights, a no-show on the arrival
    date, a cancellation between being made and the arrival date. Needed to let days happen.
    """

    RECORDED = "recorded"
    HAPPENED = "happened"

    def of(self, record: Record) -> date:
        """The day from which the record's outcome is a fact."""
        if self is OutcomeDates.RECORDED:
            return record.recorded_date
        if record.outcome is StayOutcome.CHECKED_OUT:
            return record.departure_date
        if record.outcome is StayOutcome.NO_SHOW:
            return record.arrival_date
        return min(max(record.recorded_date, record.made_date), record.arrival_date)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A booking on the books: its status, and the day it ended if it has."""

    record: Record
    status: BookingRoom.Status
    ended_date: date | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.ended_date is not None


_ENDED = {
    StayOutcome.CHECKED_OUT: Status.CHECKED_OUT,
    StayOutcome.CANCELLED: Status.CANCELLED,
    StayOutcome.NO_SHOW: Status.NO_SHOW,
}


def books_at(*, records: Iterable[Record], as_of: date, outcomes: OutcomeDates) -> list[Entry]:
    """The books at the end of `as_of`; bookings made later (arrival − lead time) are not in it."""
    return [
        _entry(record=record, as_of=as_of, ended=outcomes.of(record))
        for record in records
        if record.made_date <= as_of
    ]


def _entry(*, record: Record, as_of: date, ended: date) -> Entry:
    if ended <= as_of:
        return Entry(record=record, status=_ENDED[record.outcome], ended_date=ended)
    arrived = record.outcome is StayOutcome.CHECKED_OUT and record.arrival_date <= as_of
    return Entry(record=record, status=Status.CHECKED_IN if arrived else Status.CONFIRMED)
