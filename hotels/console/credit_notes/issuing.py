"""Issue the proposed credit note of a folio, or preview it: the same code, rolled back.

Reversal lines of charges on several invoices are several credit notes, issued together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from hotels.audit import By
from hotels.billing.assessment import Reason
from hotels.billing.credit import CreditRefused
from hotels.billing.proposals import accept_proposed_credit
from hotels.billing.uninvoiced import explain
from hotels.errors import ActionRefused
from hotels.models import Folio, FolioLine, Invoice
from hotels.money import ZERO

# The preview's reason for the credit note; it is rolled back.
PREVIEW = "Preview"


@dataclass(frozen=True, kw_only=True)
class BalanceChange:
    """Balance of an invoice before and after the credit notes, in its currency."""

    invoice: Invoice
    before: Decimal
    after: Decimal


@dataclass(frozen=True, kw_only=True)
class CreditPreview:
    """The credit notes that would be issued, or the sentence that refuses them.

    `notes` come with their invoice, lines and taxes; their numbers are not final. `balances` are
    those of the invoices that are corrected or change their balance; `overpaid` is the amount by
    which payments exceed the invoices of the folio afterwards. `charges` identifies the charges and
    the invoices they correct, for the form.
    """

    refused: str = ""
    notes: tuple[Invoice, ...] = ()
    balances: tuple[BalanceChange, ...] = ()
    overpaid: Decimal = ZERO
    charges: str = ""


def preview_proposed_credit(*, folio: Folio, by: By, now: datetime) -> CreditPreview:
    """Return the credit notes, issued in a transaction that is rolled back."""
    with transaction.atomic():
        before = _invoices(folio)
        try:
            notes = _issue(folio, by=by, now=now, reason=PREVIEW)
        except ActionRefused as refusal:
            transaction.set_rollback(True)
            return CreditPreview(refused=str(refusal))
        after = _invoices(folio)
        preview = CreditPreview(
            notes=tuple(notes),
            balances=tuple(_changes(before, after, notes)),
            overpaid=max(-sum((invoice.balance for invoice in after.values()), ZERO), ZERO),
            charges=_charges_on(notes),
        )
        transaction.set_rollback(True)
    return preview


def issue_proposed_credit(
    *, folio: Folio, by: By, now: datetime, reason: str, charges: str
) -> list[Invoice]:
    """Issue the credit notes proposed for a folio; return them.

    `charges` is that of the preview the user saw. Raises ActionRefused when they were issued
    already, the proposal changed since the preview, nothing is proposed, or the credit notes do not
    fit into the invoices.
    """
    with transaction.atomic():
        _lock(folio)
        _refuse_second(folio, charges)
        notes = _issue(folio, by=by, now=now, reason=reason)
        if _charges_on(notes) != charges:
            raise ActionRefused(
                _("The charges of folio %(folio)s changed since the preview. Check them again.")
                % {"folio": folio}
            )
    return notes


def _issue(folio: Folio, *, by: By, now: datetime, reason: str) -> list[Invoice]:
    """Issue the credit notes; the folio is locked before its charges are read."""
    _lock(folio)
    _refuse_without_proposal(folio, now=now)
    try:
        issued = accept_proposed_credit(folio=folio, by=by, now=now, reason=reason)
    except CreditRefused as refused:
        raise ActionRefused(str(refused)) from refused
    rows = Invoice.objects.filter(pk__in=[note.pk for note in issued])
    return list(
        rows.select_related("corrects").prefetch_related("lines", "taxes", "charges").order_by("pk")
    )


def _lock(folio: Folio) -> None:
    Folio.objects.select_for_update().get(pk=folio.pk)


def _refuse_second(folio: Folio, charges: str) -> None:
    """Raise ActionRefused when a charge of the preview is on a credit note."""
    shown = {part.partition("@")[0] for part in charges.split(",")}
    credited = FolioLine.objects.filter(folio=folio, document__kind=Invoice.Kind.CREDIT_NOTE)
    numbers = {
        number
        for key, number in credited.values_list("pk", "document__number")
        if str(key) in shown
    }
    if numbers:
        raise ActionRefused(
            _("The credit note for folio %(folio)s was already issued: %(numbers)s.")
            % {"folio": folio, "numbers": ", ".join(sorted(numbers))}
        )


def _refuse_without_proposal(folio: Folio, *, now: datetime) -> None:
    if folio.status == Folio.Status.COMPLETED:
        (row,) = explain([folio], now=now)
        if row.proposed_credit:
            return
        if row.reason is Reason.UNREADABLE:
            raise ActionRefused(row.explanation)
    raise ActionRefused(_("No credit note is proposed for folio %(folio)s.") % {"folio": folio})


def _charges_on(notes: Sequence[Invoice]) -> str:
    """The charges on the credit notes, each as `charge@corrected invoice`."""
    pairs = [(line.pk, note.corrects_id) for note in notes for line in note.charges.all()]
    return ",".join(f"{charge}@{invoice}" for charge, invoice in sorted(pairs))


def _invoices(folio: Folio) -> dict[int, Invoice]:
    rows = Invoice.objects.filter(folio=folio, kind=Invoice.Kind.INVOICE)
    return {invoice.pk: invoice for invoice in rows.order_by("pk")}


def _changes(
    before: dict[int, Invoice], after: dict[int, Invoice], notes: Sequence[Invoice]
) -> list[BalanceChange]:
    corrected = {note.corrects_id for note in notes}
    return [
        BalanceChange(invoice=invoice, before=before[key].balance, after=invoice.balance)
        for key, invoice in after.items()
        if key in corrected or invoice.balance != before[key].balance
    ]
