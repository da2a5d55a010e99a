"""The limit of a no-show fee: the largest that an invoice can show (domain rules 3 and 5)."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hotels import money
from hotels.models import Hotel
from hotels.no_show_terms import NoShowTerms
from hotels.no_shows.fees import AgreedFee, agreed_fee
from tests.hotels.no_shows.test_rules import terms

UNITS = {"JPY": Decimal(1), "EUR": Decimal("0.01"), "KWD": Decimal("0.001")}


def limited_fee(at_most: Decimal, *, rate: Decimal, included: bool, currency: str) -> AgreedFee:
    agreed: NoShowTerms = terms(penalty_type="FIXED", penalty_value=Decimal(1_000_000), taxed=True)
    hotel = Hotel(accommodation_tax_rate=rate, prices_include_tax=included)
    return agreed_fee(terms=agreed, prices=(), hotel=hotel, currency=currency, at_most=at_most)


@given(
    units=st.integers(1, 60_000),
    rate=st.integers(0, 1_500_000).map(lambda n: Decimal(n) / 10_000),
    currency=st.sampled_from(sorted(UNITS)),
)
def test_the_tax_of_a_limited_fee_is_that_of_its_net_and_no_larger_fee_fits(
    units: int, rate: Decimal, currency: str
) -> None:
    unit = UNITS[currency]
    at_most = units * unit

    fee = limited_fee(at_most, rate=rate, included=False, currency=currency)

    assert fee.limited
    assert fee.split == money.add_tax(fee.split.net, rate=rate, currency=currency)
    larger = money.add_tax(fee.split.net + unit, rate=rate, currency=currency)
    assert fee.split.gross <= at_most < larger.gross


@given(units=st.integers(1, 60_000), rate=st.integers(0, 30).map(Decimal))
def test_a_limited_fee_takes_the_whole_amount_if_prices_include_tax(
    units: int, rate: Decimal
) -> None:
    at_most = units * UNITS["EUR"]

    fee = limited_fee(at_most, rate=rate, included=True, currency="EUR")

    assert fee.split == money.split_gross(at_most, rate=rate, currency="EUR")
