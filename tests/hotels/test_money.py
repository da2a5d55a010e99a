"""Rounding and tax splits in all currencies: HALF_UP, and net plus tax is always the gross."""

from decimal import Decimal

import pytest
from babel.numbers import get_currency_precision
from hypothesis import example, given
from hypothesis import strategies as st

from hotels import money

pytestmark = pytest.mark.once

CURRENCIES = sorted(money.known_currencies())
currencies = st.sampled_from(CURRENCIES)
amounts = st.decimals(min_value=-(10**11), max_value=10**11, places=4)
rates = st.decimals(min_value=0, max_value=100, places=2)


@given(gross=amounts, rate=rates, currency=currencies)
@example(gross=Decimal("-0.01"), rate=Decimal(100), currency="EUR")
@example(gross=Decimal("0.005"), rate=Decimal(6), currency="EUR")
def test_net_and_tax_of_a_price_including_tax_sum_to_its_gross(gross, rate, currency) -> None:
    parts = money.split_gross(gross, rate=rate, currency=currency)

    assert parts.net + parts.tax == parts.gross == money.round_money(gross, currency=currency)


@given(net=amounts, rate=rates, currency=currencies)
def test_net_and_tax_of_a_price_excluding_tax_sum_to_its_gross(net, rate, currency) -> None:
    parts = money.add_tax(net, rate=rate, currency=currency)

    assert parts.net + parts.tax == parts.gross
    assert parts.net == money.round_money(net, currency=currency)


@pytest.mark.parametrize("split", [money.split_gross, money.add_tax])
@given(amount=amounts, rate=rates, currency=currencies)
def test_a_reversal_line_has_the_negated_amounts_of_its_charge(
    split, amount, rate, currency
) -> None:
    charge = split(amount, rate=rate, currency=currency)
    reversal = split(-amount, rate=rate, currency=currency)

    assert (reversal.net, reversal.tax, reversal.gross) == (-charge.net, -charge.tax, -charge.gross)


@given(gross=amounts, rate=rates, currency=currencies)
def test_the_net_is_within_half_a_minor_unit_of_the_exact_value(gross, rate, currency) -> None:
    parts = money.split_gross(gross, rate=rate, currency=currency)

    off = parts.net * (1 + rate / 100) - parts.gross
    assert abs(off) <= money.minor_unit(currency) / 2 * (1 + rate / 100)


@given(gross=amounts, rate=rates, currency=currencies)
def test_net_and_tax_have_the_sign_of_the_gross(gross, rate, currency) -> None:
    parts = money.split_gross(gross, rate=rate, currency=currency)

    assert min(parts.gross, 0) <= parts.net <= max(parts.gross, 0)
    assert min(parts.gross, 0) <= parts.tax <= max(parts.gross, 0)


@given(gross=amounts, currency=currencies)
def test_at_rate_zero_the_net_is_the_gross(gross, currency) -> None:
    parts = money.split_gross(gross, rate=Decimal(0), currency=currency)

    assert (parts.net, parts.tax) == (parts.gross, 0)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_minor_unit_of_every_currency_is_the_one_of_cldr(currency: str) -> None:
    unit = money.minor_unit(currency)

    assert unit == Decimal(10) ** -get_currency_precision(currency)
    assert money.round_money(unit, currency=currency) == unit
    assert money.round_money(unit / 2, currency=currency) == unit
    assert money.round_money(unit * Decimal("0.4999"), currency=currency) == 0


@pytest.mark.parametrize(("currency", "unit"), [("JPY", "1"), ("EUR", "0.01"), ("KWD", "0.001")])
def test_minor_units_of_common_currencies(currency: str, unit: str) -> None:
    assert money.minor_unit(currency) == Decimal(unit)


@given(amount=amounts, currency=currencies)
def test_rounding_is_half_up_and_symmetric(amount, currency) -> None:
    rounded = money.round_money(amount, currency=currency)

    unit = money.minor_unit(currency)
    assert abs(rounded - amount) <= unit / 2
    assert rounded % unit == 0
    assert money.round_money(-amount, currency=currency) == -rounded
    assert money.round_money(rounded, currency=currency) == rounded


@pytest.mark.parametrize("amount", ["-0.001", "-0", "0.004"])
def test_zero_is_never_written_with_a_minus_sign(amount: str) -> None:
    assert money.amount_in_english(Decimal(amount), currency="EUR") == "0.00 EUR"
    assert str(money.total([Decimal(amount)], currency="EUR")) == "0.00"


def test_half_a_minor_unit_is_rounded_away_from_zero() -> None:
    assert money.round_money(Decimal("2.675"), currency="EUR") == Decimal("2.68")
    assert money.round_money(Decimal("-2.675"), currency="EUR") == Decimal("-2.68")


@pytest.mark.parametrize("code", ["", "eur", "XXZ", "EURO", "€"])
def test_an_unknown_currency_is_refused_with_its_code(code: str) -> None:
    with pytest.raises(ValueError, match=f"'{code}' is not an ISO 4217"):
        money.minor_unit(code)


@given(parts=st.lists(amounts, max_size=50), currency=currencies)
def test_the_total_of_rounded_amounts_is_exact(parts, currency) -> None:
    whole = [money.round_money(part, currency=currency) for part in parts]

    assert money.total(whole, currency=currency) == sum(whole, Decimal(0))


def test_percent_of_an_amount_is_rounded_to_the_minor_unit() -> None:
    assert money.percent_of(Decimal("99.99"), percent=Decimal("12.5"), currency="EUR") == Decimal(
        "12.50"
    )


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("412", "EUR", "412.00 EUR"), ("1200", "JPY", "1,200 JPY"), ("-3.5", "KWD", "-3.500 KWD")],
)
def test_an_english_amount_has_the_minor_units_and_the_code(
    amount: str, currency: str, text: str
) -> None:
    assert money.amount_in_english(Decimal(amount), currency=currency) == text
