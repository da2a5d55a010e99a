"""Medians and ratios: machines are noisy, and a number alone says nothing."""

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
    """Seconds of the middle one of some calls."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def queries(call: Callable[[], Any]) -> int:
    """How many statements a call sends."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def compare(title: str, *, ours: float, floor: float, of: str, note: str = "") -> None:
    """Print ours beside the floor, `of` being what the floor is."""
    table = Table(title=title, title_justify="left", pad_edge=False)
    for heading in ("ours", "floor", "ratio", "the floor is", ""):
        table.add_column(heading)
    table.add_row(_ms(ours), _ms(floor), f"{ours / floor:.1f} ×", of, note)
    console.print(table)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"
