"""Days of a hotel's file of bookings lived through again, with the jobs at their local hours.

A day lasts from its round at 06:00 to an hour after its day close in the coming night, when the
last no-show check of it, availability and invoices run.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial

from hotels.calendar import ONE_DAY
from hotels.importing import day_events, times_of_day
from hotels.importing.booking_states import Entry, OutcomeDates, books_at
from hotels.importing.booking_states import Status as BookingStatus
from hotels.importing.day_events import Done
from hotels.importing.diary import Page, diary
from hotels.importing.hotel import count_rows
from hotels.importing.loading import LoadedBookings, add_bookings, load
from hotels.importing.reading import BookingFile
from hotels.importing.records import ImportRefused, Record
from jobs import dispatch, registry
from jobs.models import Status, Trigger
from jobs.replay.ledger import DayRow, Ledger

ROUND = "daily-housekeeping"
CHECK = "check-no-shows"
AFTER_CLOSE = (CHECK, "recalc-availability", "generate-invoices")

ROUND_TIME = time(6)
CLEANED_TIME = time(20)
CHECK_EVERY = timedelta(hours=2)
NIGHT_AUDIT = timedelta(hours=1)
COUNT_EVERY_DAYS = 7

Event = tuple[datetime, Callable[[datetime], None]]


@dataclass(frozen=True, kw_only=True)
class Replay:
    """A hotel on the evening before, and what the file says about each day to come.

    `problems` gathers in words what went wrong on the way: a job that failed or left something
    undone, a booking that stood otherwise than the file says.
    """

    books: LoadedBookings
    first: date
    last: date
    pages: dict[date, Page]
    problems: list[str] = field(default_factory=list)

    def days(self) -> Iterator[tuple[date, DayRow]]:
        """Live through the days; each is given with its row when its night is over."""
        for number in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=number)
            if number % COUNT_EVERY_DAYS == 0:
                count_rows()  # the tables grow faster than the database looks at them itself
            yield day, self._live(day)

    def _live(self, day: date) -> DayRow:
        page = self.pages.get(day, Page())
        ledger = Ledger.open(hotel=self.books.hotel, day=day)
        timeline = [*self._job_hours(ledger), *self._events(page, day)]
        # Of things at the same time the first of the timeline comes first: sorting is stable.
        for wall, happen in sorted(timeline, key=lambda event: event[0]):
            happen(self.books.hotel.instant(wall.date(), wall.time()))
        return ledger.row(page)

    def _job_hours(self, ledger: Ledger) -> Iterator[Event]:
        morning = datetime.combine(ledger.day, ROUND_TIME)
        closed = datetime.combine(ledger.day + ONE_DAY, self.books.hotel.day_close_time)
        night = closed + NIGHT_AUDIT
        yield morning, partial(self._run, ledger, ROUND)
        at = morning
        while at < night:
            yield at, partial(self._run, ledger, CHECK)
            at += CHECK_EVERY
        for name in AFTER_CLOSE:
            yield night, partial(self._run, ledger, name)

    def _run(self, ledger: Ledger, name: str, at: datetime) -> None:
        firing = dispatch.run(
            job=registry.get(name),
            hotels=[self.books.hotel],
            now=at,
            trigger=Trigger.COMMAND,
        )
        for outcome in firing.outcomes:
            ledger.note(name, outcome)
            left = (outcome.result or {}).get("problems", [])
            self.problems.extend(f"{ledger.day} {name}: {p['object']}: {p['reason']}" for p in left)
            if outcome.status != Status.COMPLETED:
                self.problems.append(f"{ledger.day} {name} {outcome.status}: {outcome.words}")

    def _events(self, page: Page, day: date) -> Iterator[Event]:
        hotel = self.books.hotel
        at = partial(datetime.combine, day)
        day_use_ends = max(times_of_day.DAY_USE_ENDS, hotel.check_in_time)
        yield at(hotel.check_out_time), partial(self._leave, page.departures, day)
        yield at(times_of_day.BOOKED), partial(self._book, page.bookings)
        yield at(times_of_day.CANCELLED), partial(self._cancel, page.cancellations, day)
        yield at(hotel.check_in_time), partial(self._arrive, page.day_use, day)
        yield at(hotel.check_in_time), partial(self._arrive, page.arrivals, day)
        yield at(day_use_ends), partial(self._leave, page.day_use, day)
        yield at(CLEANED_TIME), partial(self._clean, day)

    def _book(self, records: Sequence[Record], _at: datetime) -> None:
        entries = [Entry(record=record, status=BookingStatus.CONFIRMED) for record in records]
        add_bookings(books=self.books, entries=entries)

    def _leave(self, records: Sequence[Record], day: date, at: datetime) -> None:
        done = day_events.depart(hotel=self.books.hotel, records=records, at=at, day=day)
        self._tell(done, day, "should leave, but is not in house")

    def _cancel(self, records: Sequence[Record], day: date, at: datetime) -> None:
        done = day_events.cancel(hotel=self.books.hotel, records=records, at=at)
        self._tell(done, day, "should be cancelled, but is not confirmed")

    def _arrive(self, records: Sequence[Record], day: date, at: datetime) -> None:
        done = day_events.arrive(hotel=self.books.hotel, records=records, at=at)
        self._tell(done, day, "should arrive, but is not confirmed")

    def _clean(self, day: date, at: datetime) -> None:
        day_events.clean(hotel=self.books.hotel, day=day, at=at)

    def _tell(self, done: Done, day: date, what: str) -> None:
        self.problems.extend(f"{day} {reference}: {what}" for reference in done.missed)


def evening_before(
    *,
    file: BookingFile,
    first: date,
    last: date,
    timezone: str | None = None,
    currency: str | None = None,
) -> Replay:
    """Load what is on the books on the evening before `first`: who is in house, who is to come.

    What was over by then has no part in the days to come and is left out. Outcomes count from the
    day they happened (docs/adr/0003). Raises ImportRefused for days the file does not cover.
    """
    if last < first:
        raise ImportRefused(f"--to {last} is before --from {first}.")
    if first < file.first_date or last > file.last_date:
        raise ImportRefused(
            f"The file covers {file.first_date} to {file.last_date}, not {first} to {last}."
        )
    eve = first - ONE_DAY
    known = books_at(records=file.records, as_of=eve, outcomes=OutcomeDates.HAPPENED)
    books = load(
        name=file.hotel,
        records=file.records,
        entries=[entry for entry in known if not entry.over],
        as_of=eve,
        timezone=timezone,
        currency=currency,
    )
    pages = diary(records=file.records, after=eve)
    return Replay(books=books, first=first, last=last, pages=pages)
