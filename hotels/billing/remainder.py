"""The remainder of an invoice after its credit notes, and the credits it allows (domain rule 5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from hotels import formats, money
from hotels.billing.tax_rounding import TaxRule, part_of
from hotels.billing.totals import RateTotals, Totals
from hotels.errors import ActionRefused
from hotels.models import FolioLine, Invoice, InvoiceLine, InvoiceTax

ZERO = money.ZERO


class CreditRefused(ActionRefused):
    """The credit does not fit the invoice. The message is one sentence for the user."""


class WrongAmount(CreditRefused):
    """The amount is impossible in the invoice's currency, whatever is left of the invoice."""


@dataclass(frozen=True, kw_only=True)
class Remainder:
    """The amounts of an invoice not yet credited, by tax rate, and its credited folio lines."""

    rates: dict[Decimal, RateTotals]
    credited_lines: frozenset[int]
    untouched: bool

    @property
    def gross(self) -> Decimal:
        """The amount that can still be credited, tax included."""
        return sum((part.gross for part in self.rates.values()), ZERO)


def remainder_of(invoice: Invoice) -> Remainder:
    """The remainder of the invoice at each tax rate."""
    notes = Invoice.objects.filter(corrects=invoice)
    rates = {tax.rate: _at_rate(tax) for tax in InvoiceTax.objects.filter(invoice=invoice)}
    credited = list(InvoiceTax.objects.filter(invoice__in=notes))
    for tax in credited:
        part = rates[tax.rate]
        rates[tax.rate] = RateTotals(
            rate=tax.rate,
            net=part.net - tax.net,
            tax=part.tax - tax.tax,
            gross=part.gross - tax.gross,
        )
    charges = InvoiceLine.objects.filter(invoice__in=notes).values_list("folio_line", flat=True)
    return Remainder(
        rates=rates,
        credited_lines=frozenset(pk for pk in charges if pk is not None),
        untouched=not credited,
    )


def reversed_on(charges: Iterable[int]) -> dict[int, str]:
    """The number of the document that carries the reversal line of each charge, by charge key."""
    lines = FolioLine.objects.filter(reverses__in=charges, document__isnull=False)
    pairs = lines.values_list("reverses", "document__number")
    return {charge: number for charge, number in pairs if charge is not None}


def divide(gross: Decimal, *, left: Remainder, rule: TaxRule, currency: str) -> list[RateTotals]:
    """An amount divided among the tax rates, in proportion to what is left of each.

    The running sum is rounded, not each part, so that the parts sum to the amount. Raises
    WrongAmount for zero or less and for too many decimals, CreditRefused for more than is left.
    """
    if not gross.is_finite() or gross != money.round_money(gross, currency=currency):
        least = _amount(money.minor_unit(currency), currency=currency)
        raise WrongAmount(_("The smallest amount is %(least)s.") % {"least": least})
    if gross <= 0:
        raise WrongAmount(_("The amount must be more than zero."))
    if not left.gross:
        raise CreditRefused(_("The invoice is already fully credited."))
    if gross > left.gross:
        raise CreditRefused(_too_much(left.gross, currency=currency))
    parts: list[RateTotals] = []
    running = divided = ZERO
    for part in left.rates.values():
        running += part.gross
        upto = money.round_money(gross * running / left.gross, currency=currency)
        parts.append(part_of(part, gross=upto - divided, rule=rule, currency=currency))
        divided = upto
    return parts


def refuse_too_much(totals: Totals, *, left: Remainder, currency: str) -> None:
    """Check a credit of these totals; raises CreditRefused when it is more than is left."""
    if totals.gross <= 0:
        raise CreditRefused(
            _("The credited amount must be more than zero.")
            if left.gross
            else _("The invoice is already fully credited.")
        )
    if totals.gross > left.gross:
        raise CreditRefused(_too_much(left.gross, currency=currency))
    nothing = RateTotals(rate=ZERO, net=ZERO, tax=ZERO, gross=ZERO)
    for part in totals.rates:
        rest = left.rates.get(part.rate, nothing)
        pairs = ((part.net, rest.net), (part.tax, rest.tax), (part.gross, rest.gross))
        for asked, available in pairs:
            if asked and not min(available, ZERO) <= asked <= max(available, ZERO):
                raise CreditRefused(_too_much(rest.gross, currency=currency, rate=part.rate))


def _at_rate(tax: InvoiceTax) -> RateTotals:
    return RateTotals(rate=tax.rate, net=tax.net, tax=tax.tax, gross=tax.gross)


def _too_much(left: Decimal, *, currency: str, rate: Decimal | None = None) -> str:
    amount = _amount(left, currency=currency)
    if rate is None:
        return _("At most %(amount)s can be credited.") % {"amount": amount}
    return _("At most %(amount)s at %(rate)s tax can be credited.") % {
        "amount": amount,
        "rate": _ordinary_space(formats.tax_rate(rate)),
    }


def _amount(value: Decimal, *, currency: str) -> str:
    return _ordinary_space(formats.amount(value, currency=currency))


def _ordinary_space(text: str) -> str:
    return text.replace("\u00a0", " ")
