"""Keys, whole numbers and dates in text."""

from datetime import date

import pytest

from hotels.parsing import parse_date, parse_key, parse_whole_number

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), ("100", 100), ("007", 7)],
)
def test_a_whole_number_is_read(text: str, number: int) -> None:
    assert parse_whole_number(text, most=100) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1_0", "1.0", "101", "٣", "²", "1" * 5000])
def test_anything_else_is_no_whole_number(text: str) -> None:
    assert parse_whole_number(text, most=100) is None


def test_a_number_below_the_least_one_is_refused() -> None:
    assert parse_whole_number("0", least=1, most=9) is None


def test_a_key_is_at_most_the_largest_the_database_stores() -> None:
    assert parse_key(str(2**63 - 1)) == 2**63 - 1
    assert parse_key(str(2**63)) is None


def test_zero_is_no_key() -> None:
    assert parse_key("0") is None


def test_a_date_is_read() -> None:
    assert parse_date("2026-07-15") == date(2026, 7, 15)


@pytest.mark.parametrize("text", ["", "15.7.2026", "2026-02-30", "1969-12-31", "2200-01-01"])
def test_anything_else_is_no_date(text: str) -> None:
    assert parse_date(text) is None
