"""Replay of a hotel's booking file day by day, with the jobs at their local hours.

A day lasts from the housekeeping round at 06:00 until one hour after its day close in the following
night, when its last no-show check, the availability recalculation and the invoices run.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial

from hotels.calendar import ONE_DAY
from hotels.importing import assumed_times, day_events
from hotels.importing.booking_states import BookingState, OutcomeDates, states_at
from hotels.importing.booking_states import Status as BookingStatus
from hotels.importing.day_events import EventResult
from hotels.importing.diary import DayEvents, events_by_day
from hotels.importing.hotel import analyze_tables
from hotels.importing.loading import LoadedBookings, add_bookings, load
from hotels.importing.reading import BookingFile
from hotels.importing.records import ImportRefused, Record
from jobs import dispatch, registry
from jobs.models import Status, Trigger
from jobs.replay.daily_report import DayCounter, ReplayedDay
from jobs.runner import Outcome

HOUSEKEEPING = "daily-housekeeping"
NO_SHOW_CHECK = "check-no-shows"
AFTER_CLOSE = (NO_SHOW_CHECK, "recalc-availability", "generate-invoices")

HOUSEKEEPING_TIME = time(6)
CLEANED_TIME = time(20)
CHECK_EVERY = timedelta(hours=2)
AFTER_DAY_CLOSE = timedelta(hours=1)
REFRESH_STATISTICS_DAYS = 7

Event = tuple[datetime, Callable[[datetime], None]]


@dataclass(frozen=True, kw_only=True)
class Replay:
    """A hotel on the evening before the first day, and the events of each following day.

    `problems` collects one sentence for each job that failed, each problem a job reported, and
    each booking whose status does not match the file.
    """

    books: LoadedBookings
    first: date
    last: date
    pages: dict[date, DayEvents]
    problems: list[str] = field(default_factory=list)

    def days(self) -> Iterator[tuple[date, ReplayedDay]]:
        """Replay the days; yield the date and the figures of each day after its night."""
        for number in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=number)
            if number % REFRESH_STATISTICS_DAYS == 0:
                analyze_tables()  # the tables grow too fast for the automatic table statistics
            yield day, self._replay_day(day)

    def _replay_day(self, day: date) -> ReplayedDay:
        page = self.pages.get(day, DayEvents())
        counter = DayCounter.start(hotel=self.books.hotel, day=day)
        timeline = [*self._job_events(counter), *self._booking_events(page, day)]
        # Events at the same time keep their order in the timeline, because sorting is stable.
        for local_time, perform in sorted(timeline, key=lambda event: event[0]):
            perform(self.books.hotel.instant(local_time.date(), local_time.time()))
        return counter.figures(page)

    def _job_events(self, counter: DayCounter) -> Iterator[Event]:
        morning = datetime.combine(counter.day, HOUSEKEEPING_TIME)
        day_close = datetime.combine(counter.day + ONE_DAY, self.books.hotel.day_close_time)
        night = day_close + AFTER_DAY_CLOSE
        yield morning, partial(self._run, counter, HOUSEKEEPING)
        at = morning
        while at < night:
            yield at, partial(self._run, counter, NO_SHOW_CHECK)
            at += CHECK_EVERY
        for name in AFTER_CLOSE:
            yield night, partial(self._run, counter, name)

    def _run(self, counter: DayCounter, name: str, at: datetime) -> None:
        outcomes: list[Outcome] = []
        dispatch.run(
            job=registry.get(name),
            hotels=[self.books.hotel],
            now=at,
            trigger=Trigger.COMMAND,
            on_outcome=outcomes.append,
        )
        for outcome in outcomes:
            counter.add_outcome(name, outcome)
            problems = (outcome.result or {}).get("problems", [])
            self.problems.extend(
                f"{counter.day} {name}: {p['object']}: {p['reason']}" for p in problems
            )
            if outcome.status != Status.COMPLETED:
                self.problems.append(f"{counter.day} {name} {outcome.status}: {outcome.summary}")

    def _booking_events(self, page: DayEvents, day: date) -> Iterator[Event]:
        hotel = self.books.hotel
        at = partial(datetime.combine, day)
        day_use_ends = max(assumed_times.DAY_USE_ENDS, hotel.check_in_time)
        yield at(hotel.check_out_time), partial(self._check_out, page.departures, day)
        yield at(assumed_times.BOOKED), partial(self._book, page.bookings)
        yield at(assumed_times.CANCELLED), partial(self._cancel, page.cancellations, day)
        yield at(hotel.check_in_time), partial(self._check_in, page.day_use, day)
        yield at(hotel.check_in_time), partial(self._check_in, page.arrivals, day)
        yield at(day_use_ends), partial(self._check_out, page.day_use, day)
        yield at(CLEANED_TIME), partial(self._clean, day)

    def _book(self, records: Sequence[Record], at: datetime) -> None:
        entries = [
            BookingState(record=record, status=BookingStatus.CONFIRMED) for record in records
        ]
        add_bookings(books=self.books, entries=entries, now=at)

    def _check_out(self, records: Sequence[Record], day: date, at: datetime) -> None:
        done = day_events.depart(hotel=self.books.hotel, records=records, at=at, day=day)
        self._report_missed(done, day, "should check out but is not in house")

    def _cancel(self, records: Sequence[Record], day: date, at: datetime) -> None:
        done = day_events.cancel_bookings(hotel=self.books.hotel, records=records, at=at)
        self._report_missed(done, day, "should be cancelled but is not confirmed")

    def _check_in(self, records: Sequence[Record], day: date, at: datetime) -> None:
        done = day_events.arrive(hotel=self.books.hotel, records=records, at=at)
        self._report_missed(done, day, "should check in but is not confirmed")

    def _clean(self, day: date, at: datetime) -> None:
        day_events.clean(hotel=self.books.hotel, day=day, at=at)

    def _report_missed(self, done: EventResult, day: date, reason: str) -> None:
        self.problems.extend(f"{day} {reference}: {reason}" for reference in done.missed)


def evening_before(
    *,
    file: BookingFile,
    first: date,
    last: date,
    now: datetime,
    timezone: str | None = None,
    currency: str | None = None,
) -> Replay:
    """Load the bookings of the evening before `first`: guests in house and future bookings.

    Bookings that had ended by then are not loaded. Outcomes count from the day they happened
    (docs/adr/0003). Raises ImportRefused for days that the file does not cover.
    """
    if last < first:
        raise ImportRefused(f"--to {last} is before --from {first}.")
    if first < file.first_date or last > file.last_date:
        raise ImportRefused(
            f"The file covers {file.first_date} to {file.last_date}, not {first} to {last}."
        )
    evening = first - ONE_DAY
    known = states_at(records=file.records, as_of=evening, outcomes=OutcomeDates.HAPPENED)
    books = load(
        name=file.hotel,
        records=file.records,
        entries=[entry for entry in known if not entry.over],
        as_of=evening,
        now=now,
        timezone=timezone,
        currency=currency,
    )
    pages = events_by_day(records=file.records, after=evening)
    return Replay(books=books, first=first, last=last, pages=pages)
