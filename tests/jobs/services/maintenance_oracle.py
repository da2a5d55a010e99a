"""A slow, plain model of maintenance plans: it looks at every day and every due date."""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
FAR = timedelta(days=900)


@dataclass(kw_only=True)
class Order:
    """An expected work order and the cycles it covers."""

    status: str = "OPEN"
    missed: list[date] = field(default_factory=list)
    settled: date | None = None


@dataclass(kw_only=True)
class Oracle:
    """What should be known about one plan; every operation takes the day on which it happens."""

    floating: bool
    anchor: date
    value: int
    unit: str
    lead: int
    counted_from: date | None = None
    active: bool = True
    retired: date | None = None
    orders: dict[date, Order] = field(default_factory=dict)
    completed: date | None = None
    unused: set[date] = field(default_factory=set)
    unused_from: date | None = None

    def run(self, today: date) -> int | None:
        """Order what is due; returns the missed cycles reported for a skipped plan, if it is."""
        if not self.active or self._retired_on(today):
            return None
        if self._open() is not None:
            waiting = self._waiting(until=today + timedelta(days=self.lead))
            return sum(1 for due in waiting if due <= today) if waiting else None
        if self.floating:
            self._order_floating(today)
            return None
        waiting = self._waiting(until=today + timedelta(days=self.lead))
        overdue = [due for due in waiting if due <= today]
        if overdue:
            self.orders[overdue[-1]] = Order(missed=overdue[:-1])
        elif waiting:
            self.orders[waiting[0]] = Order()
        return None

    def complete(self, today: date) -> None:
        """Complete the open order, and settle the next cycle if its lead days have begun."""
        cycle = self._open()
        if cycle is None:
            return
        order = self.orders[cycle]
        order.status, self.completed = "COMPLETED", today
        if self.floating or not self.lead or today <= cycle:
            return
        # Up to the first due date from today on.
        waiting = self._waiting(until=today + FAR)
        coming = [due for due in self._grid(until=today + FAR) if due >= today and self._used(due)]
        if coming and coming[0] in waiting and (coming[0] - today).days <= self.lead:
            order.settled = coming[0]
            order.missed += [due for due in waiting if due < coming[0]]

    def cancel(self) -> None:
        """Cancel the open order."""
        cycle = self._open()
        if cycle is not None:
            self.orders[cycle].status = "CANCELLED"

    def switch(self, today: date) -> None:
        """Switch the plan off or on."""
        self.active = not self.active
        if self.active:
            assert self.unused_from is not None
            self._note_unused(self.unused_from, today)
        self.unused_from = None if self.active else today

    def retire(self, retired: date | None, today: date) -> None:
        """Set or clear the date of retirement."""
        if self.retired and self._retired_on(today) and (retired is None or retired > today):
            self._note_unused(self.retired, today)
        self.retired = retired

    def change(self, value: int, unit: str) -> None:
        """Change the interval: it counts from the last cycle done or being done."""
        done = [cycle for cycle, order in self.orders.items() if order.status != "CANCELLED"]
        done += [o.settled for o in self.orders.values() if o.settled and o.status != "CANCELLED"]
        if not self.floating and (value, unit) != (self.value, self.unit) and done:
            grid = self._grid(until=max(done))
            # The cycle that the last change counted from may have been opened again since.
            self.counted_from = grid[-1] if grid else self.counted_from
        self.value, self.unit = value, unit

    def _open(self) -> date | None:
        return next((cycle for cycle, o in self.orders.items() if o.status == "OPEN"), None)

    def _retired_on(self, day: date) -> bool:
        return self.retired is not None and self.retired <= day

    def _note_unused(self, start: date, end: date) -> None:
        while start < end:
            self.unused.add(start)
            start += ONE_DAY

    def _used(self, day: date) -> bool:
        off = self.unused_from is not None and day >= self.unused_from
        return not off and day not in self.unused and not self._retired_on(day)

    def _waiting(self, *, until: date) -> list[date]:
        """The cycles after all that have an order or were settled."""
        decided = [*self.orders]
        decided += [
            o.settled for o in self.orders.values() if o.settled and o.status != "CANCELLED"
        ]
        after = max(decided, default=date.min)
        if self.floating:
            cycle = self._open()
            assert cycle is not None
            return [d for d in self._from(cycle, until=until) if d > cycle and self._used(d)]
        return [due for due in self._grid(until=until) if due > after and self._used(due)]

    def _order_floating(self, today: date) -> None:
        start = self.anchor if self.completed is None else self._step(self.completed, 1, None)
        grid = self._from(start, until=today + 2 * FAR)
        cancelled = [cycle for cycle, o in self.orders.items() if o.status == "CANCELLED"]
        due = next(day for day in grid if day > max(cancelled, default=date.min))
        while due in self.orders or not self._used(due):
            if not self._used(due):
                due += ONE_DAY
            else:
                due = next(day for day in grid if day > due)
            if due > today + FAR:
                return
        if due <= today + timedelta(days=self.lead):
            self.orders[due] = Order()

    def _grid(self, *, until: date) -> list[date]:
        start = self.counted_from or self.anchor
        shortened = start.day == min(self.anchor.day, _days_in(start.year, start.month))
        return self._from(start, until=until, day=self.anchor.day if shortened else None)

    def _from(self, start: date, *, until: date, day: int | None = None) -> list[date]:
        dates, n = [], 0
        while (due := self._step(start, n, day)) <= until:
            dates.append(due)
            n += 1
        return dates

    def _step(self, start: date, n: int, day: int | None) -> date:
        """`start` and n intervals."""
        if self.unit in ("DAYS", "WEEKS"):
            return start + ONE_DAY * (n * self.value * (7 if self.unit == "WEEKS" else 1))
        year, month = start.year, start.month
        for _ in range(n * self.value * (12 if self.unit == "YEARS" else 1)):
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return date(year, month, min(day or start.day, _days_in(year, month)))


def _days_in(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]
