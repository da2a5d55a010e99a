"""Cases observed with a real cron daemon, cases of CronSim's tests, and our own."""

import json
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from jobs import cron_expressions

pytestmark = pytest.mark.once

OBSERVED = settings.BASE_DIR.parent / "shared/data/cron_cases.json"
CASES = json.loads(OBSERVED.read_text())["cases"] if OBSERVED.exists() else []

LISBON_GAP = ("Europe/Lisbon", "2026-03-29T00:40:00", "2026-03-29T05:18:00+01:00")
LISBON_FOLD = ("Europe/Lisbon", "2026-10-25T00:20:00", "2026-10-25T03:38:00+00:00")
OWN = [
    ("30 1 * * *", LISBON_GAP, ["2026-03-29T02:00:00+01:00"]),
    ("0,30 1,2 * * *", LISBON_GAP, ["2026-03-29T02:00:00+01:00", "2026-03-29T02:30:00+01:00"]),
    ("* 1 * * *", LISBON_GAP, []),
    ("30 */1 * * *", LISBON_GAP, [f"2026-03-29T0{hour}:30:00+01:00" for hour in (2, 3, 4)]),
    ("30 1 * * *", LISBON_FOLD, ["2026-10-25T01:30:00+01:00"]),
    ("0 0-2 * * *", LISBON_FOLD, ["2026-10-25T01:00:00+01:00", "2026-10-25T02:00:00+00:00"]),
    ("30 1-1 * * 1", LISBON_FOLD, []),
    (
        "45 */1 * * *",
        LISBON_FOLD,
        [
            "2026-10-25T00:45:00+01:00",
            "2026-10-25T01:45:00+01:00",
            "2026-10-25T01:45:00+00:00",
            "2026-10-25T02:45:00+00:00",
        ],
    ),
]


@pytest.mark.skipif(not CASES, reason="cron_cases.json is not available")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_observed_with_cron_gives_the_same_instants(case: dict[str, Any]) -> None:
    zone = UTC if case["tz"] is None else ZoneInfo(case["tz"])
    start = datetime.fromisoformat(case["start"]).replace(tzinfo=zone, fold=case["fold"])

    if "until" in case:
        until = datetime.fromisoformat(case["until"])
        found = cron_expressions.between(
            expression=case["expression"], zone=zone, after=start, until=until
        )
    else:
        endless = cron_expressions.upcoming(expression=case["expression"], zone=zone, after=start)
        found = islice(endless, len(case["expected"]))

    shown = [instant.isoformat() for instant in found]
    assert [text.removesuffix("+00:00") if zone is UTC else text for text in shown] == (
        case["expected"]
    )


@pytest.mark.parametrize(("expression", "window", "expected"), OWN)
def test_clock_changes_follow_the_rule_of_debians_cron(
    expression: str, window: tuple[str, str, str], expected: list[str]
) -> None:
    zone = ZoneInfo(window[0])
    after = datetime.fromisoformat(window[1]).replace(tzinfo=zone)
    until = datetime.fromisoformat(window[2])

    found = cron_expressions.between(expression=expression, zone=zone, after=after, until=until)

    assert [instant.isoformat() for instant in found] == expected
