"""The figures of a job as charts: each a column of days beside one or more columns of values.

What a job does is read from its results, so a new job has its charts without a line here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from hotels import formats
from jobs import registry
from jobs.statistics import DayStatistics
from jobs.statistics.totals import success_rate

Value = int | float | Decimal | None
NOTHING = DayStatistics()

# Nicer than the name of the result's field; a name that is not here is shown as its words.
_LABELS: Mapping[str, str | Promise] = {
    "tasksCreated": gettext_lazy("Tasks created"),
    "tasksAssigned": gettext_lazy("Tasks assigned"),
    "rolledOver": gettext_lazy("Tasks rolled over"),
    "workOrdersCreated": gettext_lazy("Work orders created"),
    "missedCycles": gettext_lazy("Missed cycles"),
    "noShowsDetected": gettext_lazy("No-shows"),
    "penaltiesApplied": gettext_lazy("Fees charged"),
    "totalPenalty": gettext_lazy("No-show fees"),
    "roomsFreed": gettext_lazy("Rooms freed"),
    "review": gettext_lazy("Left for review"),
    "roomsProcessed": gettext_lazy("Rooms counted"),
    "availabilityUpdated": gettext_lazy("Availability changed"),
    "occupancyRate": gettext_lazy("Occupancy of the next 90 days"),
    "overbookedNights": gettext_lazy("Overbooked nights"),
    "invoicesGenerated": gettext_lazy("Invoices"),
    "totalAmount": gettext_lazy("Invoiced"),
}


@dataclass(frozen=True, kw_only=True)
class ChartColumn:
    """One value a day, None where there is none; `name` is for programs."""

    name: str
    label: str
    values: Sequence[Value]
    drawn: bool = True


@dataclass(frozen=True, kw_only=True)
class Chart:
    """`key` names it in its job; `unit` is `percent`, `seconds`, `count` or a currency."""

    key: str
    title: str
    unit: str
    days: Sequence[date]
    columns: Sequence[ChartColumn]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see: no value that is not zero."""
        return not any(value for column in self.columns for value in column.values)

    def for_script(self) -> dict[str, Any]:
        """What the script draws."""
        return {
            "unit": self.unit,
            "title": self.title,
            "series": [
                {"label": column.label, "values": [_plain(value) for value in column.values]}
                for column in self.columns
                if column.drawn
            ],
        }

    def rows(self) -> Iterator[list[Any]]:
        """As programs read it: a heading, then ISO dates and plain numbers."""
        yield ["date", *(column.name for column in self.columns)]
        for n, day in enumerate(self.days):
            values = (_plain(column.values[n]) for column in self.columns)
            yield [day.isoformat(), *("" if value is None else value for value in values)]

    def table(self, *, days: Sequence[str], written: "Written") -> SafeString:
        """As people read it: the newest day first. Built as text: a page has thousands of cells."""
        heads = "".join(
            f'<th scope="col" class="number">{escape(c.label)}</th>' for c in self.columns
        )
        units = [self.unit if column.drawn else "count" for column in self.columns]
        cells = [
            [f'<td class="number">{written(value, unit)}</td>' for value in column.values]
            for column, unit in zip(self.columns, units, strict=True)
        ]
        rows = [
            f'<tr><th scope="row">{escape(day)}</th>{"".join(of)}</tr>'
            for day, *of in zip(days, *cells, strict=True)
        ]
        return SafeString(
            f'<table class="plain"><thead><tr><th scope="col">{escape(gettext("Day"))}</th>{heads}'
            f"</tr></thead><tbody>{''.join(reversed(rows))}</tbody></table>"
        )


class Written:
    """Writes values for HTML; each is written once, for most come often."""

    def __init__(self) -> None:
        self._known: dict[tuple[Value, str], str] = {}

    def __call__(self, value: Value, unit: str) -> str:
        """`97.5%`, `0.34 s`, `1,204`, `€412.00`; a dash for no value."""
        key = value, unit
        if key not in self._known:
            self._known[key] = escape(_written(value, unit))
        return self._known[key]


