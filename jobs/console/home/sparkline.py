"""A line of durations so small that only its shape is read."""

from collections.abc import Sequence

WIDTH, HEIGHT = 120, 24


def points(values: Sequence[float | None]) -> str:
    """The points of an SVG polyline in a box of 120 by 24; days without a value are left out.

    The highest value reaches the top. Fewer than two values make no line: empty.
    """
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    top = max(value for _, value in known) or 1.0
    step = WIDTH / (len(values) - 1)
    return " ".join(
        f"{place * step:.1f},{HEIGHT - 1 - value / top * (HEIGHT - 2):.1f}"
        for place, value in known
    )
