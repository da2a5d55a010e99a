"""State of each booking of a file at the end of a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from hotels.importing.records import Record, StayOutcome
from hotels.models import BookingRoom

Status = BookingRoom.Status


class OutcomeDates(Enum):
    """Date from which an outcome counts; the two differ on a few lines (docs/adr/0003).

    RECORDED: the date in the file, `reservation_status_date`. HAPPENED: the date it took place:
    check-out on arrival + nights, a no-show on the arrival date, a cancellation between booking and
    arrival date. A replay day by day needs HAPPENED.
    """

    RECORDED = "recorded"
    HAPPENED = "happened"

    def of(self, record: Record) -> date:
        """Return the day from which the outcome of `record` counts."""
        if self is OutcomeDates.RECORDED:
            return record.recorded_date
        if record.outcome is StayOutcome.CHECKED_OUT:
            return record.departure_date
        if record.outcome is StayOutcome.NO_SHOW:
            return record.arrival_date
        return min(max(record.recorded_date, record.made_date), record.arrival_date)


@dataclass(frozen=True, kw_only=True, slots=True)
class BookingState:
    """State of a booking on a day: its status, and the day it ended, if it has."""

    record: Record
    status: BookingRoom.Status
    ended_date: date | None = None

    @property
    def over(self) -> bool:
        """True if the booking has ended."""
        return self.ended_date is not None


_ENDED = {
    StayOutcome.CHECKED_OUT: Status.CHECKED_OUT,
    StayOutcome.CANCELLED: Status.CANCELLED,
    StayOutcome.NO_SHOW: Status.NO_SHOW,
}


def states_at(
    *, records: Iterable[Record], as_of: date, outcomes: OutcomeDates
) -> list[BookingState]:
    """Return the states at the end of `as_of`; a booking is made on arrival date − lead time."""
    return [
        _entry(record=record, as_of=as_of, ended=outcomes.of(record))
        for record in records
        if record.made_date <= as_of
    ]


def _entry(*, record: Record, as_of: date, ended: date) -> BookingState:
    if ended <= as_of:
        return BookingState(record=record, status=_ENDED[record.outcome], ended_date=ended)
    arrived = record.outcome is StayOutcome.CHECKED_OUT and record.arrival_date <= as_of
    return BookingState(record=record, status=Status.CHECKED_IN if arrived else Status.CONFIRMED)
