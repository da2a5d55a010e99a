"""Expected results of a file of bookings, computed the simple way: row by row, night by night."""

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "data" / "bookings_sample.csv"
SHARED = ROOT.parent / "shared" / "data"
REAL = SHARED / "resort_bookings.csv"
NO_REAL = "the file of real bookings is missing (../shared/data)"

MONTHS = "January February March April May June July August September October November December"


@dataclass(frozen=True)
class Naive:
    """One accepted row of the file."""

    line: int
    arrival: date
    nights: int
    made: date
    status: str
    recorded: date
    type: str
    adr: Decimal

    @property
    def departure(self) -> date:
        return self.arrival + timedelta(days=self.nights)

    def slept(self) -> list[date]:
        return [self.arrival + timedelta(days=n) for n in range(self.nights)]


@cache
def naive_rows(path: Path) -> list[Naive]:
    """Return the rows with a room type, which nobody changes; the sample has one without."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [_row(line, row) for line, row in enumerate(csv.DictReader(file), start=2)]
    return [row for row in rows if row.type != "NULL"]


def _row(line: int, row: dict[str, str]) -> Naive:
    arrival = date(
        int(row["arrival_date_year"]),
        MONTHS.split().index(row["arrival_date_month"]) + 1,
        int(row["arrival_date_day_of_month"]),
    )
    return Naive(
        line=line,
        arrival=arrival,
        nights=int(row["stays_in_weekend_nights"]) + int(row["stays_in_week_nights"]),
        made=arrival - timedelta(days=int(row["lead_time"])),
        status=row["reservation_status"],
        recorded=date.fromisoformat(row["reservation_status_date"]),
        type=row["reserved_room_type"].strip(),
        adr=Decimal(row["adr"]),
    )


def on_books(rows: list[Naive], *, as_of: date, until: date) -> dict[tuple[str, date], int]:
    """Count the nights after `as_of` up to `until` sold at the end of `as_of`, by type and date."""
    sold: Counter[tuple[str, date]] = Counter()
    for row in rows:
        if row.made <= as_of and row.recorded > as_of:
            sold.update((row.type, night) for night in row.slept() if as_of < night <= until)
    return dict(sold)


def slept(rows: list[Naive], *, first: date, last: date) -> dict[tuple[str, date], int]:
    """Count the guests who slept in the hotel on each closed night, by type and date.

    Only guests who came count, not those who were expected: cancelled bookings and no-shows of the
    night were on the books of its evening.
    """
    found: Counter[tuple[str, date]] = Counter()
    for row in rows:
        if row.status == "Check-Out":
            found.update((row.type, night) for night in row.slept() if first <= night <= last)
    return dict(found)


def peak(rows: list[Naive]) -> dict[str, int]:
    """Return the highest number of rooms occupied on one night, by type."""
    nights: dict[str, Counter[date]] = defaultdict(Counter)
    for row in rows:
        nights[row.type].update(row.slept() if row.status == "Check-Out" else [])
    return {code: max(counts.values(), default=0) for code, counts in nights.items()}


def day_by_day(rows: list[Naive], day: date) -> dict[str, object]:
    """Return the expected figures of a replayed day."""
    stays = [row for row in rows if row.status == "Check-Out"]
    departing = [row for row in stays if row.departure == day]
    totals = [row.adr * row.nights for row in departing]
    return {
        "departures": sum(row.nights > 0 for row in departing),
        "arrivals": sum(row.arrival == day and row.nights > 0 for row in stays),
        "dayUse": sum(row.arrival == day and row.nights == 0 for row in stays),
        "inHouse": sum(day in row.slept() for row in stays),
        "departureTasks": sum(row.nights > 0 for row in departing),
        "stayoverTasks": sum(row.arrival < day < row.departure for row in stays),
        "noShows": sum(row.status == "No-Show" and row.arrival == day for row in rows),
        "invoices": sum(total > 0 for total in totals),
        "amount": f"{sum((t for t in totals if t > 0), Decimal('0.00')):.2f}",
        "notInvoiced": sum(total <= 0 for total in totals),
    }
