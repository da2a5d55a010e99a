"""Put away what is over, so that a year costs no more a day than a week.

Nothing may happen to it any more: it is compared once more in the end.
"""

from dataclasses import dataclass, field
from datetime import date

from tests.simulation.oracle import dates
from tests.simulation.oracle.books import Available, Booking, Books, Task

KEPT = 30 * dates.DAY
OVER = ("CHECKED_OUT", "CANCELLED", "RELEASED", "NO_SHOW")


@dataclass(kw_only=True)
class Archive:
    """Bookings, cleans and availability of long ago."""

    bookings: dict[int, Booking] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)
    rows: dict[tuple[int, date], Available] = field(default_factory=dict)

    def put_away(self, books: Books, today: date) -> None:
        """Take what is over out of the books."""
        for booking in [each for each in books.bookings.values() if _over(each, today)]:
            self.bookings[booking.pk] = books.bookings.pop(booking.pk)
        first = min([today - KEPT, *(task.day for task in books.tasks if task.open)])
        self.tasks += [task for task in books.tasks if task.day < first]
        books.tasks = [task for task in books.tasks if task.day >= first]
        for key in [key for key in books.rows if key[1] < today - KEPT]:
            self.rows[key] = books.rows.pop(key)

    def put_back(self, books: Books) -> None:
        """Put everything back into the books."""
        books.bookings |= self.bookings
        books.tasks += self.tasks
        books.rows |= self.rows


def _over(booking: Booking, today: date) -> bool:
    ended = all(stay.status in OVER and stay.departure < today - KEPT for stay in booking.stays)
    waiting = any(
        folio.status == "COMPLETED" and any(line.open for line in folio.lines)
        for folio in booking.folios
    )
    return ended and not waiting
