"""The factories number what they create in a way that shows wrong expectations of an order."""

import pytest

from tests.factories import FIRST_NUMBER, HotelFactory


@pytest.mark.parametrize("test", ["one", "another"])
def test_every_test_begins_with_the_same_number(test: str) -> None:
    assert HotelFactory.build().code == f"hotel-{FIRST_NUMBER}"


def test_the_order_of_names_as_text_is_not_the_order_of_creation() -> None:
    names = [hotel.code for hotel in HotelFactory.build_batch(3)]

    assert sorted(names) != names
