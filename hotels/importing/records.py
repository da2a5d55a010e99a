"""One line of a file of bookings, read: what was booked and what became of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum


class ImportRefused(Exception):
    """The file, or what was asked of it, is not acceptable; the message is one sentence."""


class StayOutcome(Enum):
    """What became of a booking in the end, as the file calls it."""

    CHECKED_OUT = "Check-Out"
    CANCELLED = "Canceled"
    NO_SHOW = "No-Show"


class Deposit(Enum):
    """What the guest left as a guarantee, as the file calls it."""

    NONE = "No Deposit"
    NON_REFUND = "Non Refund"
    REFUNDABLE = "Refundable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One booking of one room. `recorded_date` is the day its outcome was put on record."""

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
        """The booking's reference in the hotel's books: its line in the file."""
        return reference(self.line)

    @property
    def departure_date(self) -> date:
        """Arrival + nights."""
        return self.arrival_date + timedelta(days=self.nights)

    @property
    def last_date(self) -> date:
        """The last day on which anything happens to it."""
        return max(self.departure_date, self.recorded_date)


def reference(line: int) -> str:
    """The booking reference of a line: `L000123`."""
    return f"L{line:06d}"
