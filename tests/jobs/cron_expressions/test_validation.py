"""Validation and description of schedules."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import cron_expressions
from jobs.cron_expressions import BadExpression


def numbers(largest: int) -> st.SearchStrategy[str]:
    """A star with or without a step, or a list."""
    steps = st.integers(1, largest).map(lambda step: f"*/{step}")
    lists = st.lists(st.integers(1, largest), min_size=1, max_size=4)
    return st.just("*") | steps | lists.map(lambda many: ",".join(map(str, many)))


MINUTES = numbers(59)
HOURS = numbers(23) | st.sampled_from(["8-18", "8-18/2", "0-23"])
DAYS = numbers(28) | st.sampled_from(["L", "LW", "1-10/2", "1-31"])
MONTHS = numbers(12) | st.sampled_from(["JAN", "jun-AUG", "1-12"])
WEEKDAYS = numbers(7) | st.sampled_from(["5L", "MON-FRI", "0-7", "0,7", "sun"])


def refused(expression: str) -> str | None:
    try:
        cron_expressions.validate(expression=expression)
    except BadExpression as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 * * *",
        "*/15 8-18 * * MON-FRI",
        "0 2 1,15 jan,JUL *",
        "0 4 L * *",
        "0 4 LW * *",
        "0 4 * * 5L",
        "0 4 * * 7",
        "5/10 * * * *",
        " 0  0\t* * * ",
        "0 0 29 2 *",
        "0 0 31 2 1",
    ],
)
def test_a_schedule_is_accepted(expression: str) -> None:
    cron_expressions.validate(expression=expression)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("60 0 * * *", "'60' is not valid for the minute. Allowed: 0 to 59"),
        ("0 24 * * *", "'24' is not valid for the hour. Allowed: 0 to 23"),
        ("0 0 1,32 * *", "'32' is not valid for the day of month. Allowed: 1 to 31"),
        ("0 0 * 13 *", "'13' is not valid for the month. Allowed: 1 to 12 or JAN to DEC"),
        ("0 0 * * MOO", "'MOO' is not valid for the day of week. Allowed: 0 to 7"),
        ("0 0 * * FRİ", "'FRİ' is not valid for the day of week"),
        ("0 0 * * frı", "'frı' is not valid for the day of week"),
        ("0 22-2 * * *", "'22-2' is not valid for the hour.* ascending ranges"),
        ("*/0 * * * *", r"'\*/0' is not valid for the minute"),
        ("*/90 * * * *", r"'\*/90' is not valid for the minute"),
        ("0 0 L,3 * *", "'L' is not valid for the day of month.* or L .last day. or LW"),
        ("0 0 L/2 * *", "'L/2' is not valid for the day of month"),
        ("0, 0 * * *", "'' is not valid for the minute"),
        ("0 0 ? * *", r"'\?' is not valid for the day of month"),
        ("0 0 * * * *", "has 6 fields. Enter exactly five"),
        ("0 0 * *", "has 4 fields"),
        ("", "has 0 fields"),
        ("@daily", "Words such as '@daily' are not allowed"),
        ("0 0 * * 1#2", "cannot contain #"),
        ("0 0 * * * %", "cannot contain %"),
        ("0 0 30 2 *", "is never due"),
        ("0 0 31 4,6,9,11 *", "is never due"),
        ("0 0 */16 * 5L", "is never due"),
        (f"0 {'9' * 5000} * * *", "at most 200 characters"),
    ],
)
def test_a_schedule_is_refused_with_the_reason(expression: str, reason: str) -> None:
    with pytest.raises(BadExpression, match=reason):
        cron_expressions.validate(expression=expression)


@given(expression=st.text("0123456789*/,-LW#%@ \tJANMON?\n", max_size=30) | st.text(max_size=20))
def test_any_text_is_accepted_or_refused_with_a_sentence(expression: str) -> None:
    refusal = refused(expression)

    assert refusal is None or refusal.endswith(".")


@given(fields=st.tuples(MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS))
def test_an_expression_with_instants_is_accepted_and_described(fields: tuple[str, ...]) -> None:
    expression = " ".join(fields)
    start = datetime(2026, 1, 1, tzinfo=UTC)

    comes = next(cron_expressions.upcoming(expression=expression, zone=UTC, after=start), None)

    assert (refused(expression) is None) == (comes is not None)
    assert "*" not in cron_expressions.describe(expression=expression)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("30 1 * * *", "At 01:30"),
        ("0 18 * * 1-5", "At 18:00, Monday through Friday"),
        ("*/15 * * * *", "Every 15 minutes"),
        ("0 */2 * * *", "Every 2 hours"),
        ("0 4 L * *", "At 04:00, on the last day of the month"),
        ("*/45 * * * *", "At 0 and 45 minutes past the hour"),
        ("0 0 * * */7", "At 00:00, only on Sunday"),
        ("0 0 * * 0,7", "At 00:00, only on Sunday"),
        ("0 0 1 * 1-5", "At 00:00, on day 1 of the month, or Monday through Friday"),
        ("0 0 1-7 * */7", "At 00:00, between day 1 and 7 of the month, only on Sunday"),
        ("0 0 */1 * 1", "At 00:00, only on Monday"),
        ("0 0 1 * 0-6", "At 00:00"),
    ],
)
def test_the_description_matches_the_expression(expression: str, words: str) -> None:
    assert cron_expressions.describe(expression=expression) == words
