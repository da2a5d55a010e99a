"""One booking of a file: what was booked, and its outcome."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum


class ImportRefused(Exception):
    """The file or an option cannot be accepted; the message is one sentence for the user."""


class StayOutcome(Enum):
    """Outcome of a booking; the values are those of the file."""

    CHECKED_OUT = "Check-Out"
    CANCELLED = "Canceled"
    NO_SHOW = "No-Show"


class Deposit(Enum):
    """Deposit type; the values are those of the file."""

    NONE = "No Deposit"
    NON_REFUND = "Non Refund"
    REFUNDABLE = "Refundable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One booking of one room; `recorded_date` is the day its outcome was recorded."""

    line: int
    made_date: date
    arrival_date: date
    nights: int
    outcome: StayOutcome
    recorded_date: date
    room_type: str
    adr: Decimal
    adults: int
    children: int
    country: str
    deposit: Deposit
    source: str
    notes: str

    @property
    def reference(self) -> str:
        """Booking reference, from the line number."""
        return reference(self.line)

    @property
    def departure_date(self) -> date:
        """Arrival + nights."""
        return self.arrival_date + timedelta(days=self.nights)

    @property
    def last_date(self) -> date:
        """Date of the last event of the booking."""
        return max(self.departure_date, self.recorded_date)


def reference(line: int) -> str:
    """Return the booking reference of a line: `L000123`."""
    return f"L{line:06d}"
