"""Daily figures of a replay, their total, and the table that shows them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rich.table import Table

from hotels import money
from hotels.importing.diary import DayEvents
from hotels.models import (
    BookingNight,
    BookingRoom,
    Hotel,
    HousekeepingTask,
    Invoice,
    NoShowRecord,
    Room,
)
from jobs.result_fields import camel_case
from jobs.runner import Outcome

INVOICES = "generate-invoices"
HEADINGS = {
    "departures": "Departures",
    "new_bookings": "New bookings",
    "cancellations": "Cancellations",
    "arrivals": "Arrivals",
    "day_use": "Day use",
    "in_house": "In house",
    "departure_tasks": "Departure cleans",
    "stayover_tasks": "Stay-over cleans",
    "no_shows": "No-shows",
    "invoices": "Invoices",
    "amount": "Invoiced",
    "no_show_invoices": "Fee invoices",
    "no_show_amount": "No-show fees",
    "skipped": "Not invoiced",
    "occupancy": "Occupancy %",
}


@dataclass(frozen=True, kw_only=True)
class ReplayedDay:
    """Figures of one day and the night after it, or the total of several days.

    `departures` and `arrivals` exclude day use. `invoices` and `amount` exclude no-show fees.
    `skipped` counts finished stays without an invoice, by reason. `in_house` is the number of
    rooms occupied in the night, `rooms` the number of active rooms.
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
        """Occupied rooms in percent of all rooms, two decimals; 0 without rooms."""
        share = Decimal(100 * self.in_house) / self.rooms if self.rooms else Decimal(0)
        return share.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

    def payload(self) -> dict[str, Any]:
        """Return the figures for JSON: camelCase, amounts and percentages as decimal text."""
        return {camel_case(name): _json_value(getattr(self, name)) for name in HEADINGS}

    def cells(self) -> list[str]:
        """Return the figures as texts for the table."""
        return [_cell(getattr(self, name)) for name in HEADINGS]


def total_of(rows: Sequence[ReplayedDay]) -> ReplayedDay:
    """Return the sum of the days; its occupancy is the average over all nights."""
    return ReplayedDay(
        **{
            each.name: sum(
                (getattr(row, each.name) for row in rows[1:]), getattr(rows[0], each.name)
            )
            for each in fields(ReplayedDay)
        }
    )


def report_table(days: Iterable[tuple[date, ReplayedDay]]) -> Table:
    """Return a table with a row for each day and the total in the footer."""
    grid = Table("Date", pad_edge=False, show_footer=True)
    rows = list(days)
    total = total_of([figures for _, figures in rows])
    grid.columns[0].footer = "Total"
    for heading, cell in zip(HEADINGS.values(), total.cells(), strict=True):
        grid.add_column(heading, footer=cell, justify="right")
    for day, figures in rows:
        grid.add_row(day.isoformat(), *figures.cells())
    return grid


@dataclass(frozen=True, kw_only=True)
class DayCounter:
    """Counts what happened on one day. Create it before the day starts with `start`."""

    hotel: Hotel
    day: date
    last_invoice: int
    results: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def start(cls, *, hotel: Hotel, day: date) -> "DayCounter":
        """Return the counter of a day that has not started yet."""
        newest = Invoice.objects.of_hotel(hotel).order_by("pk").values_list("pk", flat=True).last()
        return cls(hotel=hotel, day=day, last_invoice=newest or 0)

    def add_outcome(self, job_name: str, outcome: Outcome) -> None:
        """Keep the result of a job; the last run of the day counts."""
        self.results[job_name] = outcome.result or {}

    def figures(self, page: DayEvents) -> ReplayedDay:
        """Count the day in the database, after its night."""
        stays, fees = self._invoice_totals()
        tasks = self._finished_tasks()
        return ReplayedDay(
            departures=len(page.departures),
            new_bookings=len(page.bookings),
            cancellations=len(page.cancellations),
            arrivals=len(page.arrivals),
            day_use=len(page.day_use),
            in_house=self._occupied_rooms(),
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

    def _occupied_rooms(self) -> int:
        tonight = BookingNight.objects.filter(hotel=self.hotel, date=self.day, released=False)
        return tonight.filter(booking_room__status=BookingRoom.Status.CHECKED_IN).count()

    def _finished_tasks(self) -> Counter[str]:
        finished = (HousekeepingTask.Status.DONE, HousekeepingTask.Status.INSPECTED)
        tasks = HousekeepingTask.objects.filter(
            hotel=self.hotel, date=self.day, status__in=finished
        )
        return Counter(tasks.values_list("kind", flat=True))

    def _no_shows(self) -> int:
        records = NoShowRecord.objects.filter(hotel=self.hotel, arrival_date=self.day)
        return records.filter(outcome=NoShowRecord.Outcome.APPLIED).count()

    def _invoice_totals(self) -> tuple[list[Decimal], list[Decimal]]:
        """Return the totals of today's invoices: those of stays, those of no-show fees."""
        new = Invoice.objects.filter(
            hotel=self.hotel,
            currency=self.hotel.currency,
            pk__gt=self.last_invoice,
            kind=Invoice.Kind.INVOICE,
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

    def _skipped(self, page: DayEvents) -> Counter[str]:
        ended = {record.reference for record in (*page.departures, *page.day_use)}
        skipped = self.results.get(INVOICES, {}).get("skipped", [])
        return Counter(
            item["reason"] for item in skipped if item["folio"].partition("#")[0] in ended
        )


def _json_value(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def _cell(value: Any) -> str:
    if isinstance(value, Counter):
        return ", ".join(f"{count} {reason}" for reason, count in sorted(value.items()))
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
