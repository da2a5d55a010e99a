"""Due dates of a plan with periods in which it was not in use (domain rule 2)."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hotels.maintenance.cycles import Interval, Series
from hotels.maintenance.idle_periods import IdlePeriod, IdlePeriods

MONTHLY = Interval(value=1, unit="MONTHS")
START = date(2026, 1, 1)
days = st.integers(0, 400).map(lambda n: START + timedelta(days=n))
ended = st.builds(IdlePeriod, start=days, end=days)
endless = st.builds(IdlePeriod, start=days)
before_installation = st.builds(IdlePeriod, start=st.just(date.min), end=days)
periods = st.lists(ended, max_size=4) | st.lists(
    ended | endless | before_installation, min_size=1, max_size=4
)
intervals = st.builds(
    Interval, value=st.integers(1, 5), unit=st.sampled_from(["DAYS", "WEEKS", "MONTHS"])
)


def idle_on(day: date, found: list[IdlePeriod]) -> bool:
    return any(p.start <= day and (p.end is None or day < p.end) for p in found)


@given(found=periods, day=days)
def test_merged_periods_contain_the_same_days(found: list[IdlePeriod], day: date) -> None:
    merged = IdlePeriods.merged(found)

    assert (merged.at(day) is not None) == idle_on(day, found)


@given(found=periods)
def test_merged_periods_are_in_order_and_apart(found: list[IdlePeriod]) -> None:
    merged = IdlePeriods.merged(found).periods

    for earlier, later in pairwise(merged):
        assert earlier.end is not None
        assert earlier.end < later.start


@given(interval=intervals, found=periods, after=st.none() | days, until=days)
def test_due_dates_are_those_of_a_search_through_all_of_them(
    interval: Interval, found: list[IdlePeriod], after: date | None, until: date
) -> None:
    series = Series(interval=interval, anchor=START, idle=IdlePeriods.merged(found))
    dates = [interval.due(anchor=START, n=n) for n in range(900)]
    used = [d for d in dates if not idle_on(d, found) and (after is None or d > after)]
    past = [d for d in used if d <= until]

    assert series.latest_due(until=until, after=after) == (past[-1] if past else None)
    assert series.next_due(after=after) == (used[0] if used else None)
    assert series.count(after=after, before=until) == sum(1 for d in used if d < until)


def test_counted_from_a_shortened_month_the_day_of_the_month_returns() -> None:
    series = Series(
        interval=Interval(value=2, unit="MONTHS"),
        anchor=date(2025, 12, 31),
        counted_from=date(2026, 2, 28),
    )

    assert [series.due(n) for n in range(3)] == [
        date(2026, 2, 28),
        date(2026, 4, 30),
        date(2026, 6, 30),
    ]


def test_counted_from_another_day_that_day_is_kept() -> None:
    series = Series(interval=MONTHLY, anchor=date(2026, 1, 31), counted_from=date(2026, 3, 14))

    assert series.due(1) == date(2026, 4, 14)


def test_counting_to_an_endless_pause_takes_no_loop() -> None:
    idle = IdlePeriods.merged([IdlePeriod(start=date(2, 1, 1), end=date(2020, 1, 1))])
    daily = Series(interval=Interval(value=1, unit="DAYS"), anchor=date(1, 1, 1), idle=idle)

    assert daily.count(after=None, before=date(2020, 1, 2)) == 366
