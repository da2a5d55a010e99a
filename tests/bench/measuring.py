"""Medians and ratios of times. A ratio is comparable between machines, a time is not."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rich.console import Console
from rich.table import Table

console = Console(width=130)


def median(call: Callable[[], Any], *, times: int = 5) -> float:
    """Return the median duration of several calls, in seconds."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def queries(call: Callable[[], Any]) -> int:
    """Return the number of SQL statements of a call."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def compare(title: str, *, ours: float, floor: float, of: str, note: str = "") -> None:
    """Print our time beside the floor; `of` describes the floor."""
    table = Table(title=title, title_justify="left", pad_edge=False)
    for heading in ("ours", "floor", "ratio", "the floor is", ""):
        table.add_column(heading)
    table.add_row(_ms(ours), _ms(floor), f"{ours / floor:.1f} ×", of, note)
    console.print(table)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"
