"""Credit notes: the only way to correct an issued invoice (domain rule 5).

Amounts of a credit note are positive: what is taken back of the invoice. A credit note changes no
folio: whoever forgives a charge posts the contra line there too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from hotels import money
from hotels.billing.documents import Draft, DraftLine, insert, seller_of
from hotels.billing.payments import refresh_balances
from hotels.billing.totals import AtRate, Totals, totals_of
from hotels.models import Folio, FolioLine, Invoice, InvoiceLine, InvoiceTax

ZERO = money.ZERO


class CreditRefused(Exception):
    """What was asked is not on the invoice, or is more than is left of it; in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Remainder:
    """What is left of an invoice by rate, and which charges of it were credited already."""

    rates: dict[Decimal, AtRate]
    credited_lines: frozenset[int]
    untouched: bool

    @property
    def gross(self) -> Decimal:
        """What can still be credited."""
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
    """Credit charges of the invoice exactly, or an amount of it; without either all that is left.

    An amount is shared among the tax rates in proportion to what is left of each. The invoice's
    balance follows, and wholly credited it is no longer live. Returns the credit note. Raises
    CreditRefused; a second credit of a charge, or more than the remainder, is refused.
    """
    if lines is not None and gross is not None:
        raise ValueError("say which lines or which amount, not both")
    if not reason.strip():
        raise CreditRefused("A credit note states its reason.")
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
        corrects=invoice,
        reason=reason[:200],
    )
    (note,) = insert(
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
    # The folio first, as the invoicing does: so the two wait for one another and never cross.
    Folio.objects.select_for_update().get(pk=invoice.folio_id)
    fresh = (
        Invoice.objects.select_related("hotel", "folio")
        .select_for_update(of=("self",))
        .get(pk=invoice.pk)
    )
    if fresh.kind != Invoice.Kind.INVOICE:
        raise CreditRefused(f"{fresh} is itself a credit note.")
    return fresh


def _remainder(invoice: Invoice) -> Remainder:
    notes = Invoice.objects.filter(corrects=invoice)
    rates = {tax.rate: _at_rate(tax) for tax in InvoiceTax.objects.filter(invoice=invoice)}
    credited = list(InvoiceTax.objects.filter(invoice__in=notes))
    for tax in credited:
        part = rates[tax.rate]
        rates[tax.rate] = AtRate(
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


def _at_rate(tax: InvoiceTax) -> AtRate:
    return AtRate(rate=tax.rate, net=tax.net, tax=tax.tax, gross=tax.gross)


def _charges(
    invoice: Invoice, lines: Iterable[FolioLine], *, left: Remainder
) -> tuple[DraftLine, ...]:
    """The lines as they stand on the invoice, whatever was changed since."""
    wanted = {line.pk: line for line in lines}
    found = invoice.lines.filter(folio_line__in=wanted).order_by("position")
    issued = {line.folio_line_id: line for line in found}
    for pk, line in wanted.items():
        if pk not in issued:
            raise CreditRefused(f"{line.description} is not on {invoice}.")
        if pk in left.credited_lines:
            raise CreditRefused(f"{line.description} of {invoice} is credited already.")
    return tuple(_again(line) for line in issued.values())


def _again(line: InvoiceLine) -> DraftLine:
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
        return tuple(_again(line) for line in invoice.lines.order_by("position"))
    parts = left.rates.values() if gross is None else _shared(gross, left, invoice.currency)
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


def _shared(gross: Decimal, left: Remainder, currency: str) -> list[AtRate]:
    """An amount shared among the rates; rounding the running sum loses no minor unit."""
    if not gross.is_finite() or gross != money.round_money(gross, currency=currency):
        least = money.amount_in_english(money.minor_unit(currency), currency=currency)
        raise CreditRefused(f"The smallest amount is {least}.")
    if not ZERO < gross <= left.gross:
        raise CreditRefused(_too_much(left.gross, currency=currency))
    parts: list[AtRate] = []
    before = shared = ZERO
    for part in left.rates.values():
        before += part.gross
        upto = money.round_money(gross * before / left.gross, currency=currency)
        parts.append(_part_of(part, gross=upto - shared, currency=currency))
        shared = upto
    return parts


def _part_of(part: AtRate, *, gross: Decimal, currency: str) -> AtRate:
    """That much of a rate; all of it takes its tax to the last minor unit."""
    if not part.gross:
        return AtRate(rate=part.rate, net=ZERO, tax=ZERO, gross=ZERO)
    tax = money.round_money(gross * part.tax / part.gross, currency=currency)
    return AtRate(rate=part.rate, net=gross - tax, tax=tax, gross=gross)


def _refuse_too_much(totals: Totals, *, left: Remainder, currency: str) -> None:
    if totals.gross <= 0:
        raise CreditRefused(
            "There is nothing left to credit." if not left.gross else "That is nothing to credit."
        )
    if totals.gross > left.gross:
        raise CreditRefused(_too_much(left.gross, currency=currency))
    for part in totals.rates:
        rest = left.rates[part.rate]
        for asked, there in ((part.net, rest.net), (part.tax, rest.tax), (part.gross, rest.gross)):
            if asked and not min(there, ZERO) <= asked <= max(there, ZERO):
                raise CreditRefused(
                    f"Of what is taxed at {part.rate.normalize():f} % only "
                    f"{money.amount_in_english(rest.gross, currency=currency)} are left to credit."
                )


def _too_much(left: Decimal, *, currency: str) -> str:
    return f"At most {money.amount_in_english(left, currency=currency)} can be credited."
