"""SVG of the night page: a bar for each execution, and a line for the concurrency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from hotels import formats
from jobs.console.night.bars import Bar

# All in pixels.
LINE_WIDTH, BAR_WIDTH = 900, 330
ROW_HEIGHT = 26
AXIS_HEIGHT = 20
LINE_HEIGHT = 90
MIN_BAR = 3
_STEPS = [timedelta(seconds=n) for n in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)]
_STEPS += [timedelta(hours=n) for n in (1, 2, 3, 6, 12, 24)]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Time scale of a drawing; all widths are in pixels."""

    begin: datetime
    end: datetime
    zone: ZoneInfo
    width: int

    @classmethod
    def of(cls, bars: Sequence[Bar], *, zone: ZoneInfo, width: int) -> "Scale":
        """Return the scale from the first start to the last end, as most of a night is idle."""
        begin, end = min(bar.started for bar in bars), max(bar.ended for bar in bars)
        end = max(end, begin + timedelta(seconds=1))
        return cls(begin=begin, end=end, zone=zone, width=width)

    def place(self, at: datetime) -> float:
        """Return the distance from the left edge."""
        return round((at - self.begin) / (self.end - self.begin) * self.width, 1)

    def axis(self) -> SafeString:
        """Return the axis, with round times at least 80 pixels apart."""
        least = (self.end - self.begin) * 80 / self.width
        step = next((step for step in _STEPS if step >= least), _STEPS[-1])
        at, marks = self.begin + (_EPOCH - self.begin) % step, []
        while at < self.end:
            text = formats.time_of_day(at, zone=self.zone)
            fine = step < timedelta(minutes=1)
            marks.append((self.place(at), f"{text}:{at:%S}" if fine else text))
            at += step
        tick = '<line x1="{0}" x2="{0}" y1="0" y2="20"/><text x="{0}" dx="3" y="14">{1}</text>'
        return self._svg("night axis", AXIS_HEIGHT, format_html_join("", tick, marks))

    def bar(self, bar: Bar, *, tone: str, title: str, href: str) -> SafeString:
        """Return the bar of an execution, linked to its page.

        `tone` is that of its badge, `title` the tooltip.
        """
        left = min(self.place(bar.started), self.width - MIN_BAR)
        width = max(round(self.place(bar.ended) - left, 1), MIN_BAR)
        inside = format_html(
            '<a class="{}" href="{}"><title>{}</title><rect class="reach" width="{}" height="{}"/>'
            '<rect x="{}" y="5" width="{}" height="{}" rx="2"/></a>',
            tone,
            href,
            title,
            self.width,
            ROW_HEIGHT,
            left,
            width,
            ROW_HEIGHT - 10,
        )
        return self._svg("night", ROW_HEIGHT, inside)

    def line(self, steps: Sequence[tuple[datetime, int]], *, label: str) -> SafeString:
        """Return the step line of the concurrency."""
        most = max((count for _, count in steps), default=1)
        points, level = [f"0,{LINE_HEIGHT}"], 0
        for at, count in steps:
            x = self.place(at)
            points += [f"{x},{_height(level, most)}", f"{x},{_height(count, most)}"]
            level = count
        area = format_html(
            '<polygon points="{}"/>', " ".join([*points, f"{self.width},{LINE_HEIGHT}"])
        )
        return self._svg("night line", LINE_HEIGHT, area, label=label)

    def _svg(self, classes: str, height: int, inside: SafeString, *, label: str = "") -> SafeString:
        aria = format_html(' role="img" aria-label="{}"', label) if label else ""
        return format_html(
            '<svg class="{0}" width="{1}" height="{2}" viewBox="0 0 {1} {2}"{3}>{4}</svg>',
            classes,
            self.width,
            height,
            aria,
            inside,
        )


def thin_out(steps: Sequence[tuple[datetime, int]], *, scale: Scale) -> list[tuple[datetime, int]]:
    """Keep the highest and the last step of each pixel, so that the SVG stays small."""
    by_pixel: dict[int, list[tuple[datetime, int]]] = {}
    for step in steps:
        by_pixel.setdefault(int(scale.place(step[0])), []).append(step)
    kept: list[tuple[datetime, int]] = []
    for steps_of_pixel in by_pixel.values():
        highest, last = max(steps_of_pixel, key=lambda step: step[1]), steps_of_pixel[-1]
        kept += [highest] if highest == last else [highest, last]
    return kept


def _height(count: int, most: int) -> float:
    return round(LINE_HEIGHT - (LINE_HEIGHT - 4) * count / most, 1)
