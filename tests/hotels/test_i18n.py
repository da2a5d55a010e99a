"""English counts with their nouns."""

import pytest

from hotels.i18n import counted


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 tasks"), (1, "1 task"), (2, "2 tasks"), (12_500, "12,500 tasks")]
)
def test_a_count_agrees_with_its_noun(number: int, text: str) -> None:
    assert counted(number, "task") == text


def test_an_irregular_plural_is_given() -> None:
    assert counted(2, "entry", "entries") == "2 entries"
