"""The no-show fee of a stay in its hotel: amount, tax and limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hotels import money
from hotels.models import Hotel
from hotels.no_show_terms import NoShowTerms
from hotels.no_shows import rules


@dataclass(frozen=True, kw_only=True)
class AgreedFee:
    """A no-show fee with its tax. `tax_rate` is in percent; `limited` if a maximum cut the fee."""

    split: money.TaxSplit
    tax_rate: Decimal
    limited: bool


def agreed_fee(
    *,
    terms: NoShowTerms,
    prices: Sequence[Decimal],
    hotel: Hotel,
    currency: str,
    at_most: Decimal | None = None,
) -> AgreedFee:
    """The fee under the agreed terms (`rules.fee`), at most `at_most`, tax included.

    `currency` is that of the booking, which may be older than the hotel's.

    Raises ValueError or ArithmeticError when the fee cannot be calculated.
    """
    rate = hotel.accommodation_tax_rate if terms.taxed else money.ZERO
    split = rules.charge(
        amount=rules.fee(terms=terms, prices=prices, currency=currency),
        terms=terms,
        rate=rate,
        included=hotel.prices_include_tax,
        currency=currency,
    )
    money.refuse_too_large(split.net, split.gross, currency=currency)
    limited = at_most is not None and at_most < split.gross
    if at_most is not None and limited:
        split = _largest_within(at_most, rate=rate, hotel=hotel, currency=currency)
    return AgreedFee(split=split, tax_rate=rate, limited=limited)


def price_with_tax(price: Decimal, *, hotel: Hotel, currency: str) -> Decimal:
    """The amount that a guest who stays pays for a night at the agreed `price`, tax included."""
    split = money.split_gross if hotel.prices_include_tax else money.add_tax
    return split(price, rate=hotel.accommodation_tax_rate, currency=currency).gross


def _largest_within(
    gross: Decimal, *, rate: Decimal, hotel: Hotel, currency: str
) -> money.TaxSplit:
    """The largest fee of at most `gross`, with its tax.

    If prices exclude tax, a document taxes the net again, so the gross must be one that some net
    gives: at 19 %, none gives 79.20.
    """
    split = money.split_gross(gross, rate=rate, currency=currency)
    if hotel.prices_include_tax:
        return split
    net = split.net
    while (split := money.add_tax(net, rate=rate, currency=currency)).gross > gross:
        net -= money.minor_unit(currency)
    return split
