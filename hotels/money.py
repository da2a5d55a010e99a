"""Rounding, currencies and tax splits: `Decimal`, HALF_UP to the currency's minor unit (CLDR)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel.core import get_global
from babel.numbers import get_currency_precision

ZERO = Decimal(0)
HUNDRED = Decimal(100)
# The columns of amounts have twelve digits before the decimal point.
TOO_LARGE = Decimal(10) ** 12


class AmountTooLarge(ValueError):
    """An amount does not fit its column: a sum of many, or one of a mistyped price."""


@dataclass(frozen=True, kw_only=True)
class TaxSplit:
    """An amount as net, tax and gross; `net + tax == gross` holds exactly."""

    net: Decimal
    tax: Decimal
    gross: Decimal


@cache
def known_currencies() -> frozenset[str]:
    """Every ISO 4217 code that CLDR knows, withdrawn ones included."""
    return frozenset(get_global("all_currencies"))


@cache
def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 1 for JPY, 0.01 for EUR, 0.001 for KWD.

    Raises ValueError when CLDR does not know the code.
    """
    if currency not in known_currencies():
        raise ValueError(f"{currency!r} is not an ISO 4217 currency code")
    return Decimal(1).scaleb(-get_currency_precision(currency))


def round_money(amount: Decimal, *, currency: str) -> Decimal:
    """`amount` rounded HALF_UP to the minor unit of `currency`.

    Raises ValueError when CLDR does not know the currency.
    """
    # Plus zero: a small negative amount rounds to 0.00, not to -0.00.
    return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_UP) + ZERO


def percent_of(amount: Decimal, *, percent: Decimal, currency: str) -> Decimal:
    """`percent` percent of `amount`, rounded to the minor unit."""
    return round_money(amount * percent / HUNDRED, currency=currency)


def split_gross(gross: Decimal, *, rate: Decimal, currency: str) -> TaxSplit:
    """Split a price that includes tax: `net = gross ÷ (1 + rate)` (domain rule 5).

    `rate` is in percent: 6 means 6 %. The tax is gross less net, so the parts sum to the gross.
    """
    whole = round_money(gross, currency=currency)
    net = round_money(whole / (1 + rate / HUNDRED), currency=currency)
    return TaxSplit(net=net, tax=whole - net, gross=whole)


def add_tax(net: Decimal, *, rate: Decimal, currency: str) -> TaxSplit:
    """Add the tax to a price that excludes it; `rate` is in percent."""
    base = round_money(net, currency=currency)
    tax = percent_of(base, percent=rate, currency=currency)
    return TaxSplit(net=base, tax=tax, gross=base + tax)


def total(amounts: Iterable[Decimal], *, currency: str) -> Decimal:
    """The sum, rounded to the currency's minor unit: `0.00` for no amounts in EUR."""
    return round_money(sum(amounts, ZERO), currency=currency)


def largest(currency: str) -> Decimal:
    """The largest amount that can be stored: `999999999999.99` in EUR."""
    return TOO_LARGE - minor_unit(currency)


def refuse_too_large(*amounts: Decimal, currency: str) -> None:
    """Raise AmountTooLarge unless all amounts fit their columns.

    PostgreSQL would refuse such a row without naming it; SQLite would store it, but no longer read.
    """
    for amount in amounts:
        if abs(amount) >= TOO_LARGE:
            raise AmountTooLarge(
                f"{amount_in_english(amount, currency=currency)} is too large: an amount can be at "
                f"most {amount_in_english(largest(currency), currency=currency)}"
            )


def amount_in_english(amount: Decimal, *, currency: str) -> str:
    """An amount for logs, results and stored texts: `412.00 EUR`, `1,200 JPY`."""
    return f"{round_money(amount, currency=currency):,f} {currency}"
