"""Charts of a job's daily statistics: success rate, duration, and each value of its results.

Labels and units come from the fields the job's result declares.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from hotels import formats
from jobs import registry
from jobs.console.labels import field_label
from jobs.result_fields import ResultField
from jobs.statistics import DayStatistics
from jobs.statistics.totals import success_rate

Value = int | float | Decimal | None
Fields = Mapping[str, ResultField]
NO_STATISTICS = DayStatistics()


@dataclass(frozen=True, kw_only=True)
class ChartColumn:
    """One value per day, None on days without one; `name` is its CSV heading.

    A column with `drawn=False` is in the table and the CSV only.
    """

    name: str
    label: str
    values: Sequence[Value]
    drawn: bool = True


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart with its `key`, unique within the job.

    `unit` is `percent`, `seconds`, `count` or a currency code.
    """

    key: str
    title: str
    unit: str
    days: Sequence[date]
    columns: Sequence[ChartColumn]

    @property
    def is_empty(self) -> bool:
        """True if all values are zero or missing."""
        return not any(value for column in self.columns for value in column.values)

    def for_script(self) -> dict[str, Any]:
        """The chart as `trends.js` reads it."""
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
        """The rows of the CSV: a heading, then ISO dates and plain numbers."""
        yield ["date", *(column.name for column in self.columns)]
        for n, day in enumerate(self.days):
            values = (_plain(column.values[n]) for column in self.columns)
            yield [day.isoformat(), *("" if value is None else value for value in values)]

    def table(self, *, days: Sequence[str], written: "Written") -> SafeString:
        """The HTML table, newest day first; built in Python as a page has thousands of cells."""
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
    """Formats values for HTML; caches them, as most occur many times."""

    def __init__(self) -> None:
        self._known: dict[tuple[Value, str], str] = {}

    def __call__(self, value: Value, unit: str) -> str:
        """The formatted value, such as `0.34 s` or `1,204`; a dash for None."""
        key = value, unit
        if key not in self._known:
            self._known[key] = escape(_written(value, unit))
        return self._known[key]


def _written(value: Value, unit: str) -> str:
    if value is None:
        return "–"
    if unit == "percent":
        return formats.percent(value)
    if unit == "seconds":
        return gettext("%(count)s s") % {"count": formats.number(round(float(value), 3))}
    if unit == "count":
        return formats.number(value)
    return formats.amount(Decimal(value), currency=unit)


def charts_of(
    *, job_name: str, days: Sequence[date], by_day: Mapping[date, Mapping[str, DayStatistics]]
) -> list[Chart]:
    """The charts of a job: success rate, duration, then one for each value of its results."""
    figures = [by_day.get(day, {}).get(job_name, NO_STATISTICS) for day in days]
    fields = registry.result_fields_of(job_name)
    return [
        _success(days, figures),
        _duration(days, figures),
        *_counts(days, figures, fields),
        *_money(days, figures, fields),
        *_rates(days, figures, fields),
    ]


def jobs_in(by_day: Mapping[date, Mapping[str, DayStatistics]]) -> list[tuple[str, str]]:
    """The jobs that ran, sorted by name, as (name, title)."""
    names = {name for jobs in by_day.values() for name in jobs}
    return [(name, registry.title_of(name)) for name in sorted(names)]


def _success(days: Sequence[date], figures: Sequence[DayStatistics]) -> Chart:
    rates = [
        success_rate(clean=of.clean, finished=of.finished) if of.finished else None
        for of in figures
    ]
    outcomes: tuple[tuple[str, str, Callable[[DayStatistics], int]], ...] = (
        ("completed", gettext("Completed"), lambda of: of.completed),
        (
            "completed_with_problems",
            gettext("Of these with problems"),
            lambda of: of.completed_with_problems,
        ),
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
                label=gettext("Median"),
                values=[of.median for of in figures],
            ),
            ChartColumn(
                name="p95_seconds",
                label=gettext("95th percentile"),
                values=[of.p95 for of in figures],
            ),
        ],
    )


def _counts(
    days: Sequence[date], figures: Sequence[DayStatistics], fields: Fields
) -> Iterator[Chart]:
    for name in _names(of.counts for of in figures):
        values = [of.counts.get(name) for of in figures]
        title = field_label(name, fields=fields)
        yield _single(f"count-{name}", name, title, "count", days, values)


def _money(
    days: Sequence[date], figures: Sequence[DayStatistics], fields: Fields
) -> Iterator[Chart]:
    for name in _names(of.money for of in figures):
        for currency in _names(of.money.get(name, {}) for of in figures):
            values = [of.money.get(name, {}).get(currency) for of in figures]
            title = f"{field_label(name, fields=fields)}, {currency}"
            yield _single(f"money-{name}-{currency}", name, title, currency, days, values)


def _rates(
    days: Sequence[date], figures: Sequence[DayStatistics], fields: Fields
) -> Iterator[Chart]:
    for name in _names(of.rates for of in figures):
        values = [of.rates.get(name) for of in figures]
        title = field_label(name, fields=fields)
        yield _single(f"rate-{name}", name, title, "percent", days, values)


def _single(
    key: str, name: str, title: str, unit: str, days: Sequence[date], values: Sequence[Value]
) -> Chart:
    column = ChartColumn(name=name, label=title, values=values)
    return Chart(key=key, title=title, unit=unit, days=days, columns=[column])


def _names(mappings: Iterable[Mapping[str, Any]]) -> list[str]:
    """The keys of some mappings, each once, in order of first appearance."""
    return list(dict.fromkeys(name for mapping in mappings for name in mapping))


def _plain(value: Value) -> int | float | str | None:
    """A value for JSON and CSV; money as text, so that it stays exact."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return round(value, 4) if isinstance(value, float) else value
