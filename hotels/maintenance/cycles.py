"""Due dates of preventive maintenance: date arithmetic only (domain rule 2).

Every due date is counted from one start, never from the due date before it. Otherwise dates drift:
31 January, 28 February, 28 March.
"""

import calendar
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, timedelta
from functools import cached_property

from hotels.calendar import ONE_DAY
from hotels.maintenance.idle_periods import IN_USE, IdlePeriods

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

    def due(self, *, anchor: date, n: int, month_day: int | None = None) -> date:
        """The n-th due date, `anchor + n × interval`; at most the last day of its month.

        `month_day` is the day of the month to return to, by default that of `anchor`. Raises
        ValueError when the date is after the year 9999.
        """
        try:
            if self.unit in DAYS:
                return anchor + timedelta(days=n * self.value * DAYS[self.unit])
            months = n * self.value * MONTHS[self.unit]
            return _add_months(anchor, months, month_day=month_day or anchor.day)
        except OverflowError:
            raise ValueError(
                f"{n} times {self.value} {self.unit.lower()} after {anchor} is after the year 9999"
            ) from None

    def last(self, *, anchor: date, day: date, month_day: int | None = None) -> int:
        """The number n of the latest due date up to `day`; -1 before the anchor."""
        if day < anchor:
            return -1
        if self.unit in DAYS:
            return (day - anchor).days // (self.value * DAYS[self.unit])
        months = (day.year - anchor.year) * 12 + day.month - anchor.month
        n = months // (self.value * MONTHS[self.unit])
        # In the month of `day`, the due date itself may still be later than `day`.
        return n if self.due(anchor=anchor, n=n, month_day=month_day) <= day else n - 1


@dataclass(frozen=True, kw_only=True)
class Series:
    """The due dates of a plan: `anchor + n × interval`, without those in `idle` periods.

    After a change of the interval they are counted from `counted_from`, a due date under the old
    interval. A day of the month that was only shortened there is kept: 31 January, 28 February,
    and every two months from then on 30 April.
    """

    interval: Interval
    anchor: date
    counted_from: date | None = None
    idle: IdlePeriods = field(default=IN_USE)

    @property
    def start(self) -> date:
        """The first due date."""
        return self.counted_from or self.anchor

    @cached_property
    def month_day(self) -> int:
        """The day of the month on which months and years are due."""
        shortened = _add_months(self.start, 0, month_day=self.anchor.day) == self.start
        return self.anchor.day if shortened else self.start.day

    def due(self, n: int) -> date:
        """The n-th due date. Raises ValueError when it is after the year 9999."""
        return self.interval.due(anchor=self.start, n=n, month_day=self.month_day)

    def last(self, day: date) -> int:
        """The number n of the latest due date up to `day`, also if idle; -1 before the first."""
        return self.interval.last(anchor=self.start, day=day, month_day=self.month_day)

    def next_due(self, *, after: date | None = None) -> date | None:
        """The first due date later than `after`, None when there is none (equipment retired).

        Raises ValueError when it is after the year 9999.
        """
        due = self.due(0 if after is None else self.last(after) + 1)
        while period := self.idle.at(due):
            if period.end is None:
                return None
            due = self.due(self.last(period.end - ONE_DAY) + 1)
        return due

    def latest_due(self, *, until: date, after: date | None = None) -> date | None:
        """The latest due date up to `until` and later than `after`, None when there is none."""
        n = self.last(until)
        while n >= 0:
            due = self.due(n)
            period = self.idle.at(due)
            if period is None:
                return due if after is None or due > after else None
            n = -1 if period.start == date.min else self.last(period.start - ONE_DAY)
        return None

    def count(self, *, after: date | None, before: date) -> int:
        """The number of due dates between the two dates, both excluded."""
        if before == date.min:
            return 0
        first = 0 if after is None else self.last(after) + 1
        end = self.last(before - ONE_DAY) + 1
        idle = 0
        for period in self.idle.periods:
            start = 0 if period.start == date.min else self.last(period.start - ONE_DAY) + 1
            stop = end if period.end is None else self.last(period.end - ONE_DAY) + 1
            idle += max(0, min(stop, end) - max(start, first))
        return max(0, end - first - idle)


