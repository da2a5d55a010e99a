"""Due dates of preventive maintenance: date arithmetic only (domain rule 2).

Every due date is counted from the anchor, never from the due date before it. Otherwise dates drift:
31 January, 28 February, 28 March.
"""

import calendar
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta

from hotels.calendar import ONE_DAY

DAYS = {"DAYS": 1, "WEEKS": 7}
MONTHS = {"MONTHS": 1, "YEARS": 12}


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A number of days, weeks, months or years.

    Raises ValueError when the number is not positive or the unit is unknown.
    """

    value: int
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in DAYS and self.unit not in MONTHS:
            raise ValueError(f"the interval unit {self.unit!r} is not days, weeks, months or years")
        if self.value <= 0:
            raise ValueError(f"the interval of {self.value} {self.unit.lower()} is not positive")

    def due(self, *, anchor: date, n: int) -> date:
        """The n-th due date, `anchor + n × interval`; at most the last day of its month.

        Raises ValueError when the date is after the year 9999.
        """
        try:
            if self.unit in DAYS:
                return anchor + timedelta(days=n * self.value * DAYS[self.unit])
            return _add_months(anchor, n * self.value * MONTHS[self.unit])
        except OverflowError:
            raise ValueError(
                f"{n} times {self.value} {self.unit.lower()} after {anchor} is after the year 9999"
            ) from None

    def last(self, *, anchor: date, day: date) -> int:
        """The number n of the latest due date up to `day`; -1 before the anchor."""
        if day < anchor:
            return -1
        if self.unit in DAYS:
            return (day - anchor).days // (self.value * DAYS[self.unit])
        months = (day.year - anchor.year) * 12 + day.month - anchor.month
        n = months // (self.value * MONTHS[self.unit])
        # In the month of `day`, the due date itself may still be later than `day`.
        return n if self.due(anchor=anchor, n=n) <= day else n - 1


@dataclass(frozen=True, kw_only=True)
class History:
    """Dates from a plan's work orders: due date of the open one, and the latest of each status."""

    open_due: date | None = None
    last_due: date | None = None
    cancelled_due: date | None = None
    completed_due: date | None = None
    completed_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """A due date that needs a work order, and the missed due dates before it."""

    due_date: date
    missed: int = 0
    missed_from_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class DueCycles:
    """The cycle due by the horizon, None when there is none, and the next due date after it."""

    cycle: Cycle | None
    next_due_date: date


def due_cycles(
    *,
    floating: bool,
    interval: Interval,
    anchor: date,
    history: History,
    today: date,
    horizon: date,
) -> DueCycles:
    """The cycle of a plan that is due until `horizon`, the business date plus its lead days.

    A FIXED plan counts from the anchor; its due dates up to the one of its latest work order are
    done, whether that order was completed or cancelled. A FLOATING plan counts from the last
    completion, at first from the anchor; while a work order is open, the cycles missed meanwhile
    are counted from its due date. Raises ValueError when a date is after the year 9999.
    """
    if floating and history.open_due is None:
        return _after_completion(interval, anchor=anchor, history=history, horizon=horizon)
    done = history.last_due
    if floating and history.open_due is not None:
        anchor = done = history.open_due
    cycle = next_cycle(interval=interval, anchor=anchor, done=done, today=today, horizon=horizon)
    n = _first_after(interval, anchor=anchor, done=cycle.due_date if cycle else done)
    return DueCycles(cycle=cycle, next_due_date=interval.due(anchor=anchor, n=n))


def next_cycle(
    *, interval: Interval, anchor: date, done: date | None, today: date, horizon: date
) -> Cycle | None:
    """The cycle after `done` (None: from the anchor on) that is due by `horizon`, or None.

    Of several due cycles it is the first that is not past, else the latest, so that one work order
    is created instead of many. A due date in the future never counts as missed, however long the
    lead time is.
    """
    first = _first_after(interval, anchor=anchor, done=done)
    latest = interval.last(anchor=anchor, day=horizon)
    if latest < first:
        return None
    upcoming = interval.last(anchor=anchor, day=today - ONE_DAY) + 1
    chosen = max(first, min(upcoming, latest))
    return Cycle(
        due_date=interval.due(anchor=anchor, n=chosen),
        missed=chosen - first,
        missed_from_date=interval.due(anchor=anchor, n=first) if chosen > first else None,
    )


def _after_completion(
    interval: Interval, *, anchor: date, history: History, horizon: date
) -> DueCycles:
    start = anchor
    if history.completed_date is not None:
        start = interval.due(anchor=history.completed_date, n=1)
    # A cancelled order completes nothing, but its due date must not come up again. The same holds
    # for an order completed so early that completion plus interval gives its own due date.
    done = history.cancelled_due
    if history.completed_due == start:
        done = max(start, done or start)
    due = interval.due(anchor=start, n=_first_after(interval, anchor=start, done=done))
    if due > horizon:
        return DueCycles(cycle=None, next_due_date=due)
    return DueCycles(cycle=Cycle(due_date=due), next_due_date=interval.due(anchor=due, n=1))


def _first_after(interval: Interval, *, anchor: date, done: date | None) -> int:
    """The number n of the first due date after `done`; 0 when nothing was done yet."""
    return 0 if done is None else interval.last(anchor=anchor, day=done) + 1


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not 1 <= year <= MAXYEAR:
        raise OverflowError
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
