"""When preventive maintenance is due: arithmetic of dates, nothing else (domain rule 2).

Every due date is counted from one anchor, never from the one before: stepping drifts, 31 January to
28 February to 28 March.
"""

import calendar
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta

from hotels.calendar import ONE_DAY

DAYS = {"DAYS": 1, "WEEKS": 7}
MONTHS = {"MONTHS": 1, "YEARS": 12}


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A number of days, weeks, months or years; raises ValueError when it is not above zero."""

    value: int
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in DAYS and self.unit not in MONTHS:
            raise ValueError(f"the unit {self.unit!r} is not days, weeks, months or years")
        if self.value <= 0:
            raise ValueError(f"the interval of {self.value} {self.unit.lower()} is not above zero")

    def due(self, *, anchor: date, n: int) -> date:
        """`anchor + n × interval`; a day the month does not have is the month's last.

        Raises ValueError beyond the year 9999.
        """
        try:
            if self.unit in DAYS:
                return anchor + timedelta(days=n * self.value * DAYS[self.unit])
            return _add_months(anchor, n * self.value * MONTHS[self.unit])
        except OverflowError:
            raise ValueError(
                f"{n} times {self.value} {self.unit.lower()} after {anchor} is beyond all calendars"
            ) from None

    def last(self, *, anchor: date, day: date) -> int:
        """The n of the latest due date on or before `day`; -1 before the anchor."""
        if day < anchor:
            return -1
        if self.unit in DAYS:
            return (day - anchor).days // (self.value * DAYS[self.unit])
        months = (day.year - anchor.year) * 12 + day.month - anchor.month
        n = months // (self.value * MONTHS[self.unit])
        # Within the month itself the day decides, clamped as the due date is.
        return n if self.due(anchor=anchor, n=n) <= day else n - 1


@dataclass(frozen=True, kw_only=True)
class History:
    """What the orders of a plan tell: the due date of the open one, and the latest of each kind."""

    open_due: date | None = None
    last_due: date | None = None
    cancelled_due: date | None = None
    completed_due: date | None = None
    completed_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """The due date to make an order for, and the earlier ones no order was made for."""

    due_date: date
    missed: int = 0
    missed_from_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class DueCycles:
    """The cycle that is due by the horizon, if one is, and the first due date after it."""

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
    """What a plan asks for until `horizon`, the business date plus its lead.

    FIXED counts from the anchor; every due date up to that of its latest order is done with, be the
    order completed or cancelled. FLOATING counts from the last completion, the first from the
    anchor; while an order is open, the cycles passing by are counted from that order's due date.
    Raises ValueError when a date lies beyond the year 9999.
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
    """The cycle after `done` (None: from the anchor on) that is due by `horizon`, if one is.

    Of several it is the first that is not past, else the latest: one order instead of a flood. A
    due date still to come is never taken for missed, however long the lead.
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
    # A cancelled order completes nothing, yet its due date is not asked for twice; nor is that of
    # an order done so early that completion plus interval comes to the same day.
    done = history.cancelled_due
    if history.completed_due == start:
        done = max(start, done or start)
    due = interval.due(anchor=start, n=_first_after(interval, anchor=start, done=done))
    if due > horizon:
        return DueCycles(cycle=None, next_due_date=due)
    return DueCycles(cycle=Cycle(due_date=due), next_due_date=interval.due(anchor=due, n=1))


def _first_after(interval: Interval, *, anchor: date, done: date | None) -> int:
    """The n of the first due date after `done`; 0 when nothing was done yet."""
    return 0 if done is None else interval.last(anchor=anchor, day=done) + 1


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not 1 <= year <= MAXYEAR:
        raise OverflowError
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
