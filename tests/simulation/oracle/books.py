"""The books of one hotel as plain values. Keys are those of the database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from tests.simulation.oracle import dates
from tests.simulation.oracle.amounts import ZERO, Split

STAYING = ("TENTATIVE", "CONFIRMED", "CHECKED_IN")
OPEN_TASK = ("PENDING", "ASSIGNED", "IN_PROGRESS")


@dataclass(kw_only=True)
class Type:
    pk: int
    code: str
    factor: Decimal
    active: bool = True


@dataclass(kw_only=True)
class Room:
    pk: int
    number: str
    type: int
    floor: int
    cleanliness: str = "CLEAN"
    active: bool = True


@dataclass(kw_only=True)
class Block:
    room: int
    kind: str
    start: date
    end: date


@dataclass(kw_only=True)
class Person:
    pk: int
    role: str
    minutes: int
    floor: int | None


@dataclass(kw_only=True)
class Terms:
    """The terms agreed for a no-show; `value` is nights, percent or an amount."""

    guaranteed: bool
    release: time
    kind: str
    value: Decimal
    taxed: bool
    grace: int


@dataclass(kw_only=True)
class Night:
    price: Decimal
    room: int | None
    released: bool = False


@dataclass(kw_only=True, eq=False)
class Booking:
    """A booking with its rooms and folios."""

    pk: int
    reference: str
    booked_at: datetime
    vip: bool = False
    stays: "list[Stay]" = field(default_factory=list)
    folios: "list[Folio]" = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class Stay:
    """One room of a booking; `type` and `room` are keys."""

    pk: int
    booking: Booking
    number: int
    type: int
    arrival: date
    departure: date
    terms: Terms
    room: int | None = None
    folio: "Folio | None" = None
    status: str = "CONFIRMED"
    nights: dict[date, Night] = field(default_factory=dict)
    day_price: Decimal | None = None
    eta: datetime | None = None
    hold: bool = False
    key_at: datetime | None = None
    in_at: datetime | None = None
    out_at: datetime | None = None
    opt_outs: set[date] = field(default_factory=set)
    records: "list[Record]" = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.booking.reference}/{self.number}"


@dataclass(kw_only=True, eq=False)
class Folio:
    """A folio with its charges, payments and documents; `pk` is None until it is compared."""

    pk: int | None
    books: "Books"
    booking: Booking
    number: int
    status: str = "OPEN"
    completed_at: datetime | None = None
    settled: bool = False
    lines: "list[Line]" = field(default_factory=list)
    payments: "list[Payment]" = field(default_factory=list)
    documents: "list[Document]" = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.booking.reference}#{self.number}"

    @property
    def stays(self) -> list[Stay]:
        """The rooms charged to the folio."""
        return [stay for stay in self.booking.stays if stay.folio is self]

    @property
    def staying(self) -> list[Stay]:
        """The rooms that are in house or still to arrive."""
        return [stay for stay in self.stays if stay.status in STAYING]

    @property
    def received(self) -> Decimal:
        """The money received: succeeded payments less refunds."""
        return sum((payment.received for payment in self.payments), ZERO)

    @property
    def invoices(self) -> "list[Document]":
        """The invoices, the first one first."""
        return [document for document in self.documents if document.kind == "INVOICE"]


@dataclass(kw_only=True, eq=False)
class Line:
    """A charge; `document` is the invoice or credit note it is on."""

    pk: int | None = None
    stay: Stay | None
    day: date
    category: str
    rate: Decimal
    amounts: Split
    reverses: "Line | None" = None
    reversed: bool = False
    document: "Document | None" = None
    settled: bool = False

    @property
    def open(self) -> bool:
        return self.document is None and not self.settled


@dataclass(kw_only=True, eq=False)
class Payment:
    pk: int
    status: str
    amount: Decimal
    refunded: Decimal = ZERO

    @property
    def received(self) -> Decimal:
        return self.amount - self.refunded if self.status in ("SUCCEEDED", "REFUNDED") else ZERO


@dataclass(kw_only=True, eq=False)
class Document:
    """An invoice or a credit note, with its amounts by tax rate."""

    pk: int | None = None
    folio: Folio
    kind: str
    issued: date
    rates: dict[Decimal, Split]
    corrects: "Document | None" = None
    first: "Document | None" = None
    live: bool = True
    balance: Decimal = ZERO
    status: str = ""

    @property
    def gross(self) -> Decimal:
        return sum((each.gross for each in self.rates.values()), ZERO)


@dataclass(kw_only=True, eq=False)
class Record:
    """A no-show decision."""

    pk: int | None = None
    outcome: str
    rule: str
    deadline: datetime
    arrival: date
    eta: datetime | None
    day: date
    fee: Decimal = ZERO
    line: Line | None = None
    freed: int = 0
    surplus: Decimal = ZERO


@dataclass(kw_only=True, eq=False)
class Task:
    """A clean. `by_round` is the status in which the round closed it, if it did."""

    pk: int | None = None
    room: int
    day: date
    kind: str
    priority: str
    minutes: int
    linen: bool = False
    source: str = "AUTO"
    status: str = "PENDING"
    assignee: int | None = None
    by_hand: bool = False
    by_round: str = ""
    stay: Stay | None = None
    guest_inside: bool = False
    started: datetime | None = None
    completed: datetime | None = None
    rolled_from: "Task | None" = None

    @property
    def open(self) -> bool:
        return self.status in OPEN_TASK


@dataclass(kw_only=True)
class Available:
    """A row of availability."""

    total: int
    occupied: int
    out_of_order: int
    available: int
    overbooked: int
    rate: Decimal


@dataclass(kw_only=True)
class Books:
    """Everything known of one hotel."""

    pk: int
    code: str
    zone: str
    close: time
    unit: Decimal
    included: bool
    tax: Decimal
    once_per_rate: bool
    sellable_basis: bool = False
    makes_dirty: bool = True
    stayover_every: int = 1
    linen_every: int = 3
    departure_minutes: int = 30
    stayover_minutes: int = 20
    last_round: date | None = None
    last_recalculation: date | None = None
    types: dict[int, Type] = field(default_factory=dict)
    rooms: dict[int, Room] = field(default_factory=dict)
    blocks: dict[int, Block] = field(default_factory=dict)
    people: dict[int, Person] = field(default_factory=dict)
    shifts: dict[tuple[int, date], str] = field(default_factory=dict)
    bookings: dict[int, Booking] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)
    rows: dict[tuple[int, date], Available] = field(default_factory=dict)
    issued: dict[str, date] = field(default_factory=dict)

    def today(self, now: datetime) -> date:
        """The business date."""
        return dates.business_date(self.zone, self.close, now)

    def closes(self, day: date) -> datetime:
        """The instant at which a business day closes."""
        return dates.instant(self.zone, day + dates.DAY, self.close, True)

    def calendar_day(self, now: datetime) -> date:
        """The date on the hotel's calendar."""
        return dates.local_date(self.zone, now)

    def midnight_after(self, day: date) -> datetime:
        """The instant at which the day after begins on the calendar."""
        return dates.instant(self.zone, day + dates.DAY, time(0))

    def in_words(self, parts: Iterable[Decimal]) -> str:
        """The sum of amounts, with the decimals of the currency."""
        return f"{sum(parts, ZERO).quantize(self.unit):f}"

    @property
    def stays(self) -> Iterator[Stay]:
        """All rooms of all bookings."""
        return (stay for booking in self.bookings.values() for stay in booking.stays)

    @property
    def folios(self) -> Iterator[Folio]:
        """All folios."""
        return (folio for booking in self.bookings.values() for folio in booking.folios)

    def in_house(self) -> Iterator[Stay]:
        """The rooms whose guests are in house."""
        return (stay for stay in self.stays if stay.status == "CHECKED_IN")
