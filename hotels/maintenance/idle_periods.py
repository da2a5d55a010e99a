"""Periods without due dates: plan off, equipment not installed or retired (domain rule 2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self


@dataclass(frozen=True, kw_only=True)
class IdlePeriod:
    """The days from `start` up to `end`, which is excluded; None is for ever."""

    start: date
    end: date | None = None


@dataclass(frozen=True, kw_only=True)
class IdlePeriods:
    """Idle periods in order of their start, without overlaps; made by `merged`."""

    periods: tuple[IdlePeriod, ...] = ()

    @classmethod
    def merged(cls, periods: Iterable[IdlePeriod]) -> Self:
        """Put periods in order, join those that overlap or touch, drop empty ones."""
        joined: list[IdlePeriod] = []
        for period in sorted(periods, key=lambda each: each.start):
            if period.end is not None and period.end <= period.start:
                continue
            last = joined[-1] if joined else None
            if last is None or (last.end is not None and last.end < period.start):
                joined.append(period)
            elif last.end is not None:
                end = None if period.end is None else max(last.end, period.end)
                joined[-1] = IdlePeriod(start=last.start, end=end)
        return cls(periods=tuple(joined))

    def at(self, day: date) -> IdlePeriod | None:
        """The idle period that contains `day`, or None."""
        for period in self.periods:
            if period.start <= day and (period.end is None or day < period.end):
                return period
        return None


IN_USE = IdlePeriods()
"""No idle period."""
