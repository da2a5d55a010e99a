"""Sparkline: a small line chart of durations."""

from collections.abc import Sequence

WIDTH, HEIGHT = 120, 24
FEWEST = 3  # two days say nothing about a trend


def points(values: Sequence[float | None]) -> str:
    """Return the points of an SVG polyline in a box of 120 by 24 pixels.

    The highest value reaches the top; days without a value are skipped, and those before the first
    value are left out. Empty for fewer than `FEWEST` values.
    """
    known = [(number, value) for number, value in enumerate(values) if value is not None]
    if len(known) < FEWEST:
        return ""
    top = max(value for _, value in known) or 1.0
    first = known[0][0]
    step = WIDTH / (len(values) - 1 - first)
    return " ".join(
        f"{(number - first) * step:.1f},{HEIGHT - 1 - value / top * (HEIGHT - 2):.1f}"
        for number, value in known
    )
