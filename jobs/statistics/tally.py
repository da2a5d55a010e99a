"""Statistics of one job on one day."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from jobs.models import Status
from jobs.result_fields import Kind, ResultField, decimal_of


def percentile(values: Sequence[float], fraction: float) -> float | None:
    """The interpolated percentile, as PostgreSQL's percentile_cont; None without values.

    Computed in Python: SQLite has no such function, and a day is counted only once.
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
    """Statistics of one job on one day; durations in seconds, of completed and failed executions.

    `counts` and `money` are sums over the results, by field, money also by currency. `rates` are
    means of each hotel's last percentage of the day, weighted as the field declares.
    `completed_with_problems` are part of `completed`; 0 for days stored before they were counted.
    """

    completed: int = 0
    completed_with_problems: int = 0
    failed: int = 0
    skipped: int = 0
    median: float | None = None
    p95: float | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    money: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)

    @property
    def finished(self) -> int:
        """The number of executions that completed or failed."""
        return self.completed + self.failed

    @property
    def clean(self) -> int:
        """The number of executions that completed without problems."""
        return self.completed - self.completed_with_problems

    def stored(self) -> dict[str, Any]:
        """The statistics as stored in JSON."""
        return asdict(self)

    @classmethod
    def of_stored(cls, stored: Mapping[str, Any]) -> Self:
        """The statistics read back from JSON, where amounts are text."""
        money = {
            name: {currency: Decimal(amount) for currency, amount in amounts.items()}
            for name, amounts in stored["money"].items()
        }
        return cls(**{**stored, "money": money})


@dataclass(kw_only=True)
class DayTally:
    """Adds up a day's executions of a job, given one by one in any order.

    `fields` are the declarations of the job's result by key; other keys of a result are ignored.
    """

    fields: Mapping[str, ResultField]
    by_status: Counter[str] = field(default_factory=Counter)
    completed_with_problems: int = 0
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
        problems: int,
        result: Mapping[str, Any] | None,
    ) -> None:
        """Add an execution that has ended."""
        self.by_status[status] += 1
        if status == Status.SKIPPED:
            return
        if started_at is not None:
            self.durations.append((completed_at - started_at).total_seconds())
        if status == Status.COMPLETED and problems:
            self.completed_with_problems += 1
        # The changes of a failed execution were rolled back, whatever its result says.
        if status == Status.COMPLETED and result:
            self._take_result(result, hotel_id=hotel_id, at=completed_at)

    def _take_result(self, result: Mapping[str, Any], *, hotel_id: int, at: datetime) -> None:
        for key, declared in self.fields.items():
            value = result.get(key)
            if declared.kind is Kind.COUNT:
                if isinstance(value, int):
                    self.counts[key] += value
            elif declared.kind in (Kind.MONEY, Kind.PERCENT):
                number, currency = decimal_of(value), result.get(declared.currency_key)
                if number is None:
                    continue
                if declared.kind is Kind.PERCENT:
                    weight = result.get(declared.weight_key) if declared.weight_key else 1
                    self._take_rate(key, number, weight, hotel_id=hotel_id, at=at)
                elif isinstance(currency, str):
                    amounts = self.money[key]
                    amounts[currency] = amounts.get(currency, Decimal(0)) + number

    def _take_rate(
        self, key: str, rate: Decimal, weight: Any, *, hotel_id: int, at: datetime
    ) -> None:
        known = self.rates[key].get(hotel_id)
        if isinstance(weight, int) and (known is None or at >= known[0]):
            self.rates[key][hotel_id] = (at, rate, weight)

    def figures(self) -> DayStatistics:
        """The statistics of the executions added so far."""
        durations = sorted(self.durations)
        return DayStatistics(
            completed=self.by_status[Status.COMPLETED],
            completed_with_problems=self.completed_with_problems,
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
    weights = sum(weight for _, _, weight in rates.values())
    if not weights:
        return None
    total = sum((rate * weight for _, rate, weight in rates.values()), Decimal(0))
    return float(round(total / weights, 2))
