"""Parse one row of the file into a record and its data issues."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from hotels import money
from hotels.i18n import counted
from hotels.importing import countries
from hotels.importing.data_quality import DataIssue, IssueKind
from hotels.importing.records import Deposit, ImportRefused, Record, StayOutcome

COLUMNS = (
    "hotel",
    "is_canceled",
    "lead_time",
    "arrival_date_year",
    "arrival_date_month",
    "arrival_date_day_of_month",
    "stays_in_weekend_nights",
    "stays_in_week_nights",
    "adults",
    "children",
    "babies",
    "meal",
    "country",
    "market_segment",
    "distribution_channel",
    "reserved_room_type",
    "deposit_type",
    "agent",
    "company",
    "adr",
    "reservation_status",
    "reservation_status_date",
)
MISSING = frozenset({"", "NULL", "NA"})
UNDEFINED = MISSING | {"Undefined"}
MONTHS = {
    "January": 1,
    "February": 2,
    "March": 3,
    "April": 4,
    "May": 5,
    "June": 6,
    "July": 7,
    "August": 8,
    "September": 9,
    "October": 10,
    "November": 11,
    "December": 12,
}
# Lengths of the database columns.
LONGEST = {"hotel": 120, "reserved_room_type": 20}
SOURCE_LENGTH = 40
# Years of any real booking; dates further out overflow when days are added.
YEARS = range(1900, 3000)

_WHOLE = re.compile(r"([0-9]{1,4})(\.0+)?")
_AMOUNT = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,20})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class FileRow:
    """One parsed row; a rejected booking has no record."""

    line: int
    hotel: str
    cells: tuple[str, ...]
    record: Record | None
    issues: tuple[DataIssue, ...]


def read_row(*, line: int, header: Sequence[str], cells: tuple[str, ...]) -> FileRow:
    """Parse one row; raises ImportRefused, naming line and column, for an unreadable cell."""
    row = _Cells(line=line, values=dict(zip(header, cells, strict=True)))
    record = _record(row)
    odd = tuple(
        DataIssue(kind=kind, line=line, detail=detail)
        for kind, detail in (*_odd_cells(row), *_odd_values(row, record), *_odd_dates(record))
    )
    rejected = any(not issue.kind.accepted for issue in odd)
    return FileRow(
        line=line,
        hotel=row.required("hotel"),
        cells=cells,
        record=None if rejected else record,
        issues=odd,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cells:
    line: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def refuse(self, column: str, what: str) -> ImportRefused:
        return ImportRefused(f"Line {self.line}, column {column}: {self[column]!r} is not {what}.")

    def whole(self, column: str) -> int:
        match = _WHOLE.fullmatch(self[column])
        if match is None:
            raise self.refuse(column, "a whole number from 0 to 9999")
        return int(match[1])

    def amount(self, column: str) -> Decimal:
        if _AMOUNT.fullmatch(self[column]) is None:
            raise self.refuse(column, "an amount such as 75.50")
        return Decimal(self[column])

    def date(self, column: str) -> date:
        try:
            if _DATE.fullmatch(self[column]) and int(self[column][:4]) in YEARS:
                return date.fromisoformat(self[column])
        except ValueError:
            pass
        raise self.refuse(column, "a date such as 2016-06-30")

    def required(self, column: str) -> str:
        if not self[column]:
            raise ImportRefused(f"Line {self.line}, column {column}: the cell is empty.")
        return self.text(column)

    def text(self, column: str) -> str:
        if len(self[column]) > LONGEST[column]:
            raise self.refuse(column, f"at most {LONGEST[column]} characters long")
        return self[column]


def _record(row: _Cells) -> Record:
    arrival = _arrival(row)
    nights = row.whole("stays_in_weekend_nights") + row.whole("stays_in_week_nights")
    adr = row.amount("adr")
    if abs(adr) * max(nights, 1) >= money.TOO_LARGE:
        raise row.refuse("adr", f"a price that can be charged for {counted(nights, 'night')}")
    children = 0 if row["children"] in MISSING else row.whole("children")
    deposit = row["deposit_type"]
    return Record(
        line=row.line,
        made_date=arrival - timedelta(days=row.whole("lead_time")),
        arrival_date=arrival,
        nights=nights,
        outcome=_outcome(row),
        recorded_date=row.date("reservation_status_date"),
        room_type=row.text("reserved_room_type"),
        adr=adr,
        adults=row.whole("adults"),
        children=children + row.whole("babies"),
        country=_country(row["country"]),
        deposit=next((known for known in Deposit if known.value == deposit), Deposit.NONE),
        source=_source(row),
        notes=_notes(row),
    )


def _arrival(row: _Cells) -> date:
    month = MONTHS.get(row["arrival_date_month"].capitalize())
    if month is None:
        raise row.refuse("arrival_date_month", "the English name of a month")
    year, day = row.whole("arrival_date_year"), row.whole("arrival_date_day_of_month")
    if year not in YEARS:
        raise row.refuse("arrival_date_year", f"a year from {YEARS[0]} to {YEARS[-1]}")
    try:
        return date(year, month, day)
    except ValueError:
        raise row.refuse("arrival_date_day_of_month", "a day of that month") from None


def _outcome(row: _Cells) -> StayOutcome:
    try:
        return StayOutcome(row["reservation_status"])
    except ValueError:
        known = ", ".join(outcome.value for outcome in StayOutcome)
        raise row.refuse("reservation_status", f"one of {known}") from None


def _country(code: str) -> str:
    return code if countries.is_alpha3(code) else countries.alpha3_of(code)


def _source(row: _Cells) -> str:
    segment, channel, agent = row["market_segment"], row["distribution_channel"], row["agent"]
    parts = [segment if segment not in UNDEFINED else channel]
    if agent not in MISSING:
        parts.append(f"agent {agent}")
    return ", ".join(part for part in parts if part not in UNDEFINED)[:SOURCE_LENGTH]


def _notes(row: _Cells) -> str:
    meal, company = row["meal"], row["company"]
    parts = [f"meal {meal}"] if meal not in UNDEFINED else []
    if company not in MISSING:
        parts.append(f"company {company}")
    if babies := row.whole("babies"):
        parts.append(f"babies {babies}")
    return ", ".join(parts)


def _odd_cells(row: _Cells) -> Iterator[tuple[IssueKind, str]]:
    """Yield issues of missing or undefined cells."""
    for column, odd, kind in (
        ("children", MISSING, IssueKind.NO_CHILDREN),
        ("meal", UNDEFINED, IssueKind.UNDEFINED_MEAL),
        ("market_segment", UNDEFINED, IssueKind.UNDEFINED_SEGMENT),
        ("distribution_channel", UNDEFINED, IssueKind.UNDEFINED_CHANNEL),
        ("agent", MISSING, IssueKind.NO_AGENT),
        ("company", MISSING, IssueKind.NO_COMPANY),
        ("reserved_room_type", UNDEFINED, IssueKind.NO_ROOM_TYPE),
    ):
        if row[column] in odd:
            yield kind, row[column]
    country = row["country"]
    if country in UNDEFINED:
        yield IssueKind.NO_COUNTRY, country
    elif not _country(country):
        yield IssueKind.UNKNOWN_COUNTRY, country
    elif len(country) == 2:
        yield IssueKind.SHORT_COUNTRY, f"{country} is {_country(country)}"


def _odd_values(row: _Cells, record: Record) -> Iterator[tuple[IssueKind, str]]:
    """Yield issues of unusual values."""
    if record.adr < 0:
        yield IssueKind.NEGATIVE_PRICE, row["adr"]
    elif record.adr == 0:
        yield IssueKind.ZERO_PRICE, row["adr"]
    if record.nights == 0:
        yield IssueKind.NO_NIGHTS, str(record.arrival_date)
    if record.adults + record.children == 0:
        yield IssueKind.NO_GUESTS, "no adults, children or babies"
    if row["deposit_type"] not in {known.value for known in Deposit}:
        yield IssueKind.UNKNOWN_DEPOSIT, row["deposit_type"]
    flag = row.whole("is_canceled")
    if flag > 1:
        raise row.refuse("is_canceled", "0 or 1")
    if bool(flag) is (record.outcome is StayOutcome.CHECKED_OUT):
        yield IssueKind.FLAG_CONTRADICTS, f"is_canceled {flag}, {record.outcome.value}"


def _odd_dates(record: Record) -> Iterator[tuple[IssueKind, str]]:
    """Yield issues of dates that contradict each other."""
    recorded, arrival, departure = record.recorded_date, record.arrival_date, record.departure_date
    detail = f"dated {recorded}, arrival {arrival}, {counted(record.nights, 'night')}"
    if recorded < record.made_date:
        yield IssueKind.ENDED_BEFORE_MADE, f"dated {recorded}, made {record.made_date}"
    if record.outcome is StayOutcome.CANCELLED and recorded > arrival:
        yield IssueKind.CANCELLED_LATE, detail
    if record.outcome is StayOutcome.NO_SHOW and recorded != arrival:
        yield IssueKind.NO_SHOW_ELSEWHEN, detail
    if record.outcome is StayOutcome.CHECKED_OUT:
        if recorded < arrival:
            yield IssueKind.LEFT_BEFORE_ARRIVAL, detail
        elif recorded < departure:
            yield IssueKind.LEFT_EARLY, detail
        elif recorded > departure:
            yield IssueKind.LEFT_LATE, detail
