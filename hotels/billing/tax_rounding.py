"""The tax of a document: per line, or once per rate and document (domain rule 5). Pure functions.

Once per rate, the lines of each rate are taxed as one amount, and the tax is then apportioned among
them by largest remainder. With prices that exclude tax, `tax = round(net × rate)`. With prices that
include tax, `net = round(gross ÷ (1 + rate))` and the tax is the rest: the guest pays the agreed
price, and the tax is `round(net × rate)` wherever any net gives that price (EN 16931, BR-CO-17).
See docs/adr/0022-tax-rounding.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from hotels import money
from hotels.billing.totals import RateTotals, TaxedLine, check_line
from hotels.models import Hotel, Invoice

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    class _Line(TaxedLine, DataclassInstance, Protocol): ...


Line = TypeVar("Line", bound="_Line")


@dataclass(frozen=True, kw_only=True)
class TaxRule:
    """The rounding of the tax of a document, once per rate or per line, and the kind of prices."""

    once_per_rate: bool
    prices_include_tax: bool = True

    @classmethod
    def of(cls, hotel: Hotel) -> "TaxRule":
        """The rule of the hotel's new invoices."""
        return cls(
            once_per_rate=hotel.taxes_once_per_rate, prices_include_tax=hotel.prices_include_tax
        )

    @classmethod
    def of_invoice(cls, invoice: Invoice) -> "TaxRule":
        """The rule of an issued invoice, which its credit notes follow."""
        return cls(
            once_per_rate=invoice.taxed_once_per_rate,
            prices_include_tax=invoice.prices_include_tax,
        )


def taxed(
    lines: Iterable[Line],
    *,
    rule: TaxRule,
    currency: str,
    within: Mapping[Decimal, RateTotals] | None = None,
) -> tuple[Line, ...]:
    """The lines of a document with their final tax, in the same order.

    Per line, they are returned as they are. Once per rate, only net and tax change if prices
    include tax, else tax and gross. `within` are the amounts of an invoice not yet credited, by
    rate: a credit note takes no more tax than these, and all of it with the last amount.
    Raises ValueError for a line with an impossible amount, as `totals_of` does.
    """
    lines = list(lines)
    for line in lines:
        check_line(line, currency=currency)
    if not rule.once_per_rate:
        return tuple(lines)
    positions: dict[Decimal, list[int]] = defaultdict(list)
    for position, line in enumerate(lines):
        positions[line.tax_rate].append(position)
    for rate, places in positions.items():
        at_rate = [lines[place] for place in places]
        left = within[rate] if within is not None else None
        for place, line in zip(
            places, _taxed_once(at_rate, rate, rule=rule, currency=currency, left=left), strict=True
        ):
            lines[place] = line
    return tuple(lines)


def part_of(left: RateTotals, *, gross: Decimal, rule: TaxRule, currency: str) -> RateTotals:
    """The net and tax in `gross`, an amount to credit out of what is `left` at a rate.

    The full gross takes exactly the tax that is left. Per line, the tax is in proportion to it.
    """
    if not left.gross:
        return RateTotals(rate=left.rate, net=money.ZERO, tax=money.ZERO, gross=money.ZERO)
    if rule.once_per_rate:
        tax = money.split_gross(gross, rate=left.rate, currency=currency).tax
        tax = _between(tax, left.tax, gross - left.net)
    else:
        tax = money.round_money(gross * left.tax / left.gross, currency=currency)
    return RateTotals(rate=left.rate, net=gross - tax, tax=tax, gross=gross)


def apportioned(total: Decimal, *, shares: Sequence[Decimal], currency: str) -> tuple[Decimal, ...]:
    """`total` divided among the exact `shares` by largest remainder, in whole minor units.

    Each part differs from its share by less than one minor unit if `total` differs from their sum
    by at most half a unit. Two shares that cancel each other, as a charge and its reversal do, get
    parts that cancel each other. Equal remainders are served in the order of the shares.
    """
    if not shares:
        return ()
    unit = money.minor_unit(currency)
    parts = _cancelling(shares, currency=currency)
    rest = [place for place in range(len(shares)) if place not in parts]
    # Only where a credit note takes the last unit of tax can nothing but cancelling shares be left.
    rest = rest or list(range(len(shares)))
    floors = {place: (shares[place] / unit).to_integral_value(ROUND_FLOOR) for place in rest}
    by_remainder = sorted(rest, key=lambda place: floors[place] - shares[place] / unit)
    others = sum((part for place, part in parts.items() if place not in floors), money.ZERO)
    missing = int((total - others) / unit - sum(floors.values()))
    each, more = divmod(missing, len(rest))
    for order, place in enumerate(by_remainder):
        parts[place] = (floors[place] + each + (order < more)) * unit
    return tuple(parts[place] + money.ZERO for place in range(len(shares)))


def _cancelling(shares: Sequence[Decimal], *, currency: str) -> dict[int, Decimal]:
    """The rounded parts of shares that cancel each other or are zero, by position."""
    parts: dict[int, Decimal] = {}
    waiting: dict[Decimal, list[int]] = defaultdict(list)
    for place, share in enumerate(shares):
        if not share:
            parts[place] = money.ZERO
        elif waiting[-share]:
            partner = waiting[-share].pop()
            parts[place] = money.round_money(share, currency=currency)
            parts[partner] = -parts[place]
        else:
            waiting[share].append(place)
    return parts


def _taxed_once(
    lines: Sequence[Any], rate: Decimal, *, rule: TaxRule, currency: str, left: RateTotals | None
) -> list[Any]:
    """The lines of one rate, with the tax of their sum apportioned among them."""
    if rule.prices_include_tax:
        gross = sum((line.gross for line in lines), money.ZERO)
        tax = money.split_gross(gross, rate=rate, currency=currency).tax
        if left is not None:
            tax = _between(tax, left.tax, gross - left.net)
        shares = [line.gross * rate / (money.HUNDRED + rate) for line in lines]
        parts = apportioned(tax, shares=shares, currency=currency)
        return [
            replace(line, net=line.gross - part, tax=part)
            for line, part in zip(lines, parts, strict=True)
        ]
    net = sum((line.net for line in lines), money.ZERO)
    tax = money.percent_of(net, percent=rate, currency=currency)
    if left is not None:
        tax = left.tax if net == left.net else _between(tax, money.ZERO, left.tax)
    shares = [line.net * rate / money.HUNDRED for line in lines]
    parts = apportioned(tax, shares=shares, currency=currency)
    return [
        replace(line, tax=part, gross=line.net + part)
        for line, part in zip(lines, parts, strict=True)
    ]


def _between(value: Decimal, one: Decimal, other: Decimal) -> Decimal:
    return max(min(one, other), min(value, max(one, other)))
