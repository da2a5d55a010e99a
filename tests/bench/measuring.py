"""Medians and ratios of times. A ratio is comparable between machines, a time is not."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rich.console import Console
from rich.table import Table

console = Console(width=130)


@dataclass(frozen=True, kw_only=True)
class Target:
    """The most that is allowed: a multiple of the floor, milliseconds, or both."""

    at_most: float | None = None  # times the floor
    milliseconds: float | None = None

    def __str__(self) -> str:
        limits = ((self.at_most, "×"), (self.milliseconds, "ms"))
        return ", ".join(f"≤ {limit:g} {unit}" for limit, unit in limits if limit is not None)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One measurement, beside its floor where it has one; `of` describes the floor.

    In seconds, or in bytes if the unit is MB.
    """

    name: str
    ours: float
    floor: float | None = None
    of: str = ""
    target: Target | None = None
    note: str = ""
    unit: str = "ms"

    @property
    def ratio(self) -> float | None:
        """Our time as a multiple of the floor."""
        return None if self.floor is None else self.ours / self.floor

    @property
    def holds(self) -> bool | None:
        """Whether the target is reached; None without a target."""
        if self.target is None:
            return None
        most, longest = self.target.at_most, self.target.milliseconds
        near = most is None or (self.ratio is not None and self.ratio <= most)
        return near and (longest is None or self.scaled(self.ours) <= longest)

    def scaled(self, value: float) -> float:
        """The value in the unit."""
        return value * {"ms": 1000, "MB": 1 / 1024**2}[self.unit]


taken: list[Comparison] = []
"""All measurements of this process, in their order."""


def median(call: Callable[[], Any], *, times: int = 5) -> float:
    """Return the median duration of several calls, in seconds."""
    return statistics.median(duration(call) for _ in range(times))


def duration(call: Callable[[], Any]) -> float:
    """Return how long one call takes, in seconds."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def interleaved(
    *calls: Callable[[], Any], times: int = 5, before: Callable[[], Any] | None = None
) -> list[float]:
    """Return the median duration of each call, in seconds; the calls take turns.

    So whatever else the machine does slows all of them alike. `before` is called before each call
    and is not timed.
    """
    found: list[list[float]] = [[] for _ in calls]
    for _ in range(times):
        for call, durations in zip(calls, found, strict=True):
            if before is not None:
                before()
            durations.append(duration(call))
    return [statistics.median(durations) for durations in found]


def queries(call: Callable[[], Any]) -> int:
    """Return the number of SQL statements of a call."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def compare(
    title: str,
    *,
    ours: float,
    floor: float | None = None,
    of: str = "",
    note: str = "",
    target: Target | None = None,
    unit: str = "ms",
) -> None:
    """Print our value beside the floor, and keep it for the report; `of` describes the floor."""
    found = Comparison(
        name=title, ours=ours, floor=floor, of=of, note=note, target=target, unit=unit
    )
    taken.append(found)
    console.print(table([found], title=title))


def table(rows: list[Comparison], *, title: str, names: bool = False) -> Table:
    """Return a table of measurements, with their names if there are several."""
    made = Table(title=title, title_justify="left", pad_edge=False)
    for heading in (["name"] if names else []) + ["ours", "floor", "ratio", "target", "holds"]:
        made.add_column(heading)
    if not names:
        made.add_column("the floor is")
        made.add_column("")
    for row in rows:
        made.add_row(*cells(row, named=names))
    return made


def cells(row: Comparison, *, named: bool) -> list[str]:
    """Return the texts of a row of the table."""
    # Far below 1 two decimals say nothing.
    ratio = "" if row.ratio is None else f"{row.ratio:.{2 if row.ratio >= 0.1 else 4}f} ×"
    holds = {None: "", True: "yes", False: "no"}[row.holds]
    floor = "" if row.floor is None else _in_unit(row, row.floor)
    texts = [_in_unit(row, row.ours), floor, ratio, str(row.target or ""), holds]
    return [row.name, *texts] if named else [*texts, row.of, row.note]


def _in_unit(row: Comparison, value: float) -> str:
    return f"{row.scaled(value):,.1f} {row.unit}"
