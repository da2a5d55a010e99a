"""Rows written in sets: all of the good ones, whatever the bad ones are and wherever they stand."""

from collections.abc import Sequence

import pytest
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from hotels.bulk import Failure, in_one_line, write_isolated
from hotels.models import Hotel


def codes(rows: Sequence[int]) -> None:
    """Write a hotel a row, and fail afterwards for those below zero."""
    Hotel.objects.bulk_create(Hotel(code=str(row), name="H") for row in rows)
    if bad := [row for row in rows if row < 0]:
        raise ValueError(f"{bad} are below zero")


class TestAnyRows(TestCase):
    @given(st.lists(st.integers(-50, 50), unique=True, max_size=40))
    def test_the_good_ones_are_written_and_the_bad_ones_named_in_order(self, rows) -> None:
        failures = write_isolated(rows, write=codes)

        assert [failure.row for failure in failures] == [row for row in rows if row < 0]
        assert {int(code) for code in Hotel.objects.values_list("code", flat=True)} == {
            row for row in rows if row >= 0
        }


@pytest.mark.django_db
def test_all_good_rows_are_one_savepoint(queries_of) -> None:
    assert queries_of(lambda: write_isolated(range(100), write=lambda rows: None)) == 2


@pytest.mark.django_db
def test_one_bad_row_among_a_hundred_costs_a_few_savepoints_not_a_hundred(queries_of) -> None:
    def write(rows: Sequence[int]) -> None:
        if 37 in rows:
            raise ValueError

    assert queries_of(lambda: write_isolated(range(100), write=write)) < 40


@pytest.mark.django_db
def test_a_lost_connection_is_no_rows_fault() -> None:
    def write(rows: Sequence[int]) -> None:
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        write_isolated([1, 2], write=write)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("no number\nDETAIL: the whole row"), "no number"),
        (ValueError(" \n"), "ValueError"),
        (ArithmeticError(), "ArithmeticError"),
    ],
)
def test_an_error_is_told_in_one_line(error: Exception, words: str) -> None:
    assert in_one_line(error) == Failure(row=1, error=error).reason == words
