"""The night as SVG: a bar for each execution, and the line of how many ran at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from hotels import formats
from jobs.console.night.bars import Bar

WIDE, NARROW = 900, 330  # pixels of the line, and of a bar in its table
ROW = 26
AXIS = 20
LINE = 90
LEAST = 3  # pixels of a bar, however short the execution was
_STEPS = [timedelta(seconds=n) for n in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)]
_STEPS += [timedelta(hours=n) for n in (1, 2, 3, 6, 12, 24)]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The part of the night in which something ran, over the width of the drawing."""

    begin: datetime
    end: datetime
    zone: ZoneInfo
    width: int

    @classmethod
    def of(cls, bars: Sequence[Bar], *, zone: ZoneInfo, width: int) -> "Scale":
        """From the first start to the last end: most of a night nothing runs."""
        begin, end = min(bar.began for bar in bars), max(bar.ended for bar in bars)
        end = max(end, begin + timedelta(seconds=1))
        return cls(begin=begin, end=end, zone=zone, width=width)

    def place(self, at: datetime) -> float:
        """Pixels from the left."""
        return round((at - self.begin) / (self.end - self.begin) * self.width, 1)

    def axis(self) -> SafeString:
        """Round times of day, as close as there is room."""
        least = (self.end - self.begin) * 80 / self.width
        step = next((step for step in _STEPS if step >= least), _STEPS[-1])
        at, marks = self.begin + (_EPOCH - self.begin) % step, []
        while at < self.end:
            text = formats.time_of_day(at, zone=self.zone)
            fine = step < timedelta(minutes=1)
            marks.append((self.place(at), f"{text}:{at:%S}" if fine else text))
            at += step
        tick = '<line x1="{0}" x2="{0}" y1="0" y2="20"/><text x="{0}" dx="3" y="14">{1}</text>'
        return self._svg("night axis", AXIS, format_html_join("", tick, marks))

    def bar(self, bar: Bar, *, told: str, href: str) -> SafeString:
        """One execution: a link to its receipt."""
        left = min(self.place(bar.began), self.width - LEAST)
        width = max(round(self.place(bar.ended) - left, 1), LEAST)
        inside = format_html(
            '<a class="{}" href="{}"><title>{}</title><rect class="reach" width="{}" height="{}"/>'
            '<rect x="{}" y="5" width="{}" height="{}" rx="2"/></a>',
            bar.status.lower(),
            href,
            told,
            self.width,
            ROW,
            left,
            width,
            ROW - 10,
        )
        return self._svg("night", ROW, inside)

    def line(self, steps: Sequence[tuple[datetime, int]], *, label: str) -> SafeString:
        """How many ran at once, a step at each change."""
        most = max((count for _, count in steps), default=1)
        points, level = [f"0,{LINE}"], 0
        for at, count in steps:
            x = self.place(at)
            points += [f"{x},{_height(level, most)}", f"{x},{_height(count, most)}"]
            level = count
        area = format_html('<polygon points="{}"/>', " ".join([*points, f"{self.width},{LINE}"]))
        return self._svg("night line", LINE, area, label=label)

    def _svg(self, classes: str, height: int, inside: SafeString, *, label: str = "") -> SafeString:
        named = format_html(' role="img" aria-label="{}"', label) if label else ""
        return format_html(
            '<svg class="{0}" width="{1}" height="{2}" viewBox="0 0 {1} {2}"{3}>{4}</svg>',
            classes,
            self.width,
            height,
            named,
            inside,
        )


def thinned(steps: Sequence[tuple[datetime, int]], *, scale: Scale) -> list[tuple[datetime, int]]:
    """The highest of the steps in each pixel, and the last, so that a line stays small."""
    by_pixel: dict[int, list[tuple[datetime, int]]] = {}
    for step in steps:
        by_pixel.setdefault(int(scale.place(step[0])), []).append(step)
    kept: list[tuple[datetime, int]] = []
    for of in by_pixel.values():
        highest = max(of, key=lambda step: step[1])
        kept += [highest] if highest == of[-1] else [highest, of[-1]]
    return kept


def _height(count: int, most: int) -> float:
    return round(LINE - (LINE - 4) * count / most, 1)
