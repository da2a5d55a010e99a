"""Ids in a query string."""

import pytest

from jobs.console.run_now.id_ranges import format_ids, parse_ids


@pytest.mark.parametrize(
    ("ids", "text"), [([], ""), ([7], "7"), ([3, 1, 2], "1-3"), ([1, 2, 4, 6, 7], "1-2.4.6-7")]
)
def test_ids_are_written_as_ranges_and_read_again(ids: list[int], text: str) -> None:
    assert format_ids(ids) == text
    assert [number for each in parse_ids(text) for number in each] == sorted(ids)


@pytest.mark.parametrize(
    "text", ["0", "-1", "1-", "a", "2-1", "2.1", "1-3.3", "1..2", "1" * 19, "\u0661", " 1"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"range of ids|out of order"):
        parse_ids(text)


def test_a_long_list_is_refused() -> None:
    with pytest.raises(ValueError, match="Too many"):
        parse_ids(".".join(str(number) for number in range(2, 4000, 2)))
