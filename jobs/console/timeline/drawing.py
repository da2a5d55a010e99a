"""SVG of the timeline: a cell with tooltip and link for each column that has slots.

Built as text, because a template would be slow for the thousands of cells of a page.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext

from hotels import formats
from hotels.models import Hotel
from jobs.base import Job
from jobs.console.timeline.slots import SlotState, Span, TimelineSlot
from jobs.models import COMPLETED_WITH_PROBLEMS

# Pixels. The height of a row meets the minimum target size of WCAG, 24.
ROW_HEIGHT = 26
AXIS_HEIGHT = 36
DAY_LABEL_WIDTH = 75
HOUR_LABEL_WIDTH = 36
UTC_ZONE = ZoneInfo("UTC")

SIGNS: Mapping[SlotState, str] = {
    SlotState.FAILED: "✕",
    SlotState.MISSED: "!",
    SlotState.PROBLEMS: "▲",
    SlotState.RUNNING: "▸",
    SlotState.WAITING: "…",
    SlotState.SKIPPED: "–",
    SlotState.LATE: "»",
    SlotState.RETRIED: "↻",
    SlotState.COMPLETED: "✓",
    SlotState.COMING: "",
}
LABELS: Mapping[SlotState, str | Promise] = {
    SlotState.FAILED: gettext_lazy("failed"),
    SlotState.MISSED: gettext_lazy("missed"),
    SlotState.PROBLEMS: COMPLETED_WITH_PROBLEMS,
    SlotState.RUNNING: gettext_lazy("running"),
    SlotState.WAITING: gettext_lazy("waiting"),
    SlotState.SKIPPED: gettext_lazy("skipped"),
    SlotState.LATE: gettext_lazy("completed late"),
    SlotState.RETRIED: gettext_lazy("completed after a retry"),
    SlotState.COMPLETED: gettext_lazy("completed"),
    SlotState.COMING: gettext_lazy("not due yet"),
}
_SEVERITY = {state: rank for rank, state in enumerate(SlotState)}


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Equal columns of time, each `width` pixels wide."""

    span: Span
    step: timedelta
    width: int

    @classmethod
    def of(cls, *, hours: int, now: datetime) -> "Columns":
        """Return 24 columns of an hour, or 28 of six hours; the last one contains now."""
        step = timedelta(hours=1 if hours == 24 else 6)
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        until = midnight + ((now - midnight) // step + 1) * step
        span = Span(since=until - timedelta(hours=hours), until=until, now=now)
        return cls(span=span, step=step, width=28 if hours == 24 else 24)

    @property
    def total(self) -> int:
        """Width of all columns in pixels."""
        return self.width * ((self.span.until - self.span.since) // self.step)

    def place(self, at: datetime) -> float:
        """Return the distance from the left edge in pixels."""
        return round((at - self.span.since) / self.step * self.width, 1)

    def column(self, at: datetime) -> int:
        """Return the number of the column that contains a time."""
        return (at - self.span.since) // self.step


def axis(columns: Columns) -> SafeString:
    """Return the heading: days above hours, in UTC."""
    marks = []
    at, every = columns.span.since, 3 if columns.step == timedelta(hours=1) else 12
    while at < columns.span.until:
        # The first day gets a label only if it does not overlap the next one.
        room = columns.place(columns.span.since + timedelta(hours=24 - at.hour)) > DAY_LABEL_WIDTH
        if at.hour == 0 or (at == columns.span.since and room):
            marks.append((columns.place(at) + 2, 12, formats.short_day(at.date())))
        if at.hour % every == 0:
            marks.append((columns.place(at) + 2, 30, formats.time_of_day(at, zone=UTC_ZONE)))
        at += columns.step
    texts = format_html_join("", '<text x="{}" y="{}">{}</text>', marks)
    ends = (x + (DAY_LABEL_WIDTH if y == 12 else HOUR_LABEL_WIDTH) for x, y, _ in marks)
    width = round(max(columns.total, *ends))  # the last label may reach beyond its column
    return format_html(
        '<svg class="slots axis" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img"'
        ' aria-label="{2}">{3}</svg>',
        width,
        AXIS_HEIGHT,
        gettext("Time in UTC"),
        texts,
    )


class Drawing:
    """Draws rows; texts that repeat (times, durations, counts of states) are cached."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._receipt = reverse("admin:jobs_jobexecution_change", args=[0])
        self._instant = cache(self._instant_of)
        self._midnights = cache(self._midnights_of)
        self._duration = cache(formats.format_duration)
        self._summary = cache(lambda states: summary(Counter(states)))
        self._due = gettext("Due %(local)s hotel time (%(utc)s UTC)")
        self._timed = gettext("%(state)s in %(duration)s")
        self._labels = {state: str(label) for state, label in LABELS.items()}

    def row(self, *, hotel: Hotel, job: Job, slots: Sequence[TimelineSlot]) -> SafeString:
        """Return the cells of one job in one hotel."""
        by_column: dict[int, list[TimelineSlot]] = {}
        for slot in slots:
            by_column.setdefault(self._columns.column(slot.due), []).append(slot)
        title, zone = f"{hotel.name} · {job.title}", hotel.zone
        cells = "".join(
            self._cell(number, found, title, zone) for number, found in sorted(by_column.items())
        )
        size = f'width="{self._columns.total}" height="{ROW_HEIGHT}"'
        box = f'viewBox="0 0 {self._columns.total} {ROW_HEIGHT}"'
        inside = f"{self._midnights(zone)}{cells}"
        return SafeString(f'<svg class="slots" {size} {box}>{inside}</svg>')

    def _cell(self, number: int, slots: list[TimelineSlot], title: str, zone: ZoneInfo) -> str:
        shown = slots[0] if len(slots) == 1 else min(slots, key=lambda slot: _SEVERITY[slot.state])
        width, left = self._columns.width, number * self._columns.width
        inside = (
            f"<title>{escape(self._tooltip(shown, slots, title, zone))}</title>"
            f'<rect x="{left + 1}" y="1" width="{width - 2}" height="{ROW_HEIGHT - 2}" rx="3"/>'
            f'<text x="{left + width // 2}" y="18">{SIGNS[shown.state]}</text>'
        )
        if shown.execution_id is None:
            return f'<g class="cell {shown.state}" role="img">{inside}</g>'
        href = self._receipt.replace("/0/", f"/{shown.execution_id}/")
        return f'<a class="cell {shown.state}" href="{href}">{inside}</a>'

    def _tooltip(
        self, shown: TimelineSlot, slots: list[TimelineSlot], title: str, zone: ZoneInfo
    ) -> str:
        lines = [title]
        if len(slots) > 1:
            lines.append(self._summary(tuple(sorted(slot.state for slot in slots))))
        local, utc = self._instant(shown.due, zone), self._instant(shown.due, UTC_ZONE)
        lines.append(self._due % {"local": local, "utc": utc})
        label = state = self._label(shown)
        if shown.duration is not None:
            state = self._timed % {
                "state": state,
                "duration": self._duration(_rounded(shown.duration)),
            }
        # A stored summary such as "Missed; covered by the 12:00 run" already says the state.
        if shown.summary.casefold().startswith(label.casefold()):
            lines.append(shown.summary)
        else:
            lines.append(f"{state}: {shown.summary}" if shown.summary else state)
        return "\n".join(lines)

    def _label(self, slot: TimelineSlot) -> str:
        if slot.state != SlotState.LATE:
            return self._labels[slot.state]
        return gettext("completed %(time)s late") % {"time": formats.lateness(slot.late_by)}

    def _midnights_of(self, zone: ZoneInfo) -> str:
        """Return a line at each midnight of a time zone."""
        span = self._columns.span
        day, lines = span.since.astimezone(zone).date(), ""
        while (at := datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)) < span.until:
            if at > span.since:
                x = self._columns.place(at)
                lines += f'<line class="midnight" x1="{x}" x2="{x}" y1="0" y2="{ROW_HEIGHT}"/>'
            day += timedelta(days=1)
        return lines

    @staticmethod
    def _instant_of(at: datetime, zone: ZoneInfo) -> str:
        return formats.format_instant(at, zone=zone)


def _rounded(duration: timedelta) -> timedelta:
    """Round to the precision shown: milliseconds, or tenths of a second."""
    precision = timedelta(milliseconds=1 if duration < timedelta(seconds=1) else 100)
    return round(duration / precision) * precision


def summary(states: Counter[SlotState]) -> str:
    """Return `2,310 scheduled runs: 2,301 completed, 4 failed`, without those not due yet."""
    states = Counter({state: count for state, count in states.items() if state != SlotState.COMING})
    total = states.total()
    counts = [
        f"{formats.number(states[state])} {LABELS[state]}"
        for state in reversed(SlotState)
        if states[state]
    ]
    runs = ngettext("%(count)s scheduled run", "%(count)s scheduled runs", total) % {
        "count": formats.number(total)
    }
    return f"{runs}: {', '.join(counts)}" if counts else runs


def legend() -> Iterable[tuple[str, str, str | Promise]]:
    """Return CSS class, sign and label of each state."""
    return [(state.value, SIGNS[state], LABELS[state]) for state in reversed(SlotState)]
