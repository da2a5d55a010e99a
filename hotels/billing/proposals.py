"""Proposed credit notes: open charges that total less than zero after an invoice.

A negative charge is never credited automatically: a person accepts the proposal, or corrects the
charges. Reversal lines of charges on several invoices are several credit notes, issued together.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import By, Verb, Via
from hotels.billing.assessment import Reason, assess
from hotels.billing.completed_folios import KnownFolio, read_folios
from hotels.billing.credit import (
    CreditRefused,
    lock_invoice,
    refuse_empty_reason,
    write_credit_note,
)
from hotels.billing.credit_outcomes import PREVIEW, CreditOutcome, issue_notes, preview_notes
from hotels.billing.drafts import DraftLine
from hotels.billing.open_charges import OpenCharge
from hotels.billing.quantities import signed_quantity
from hotels.billing.remainder import Remainder, refuse_too_much, remainder_of
from hotels.billing.tax_rounding import TaxRule, taxed
from hotels.billing.totals import totals_of
from hotels.models import Folio, FolioLine, Invoice
from hotels.models.currencies import CurrencyMismatch

Groups = dict[int, list[OpenCharge]]


def preview_proposed_credit(*, folio: Folio, by: By, now: datetime) -> CreditOutcome:
    """Return what `issue_proposed_credit` would issue; nothing is saved. Raises as that does."""
    issue = partial(accept_proposed_credit, folio=folio, by=by, now=now, reason=PREVIEW)
    return preview_notes(folio=folio, issue=issue)


def issue_proposed_credit(
    *, folio: Folio, by: By, now: datetime, reason: str, seen: str
) -> CreditOutcome:
    """Issue the credit notes proposed for a folio, as the user saw them in a preview.

    `seen` is the `state` of that preview. Raises ActionRefused when a credit note was issued since,
    the proposal changed, nothing is proposed, or the credit notes do not fit into the invoices.
    """
    issue = partial(accept_proposed_credit, folio=folio, by=by, now=now, reason=reason)
    return issue_notes(folio=folio, issue=issue, seen=seen)


@transaction.atomic
def accept_proposed_credit(
    *, folio: Folio, by: By, now: datetime, reason: str, via: Via = Via.ADMIN
) -> list[Invoice]:
    """Issue the credit notes proposed for a completed folio and record who accepted them.

    Reversal lines correct the invoice of the charge they reverse; other charges the newest invoice
    they fit into. Usually that is one credit note. Returns them. Raises CreditRefused when nothing
    is proposed, a charge of the folio is wrong, the charges do not fit into any invoice of it, or
    the reason is missing.
    """
    refuse_empty_reason(reason)
    folio = Folio.objects.select_related("hotel").locked(exclusive=True).get(pk=folio.pk)
    known = read_folios([folio.pk])[folio.pk]
    proposed = _proposed(folio, known)
    invoices = {invoice.pk: lock_invoice(invoice) for invoice in known.invoices}
    notes = []
    for key, lines in _by_invoice(proposed, invoices).items():
        note = write_credit_note(
            invoice=invoices[key],
            lines=_note_lines(lines, invoice=invoices[key], left=remainder_of(invoices[key])),
            carries=tuple(line.pk for line in lines),
            now=now,
            reason=reason,
        )
        audit.record(by=by, verb=Verb.ISSUE, row=note, via=via, note=reason, now=now)
        notes.append(note)
    return notes


def _proposed(folio: Folio, known: KnownFolio) -> Sequence[OpenCharge]:
    if folio.status == Folio.Status.COMPLETED:
        rule = TaxRule.of(folio.hotel)
        try:
            assessment = assess(known.state, currency=folio.currency, rule=rule)
        except (ValueError, CurrencyMismatch) as error:
            raise CreditRefused(f"{Reason.UNREADABLE.label} ({error})") from error
        if assessment.to_credit:
            return assessment.to_credit
    raise CreditRefused(_("No credit note is proposed for folio %(folio)s.") % {"folio": folio})


def _by_invoice(lines: Sequence[OpenCharge], invoices: dict[int, Invoice]) -> Groups:
    """The charges by the key of the invoice they correct."""
    reversed_on = dict(
        FolioLine.objects.filter(
            reversed_by__in=[line.pk for line in lines], document__in=invoices
        ).values_list("reversed_by", "document_id")
    )
    groups: Groups = defaultdict(list)
    rest: list[OpenCharge] = []
    for line in lines:
        key = reversed_on.get(line.pk)
        (rest if key is None else groups[key]).append(line)
    left = {key: remainder_of(invoice) for key, invoice in invoices.items()}
    if rest:
        groups[_fitting(rest, groups, left, invoices)] += rest
    return groups


def _fitting(
    rest: Sequence[OpenCharge],
    groups: Groups,
    left: dict[int, Remainder],
    invoices: dict[int, Invoice],
) -> int:
    """The invoice for charges that reverse none: one that is credited anyway, or the newest."""
    refusal = CreditRefused(_("There is no invoice to credit."))
    for key in sorted(invoices, key=lambda key: (key in groups, key), reverse=True):
        currency = invoices[key].currency
        together = _note_lines((*groups.get(key, ()), *rest), invoice=invoices[key], left=left[key])
        try:
            refuse_too_much(
                totals_of(together, currency=currency), left=left[key], currency=currency
            )
        except CreditRefused as refused:
            refusal = refused
        else:
            return key
    raise refusal


def _note_lines(
    charges: Iterable[OpenCharge], *, invoice: Invoice, left: Remainder
) -> tuple[DraftLine, ...]:
    """The lines of a credit note for charges below zero, with the tax by the invoice's rule."""
    lines = [_credited(charge) for charge in charges]
    if any(line.tax_rate not in left.rates for line in lines):
        return tuple(lines)  # they do not fit into the invoice
    rule = TaxRule.of_invoice(invoice)
    return taxed(lines, rule=rule, currency=invoice.currency, within=left.rates)


def _credited(line: OpenCharge) -> DraftLine:
    """The line of a credit note for a charge below zero; it names the charge that it corrects."""
    return DraftLine(
        business_date=line.business_date,
        description=line.description,
        tax_rate=line.tax_rate,
        net=-line.net,
        tax=-line.tax,
        gross=-line.gross,
        folio_line=line.reverses_id,
        quantity=signed_quantity(line.quantity, amount=-line.gross),
        phrase=line.phrase,
    )
