"""What is ruled out at a glance is never due."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jobs import cron_expressions

ZONES = [UTC, *map(ZoneInfo, ("Europe/Lisbon", "Asia/Kathmandu", "Australia/Lord_Howe"))]
NOON = datetime(2026, 7, 15, 12, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def is_possible(expression: str, *, after: datetime, until: datetime) -> bool | None:
    at = cron_expressions.clock_times(zones=ZONES, after=after, until=until)
    if at is None:
        return None
    minutes = {minute for _, minute in at}
    return cron_expressions.may_be_due(expression, at=at, minutes=minutes)


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("length", [MINUTE, timedelta(seconds=50), timedelta(minutes=59)])
def test_whatever_is_due_in_a_zone_is_possible(zone: ZoneInfo, length: timedelta) -> None:
    for hours in range(24):
        until = NOON + timedelta(hours=hours, seconds=hours * 7)
        local = (until - length / 2).astimezone(zone)
        for expression in (f"{local.minute} {local.hour} * * *", f"{local.minute} * * * *"):
            slots = cron_expressions.between(
                expression=expression, zone=zone, after=until - length, until=until
            )
            if list(slots):
                assert is_possible(expression, after=until - length, until=until)


@pytest.mark.parametrize(
    ("expression", "possible"),
    [
        ("31 12 * * *", True),
        ("31 13 * * *", True),  # in Lisbon
        ("16 18 * * *", True),  # in Kathmandu
        ("31 * * * *", True),
        ("32 12 * * *", False),
        ("31 14 * * *", False),
        ("32 * * * *", False),
        ("*/7 3 * * *", True),  # not of the plain form: read properly
        ("32 12 1 1 *", True),
        ("61 3 * * *", True),  # cannot be read, and is reported
        ("3 25 * * *", True),
    ],
)
def test_a_fixed_time_that_no_clock_shows_is_ruled_out(expression: str, possible: bool) -> None:
    assert is_possible(expression, after=NOON, until=NOON + MINUTE) == possible


def test_nothing_is_ruled_out_when_a_clock_is_changed_or_the_time_is_long() -> None:
    change = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # in Lisbon

    assert is_possible("0 5 * * *", after=change - MINUTE, until=change) is None
    assert is_possible("0 5 * * *", after=change, until=change + MINUTE) is None
    assert is_possible("0 5 * * *", after=change + MINUTE, until=change + 2 * MINUTE) is False
    assert is_possible("0 5 * * *", after=NOON, until=NOON + timedelta(hours=2)) is None
