"""`manage.py explain_schedule`: the meaning of a schedule, before a hotel uses it."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.once

NIGHT_OF_THE_GAP = ("--zone", "Europe/Lisbon", "--from", "2026-03-28T12:00:00Z")


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("explain_schedule", *options, stdout=out)
    return out.getvalue()


def run_json(*options: str) -> dict[str, Any]:
    return json.loads(run(*options, "--json"))


def test_the_answer_can_be_printed_as_json() -> None:
    assert run_json("30 1 * * *", *NIGHT_OF_THE_GAP, "--count", "2") == {
        "expression": "30 1 * * *",
        "zone": "Europe/Lisbon",
        "words": "At 01:30",
        "next": ["2026-03-29T02:00:00+01:00", "2026-03-30T01:30:00+01:00"],
    }


def test_each_instant_is_shown_in_local_time_and_utc() -> None:
    text = run("30 1 * * *", *NIGHT_OF_THE_GAP, "--count", "1")

    assert "At 01:30 (Europe/Lisbon)" in text
    assert "Sun 2026-03-29 02:00:00+01:00" in text
    assert "Sun 2026-03-29 01:00:00" in text


@time_machine.travel(datetime(2026, 7, 15, 6, 0, tzinfo=UTC), tick=False)
def test_by_default_it_lists_the_next_five_times_in_utc() -> None:
    answer = run_json("0 2 * * *")

    assert answer["zone"] == "UTC"
    assert answer["next"] == [f"2026-07-{day}T02:00:00+00:00" for day in range(16, 21)]


def test_a_schedule_without_further_times_says_so() -> None:
    text = run("*/5 2 29 3 */7", "--zone", "Europe/Berlin", "--from", "2026-01-01T00:00:00Z")

    assert text.endswith("No further times in the next 41 years.\n")


def test_a_thousand_leap_days_are_found_quickly() -> None:
    answer = run_json("0 0 29 2 *", "--from", "2026-01-01T00:00:00Z", "--count", "1000")

    assert len(answer["next"]) == 1000


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["0 25 * * *"], "'25' is not valid for the hour"),
        (["@daily"], "Enter the five fields"),
        (["0 0 30 2 *"], "is never due"),
        (["0 0 * * *", "--zone", "Lisbon"], "'Lisbon' is not .* did you mean Europe/Lisbon"),
        (["0 0 * * *", "--zone", "europe/lisbon"], "did you mean Europe/Lisbon"),
        (["0 0 * * *", "--zone", "New York"], "did you mean America/New_York"),
        (["0 0 * * *", "--zone", "../etc"], "'../etc' is not an IANA time zone such as"),
        (["0 0 * * *", "--zone", ""], "'' is not an IANA time zone such as"),
        (["0 0 * * *", "--from", "yesterday"], "'yesterday' is not an ISO 8601 instant"),
        (["0 0 * * *", "--from", "2026-07-01T00:00:00"], "has no UTC offset"),
        (["0 0 * * *", "--from", "0001-01-01T00:00:00+14:00"], "not within the years"),
        (["0 0 * * *", "--count", "0"], "from 1 to 1000, not '0'"),
        (["0 0 * * *", "--count", "1001"], "from 1 to 1000, not '1001'"),
        (["0 0 * * *", "--count", "five"], "from 1 to 1000, not 'five'"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_two(options: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence) as raised:
        run(*options)

    assert raised.value.returncode == 2
    assert "\n" not in str(raised.value)