@dataclass(frozen=True, kw_only=True)
class History:
    """Dates from a plan's work orders.

    `decided`: the latest cycle that has a work order or was settled by the order before it; `done`:
    the same without cancelled orders. `open_cycle`, `cancelled_cycle`: the cycle of the open order,
    and the latest cancelled one. `completed_date`: the latest completion; `taken`: cycles with a
    work order that are later than the completion.
    """

    decided: date | None = None
    done: date | None = None
    open_cycle: date | None = None
    cancelled_cycle: date | None = None
    completed_date: date | None = None
    taken: Collection[date] = ()


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """A due date that needs a work order, and the missed due dates before it."""

    due_date: date
    missed: int = 0
    missed_from_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class DueCycles:
    """The cycle due by the horizon, and the first due date after it; None when there is none."""

    cycle: Cycle | None
    next_due_date: date | None


def due_cycles(
    *, floating: bool, series: Series, history: History, today: date, horizon: date
) -> DueCycles:
    """The cycle of a plan that is due until `horizon`, the business date plus its lead days.

    A FIXED plan counts from its start; its cycles up to the latest decided one are never due again,
    whether that order was completed or cancelled. A FLOATING plan counts from the last completion,
    at first from the anchor; while a work order is open, the cycles missed meanwhile are counted
    from that order's cycle. Raises ValueError when a date is after the year 9999.
    """
    done = history.decided
    if floating:
        if history.open_cycle is None:
            return _after_completion(series, history=history, horizon=horizon)
        done = history.open_cycle
        series = Series(interval=series.interval, anchor=done, idle=series.idle)
    cycle = next_cycle(series=series, done=done, today=today, horizon=horizon)
    last = cycle.due_date if cycle else done
    return DueCycles(cycle=cycle, next_due_date=series.next_due(after=last))


def next_cycle(*, series: Series, done: date | None, today: date, horizon: date) -> Cycle | None:
    """The cycle after `done` (None: from the start on) that is due by `horizon`, or None.

    What is overdue comes first: it is the latest cycle up to `today`, so that one work order is
    created instead of many; the earlier ones are missed. Without one it is the first cycle after
    `today`. A due date in the future never counts as missed, however long the lead time is.
    """
    due = series.latest_due(until=today, after=done)
    if due is None:
        due = series.next_due(after=done)
        return Cycle(due_date=due) if due is not None and due <= horizon else None
    missed = series.count(after=done, before=due)
    first = series.next_due(after=done) if missed else None
    return Cycle(due_date=due, missed=missed, missed_from_date=first)


def settled_cycle(*, series: Series, cycle: date, completed: date, lead_days: int) -> date | None:
    """The next cycle, which an order completed on the business date `completed` settles too.

    An order for `cycle` that is completed late, within the lead days of the next due date, counts
    for that one as well: its own order would only repeat the work. Completed on time it counts for
    its own cycle only, however long the lead time is. Returns None when it settles no other cycle.
    """
    if lead_days == 0 or completed <= cycle:
        return None
    due = series.next_due(after=completed - ONE_DAY)
    return due if due is not None and due - completed <= timedelta(days=lead_days) else None


def _after_completion(series: Series, *, history: History, horizon: date) -> DueCycles:
    interval, start = series.interval, series.anchor
    if history.completed_date is not None:
        start = interval.due(anchor=history.completed_date, n=1)
    # A cancelled order completes nothing, but its cycle must not come up again. The same holds for
    # the cycle of an order completed so early that completion plus interval gives it once more.
    grid = Series(interval=interval, anchor=start)
    due = grid.next_due(after=history.cancelled_cycle)
    while due is not None and (due in history.taken or series.idle.at(due)):
        period = series.idle.at(due)
        # The service is due as soon as the plan or the equipment is in use again.
        due = period.end if period else grid.next_due(after=due)
    if due is None or due > horizon:
        return DueCycles(cycle=None, next_due_date=due)
    following = Series(interval=interval, anchor=due, idle=series.idle)
    return DueCycles(cycle=Cycle(due_date=due), next_due_date=following.next_due(after=due))


def _add_months(day: date, months: int, *, month_day: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not 1 <= year <= MAXYEAR:
        raise OverflowError
    return date(year, month + 1, min(month_day, calendar.monthrange(year, month + 1)[1]))
