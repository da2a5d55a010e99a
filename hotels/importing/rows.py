"""One row of the file: its cells turned into a record, with what is odd about it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from hotels.importing import countries
from hotels.importing.data_quality import DataIssue, Kind
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
# As on the columns they are written to.
LONGEST = {"hotel": 120, "reserved_room_type": 20}
SOURCE_LENGTH = 40
# Amounts are stored with twelve digits before the point.
MOST = Decimal(10**12)
# Years no hotel's file lacks; what lies beyond leaves no room to reckon with days around it.
YEARS = range(1900, 3000)

_WHOLE = re.compile(r"([0-9]{1,4})(\.0+)?")
_AMOUNT = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,20})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class FileRow:
    """A row read; without a record when the booking is rejected."""

    line: int
    hotel: str
    cells: tuple[str, ...]
    record: Record | None
    oddities: tuple[DataIssue, ...]


def read_row(*, line: int, header: Sequence[str], cells: tuple[str, ...]) -> FileRow:
    """Read one row; raises ImportRefused, naming line and column, when a cell cannot be read."""
    row = _Cells(line=line, values=dict(zip(header, cells, strict=True)))
    record = _record(row)
    odd = tuple(
        DataIssue(kind=kind, line=line, detail=detail)
        for kind, detail in (*_odd_cells(row), *_odd_values(row, record), *_odd_dates(record))
    )
    rejected = any(not oddity.kind.accepted for oddity in odd)
    return FileRow(
        line=line,
        hotel=row.named("hotel"),
        cells=cells,
        record=None if rejected else record,
        oddities=odd,
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

    def named(self, column: str) -> str:
        if not self[column]:
            raise ImportRefused(f"Line {self.line}, column {column}: nothing stands there.")
        return self.text(column)

    def text(self, column: str) -> str:
        if len(self[column]) > LONGEST[column]:
            raise self.refuse(column, f"at most {LONGEST[column]} characters long")
        return self[column]


def _record(row: _Cells) -> Record:
    arrival = _arrival(row)
    nights = row.whole("stays_in_weekend_nights") + row.whole("stays_in_week_nights")
    adr = row.amount("adr")
    if abs(adr) * max(nights, 1) >= MOST:
        raise row.refuse("adr", f"a price of which {nights} nights can be charged")
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
        raise row.refuse("arrival_date_day_of_month", "a day of its month and year") from None


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


def _odd_cells(row: _Cells) -> Iterator[tuple[Kind, str]]:
    """What is missing or undefined in a cell."""
    for column, odd, kind in (
        ("children", MISSING, Kind.NO_CHILDREN),
        ("meal", UNDEFINED, Kind.UNDEFINED_MEAL),
        ("market_segment", UNDEFINED, Kind.UNDEFINED_SEGMENT),
        ("distribution_channel", UNDEFINED, Kind.UNDEFINED_CHANNEL),
        ("agent", MISSING, Kind.NO_AGENT),
        ("company", MISSING, Kind.NO_COMPANY),
        ("reserved_room_type", UNDEFINED, Kind.NO_ROOM_TYPE),
    ):
        if row[column] in odd:
            yield kind, row[column]
    country = row["country"]
    if country in UNDEFINED:
        yield Kind.NO_COUNTRY, country
    elif not _country(country):
        yield Kind.UNKNOWN_COUNTRY, country
    elif len(country) == 2:
        yield Kind.SHORT_COUNTRY, f"{country} is {_country(country)}"


def _odd_values(row: _Cells, record: Record) -> Iterator[tuple[Kind, str]]:
    """What is readable, but not what one expects."""
    if record.adr < 0:
        yield Kind.NEGATIVE_PRICE, row["adr"]
    elif record.adr == 0:
        yield Kind.ZERO_PRICE, row["adr"]
    if record.nights == 0:
        yield Kind.NO_NIGHTS, str(record.arrival_date)
    if record.adults + record.children == 0:
        yield Kind.NO_GUESTS, "no adults, children or babies"
    if row["deposit_type"] not in {known.value for known in Deposit}:
        yield Kind.UNKNOWN_DEPOSIT, row["deposit_type"]
    flag = row.whole("is_canceled")
    if flag > 1:
        raise row.refuse("is_canceled", "0 or 1")
    if bool(flag) is (record.outcome is StayOutcome.CHECKED_OUT):
        yield Kind.FLAG_CONTRADICTS, f"is_canceled {flag}, {record.outcome.value}"


def _odd_dates(record: Record) -> Iterator[tuple[Kind, str]]:
    """Dates that contradict each other."""
    recorded, arrival, departure = record.recorded_date, record.arrival_date, record.departure_date
    detail = f"dated {recorded}, arrival {arrival}, {record.nights} nights"
    if recorded < record.made_date:
        yield Kind.ENDED_BEFORE_MADE, f"dated {recorded}, made {record.made_date}"
    if record.outcome is StayOutcome.CANCELLED and recorded > arrival:
        yield Kind.CANCELLED_LATE, detail
    if record.outcome is StayOutcome.NO_SHOW and recorded != arrival:
        yield Kind.NO_SHOW_ELSEWHEN, detail
    if record.outcome is StayOutcome.CHECKED_OUT:
        if recorded < arrival:
            yield Kind.LEFT_BEFORE_ARRIVAL, detail
        elif recorded < departure:
            yield Kind.LEFT_EARLY, detail
        elif recorded > departure:
            yield Kind.LEFT_LATE, detail
