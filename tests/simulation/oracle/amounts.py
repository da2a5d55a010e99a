"""Money: rounding half up to the minor unit, and tax (rules 0 and 5)."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

ZERO = Decimal(0)
HUNDRED = Decimal(100)


class Split(NamedTuple):
    """An amount as net, tax and gross."""

    net: Decimal
    tax: Decimal
    gross: Decimal


def rounded(amount: Decimal, unit: Decimal) -> Decimal:
    """The nearest multiple of the minor unit; a half goes away from zero."""
    return amount.quantize(unit, rounding=ROUND_HALF_UP)


def with_tax(price: Decimal, rate: Decimal, *, included: bool, unit: Decimal) -> Split:
    """A price with its tax, which it includes or not; `rate` is in percent."""
    if included:
        gross = rounded(price, unit)
        net = rounded(gross * HUNDRED / (HUNDRED + rate), unit)
        return Split(net, gross - net, gross)
    net = rounded(price, unit)
    tax = rounded(net * rate / HUNDRED, unit)
    return Split(net, tax, net + tax)


def summed(splits: Iterable[Split]) -> Split:
    """The sums of amounts."""
    parts = list(splits)
    return Split(
        sum((each.net for each in parts), ZERO),
        sum((each.tax for each in parts), ZERO),
        sum((each.gross for each in parts), ZERO),
    )
