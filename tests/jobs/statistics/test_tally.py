"""Statistics of a job on a day: percentiles, sums by currency, weighted rates."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.result_fields import Kind, ResultField
from jobs.statistics import DayStatistics, percentile
from jobs.statistics.tally import DayTally

pytestmark = pytest.mark.once

AT = datetime(2026, 7, 15, 2, 0, tzinfo=UTC)
FIELDS = {
    "hotelId": ResultField(kind=Kind.HIDDEN),
    "guestsGreeted": ResultField(kind=Kind.COUNT),
    "fees": ResultField(kind=Kind.MONEY, currency_key="currency"),
    "occupancy": ResultField(kind=Kind.PERCENT, weight_key="rooms"),
    "rating": ResultField(kind=Kind.PERCENT),
    "note": ResultField(kind=Kind.TEXT),
}
SECONDS = st.floats(min_value=0, max_value=10_000, allow_nan=False)


def tally_of_job() -> DayTally:
    return DayTally(fields=FIELDS)


def add(tally: DayTally, result: dict[str, Any] | None = None, **columns: Any) -> None:
    defaults: dict[str, Any] = {
        "hotel_id": 1,
        "status": "COMPLETED",
        "started_at": AT,
        "problems": 0,
    }
    tally.take(**defaults | {"completed_at": AT, "result": result} | columns)


def postgresql_percentile(values: list[float], fraction: float) -> float:
    """PostgreSQL's own description: the rows around 1 + fraction × (n - 1), counted from 1."""
    rising = sorted(values)
    row = 1 + fraction * (len(rising) - 1)
    low, high = math.floor(row), math.ceil(row)
    if low == high:
        return rising[low - 1]
    return (high - row) * rising[low - 1] + (row - low) * rising[high - 1]


@given(values=st.lists(SECONDS, min_size=1, max_size=60), fraction=st.floats(0, 1))
def test_a_percentile_equals_that_of_postgresql(values: list[float], fraction: float) -> None:
    found = percentile(values, fraction)

    assert found == pytest.approx(postgresql_percentile(values, fraction), rel=1e-9, abs=1e-9)


@given(values=st.lists(SECONDS, min_size=1, max_size=60))
def test_at_most_half_of_the_durations_are_on_each_side_of_the_median(values: list[float]) -> None:
    median = percentile(values, 0.5)

    assert median is not None
    assert sum(value < median for value in values) <= len(values) / 2
    assert sum(value > median for value in values) <= len(values) / 2


def test_no_values_have_no_percentile() -> None:
    assert percentile([], 0.5) is None


def test_only_declared_counts_are_added_up() -> None:
    tally = tally_of_job()
    add(tally, {"hotelId": 7, "guestsGreeted": 2, "note": 5, "undeclared": 3, "problems": []})
    add(tally, {"hotelId": 7, "guestsGreeted": 3})

    assert tally.figures().counts == {"guestsGreeted": 5}


def test_currencies_are_never_summed() -> None:
    tally = tally_of_job()
    add(tally, {"fees": "100.10", "currency": "EUR"})
    add(tally, {"fees": "0.20", "currency": "EUR"})
    add(tally, {"fees": "34840", "currency": "JPY"})

    assert tally.figures().money == {"fees": {"EUR": Decimal("100.30"), "JPY": Decimal(34840)}}


def test_a_percentage_is_the_mean_of_each_hotels_last_one_weighted_as_declared() -> None:
    tally = tally_of_job()
    later = AT + timedelta(hours=1)
    add(tally, {"occupancy": "90.00", "rooms": 100}, completed_at=later)
    add(tally, {"occupancy": "10.00", "rooms": 100})
    add(tally, {"occupancy": "50.00", "rooms": 300}, hotel_id=2)

    assert tally.figures().rates == {"occupancy": 60.0}


def test_hotels_without_rooms_have_no_occupancy() -> None:
    tally = tally_of_job()
    add(tally, {"occupancy": "0", "rooms": 0})

    assert tally.figures().rates == {}


def test_the_result_of_a_failed_execution_does_not_count() -> None:
    tally = tally_of_job()
    add(tally, {"guestsGreeted": 2}, status="FAILED")

    assert tally.figures() == DayStatistics(failed=1, median=0.0, p95=0.0)


def test_a_skipped_execution_has_no_duration() -> None:
    tally = tally_of_job()
    add(tally, status="SKIPPED", started_at=None)

    assert tally.figures() == DayStatistics(skipped=1)


def test_statistics_are_read_back_from_storage_unchanged() -> None:
    tally = tally_of_job()
    add(tally, {"fees": "100.10", "currency": "EUR", "rating": "5.00", "guestsGreeted": 1})
    figures = tally.figures()

    assert DayStatistics.of_stored(figures.stored() | {"money": {"fees": {"EUR": "100.10"}}}) == (
        figures
    )


def test_a_percentage_without_a_weight_is_the_plain_mean() -> None:
    tally = tally_of_job()
    add(tally, {"rating": "80"})
    add(tally, {"rating": "90"}, hotel_id=2)

    assert tally.figures().rates == {"rating": 85.0}


@pytest.mark.parametrize(
    "result",
    [
        {"guestsGreeted": "two", "fees": "1.00", "currency": None},
        {"fees": "free", "currency": "EUR"},
        {"fees": ["1.00"], "currency": "EUR"},
        {"occupancy": "50.00"},
        {"occupancy": "50.00", "rooms": "three"},
        {"occupancy": "NaN", "rooms": 3},
    ],
)
def test_values_stored_by_another_version_are_ignored(result: dict[str, Any]) -> None:
    tally = tally_of_job()
    add(tally, result)

    found = tally.figures()
    assert (found.counts, found.money, found.rates) == ({}, {}, {})


def test_an_execution_with_problems_is_completed_and_not_clean() -> None:
    tally = tally_of_job()
    add(tally, {"guestsGreeted": 2})
    add(tally, {"guestsGreeted": 1}, problems=3)
    add(tally, status="FAILED", problems=1)

    found = tally.figures()

    assert (found.completed, found.completed_with_problems, found.clean) == (2, 1, 1)
    assert (found.finished, found.counts) == (3, {"guestsGreeted": 3})


def test_a_day_stored_before_problems_were_counted_is_read() -> None:
    stored = DayStatistics(completed=2, failed=1).stored()
    del stored["completed_with_problems"]

    found = DayStatistics.of_stored(stored)

    assert (found.completed, found.completed_with_problems, found.clean) == (2, 0, 2)
