"""What the days of a replay came to: a row a day, and their total."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rich.table import Table

from hotels import money
from hotels.importing.diary import Page
from hotels.models import (
    BookingNight,
    BookingRoom,
    Hotel,
    HousekeepingTask,
    Invoice,
    NoShowRecord,
    Room,
)
from jobs.runner import Outcome

INVOICES = "generate-invoices"
HEADINGS = {
    "departures": "Left",
    "new_bookings": "Booked",
    "cancellations": "Cancelled",
    "arrivals": "Arrived",
    "day_use": "Day use",
    "in_house": "In house",
    "departure_tasks": "Departure cleans",
    "stayover_tasks": "Stayover cleans",
    "no_shows": "No-shows",
    "invoices": "Invoices",
    "amount": "Amount",
    "no_show_invoices": "Fee invoices",
    "no_show_amount": "Fees",
    "skipped": "Not invoiced",
    "occupancy": "Occupied %",
}


@dataclass(frozen=True, kw_only=True)
class DayRow:
    """One day and its night, or the total of several.

    Departures and arrivals are of stays with nights, day use stands apart. Amounts are of stays'
    invoices, those of no-show fees stand apart. `skipped` counts the stays ended without an
    invoice, by reason; `in_house` and `rooms` are the rooms slept in tonight, and those there are.
    """

    departures: int
    new_bookings: int
    cancellations: int
    arrivals: int
    day_use: int
    in_house: int
    rooms: int
    departure_tasks: int
    stayover_tasks: int
    no_shows: int
    invoices: int
    amount: Decimal
    no_show_invoices: int
    no_show_amount: Decimal
    skipped: Counter[str]

    @property
    def occupancy(self) -> Decimal:
        """Rooms slept in, in percent of all, two decimals; 0 without a room (rule 4)."""
        share = Decimal(100 * self.in_house) / self.rooms if self.rooms else Decimal(0)
        return share.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

    def payload(self) -> dict[str, Any]:
        """As JSON: camelCase, amounts and percent as decimal text."""
        return {_camel(name): _plain(getattr(self, name)) for name in HEADINGS}

    def cells(self) -> list[str]:
        """As the table shows it."""
        return [_shown(getattr(self, name)) for name in HEADINGS]


def total_of(rows: Sequence[DayRow]) -> DayRow:
    """The sum of days; its occupancy is that of all their nights together."""
    return DayRow(
        **{
            each.name: sum(
                (getattr(row, each.name) for row in rows[1:]), getattr(rows[0], each.name)
            )
            for each in fields(DayRow)
        }
    )


def table(rows: Iterable[tuple[date, DayRow]]) -> Table:
    """A line a day, and the total below."""
    grid = Table("Date", pad_edge=False, show_footer=True)
    shown = list(rows)
    total = total_of([row for _, row in shown])
    grid.columns[0].footer = "Total"
    for heading, cell in zip(HEADINGS.values(), total.cells(), strict=True):
        grid.add_column(heading, footer=cell, justify="right")
    for day, row in shown:
        grid.add_row(day.isoformat(), *row.cells())
    return grid


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Opened before a day begins, to find afterwards what belongs to it."""

    hotel: Hotel
    day: date
    last_invoice: int
    results: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def open(cls, *, hotel: Hotel, day: date) -> "Ledger":
        """The ledger of a day that has yet to begin."""
        newest = Invoice.objects.of_hotel(hotel).order_by("pk").values_list("pk", flat=True).last()
        return cls(hotel=hotel, day=day, last_invoice=newest or 0)

    def note(self, job_name: str, outcome: Outcome) -> None:
        """Keep what a job answered; its last run of the day counts."""
        self.results[job_name] = outcome.result or {}

    def row(self, page: Page) -> DayRow:
        """What the day came to, counted in the books after its night."""
        stays, fees = self._invoiced()
        tasks = self._tasks()
        return DayRow(
            departures=len(page.departures),
            new_bookings=len(page.bookings),
            cancellations=len(page.cancellations),
            arrivals=len(page.arrivals),
            day_use=len(page.day_use),
            in_house=self._slept_in(),
            rooms=Room.objects.filter(hotel=self.hotel, active=True).count(),
            departure_tasks=tasks[HousekeepingTask.Kind.DEPARTURE],
            stayover_tasks=tasks[HousekeepingTask.Kind.STAYOVER],
            no_shows=self._no_shows(),
            invoices=len(stays),
            amount=money.total(stays, currency=self.hotel.currency),
            no_show_invoices=len(fees),
            no_show_amount=money.total(fees, currency=self.hotel.currency),
            skipped=self._skipped(page),
        )

    def _slept_in(self) -> int:
        tonight = BookingNight.objects.filter(hotel=self.hotel, date=self.day, released=False)
        return tonight.filter(booking_room__status=BookingRoom.Status.CHECKED_IN).count()

    def _tasks(self) -> Counter[str]:
        worked = (HousekeepingTask.Status.DONE, HousekeepingTask.Status.INSPECTED)
        tasks = HousekeepingTask.objects.filter(hotel=self.hotel, date=self.day, status__in=worked)
        return Counter(tasks.values_list("kind", flat=True))

    def _no_shows(self) -> int:
        records = NoShowRecord.objects.filter(hotel=self.hotel, arrival_date=self.day)
        return records.filter(outcome=NoShowRecord.Outcome.APPLIED).count()

    def _invoiced(self) -> tuple[list[Decimal], list[Decimal]]:
        """The totals of today's invoices: of stays, and of fees of guests who did not come."""
        new = Invoice.objects.filter(
            hotel=self.hotel, pk__gt=self.last_invoice, kind=Invoice.Kind.INVOICE
        )
        of_no_shows = BookingRoom.objects.filter(
            hotel=self.hotel, status=BookingRoom.Status.NO_SHOW
        )
        fee = set(new.filter(folio__in=of_no_shows.values("folio")).values_list("pk", flat=True))
        stays: list[Decimal] = []
        fees: list[Decimal] = []
        for pk, gross in new.values_list("pk", "gross"):
            (fees if pk in fee else stays).append(gross)
        return stays, fees

    def _skipped(self, page: Page) -> Counter[str]:
        ended = {record.reference for record in (*page.departures, *page.day_use)}
        skipped = self.results.get(INVOICES, {}).get("skipped", [])
        return Counter(
            item["reason"] for item in skipped if item["folio"].partition("#")[0] in ended
        )


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def _plain(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def _shown(value: Any) -> str:
    if isinstance(value, Counter):
        return ", ".join(f"{count} {reason}" for reason, count in sorted(value.items()))
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
