"""Counting the executions of one job on one day."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from jobs.models import Status

_DECIMAL = re.compile(r"-?\d+(\.\d+)?")
_NO_EFFECTS = frozenset({"hotelId"})


def percentile(values: Sequence[float], fraction: float) -> float | None:
    """As PostgreSQL's percentile_cont: between two values, by distance. None of no values.

    In Python, since SQLite has no such function and a day is counted once.
    """
    if not values:
        return None
    rising = sorted(values)
    place = fraction * (len(rising) - 1)
    low = int(place)
    high = min(low + 1, len(rising) - 1)
    return rising[low] + (rising[high] - rising[low]) * (place - low)


@dataclass(frozen=True, kw_only=True)
class DayStatistics:
    """How one job went on one day; durations in seconds, of those that completed or failed.

    `counts` adds up the whole numbers of the results, `money` the amounts by currency; `rates`
    are means of each hotel's last rate of the day, weighted by its rooms where the result says.
    """

    completed: int = 0
    failed: int = 0
    skipped: int = 0
    median: float | None = None
    p95: float | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    money: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)

    @property
    def finished(self) -> int:
        """Worked to an end."""
        return self.completed + self.failed

    def stored(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def of_stored(cls, stored: Mapping[str, Any]) -> Self:
        """Back from JSON; amounts are text there."""
        money = {
            name: {currency: Decimal(amount) for currency, amount in amounts.items()}
            for name, amounts in stored["money"].items()
        }
        return cls(**{**stored, "money": money})


@dataclass(kw_only=True)
class DayTally:
    """Takes a day's executions of a job, one after the other, in any order."""

    by_status: Counter[str] = field(default_factory=Counter)
    durations: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    money: dict[str, dict[str, Decimal]] = field(default_factory=lambda: defaultdict(dict))
    rates: dict[str, dict[int, tuple[datetime, Decimal, int]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def take(
        self,
        *,
        hotel_id: int,
        status: str,
        started_at: datetime | None,
        completed_at: datetime,
        result: Mapping[str, Any] | None,
    ) -> None:
        """Count one that has ended."""
        self.by_status[status] += 1
        if status == Status.SKIPPED:
            return
        if started_at is not None:
            self.durations.append((completed_at - started_at).total_seconds())
        # What a failed one found was rolled back with everything else.
        if status == Status.COMPLETED and result:
            self._take_result(result, hotel_id=hotel_id, at=completed_at)

    def _take_result(self, result: Mapping[str, Any], *, hotel_id: int, at: datetime) -> None:
        currency = result.get("currency")
        for name, value in result.items():
            if isinstance(value, int):
                if name not in _NO_EFFECTS and not isinstance(value, bool):
                    self.counts[name] += value
            elif isinstance(value, str) and _DECIMAL.fullmatch(value):
                if name.endswith("Rate"):
                    self._take_rate(name, value, result, hotel_id=hotel_id, at=at)
                elif isinstance(currency, str):
                    amounts = self.money[name]
                    amounts[currency] = amounts.get(currency, Decimal(0)) + Decimal(value)

    def _take_rate(
        self, name: str, value: str, result: Mapping[str, Any], *, hotel_id: int, at: datetime
    ) -> None:
        known = self.rates[name].get(hotel_id)
        if known is None or at >= known[0]:
            rooms = result.get("roomsProcessed", 1)
            self.rates[name][hotel_id] = (at, Decimal(value), rooms)

    def figures(self) -> DayStatistics:
        """What they came to."""
        durations = sorted(self.durations)
        return DayStatistics(
            completed=self.by_status[Status.COMPLETED],
            failed=self.by_status[Status.FAILED],
            skipped=self.by_status[Status.SKIPPED],
            median=percentile(durations, 0.5),
            p95=percentile(durations, 0.95),
            counts=dict(self.counts),
            money={name: dict(amounts) for name, amounts in self.money.items()},
            rates={
                name: mean for name, of in self.rates.items() if (mean := _mean(of)) is not None
            },
        )


def _mean(rates: Mapping[int, tuple[datetime, Decimal, int]]) -> float | None:
    rooms = sum(weight for _, _, weight in rates.values())
    if not rooms:
        return None
    total = sum((rate * weight for _, rate, weight in rates.values()), Decimal(0))
    return float(round(total / rooms, 2))
