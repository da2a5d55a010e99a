"""The one home of rounding and currency: `Decimal`, HALF_UP to the currency's minor unit (CLDR)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision

ZERO = Decimal(0)
HUNDRED = Decimal(100)
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


@dataclass(frozen=True, kw_only=True)
class TaxSplit:
    """One amount taken apart; `net + tax == gross` to the last minor unit, always."""

    net: Decimal
    tax: Decimal
    gross: Decimal


@cache
def known_currencies() -> frozenset[str]:
    """Every ISO 4217 code CLDR knows, past ones included."""
    return frozenset(get_global("all_currencies"))


@cache
def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 1 for JPY, 0.01 for EUR, 0.001 for KWD.

    Raises ValueError for a code that CLDR does not know.
    """
    if currency not in known_currencies():
        raise ValueError(f"{currency!r} is not an ISO 4217 currency code")
    return Decimal(1).scaleb(-get_currency_precision(currency))


def round_money(amount: Decimal, *, currency: str) -> Decimal:
    """`amount` rounded HALF_UP to the minor unit of `currency`."""
    # Plus zero: what rounds to nothing from below reads 0.00, not -0.00.
    return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_UP) + ZERO


def percent_of(amount: Decimal, *, percent: Decimal, currency: str) -> Decimal:
    """`percent` hundredths of `amount`, rounded to the minor unit."""
    return round_money(amount * percent / HUNDRED, currency=currency)


def split_gross(gross: Decimal, *, rate: Decimal, currency: str) -> TaxSplit:
    """Take the tax out of a price that includes it: `net = gross ÷ (1 + rate)` (domain rule 5).

    `rate` is in percent: 6 means 6 %. The tax is the rest, so the parts always sum to the gross.
    """
    whole = round_money(gross, currency=currency)
    net = round_money(whole / (1 + rate / HUNDRED), currency=currency)
    return TaxSplit(net=net, tax=whole - net, gross=whole)


def add_tax(net: Decimal, *, rate: Decimal, currency: str) -> TaxSplit:
    """Put the tax on top of a price that excludes it; `rate` in percent."""
    base = round_money(net, currency=currency)
    tax = percent_of(base, percent=rate, currency=currency)
    return TaxSplit(net=base, tax=tax, gross=base + tax)


def total(amounts: Iterable[Decimal], *, currency: str) -> Decimal:
    """The sum in the currency's minor units; zero reads `0.00`, not `0`."""
    return round_money(sum(amounts, ZERO), currency=currency)


def amount_in_english(amount: Decimal, *, currency: str) -> str:
    """Plain text for logs and results: `412.00 EUR`, `1,200 JPY`."""
    return f"{round_money(amount, currency=currency):,f} {currency}"


def localized(amount: Decimal, *, currency: str, locale: str) -> str:
    """For people, in their locale: `412,00 €`; a code of letters stands off: `KWD 1.500`."""
    text = format_currency(amount, currency, locale=locale)
    # CLDR's currencySpacing, which Babel leaves out.
    return _LETTER_BEFORE_DIGIT.sub("\u00a0", text)
