"""Counting a day of a job: percentiles, amounts by currency, rates by rooms."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.statistics import DayStatistics, percentile
from jobs.statistics.tally import DayTally

AT = datetime(2026, 7, 15, 2, 0, tzinfo=UTC)
SECONDS = st.floats(min_value=0, max_value=10_000, allow_nan=False)


def took(tally: DayTally, result: dict[str, Any] | None = None, **columns: Any) -> None:
    defaults: dict[str, Any] = {"hotel_id": 1, "status": "COMPLETED", "started_at": AT}
    tally.take(**defaults | {"completed_at": AT, "result": result} | columns)


def by_the_book(values: list[float], fraction: float) -> float:
    """PostgreSQL's own description: the rows around 1 + fraction × (n - 1), counted from 1."""
    rising = sorted(values)
    row = 1 + fraction * (len(rising) - 1)
    low, high = math.floor(row), math.ceil(row)
    if low == high:
        return rising[low - 1]
    return (high - row) * rising[low - 1] + (row - low) * rising[high - 1]


@given(values=st.lists(SECONDS, min_size=1, max_size=60), fraction=st.floats(0, 1))
def test_a_percentile_is_that_of_postgresql(values: list[float], fraction: float) -> None:
    found = percentile(values, fraction)

    assert found == pytest.approx(by_the_book(values, fraction), rel=1e-9, abs=1e-9)


@given(values=st.lists(SECONDS, min_size=1, max_size=60))
def test_half_of_the_durations_lie_on_either_side_of_the_median(values: list[float]) -> None:
    median = percentile(values, 0.5)

    assert median is not None
    assert sum(value < median for value in values) <= len(values) / 2
    assert sum(value > median for value in values) <= len(values) / 2


def test_nothing_has_no_percentile() -> None:
    assert percentile([], 0.5) is None


def test_whole_numbers_of_results_are_added_up_and_keys_are_not() -> None:
    tally = DayTally()
    took(tally, {"hotelId": 7, "guestsGreeted": 2, "early": True, "problems": []})
    took(tally, {"hotelId": 7, "guestsGreeted": 3})

    assert tally.figures().counts == {"guestsGreeted": 5}


def test_currencies_are_never_summed() -> None:
    tally = DayTally()
    took(tally, {"totalPenalty": "100.10", "currency": "EUR"})
    took(tally, {"totalPenalty": "0.20", "currency": "EUR"})
    took(tally, {"totalPenalty": "34840", "currency": "JPY"})

    assert tally.figures().money == {
        "totalPenalty": {"EUR": Decimal("100.30"), "JPY": Decimal(34840)}
    }


def test_a_rate_is_the_mean_of_each_hotels_last_weighted_by_rooms() -> None:
    tally = DayTally()
    later = AT + timedelta(hours=1)
    took(tally, {"occupancyRate": "90.00", "roomsProcessed": 100}, completed_at=later)
    took(tally, {"occupancyRate": "10.00", "roomsProcessed": 100})
    took(tally, {"occupancyRate": "50.00", "roomsProcessed": 300}, hotel_id=2)

    assert tally.figures().rates == {"occupancyRate": 60.0}


def test_hotels_without_rooms_have_no_rate() -> None:
    tally = DayTally()
    took(tally, {"occupancyRate": "0", "roomsProcessed": 0})

    assert tally.figures().rates == {}


def test_what_a_failed_one_found_does_not_count() -> None:
    tally = DayTally()
    took(tally, {"guestsGreeted": 2}, status="FAILED")

    assert tally.figures() == DayStatistics(failed=1, median=0.0, p95=0.0)


def test_a_skipped_one_has_no_duration() -> None:
    tally = DayTally()
    took(tally, status="SKIPPED", started_at=None)

    assert tally.figures() == DayStatistics(skipped=1)


def test_figures_come_back_from_storage_as_they_were() -> None:
    tally = DayTally()
    took(tally, {"totalPenalty": "100.10", "currency": "EUR", "occupancyRate": "5.00", "n": 1})
    figures = tally.figures()

    assert DayStatistics.of_stored(
        figures.stored() | {"money": {"totalPenalty": {"EUR": "100.10"}}}
    ) == (figures)
