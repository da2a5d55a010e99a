"""Totals and tax per rate of document lines, and the payment status. Pure functions."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from hotels import money
from hotels.models import Invoice

Status = Invoice.PaymentStatus


class TaxedLine(Protocol):
    """A line with its amounts and its tax rate in percent."""

    @property
    def tax_rate(self) -> Decimal: ...
    @property
    def net(self) -> Decimal: ...
    @property
    def tax(self) -> Decimal: ...
    @property
    def gross(self) -> Decimal: ...


@dataclass(frozen=True, kw_only=True)
class RateTotals:
    """The totals at one tax rate, in percent."""

    rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The totals of a document, overall and by tax rate, lowest rate first."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    rates: tuple[RateTotals, ...]


def totals_of(lines: Iterable[TaxedLine], *, currency: str) -> Totals:
    """The totals of the lines: the sums of their amounts, overall and by rate (domain rule 5).

    Raises ValueError for an amount with too many decimals for the currency, such as half a yen, for
    a line whose net and tax do not sum to its gross, and for a total that is too large to store.
    """
    by_rate: dict[Decimal, list[TaxedLine]] = defaultdict(list)
    for line in lines:
        check_line(line, currency=currency)
        by_rate[line.tax_rate].append(line)
    rates = tuple(_at_rate(rate, by_rate[rate], currency=currency) for rate in sorted(by_rate))
    totals = Totals(
        net=money.total((part.net for part in rates), currency=currency),
        tax=money.total((part.tax for part in rates), currency=currency),
        gross=money.total((part.gross for part in rates), currency=currency),
        rates=rates,
    )
    money.refuse_too_large(totals.net, totals.tax, totals.gross, currency=currency)
    return totals


def payment_status(*, due: Decimal, received: Decimal) -> Invoice.PaymentStatus:
    """The payment status of a document over `due` after `received` was paid (domain rule 5)."""
    if received > due:
        return Status.OVERPAID
    if due == 0:
        return Status.NOTHING_DUE
    if received == due:
        return Status.PAID
    return Status.PARTIALLY_PAID if received > 0 else Status.UNPAID


def _at_rate(rate: Decimal, lines: Iterable[TaxedLine], *, currency: str) -> RateTotals:
    lines = list(lines)
    totals = RateTotals(
        rate=rate,
        net=money.total((line.net for line in lines), currency=currency),
        tax=money.total((line.tax for line in lines), currency=currency),
        gross=money.total((line.gross for line in lines), currency=currency),
    )
    money.refuse_too_large(totals.net, totals.tax, totals.gross, currency=currency)
    return totals


def check_line(line: TaxedLine, *, currency: str) -> None:
    """Raise ValueError for a line that no document can have, as `totals_of` does."""
    for amount in (line.net, line.tax, line.gross):
        if not amount.is_finite() or amount != money.round_money(amount, currency=currency):
            smallest = money.amount_in_english(money.minor_unit(currency), currency=currency)
            raise ValueError(
                f"the line {line} has the amount {amount:f}, but the smallest amount is {smallest}"
            )
    if line.net + line.tax != line.gross:
        raise ValueError(
            f"the line {line} does not add up: {line.net} + {line.tax} is not {line.gross}"
        )
