"""Due dates of maintenance plans and the choice of the next work order (domain rule 2)."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hotels.maintenance.cycles import (
    Cycle,
    History,
    Interval,
    Series,
    due_cycles,
    next_cycle,
)

MONTHLY = Interval(value=1, unit="MONTHS")
WEEKLY = Interval(value=1, unit="WEEKS")
TODAY = date(2026, 7, 15)

anchors = st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 12, 31))
intervals = st.builds(
    Interval,
    value=st.integers(1, 40),
    unit=st.sampled_from(["DAYS", "WEEKS", "MONTHS", "YEARS"]),
)


class TestInterval:
    @pytest.mark.parametrize("value", [0, -1])
    def test_an_interval_that_is_not_positive_is_refused(self, value: int) -> None:
        with pytest.raises(ValueError, match=f"the interval of {value} weeks is not positive"):
            Interval(value=value, unit="WEEKS")

    def test_an_unknown_unit_is_refused(self) -> None:
        with pytest.raises(ValueError, match="'FORTNIGHTS' is not days, weeks, months or years"):
            Interval(value=1, unit="FORTNIGHTS")

    def test_monthly_from_31_january_does_not_drift(self) -> None:
        dues = [MONTHLY.due(anchor=date(2026, 1, 31), n=n) for n in range(5)]

        assert [(due.month, due.day) for due in dues] == [
            (1, 31), (2, 28), (3, 31), (4, 30), (5, 31),
        ]  # fmt: skip

    def test_yearly_from_29_february_returns_to_29_february_in_leap_years(self) -> None:
        yearly = Interval(value=1, unit="YEARS")

        dues = [yearly.due(anchor=date(2024, 2, 29), n=n) for n in range(5)]

        assert [(due.year, due.day) for due in dues] == [
            (2024, 29), (2025, 28), (2026, 28), (2027, 28), (2028, 29),
        ]  # fmt: skip

    @pytest.mark.parametrize("unit", ["DAYS", "WEEKS", "MONTHS", "YEARS"])
    def test_a_date_after_the_year_9999_is_refused(self, unit: str) -> None:
        with pytest.raises(ValueError, match="is after the year 9999"):
            Interval(value=10_000_000, unit=unit).due(anchor=TODAY, n=1)

    def test_the_latest_due_date_when_the_day_of_the_month_is_not_reached(self) -> None:
        assert MONTHLY.last(anchor=date(2026, 1, 31), day=date(2026, 3, 30)) == 1
        assert MONTHLY.last(anchor=date(2026, 1, 31), day=date(2026, 4, 30)) == 3

    @given(interval=intervals, anchor=anchors, n=st.integers(0, 100))
    def test_due_dates_increase_strictly(self, interval: Interval, anchor: date, n: int) -> None:
        assert interval.due(anchor=anchor, n=n) < interval.due(anchor=anchor, n=n + 1)

    @given(interval=intervals, anchor=anchors, n=st.integers(0, 100))
    def test_due_dates_never_drift(self, interval: Interval, anchor: date, n: int) -> None:
        due = interval.due(anchor=anchor, n=n)

        days, weeks = divmod((due - anchor).days, {"DAYS": 1, "WEEKS": 7}.get(interval.unit, 1))
        months = (due.year - anchor.year) * 12 + due.month - anchor.month
        if interval.unit in ("DAYS", "WEEKS"):
            assert (days, weeks) == (n * interval.value, 0)
        else:
            assert months == n * interval.value * {"MONTHS": 1, "YEARS": 12}[interval.unit]
            month_end = (due + timedelta(days=1)).day == 1
            assert due.day == anchor.day or (month_end and due.day < anchor.day)

    @given(interval=intervals, anchor=anchors, day=anchors)
    def test_the_latest_due_date_is_on_or_before_the_day_and_the_next_is_after_it(
        self, interval: Interval, anchor: date, day: date
    ) -> None:
        n = interval.last(anchor=anchor, day=day)

        assert interval.due(anchor=anchor, n=n + 1) > day
        assert n == -1 if day < anchor else interval.due(anchor=anchor, n=n) <= day


class TestNextCycle:
    @given(
        interval=intervals,
        anchor=anchors,
        done=st.none() | anchors,
        lead=st.integers(0, 60),
        today=anchors,
    )
    def test_it_equals_a_search_through_all_due_dates(
        self, interval: Interval, anchor: date, done: date | None, lead: int, today: date
    ) -> None:
        horizon = today + timedelta(days=lead)
        assume((horizon - anchor).days < 4000)
        waiting, n = [], 0
        while (due := interval.due(anchor=anchor, n=n)) <= horizon:
            if done is None or due > done:
                waiting.append(due)
            n += 1
        overdue = [due for due in waiting if due <= today]
        chosen = overdue[-1] if overdue else waiting[0] if waiting else None
        missed = [due for due in waiting if chosen and due < chosen]

        found = next_cycle(
            series=Series(interval=interval, anchor=anchor),
            done=done,
            today=today,
            horizon=horizon,
        )

        assert found == (
            chosen
            and Cycle(
                due_date=chosen,
                missed=len(missed),
                missed_from_date=missed[0] if missed else None,
            )
        )

    def test_future_due_dates_within_a_long_lead_time_are_not_missed(self) -> None:
        found = next_cycle(
            series=Series(interval=WEEKLY, anchor=TODAY + timedelta(days=1)),
            done=None,
            today=TODAY,
            horizon=TODAY + timedelta(days=30),
        )

        assert found == Cycle(due_date=TODAY + timedelta(days=1))


def cycle_of(
    *, floating: bool, interval: Interval = MONTHLY, anchor: date, lead: int = 0, **history: Any
) -> tuple[date | None, int, date | None]:
    """The due date of the work order, the number of missed cycles, the next due date."""
    found = due_cycles(
        floating=floating,
        series=Series(interval=interval, anchor=anchor),
        history=History(**history),
        today=TODAY,
        horizon=TODAY + timedelta(days=lead),
    )
    cycle = found.cycle
    return cycle and cycle.due_date, cycle.missed if cycle else 0, found.next_due_date


class TestFixed:
    def test_due_today_is_due(self) -> None:
        assert cycle_of(floating=False, anchor=TODAY) == (TODAY, 0, date(2026, 8, 15))

    def test_due_tomorrow_is_not_yet(self) -> None:
        tomorrow = TODAY + timedelta(days=1)

        assert cycle_of(floating=False, anchor=tomorrow) == (None, 0, tomorrow)

    def test_lead_days_make_it_due_earlier(self) -> None:
        later = TODAY + timedelta(days=7)

        assert cycle_of(floating=False, anchor=later, lead=7)[0] == later
        assert cycle_of(floating=False, anchor=later, lead=6)[0] is None

    def test_an_old_anchor_gives_the_latest_due_date_and_missed_cycles(self) -> None:
        assert cycle_of(floating=False, anchor=date(2026, 1, 31)) == (
            date(2026, 6, 30), 5, date(2026, 7, 31),
        )  # fmt: skip

    def test_a_cancelled_work_order_ends_its_cycle(self) -> None:
        found = cycle_of(
            floating=False,
            anchor=date(2026, 5, 15),
            decided=TODAY,
            cancelled_cycle=TODAY,
        )

        assert found == (None, 0, date(2026, 8, 15))


class TestFloating:
    def test_a_plan_never_completed_is_due_at_the_anchor_without_missed_cycles(self) -> None:
        assert cycle_of(floating=True, anchor=date(2026, 1, 31)) == (
            date(2026, 1, 31), 0, date(2026, 2, 28),
        )  # fmt: skip

    def test_it_counts_from_the_completion_and_not_from_the_due_date(self) -> None:
        found = cycle_of(
            floating=True,
            anchor=date(2026, 1, 1),
            decided=date(2026, 6, 1),
            completed_date=date(2026, 6, 20),
        )

        assert found == (None, 0, date(2026, 7, 20))

    def test_the_due_date_of_a_cancelled_work_order_does_not_come_up_again(
        self,
    ) -> None:
        found = cycle_of(
            floating=True,
            anchor=date(2026, 1, 1),
            decided=date(2026, 6, 10),
            completed_date=date(2026, 5, 10),
            cancelled_cycle=date(2026, 6, 10),
        )

        assert found == (date(2026, 7, 10), 0, date(2026, 8, 10))

    def test_the_due_date_of_a_work_order_completed_early_does_not_come_up_again(self) -> None:
        found = cycle_of(
            floating=True,
            interval=WEEKLY,
            anchor=date(2026, 1, 1),
            lead=14,
            decided=date(2026, 7, 20),
            taken=[date(2026, 7, 20)],
            completed_date=date(2026, 7, 13),
        )

        assert found[0] == date(2026, 7, 27)

    def test_completed_early_within_a_long_lead_time_it_counts_from_the_completion(self) -> None:
        found = cycle_of(
            floating=True,
            interval=WEEKLY,
            anchor=date(2026, 1, 1),
            lead=14,
            decided=date(2026, 7, 25),
            taken=[date(2026, 7, 25)],
            completed_date=date(2026, 7, 13),
        )

        assert found[0] == date(2026, 7, 20)

    def test_cycles_missed_while_a_work_order_is_open_count_from_its_due_date(self) -> None:
        found = cycle_of(
            floating=True,
            anchor=date(2025, 1, 1),
            decided=date(2026, 4, 20),
            open_cycle=date(2026, 4, 20),
        )

        assert found[:2] == (date(2026, 6, 20), 1)
