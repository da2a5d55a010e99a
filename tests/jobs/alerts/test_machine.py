"""Alerts open once and close once, in any order of failures and recoveries."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.alerts.causes import group_of_failure
from jobs.alerts.machine import Finding, OpenAlert, Terms, after, step
from jobs.alerts.quiet_hours import not_before

pytestmark = pytest.mark.once
START = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)

# What fails in one minute: pairs of a group and a hotel.
minutes = st.lists(
    st.sets(st.tuples(st.sampled_from("ab"), st.integers(1, 3)), max_size=4), max_size=25
)


@settings(max_examples=150)
@given(minutes=minutes, open_at=st.integers(1, 2), wait=st.integers(0, 3))
def test_never_two_open_alerts_of_a_group_and_each_is_closed_once(
    minutes: list[set[tuple[str, int]]], open_at: int, wait: int
) -> None:
    terms = Terms(open_at=open_at, close_after=timedelta(minutes=wait))
    state: dict[str, OpenAlert] = {}
    history: dict[str, list[str]] = {"a": [], "b": []}
    # All is well in the end, for long enough.
    for number, failing in enumerate([*minutes, *([set()] * (wait + 2))]):
        now = START + timedelta(minutes=number)
        findings = [Finding(group=group, hotel_id=hotel) for group, hotel in failing]
        change = step(open_alerts=state, findings=findings, terms=terms, now=now)
        for group in change.opened:
            history[group].append("opened")
        for group in change.closed:
            assert not [hotel for found, hotel in failing if found == group]
            history[group].append("closed")
        state = after(state, change, now=now)
        for group, alert in state.items():
            assert alert.hotel_ids == {hotel for found, hotel in failing if found == group}

    assert state == {}
    for changes in history.values():
        assert changes == ["opened", "closed"] * (len(changes) // 2)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Room 12 is gone.", "Room 7 is gone.", True),
        ("'Ana' has no shift.\nmore", "'Rui' has no shift.", True),
        ("No connection.", "No shift.", False),
    ],
)
def test_errors_that_differ_in_numbers_and_names_have_one_cause(
    one: str, other: str, same: bool
) -> None:
    assert (group_of_failure("job", one) == group_of_failure("job", other)) is same


@pytest.mark.parametrize(
    ("zones", "ends"),
    [
        (["Europe/Lisbon"], datetime(2026, 7, 15, 7, 0, tzinfo=UTC)),
        (["Europe/Lisbon", "America/Los_Angeles"], datetime(2026, 7, 15, 7, 0, tzinfo=UTC)),
        (["Europe/Lisbon", "Asia/Tokyo"], None),
        ([], None),
    ],
)
def test_it_is_quiet_while_it_is_quiet_in_all_hotels(
    zones: list[str], ends: datetime | None
) -> None:
    found = not_before(
        now=START,
        zones=[ZoneInfo(name) for name in zones],
        quiet_from=time(22),
        quiet_until=time(8),
    )

    assert found == ends
