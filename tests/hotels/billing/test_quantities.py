"""Unit prices: derived from the amount of a line, and they always give it again."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotels import money
from hotels.billing.quantities import signed_quantity, unit_price

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("amount", "quantity", "currency", "price"),
    [
        ("106.00", "1", "EUR", "106.00"),
        ("13.50", "3", "EUR", "4.50"),
        ("10.00", "4", "EUR", "2.50"),
        ("0.10", "3", "EUR", "0.03"),
        ("100", "3", "JPY", "33"),
        ("1.250", "0.5", "KWD", "2.500"),
        ("-20.00", "-2", "EUR", "10.00"),
        ("0.00", "2", "EUR", "0.00"),
    ],
)
def test_the_price_is_the_amount_of_one_unit(amount, quantity, currency, price) -> None:
    found = unit_price(Decimal(amount), quantity=Decimal(quantity), currency=currency)

    assert found.quantize(Decimal(price)) == Decimal(price)


def test_a_price_has_more_decimals_where_the_amount_needs_them() -> None:
    found = unit_price(Decimal("10.00"), quantity=Decimal(3), currency="EUR")

    assert str(found) == "3.333"


def test_a_quantity_of_zero_has_no_price() -> None:
    with pytest.raises(ValueError, match="quantity of zero"):
        unit_price(Decimal(1), quantity=Decimal(0), currency="EUR")


def test_an_amount_below_the_minor_unit_has_no_price() -> None:
    with pytest.raises(ValueError, match="never"):
        unit_price(Decimal("0.5"), quantity=Decimal(1), currency="JPY")


@settings(max_examples=60, deadline=None)
@given(
    amount=st.integers(-(10**9), 10**9),
    quantity=st.integers(1, 10**12 - 1),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_quantity_times_price_is_always_the_amount(amount, quantity, currency) -> None:
    value = amount * money.minor_unit(currency)
    count = signed_quantity(quantity * Decimal("0.0001"), amount=value)

    price = unit_price(value, quantity=count, currency=currency)

    assert price >= 0
    assert money.round_money(price * count, currency=currency) == value
