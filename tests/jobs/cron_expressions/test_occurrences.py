"""Cron expressions in time zones: properties of all zones, and unusual zones."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotels import calendar
from jobs import cron_expressions

pytestmark = pytest.mark.once

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
INSTANTS = st.datetimes(
    min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)
)
EXPRESSIONS = st.sampled_from(
    [
        "* * * * *",
        "*/15 * * * *",
        "30 */2 * * *",
        "30 1 * * *",
        "15 0,2,23 * * 0,6",
        "0 3 L * *",
        "*/20 1-3 * * *",
        "5-50/15 22-23 * * SAT",
        "0 12 1 1 *",
        "* 2 */2 3,10 0",
    ]
)
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def found(
    expression: str, zone: ZoneInfo, after: str | datetime, until: str | datetime
) -> list[datetime]:
    after = datetime.fromisoformat(after) if isinstance(after, str) else after
    until = datetime.fromisoformat(until) if isinstance(until, str) else until
    return list(
        cron_expressions.between(expression=expression, zone=zone, after=after, until=until)
    )


def shown(instants: Iterable[datetime]) -> list[str]:
    return [instant.isoformat() for instant in instants]


def in_utc(instants: Iterable[datetime]) -> list[datetime]:
    return [instant.astimezone(UTC) for instant in instants]


@st.composite
def changes(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    """A zone and an hour near one of its clock changes; any hour if it has none."""
    zone, start = draw(ZONES), draw(INSTANTS).replace(minute=0, second=0, microsecond=0)
    offset = start.astimezone(zone).utcoffset()
    for day in range(366):
        probe = start + day * DAY
        if probe.astimezone(zone).utcoffset() != offset:
            return zone, probe
    return zone, start


@st.composite
def lists(draw: st.DrawFn, values: range, wildcards: bool) -> tuple[str, set[int]]:
    """A field and the numbers it contains."""
    step = draw(st.sampled_from([1, 2, 3, 15]))
    if wildcards and draw(st.booleans()):
        return f"*/{step}", set(values[::step])
    numbers = draw(st.sets(st.sampled_from(values), min_size=1, max_size=6))
    return ",".join(map(str, sorted(numbers))), numbers


def simulated(
    zone: ZoneInfo, start: datetime, minutes: set[int], hours: set[int], fixed: bool, length: int
) -> list[datetime]:
    """Return the starts of a simulated daemon in (start, start + length minutes]."""
    due = []
    newest = start.astimezone(zone).replace(tzinfo=None)
    for passed in range(1, length + 1):
        instant = start + passed * MINUTE
        wall = instant.astimezone(zone).replace(tzinfo=None)
        new = [wall]
        if fixed:
            new = [newest + n * MINUTE for n in range(1, (wall - newest) // MINUTE + 1)]
            newest = max(newest, wall)
        if any(time.minute in minutes and time.hour in hours for time in new):
            due.append(instant)
    return due


# All zones


@given(change=changes(), minute=lists(range(60), True), hour=lists(range(24), True))
@settings(max_examples=200)
def test_near_clock_changes_the_instants_equal_those_of_a_simulated_daemon(
    change: tuple[ZoneInfo, datetime], minute: tuple[str, set[int]], hour: tuple[str, set[int]]
) -> None:
    zone, near = change
    start, length = near - 2 * DAY, 3 * 1440
    expression = f"{minute[0]} {hour[0]} * * *"
    fixed = "*" not in expression.removesuffix("* * *")

    instants = found(expression, zone, start, start + length * MINUTE)

    assert in_utc(instants) == simulated(zone, start, minute[1], hour[1], fixed, length)


@given(zone=ZONES, year=st.integers(2020, 2039), at=TIMES)
def test_a_fixed_time_is_due_once_on_each_date(zone: ZoneInfo, year: int, at: time) -> None:
    first = datetime(year, 1, 1).date()
    own = [calendar.local_instant(day=first + n * DAY, at=at, zone=zone) for n in range(366)]

    instants = found(f"{at.minute} {at.hour} * * *", zone, own[0] - MINUTE, own[-1])

    assert in_utc(instants) == own
    assert len(set(own)) == 366


@pytest.mark.parametrize("at", [time(0), time(0, 30), time(2, 30), time(23, 45)])
def test_a_fixed_time_is_due_once_on_each_date_of_2026_in_every_zone(at: time) -> None:
    dates = [datetime(2026, 1, 1).date() + n * DAY for n in range(365)]
    wrong = []
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        begin = calendar.local_instant(day=dates[0], at=at, zone=zone)
        end = calendar.local_instant(day=dates[-1], at=at, zone=zone)
        instants = found(f"{at.minute} {at.hour} * * *", zone, begin - MINUTE, end)
        if len(set(in_utc(instants))) != len(dates):
            wrong.append(name)

    assert wrong == []


@given(change=changes())
def test_wildcard_times_are_evenly_spaced_across_clock_changes(
    change: tuple[ZoneInfo, datetime],
) -> None:
    zone, near = change

    instants = in_utc(found("*/15 * * * *", zone, near - 3 * DAY, near + 3 * DAY))

    assert {after - before for before, after in pairwise(instants)} == {15 * MINUTE}


@given(expression=EXPRESSIONS, zone=ZONES, after=INSTANTS)
def test_instants_are_in_ascending_order(expression: str, zone: ZoneInfo, after: datetime) -> None:
    instants = cron_expressions.upcoming(expression=expression, zone=zone, after=after)

    times = in_utc([after, *islice(instants, 50)])

    assert all(before < later for before, later in pairwise(times))


@given(expression=EXPRESSIONS, change=changes(), passed=st.integers(-200_000, 200_000))
def test_the_latest_instant_precedes_the_next_one(
    expression: str, change: tuple[ZoneInfo, datetime], passed: int
) -> None:
    zone, at = change[0], change[1] + timedelta(seconds=passed)

    latest = cron_expressions.latest(expression=expression, zone=zone, at=at)
    following = next(cron_expressions.upcoming(expression=expression, zone=zone, after=at))

    assert latest is not None
    assert in_utc([latest])[0] <= at < in_utc([following])[0]
    assert (
        next(cron_expressions.upcoming(expression=expression, zone=zone, after=latest)) == following
    )
    assert cron_expressions.latest(expression=expression, zone=zone, at=following) == following


@given(
    expression=EXPRESSIONS,
    change=changes(),
    cuts=st.lists(st.timedeltas(-2 * DAY, 2 * DAY), min_size=3, max_size=8),
)
def test_adjacent_windows_neither_lose_nor_repeat_instants(
    expression: str, change: tuple[ZoneInfo, datetime], cuts: list[timedelta]
) -> None:
    zone, near = change
    edges = sorted(near + cut for cut in cuts)

    pieces = [
        instant
        for after, until in pairwise(edges)
        for instant in found(expression, zone, after, until)
    ]

    assert in_utc(pieces) == in_utc(found(expression, zone, edges[0], edges[-1]))


def test_minute_windows_together_give_the_same_instants_as_one_window() -> None:
    zone, start = ZoneInfo("Europe/Lisbon"), datetime(2026, 3, 27, tzinfo=UTC)
    for expression in ("30 1 * * *", "*/15 * * * *"):
        ticks = [start + n * MINUTE for n in range(4 * 1440)]

        pieces = [i for a, b in pairwise(ticks) for i in found(expression, zone, a, b)]

        assert in_utc(pieces) == in_utc(found(expression, zone, ticks[0], ticks[-1]))


# Unusual zones

ODD = [
    # Thirty minutes: 02:00 is 02:30, and 02:00 is 01:30 again.
    (
        "Australia/Lord_Howe 15 2 * * *",
        "2026-10-03T12:00Z",
        ["2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"],
    ),
    (
        "Australia/Lord_Howe 45 1 * * *",
        "2026-04-04T12:00Z",
        ["2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"],
    ),
    (
        "Australia/Lord_Howe 0 */3 * * *",
        "2026-04-04T12:30Z",
        [f"2026-04-05T{hour}" for hour in ("00:00:00+11:00", "03:00:00+10:30", "06:00:00+10:30")],
    ),
    # Two hours: 01:00 is 03:00, and 03:00 is 01:00 again.
    (
        "Antarctica/Troll 30 1,2 * * *",
        "2026-03-28T12:00Z",
        ["2026-03-29T03:00:00+02:00", "2026-03-30T01:30:00+02:00"],
    ),
    (
        "Antarctica/Troll 30 1,2 * * *",
        "2026-10-24T12:00Z",
        ["2026-10-25T01:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-26T01:30:00+00:00"],
    ),
    # Three hours and a minute past midnight.
    (
        "Antarctica/Casey 30 1 * * *",
        "2022-10-01T12:00Z",
        ["2022-10-02T03:01:00+11:00", "2022-10-03T01:30:00+11:00"],
    ),
    # Midnight is skipped or repeated.
    (
        "America/Havana 0 0 * * *",
        "2026-03-07T12:00Z",
        ["2026-03-08T01:00:00-04:00", "2026-03-09T00:00:00-04:00"],
    ),
    (
        "America/Havana 0 0 * * *",
        "2026-10-31T12:00Z",
        ["2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"],
    ),
    (
        "Africa/Cairo 0 0 * * *",
        "2026-04-23T12:00Z",
        ["2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"],
    ),
    (
        "Asia/Beirut 0 0 * * 0",
        "2026-03-28T12:00Z",
        ["2026-03-29T01:00:00+03:00", "2026-04-05T00:00:00+03:00"],
    ),
    (
        "Asia/Beirut 30 23 * * *",
        "2026-10-24T12:00Z",
        ["2026-10-24T23:30:00+03:00", "2026-10-25T23:30:00+02:00"],
    ),
    # 23:30 on Saturday is skipped; 23:30 on Sunday is not.
    (
        "America/Nuuk 30 23 * * *",
        "2026-03-28T12:00Z",
        ["2026-03-29T00:00:00-01:00", "2026-03-29T23:30:00-01:00"],
    ),
    # By law, winter time is the one that deviates.
    (
        "Europe/Dublin 30 1 * * *",
        "2026-10-24T12:00Z",
        ["2026-10-25T01:30:00+01:00", "2026-10-26T01:30:00+00:00"],
    ),
    # The clock is an hour back in the month of Ramadan.
    (
        "Africa/Casablanca 30 2 * * *",
        "2026-02-14T12:00Z",
        ["2026-02-15T02:30:00+01:00", "2026-02-16T02:30:00+00:00"],
    ),
    (
        "Africa/Casablanca 30 2 * * *",
        "2026-03-21T12:00Z",
        ["2026-03-22T03:00:00+01:00", "2026-03-23T02:30:00+01:00"],
    ),
    # 30 December 2011 was skipped.
    (
        "Pacific/Apia 0 9 * * *",
        "2011-12-29T12:00Z",
        ["2011-12-29T09:00:00-10:00", "2011-12-31T09:00:00+14:00"],
    ),
    (
        "Pacific/Apia 0 */12 30-31 12 *",
        "2011-12-01T12:00Z",
        ["2011-12-31T00:00:00+14:00", "2011-12-31T12:00:00+14:00"],
    ),
    # A change in the last hours of a year: 23:00 to 23:59 came twice on 31 December 2009.
    (
        "Asia/Dhaka 30 23 * * *",
        "2009-12-31T12:00Z",
        ["2009-12-31T23:30:00+07:00", "2010-01-01T23:30:00+06:00"],
    ),
]


@pytest.mark.parametrize(("case", "after", "expected"), ODD)
def test_unusual_zones_follow_the_rule(case: str, after: str, expected: list[str]) -> None:
    zone, _, expression = case.partition(" ")
    start = datetime.fromisoformat(after)

    instants = cron_expressions.upcoming(expression=expression, zone=ZoneInfo(zone), after=start)

    assert shown(islice(instants, len(expected))) == expected


def test_in_the_second_pass_the_next_instant_is_tomorrow() -> None:
    lisbon = ZoneInfo("Europe/Lisbon")
    second_pass = datetime(2026, 10, 25, 1, 20, tzinfo=lisbon, fold=1)

    instants = cron_expressions.upcoming(expression="30 1 * * *", zone=lisbon, after=second_pass)

    assert shown(islice(instants, 1)) == ["2026-10-26T01:30:00+00:00"]


def test_in_the_second_pass_the_latest_instant_is_in_the_first_pass() -> None:
    lisbon = ZoneInfo("Europe/Lisbon")
    second_pass = datetime(2026, 10, 25, 1, 40, tzinfo=lisbon, fold=1)

    latest = cron_expressions.latest(expression="30 1 * * *", zone=lisbon, at=second_pass)

    assert latest is not None
    assert latest.isoformat() == "2026-10-25T01:30:00+01:00"


# Limits


def test_leap_days_on_a_weekday_are_found_across_2100() -> None:
    after = datetime(2072, 3, 1, tzinfo=UTC)

    # A field that begins with * must match together with the other: a Monday that is the 29th.
    instants = cron_expressions.upcoming(expression="0 0 29 2 */6,1", zone=UTC, after=after)
    mondays = [i for i in islice(instants, 12) if i.weekday() == 0]

    assert mondays[0].date().isoformat() == "2112-02-29"


def test_the_look_ahead_is_long_enough_for_the_rarest_date() -> None:
    after = datetime(2072, 3, 1, tzinfo=UTC)

    instants = cron_expressions.upcoming(expression="0 0 * 2 1#5", zone=UTC, after=after)

    assert shown(islice(instants, 1)) == ["2112-02-29T00:00:00+00:00"]


def test_an_expression_without_instants_in_a_zone_ends() -> None:
    berlin, start = ZoneInfo("Europe/Berlin"), datetime(2026, 1, 1, tzinfo=UTC)

    # 29 March is a Sunday only when the clocks change on it, at 02:00.
    instants = cron_expressions.upcoming(expression="*/5 2 29 3 */7", zone=berlin, after=start)

    assert list(instants) == []


def test_the_instants_end_with_the_calendar() -> None:
    after = datetime(9998, 12, 30, tzinfo=UTC)

    instants = cron_expressions.upcoming(expression="0 0 * * *", zone=UTC, after=after)

    assert shown(instants) == ["9998-12-31T00:00:00+00:00"]


def test_there_is_no_latest_instant_before_the_first_year() -> None:
    assert cron_expressions.latest(
        expression="0 0 * * *", zone=UTC, at=datetime(1900, 1, 1, tzinfo=UTC)
    ) == datetime(1900, 1, 1, tzinfo=UTC)
    assert (
        cron_expressions.latest(
            expression="0 0 * * *", zone=UTC, at=datetime(1899, 1, 1, tzinfo=UTC)
        )
        is None
    )


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="no UTC offset"):
        cron_expressions.upcoming(expression="0 0 * * *", zone=UTC, after=datetime(2026, 1, 1))
