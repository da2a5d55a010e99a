"""Credit notes: the only way to correct an issued invoice (domain rule 5).

The amounts of a credit note are positive and reduce the invoice. A credit note does not change the
folio: code that waives a charge also posts its reversal line there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from hotels import formats, money
from hotels.billing.drafts import Draft, DraftLine, insert_documents, seller_of
from hotels.billing.payments import refresh_balances
from hotels.billing.tax_rounding import TaxRule, part_of, taxed
from hotels.billing.totals import RateTotals, Totals, totals_of
from hotels.models import Folio, FolioLine, Invoice, InvoiceLine, InvoiceTax

ZERO = money.ZERO


class CreditRefused(Exception):
    """The credit does not fit the invoice. The message is one sentence for the user."""


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


@transaction.atomic
def issue_credit_note(
    *,
    invoice: Invoice,
    now: datetime,
    reason: str,
    lines: Sequence[FolioLine] | None = None,
    gross: Decimal | None = None,
) -> Invoice:
    """Issue a credit note for some charges of the invoice, for an amount, or for the remainder.

    `lines` credits these charges; `gross` an amount, divided among the tax rates in proportion to
    what is left of each; without either, everything not yet credited. The tax is rounded as on the
    invoice, and the credit notes of an invoice sum to it at every rate. Updates the balance of the
    invoice; a fully credited one is no longer live. Returns the credit note. Raises CreditRefused
    when a charge was credited before, more than the remainder is asked for, or the reason is
    missing, and ValueError when both `lines` and `gross` are given.
    """
    if lines is not None and gross is not None:
        raise ValueError("give lines or an amount, not both")
    if not reason.strip():
        raise CreditRefused("Give a reason for the credit note.")
    invoice = _locked(invoice)
    left = _remainder(invoice)
    if lines is not None:
        wanted = _charges(invoice, lines, left=left)
    else:
        wanted = _amount(invoice, gross, left=left, day=invoice.hotel.business_date(now))
    totals = totals_of(wanted, currency=invoice.currency)
    _refuse_too_much(totals, left=left, currency=invoice.currency)
    draft = Draft(
        folio=invoice.folio,
        currency=invoice.currency,
        seller=seller_of(invoice.hotel),
        buyer=invoice.buyer,
        lines=wanted,
        totals=totals,
        tax_rule=TaxRule.of_invoice(invoice),
        corrects=invoice,
        reason=reason[:200],
    )
    (note,) = insert_documents(
        [draft],
        hotel=invoice.hotel,
        kind=Invoice.Kind.CREDIT_NOTE,
        now=now,
        not_before=invoice.issue_date,
    )
    if totals.gross == left.gross:
        Invoice.objects.filter(pk=invoice.pk).update(live=False)
    refresh_balances(folios=[invoice.folio])
    return note


def _locked(invoice: Invoice) -> Invoice:
    # The folio first, as invoicing does: the same order prevents deadlocks.
    Folio.objects.select_for_update().get(pk=invoice.folio_id)
    locked = (
        Invoice.objects.select_related("hotel", "folio")
        .select_for_update(of=("self",))
        .get(pk=invoice.pk)
    )
    if locked.kind != Invoice.Kind.INVOICE:
        raise CreditRefused(f"{locked} is a credit note and cannot be credited.")
    return locked


def _remainder(invoice: Invoice) -> Remainder:
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


def _at_rate(tax: InvoiceTax) -> RateTotals:
    return RateTotals(rate=tax.rate, net=tax.net, tax=tax.tax, gross=tax.gross)


def _charges(
    invoice: Invoice, lines: Iterable[FolioLine], *, left: Remainder
) -> tuple[DraftLine, ...]:
    """The lines as they were invoiced, without later changes; their tax by the invoice's rule."""
    wanted = {line.pk: line for line in lines}
    found = invoice.lines.filter(folio_line__in=wanted).order_by("position")
    issued = {line.folio_line_id: line for line in found}
    for pk, line in wanted.items():
        if pk not in issued:
            raise CreditRefused(f"{line.description} is not on {invoice}.")
        if pk in left.credited_lines:
            raise CreditRefused(f"{line.description} on {invoice} is already credited.")
    return taxed(
        (_copied(line) for line in issued.values()),
        rule=TaxRule.of_invoice(invoice),
        currency=invoice.currency,
        within=left.rates,
    )


def _copied(line: InvoiceLine) -> DraftLine:
    return DraftLine(
        business_date=line.business_date,
        description=line.description,
        tax_rate=line.tax_rate,
        net=line.net,
        tax=line.tax,
        gross=line.gross,
        folio_line=line.folio_line_id,
    )


def _amount(
    invoice: Invoice, gross: Decimal | None, *, left: Remainder, day: date
) -> tuple[DraftLine, ...]:
    whole = gross is None or gross == left.gross
    if whole and left.untouched:
        return tuple(_copied(line) for line in invoice.lines.order_by("position"))
    parts = left.rates.values() if gross is None else _divided(gross, left, invoice)
    return tuple(
        DraftLine(
            business_date=day,
            description=f"Credit on {invoice}",
            tax_rate=part.rate,
            net=part.net,
            tax=part.tax,
            gross=part.gross,
        )
        for part in parts
        if part.gross
    )


def _divided(gross: Decimal, left: Remainder, invoice: Invoice) -> list[RateTotals]:
    """An amount divided among the tax rates.

    The running sum is rounded, not each part, so that the parts sum to the amount.
    """
    rule, currency = TaxRule.of_invoice(invoice), invoice.currency
    if not gross.is_finite() or gross != money.round_money(gross, currency=currency):
        least = money.amount_in_english(money.minor_unit(currency), currency=currency)
        raise CreditRefused(f"The smallest amount is {least}.")
    if not ZERO < gross <= left.gross:
        raise CreditRefused(_too_much(left.gross, currency=currency))
    parts: list[RateTotals] = []
    running = divided = ZERO
    for part in left.rates.values():
        running += part.gross
        upto = money.round_money(gross * running / left.gross, currency=currency)
        parts.append(part_of(part, gross=upto - divided, rule=rule, currency=currency))
        divided = upto
    return parts


def _refuse_too_much(totals: Totals, *, left: Remainder, currency: str) -> None:
    if totals.gross <= 0:
        raise CreditRefused(
            "The invoice is already fully credited."
            if not left.gross
            else "The credited amount must be more than zero."
        )
    if totals.gross > left.gross:
        raise CreditRefused(_too_much(left.gross, currency=currency))
    for part in totals.rates:
        rest = left.rates[part.rate]
        pairs = ((part.net, rest.net), (part.tax, rest.tax), (part.gross, rest.gross))
        for asked, available in pairs:
            if asked and not min(available, ZERO) <= asked <= max(available, ZERO):
                raise CreditRefused(_too_much(rest.gross, currency=currency, rate=part.rate))


def _too_much(left: Decimal, *, currency: str, rate: Decimal | None = None) -> str:
    amount = money.amount_in_english(left, currency=currency)
    at_rate = "" if rate is None else f" at {formats.tax_rate_in_english(rate)} tax"
    return f"At most {amount}{at_rate} can be credited."
