"""Credit notes: the only way to correct an issued invoice (domain rule 5).

The amounts of a credit note are positive and reduce the invoice. What it credits is also taken off
the folio, so that the charges of a folio always sum to its documents.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from hotels import phrases
from hotels.billing.drafts import Draft, DraftLine, insert_documents, seller_of
from hotels.billing.mails import queue_document
from hotels.billing.open_charges import reopen_charges
from hotels.billing.payments import refresh_balances
from hotels.billing.remainder import (
    CreditRefused,
    Remainder,
    WrongAmount,
    divide,
    refuse_too_much,
    remainder_of,
    reversed_on,
)
from hotels.billing.reversals import post_reversals
from hotels.billing.series import PrefixTaken
from hotels.billing.service_period import service_period_of
from hotels.billing.tax_rounding import TaxRule, taxed
from hotels.billing.totals import Totals, totals_of
from hotels.billing.zero_tax import zero_tax_reasons_of
from hotels.models import Folio, FolioLine, Invoice, InvoiceLine
from hotels.phrases import Phrase

__all__ = [
    "CreditRefused",
    "WrongAmount",
    "issue_credit_note",
    "lock_invoice",
    "refuse_empty_reason",
    "write_credit_note",
]


@transaction.atomic
def issue_credit_note(
    *,
    invoice: Invoice,
    now: datetime,
    reason: str | Phrase,
    lines: Sequence[FolioLine] | None = None,
    gross: Decimal | None = None,
    invoice_again: bool = False,
) -> Invoice:
    """Issue a credit note for some charges of the invoice, for an amount, or for the remainder.

    `lines` credits these charges exactly; `gross` an amount, divided among the tax rates in
    proportion to what is left of each; without either, everything not yet credited. The credited
    amounts are reversed on the folio. With `invoice_again` the remainder is credited and nothing is
    reversed: the charges are open again, and the next invoice generation invoices them again. The
    tax is rounded as on the invoice, and its credit notes sum to it at every rate. A `reason`
    that is a phrase can be printed in any language.

    Updates the balances; a fully credited invoice is no longer live. Returns the credit note.
    Raises CreditRefused when a charge was credited before, more than the remainder is asked for, or
    the reason is missing; WrongAmount, a kind of it, when `gross` is impossible in the currency;
    and ValueError when more than one of the three options is given.
    """
    if (lines is not None) + (gross is not None) + invoice_again > 1:
        raise ValueError("give lines, an amount, or invoice_again, not several of them")
    refuse_empty_reason(str(reason))
    invoice = lock_invoice(invoice)
    left = remainder_of(invoice)
    day = invoice.hotel.business_date(now)
    if lines is not None:
        wanted = _charges(invoice, lines, left=left)
    else:
        wanted = _amount(invoice, gross, left=left, day=day)
    if invoice_again:
        note = write_credit_note(invoice=invoice, lines=wanted, now=now, reason=reason)
        reopen_charges(invoice=invoice)
        return note
    carries = post_reversals(wanted, folio=invoice.folio, day=day)
    return write_credit_note(invoice=invoice, lines=wanted, carries=carries, now=now, reason=reason)


def refuse_empty_reason(reason: str) -> None:
    """Raise CreditRefused when the reason for a credit note is missing."""
    if not reason.strip():
        raise CreditRefused(_("Give a reason for the credit note."))


def lock_invoice(invoice: Invoice) -> Invoice:
    """The invoice, read again and locked with its folio; raises CreditRefused for a credit note."""
    # The folio first, as invoicing does: the same order prevents deadlocks.
    Folio.objects.locked(exclusive=True).get(pk=invoice.folio_id)
    locked = Invoice.objects.select_related("hotel", "folio").locked().get(pk=invoice.pk)
    if locked.kind != Invoice.Kind.INVOICE:
        refusal = _("%(document)s is a credit note and cannot be credited.")
        raise CreditRefused(refusal % {"document": locked})
    return locked


def write_credit_note(
    *,
    invoice: Invoice,
    lines: tuple[DraftLine, ...],
    now: datetime,
    reason: str | Phrase,
    carries: tuple[int, ...] = (),
) -> Invoice:
    """Insert a credit note with these lines on a locked invoice and update the balances.

    `carries` are the keys of the folio's lines that are on the credit note from now on. Raises
    CreditRefused when the lines are more than what is left of the invoice, or the prefix of the
    credit notes was used for an invoice.
    """
    left = remainder_of(invoice)
    totals = totals_of(lines, currency=invoice.currency)
    refuse_too_much(totals, left=left, currency=invoice.currency)
    try:
        (note,) = insert_documents(
            [_draft(invoice, lines, totals=totals, reason=reason, carries=carries)],
            hotel=invoice.hotel,
            kind=Invoice.Kind.CREDIT_NOTE,
            now=now,
            not_before=invoice.issue_date,
        )
    except PrefixTaken as taken:
        raise CreditRefused(str(taken)) from taken
    if totals.gross == left.gross:
        Invoice.objects.filter(pk=invoice.pk).update(live=False)
    refresh_balances(folios=[invoice.folio])
    queue_document(note, now=now)
    return note


def _draft(
    invoice: Invoice,
    lines: tuple[DraftLine, ...],
    *,
    totals: Totals,
    reason: str | Phrase,
    carries: tuple[int, ...],
) -> Draft:
    """The credit note, with what it takes over from the invoice."""
    return Draft(
        folio=invoice.folio,
        currency=invoice.currency,
        seller=seller_of(invoice.hotel),
        buyer=invoice.buyer,
        lines=lines,
        totals=totals,
        tax_rule=TaxRule.of_invoice(invoice),
        corrects=invoice,
        reason=str(reason)[:200],
        carries=carries,
        period=service_period_of(invoice),
        reason_phrase=reason.to_json() if isinstance(reason, Phrase) else {},
        zero_tax_reasons=zero_tax_reasons_of(invoice),
    )


def _charges(
    invoice: Invoice, lines: Iterable[FolioLine], *, left: Remainder
) -> tuple[DraftLine, ...]:
    """The lines as they were invoiced, without later changes; their tax by the invoice's rule."""
    wanted = {line.pk: line for line in lines}
    found = invoice.lines.filter(folio_line__in=wanted).order_by("position")
    issued = {line.folio_line_id: line for line in found}
    reversals = reversed_on(wanted)
    for pk, line in wanted.items():
        refusal, document = "", invoice.number
        if pk not in issued:
            refusal = _("%(charge)s is not on %(document)s.")
        elif pk in left.credited_lines:
            refusal = _("%(charge)s on %(document)s is already credited.")
        elif pk in reversals:
            refusal, document = _("%(charge)s is already reversed on %(document)s."), reversals[pk]
        if refusal:
            raise CreditRefused(refusal % {"charge": line.description, "document": document})
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
        quantity=line.quantity,
        phrase=line.phrase,
    )


def _amount(
    invoice: Invoice, gross: Decimal | None, *, left: Remainder, day: date
) -> tuple[DraftLine, ...]:
    whole = gross is None or gross == left.gross
    if whole and left.untouched:
        return tuple(_copied(line) for line in invoice.lines.order_by("position"))
    parts = (
        left.rates.values()
        if gross is None
        else divide(gross, left=left, rule=TaxRule.of_invoice(invoice), currency=invoice.currency)
    )
    credited = phrases.credit_on(invoice.number)
    return tuple(
        DraftLine(
            business_date=day,
            description=credited.text_in_english(),
            phrase=credited.to_json(),
            tax_rate=part.rate,
            net=part.net,
            tax=part.tax,
            gross=part.gross,
        )
        for part in parts
        if part.net or part.tax or part.gross
    )
