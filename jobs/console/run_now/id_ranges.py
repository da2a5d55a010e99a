"""Ids as a short text for a query string: `1-12.15`. 500 codes would exceed a URL's limit."""

import re
from collections.abc import Iterable

IdRange = range  # consecutive ids
_RANGE = re.compile(r"([1-9][0-9]{0,17})(?:-([1-9][0-9]{0,17}))?", re.ASCII)
# Each range is a condition of a query; SQLite allows an expression to be 1000 deep.
_MOST_RANGES = 900


def format_ids(ids: Iterable[int]) -> str:
    """Return the ids as ranges, in order: `1-12.15`; empty for none."""
    ranges: list[list[int]] = []
    for number in sorted(set(ids)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ".".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


def parse_ids(text: str) -> list[IdRange]:
    """Return the ranges of a text, without listing their ids: they may be huge.

    Raises ValueError if it is no such text, or its ranges are not in order.
    """
    parts = text.split(".") if text else []
    if len(parts) > _MOST_RANGES:
        raise ValueError("Too many ranges.")
    ranges: list[IdRange] = []
    for part in parts:
        match = _RANGE.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is not a range of ids.")
        low, high = int(match[1]), int(match[2] or match[1])
        if high < low or (ranges and low < ranges[-1].stop):
            raise ValueError(f"{part!r} is out of order.")
        ranges.append(range(low, high + 1))
    return ranges