def _written(value: Value, unit: str) -> str:
    if value is None:
        return "–"
    if unit == "percent":
        return formats.percent(value, digits=2)
    if unit == "seconds":
        return gettext("%(count)s s") % {"count": formats.number(round(float(value), 3))}
    if unit == "count":
        return formats.number(value)
    return formats.amount(Decimal(value), currency=unit)


def charts_of(
    *, job_name: str, days: Sequence[date], by_day: Mapping[date, Mapping[str, DayStatistics]]
) -> list[Chart]:
    """The charts of a job: success, duration, then one for each thing its results count."""
    figures = [by_day.get(day, {}).get(job_name, NOTHING) for day in days]
    return [
        _success(days, figures),
        _duration(days, figures),
        *_counts(days, figures),
        *_money(days, figures),
        *_rates(days, figures),
    ]


def jobs_in(by_day: Mapping[date, Mapping[str, DayStatistics]]) -> list[tuple[str, str]]:
    """The jobs that ran, by name, with their titles; one that is no longer there has its name."""
    names = {name for jobs in by_day.values() for name in jobs}
    return [(name, registry.title_of(name)) for name in sorted(names)]


def label_of(name: str) -> str:
    """The words of a result's field: `guestsGreeted` is `Guests greeted`."""
    known = _LABELS.get(name)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return str(known) if known else words[:1].upper() + words[1:].lower()


def _success(days: Sequence[date], figures: Sequence[DayStatistics]) -> Chart:
    rates = [
        success_rate(completed=of.completed, finished=of.finished) if of.finished else None
        for of in figures
    ]
    outcomes: tuple[tuple[str, str, Callable[[DayStatistics], int]], ...] = (
        ("completed", gettext("Completed"), lambda of: of.completed),
        ("failed", gettext("Failed"), lambda of: of.failed),
        ("skipped", gettext("Skipped"), lambda of: of.skipped),
    )
    counted = [
        ChartColumn(name=name, label=label, values=[read(of) for of in figures], drawn=False)
        for name, label, read in outcomes
    ]
    rate = ChartColumn(name="success_percent", label=gettext("Success"), values=rates)
    return Chart(
        key="success",
        title=gettext("Success rate"),
        unit="percent",
        days=days,
        columns=[rate, *counted],
    )


def _duration(days: Sequence[date], figures: Sequence[DayStatistics]) -> Chart:
    return Chart(
        key="duration",
        title=gettext("Duration"),
        unit="seconds",
        days=days,
        columns=[
            ChartColumn(
                name="p50_seconds",
                label=gettext("Half took at most"),
                values=[of.median for of in figures],
            ),
            ChartColumn(
                name="p95_seconds",
                label=gettext("95 of 100 took at most"),
                values=[of.p95 for of in figures],
            ),
        ],
    )


def _counts(days: Sequence[date], figures: Sequence[DayStatistics]) -> Iterator[Chart]:
    for name in _names(of.counts for of in figures):
        values = [of.counts.get(name) for of in figures]
        yield _single(f"count-{name}", name, label_of(name), "count", days, values)


def _money(days: Sequence[date], figures: Sequence[DayStatistics]) -> Iterator[Chart]:
    for name in _names(of.money for of in figures):
        for currency in _names(of.money.get(name, {}) for of in figures):
            values = [of.money.get(name, {}).get(currency) for of in figures]
            title = f"{label_of(name)}, {currency}"
            yield _single(f"money-{name}-{currency}", name, title, currency, days, values)


def _rates(days: Sequence[date], figures: Sequence[DayStatistics]) -> Iterator[Chart]:
    for name in _names(of.rates for of in figures):
        values = [of.rates.get(name) for of in figures]
        yield _single(f"rate-{name}", name, label_of(name), "percent", days, values)


def _single(
    key: str, name: str, title: str, unit: str, days: Sequence[date], values: Sequence[Value]
) -> Chart:
    column = ChartColumn(name=name, label=title, values=values)
    return Chart(key=key, title=title, unit=unit, days=days, columns=[column])


def _names(mappings: Iterable[Mapping[str, Any]]) -> list[str]:
    """The keys of some mappings, each once, in the order they came."""
    return list(dict.fromkeys(name for mapping in mappings for name in mapping))


def _plain(value: Value) -> int | float | str | None:
    """Money stays exact, as text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return round(value, 4) if isinstance(value, float) else value
