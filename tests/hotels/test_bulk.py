"""Bulk writes: every good row is written, wherever the bad rows are."""

from collections.abc import Sequence

import pytest
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from hotels.bulk import Failure, in_one_line, write_isolated
from hotels.models import Hotel


def codes(rows: Sequence[int]) -> None:
    """Write one hotel for each row, then fail if a number is negative."""
    Hotel.objects.bulk_create(Hotel(code=str(row), name="H") for row in rows)
    if bad := [row for row in rows if row < 0]:
        raise ValueError(f"{bad} are below zero")


class TestAnyRows(TestCase):
    @given(st.lists(st.integers(-50, 50), unique=True, max_size=40))
    def test_good_rows_are_written_and_bad_rows_returned_in_order(self, rows) -> None:
        failures = write_isolated(rows, write=codes)

        assert [failure.row for failure in failures] == [row for row in rows if row < 0]
        assert {int(code) for code in Hotel.objects.values_list("code", flat=True)} == {
            row for row in rows if row >= 0
        }


@pytest.mark.django_db
def test_good_rows_need_one_savepoint(queries_of) -> None:
    assert queries_of(lambda: write_isolated(range(100), write=lambda rows: None)) == 2


@pytest.mark.django_db
def test_one_bad_row_in_a_hundred_needs_few_savepoints(queries_of) -> None:
    def write(rows: Sequence[int]) -> None:
        if 37 in rows:
            raise ValueError

    assert queries_of(lambda: write_isolated(range(100), write=write)) < 40


@pytest.mark.django_db
def test_a_lost_connection_is_raised() -> None:
    def write(rows: Sequence[int]) -> None:
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        write_isolated([1, 2], write=write)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("no number\nDETAIL: the whole row"), "no number"),
        (ValueError(" \n"), "ValueError"),
        (ArithmeticError(), "ArithmeticError"),
    ],
)
def test_only_the_first_line_of_an_error_is_reported(error: Exception, line: str) -> None:
    assert in_one_line(error) == Failure(row=1, error=error).reason == line
