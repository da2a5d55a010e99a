"""What becomes of slots that came, and may be late."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.models import JobSchedule, SkipReason
from jobs.scheduling import GRACE, EffectiveSchedule, MisfireDecision, apply_policy
from jobs.scheduling.misfires import MISSED_KEPT

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def terms(**columns: Any) -> EffectiveSchedule:
    defaults: dict[str, Any] = {
        "job_name": "greet-guests",
        "hotel_id": 1,
        "expression": "0 * * * *",
        "zone": UTC,
        "enabled": True,
        "catch_up": "ONCE",
        "longest_lateness": None,
        "attempts": 3,
    }
    return EffectiveSchedule(**defaults | columns)


def decided(
    slots: list[datetime], done: set[datetime] | None = None, **columns: Any
) -> MisfireDecision:
    return apply_policy(slots=slots, done=done or set(), schedule=terms(**columns), now=NOW)


THREE = [NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR]


def test_once_runs_the_newest_slot_which_covers_the_others() -> None:
    settled = decided(THREE)

    assert settled.run == (NOW - HOUR,)
    assert [each.slot for each in settled.missed] == THREE[:2]
    assert settled.missed[0].words == "Missed; covered by the 05:00 UTC run."


def test_once_runs_nothing_when_the_newest_slot_is_done() -> None:
    settled = decided(THREE, done={THREE[-1]})

    assert settled.run == ()
    assert len(settled.missed) == 2


def test_all_runs_every_slot_the_oldest_first() -> None:
    assert decided(THREE, catch_up="ALL").run == tuple(THREE)


def test_none_runs_only_what_is_on_time() -> None:
    settled = decided([NOW - HOUR, NOW], catch_up="NONE")

    assert settled.run == (NOW,)
    assert settled.missed[0].words == "Missed; 1 h late, and this hotel skips late runs."


@pytest.mark.parametrize(("late", "runs"), [(GRACE, 1), (GRACE + timedelta(seconds=1), 0)])
def test_on_time_is_up_to_the_grace_period(late: timedelta, runs: int) -> None:
    assert len(decided([NOW - late], catch_up="NONE").run) == runs


def test_a_slot_later_than_the_hotel_allows_is_missed() -> None:
    settled = decided(THREE, catch_up="ALL", longest_lateness=timedelta(minutes=90))

    assert settled.run == (NOW - HOUR,)
    assert settled.missed[0].words == "Missed; 3 h late, and this hotel allows 1 h 30 min."


def test_a_disabled_schedule_skips_its_slots_with_that_reason() -> None:
    settled = decided(THREE, enabled=False)

    assert settled.run == ()
    assert {each.reason for each in settled.missed} == {SkipReason.DISABLED}


def test_the_first_kept_missed_slot_covers_all_earlier_ones() -> None:
    slots = [NOW - timedelta(minutes=n) for n in range(1000, 0, -1)]

    settled = decided(slots)

    assert len(settled.missed) == MISSED_KEPT
    assert settled.missed[0].also == 999 - MISSED_KEPT
    assert "Also 987 earlier slots since 14 Jul 2026, 13:20 UTC." in settled.missed[0].words


@given(
    minutes=st.sets(st.integers(0, 5000), max_size=MISSED_KEPT),
    done=st.sets(st.integers(0, 5000), max_size=20),
    catch_up=st.sampled_from(JobSchedule.CatchUp.values),
    enabled=st.booleans(),
    longest=st.none() | st.integers(1, 5000).map(lambda n: timedelta(minutes=n)),
)
def test_every_slot_is_either_done_or_run_or_missed_and_only_one_of_them(
    minutes: set[int], done: set[int], catch_up: str, enabled: bool, longest: timedelta | None
) -> None:
    slots = sorted(NOW - timedelta(minutes=n) for n in minutes)
    ended = {NOW - timedelta(minutes=n) for n in done}

    settled = decided(slots, ended, catch_up=catch_up, enabled=enabled, longest_lateness=longest)

    told = [*settled.run, *(each.slot for each in settled.missed)]
    assert sorted(told) == [slot for slot in slots if slot not in ended]
