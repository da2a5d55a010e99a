"""Manual credit notes: a user credits lines of an invoice, an amount, or all that is left of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import By, Verb, Via
from hotels.billing.credit import CreditRefused, issue_credit_note
from hotels.billing.credit_outcomes import PREVIEW, CreditOutcome, issue_notes, preview_notes
from hotels.billing.remainder import Remainder, reversed_on
from hotels.models import FolioLine, Invoice, InvoiceLine


class WrongLine(CreditRefused):
    """A line to credit is not one of the invoice."""


@dataclass(frozen=True, kw_only=True)
class Credit:
    """The part of an invoice to credit: lines, an amount, or without either all that is left.

    `lines` are keys of the invoice's lines, `amount` includes tax. The credited charges are
    reversed on the folio; with `invoice_again`, which is for all that is left, they are open again
    instead. Raises ValueError for more than one of the three.
    """

    lines: tuple[int, ...] | None = None
    amount: Decimal | None = None
    invoice_again: bool = False

    def __post_init__(self) -> None:
        if (self.lines is not None) + (self.amount is not None) + self.invoice_again > 1:
            raise ValueError("give lines, an amount, or invoice_again, not several of them")


@dataclass(frozen=True, kw_only=True)
class CreditableLine:
    """A line of an invoice; `credited` if its charge is on a credit note or reversed already."""

    line: InvoiceLine
    credited: bool


def creditable_lines(*, invoice: Invoice, left: Remainder) -> list[CreditableLine]:
    """The lines of an invoice in their order; `left` is its remainder."""
    lines = list(invoice.lines.all())
    charges = [line.folio_line_id for line in lines if line.folio_line_id is not None]
    done = left.credited_lines | reversed_on(charges).keys() | {None}
    return [CreditableLine(line=line, credited=line.folio_line_id in done) for line in lines]


def preview_credit(*, invoice: Invoice, credit: Credit, by: By, now: datetime) -> CreditOutcome:
    """Return what `issue_credit` would issue; nothing is saved. Raises as that does."""
    issue = partial(_issue, invoice=invoice, credit=credit, by=by, now=now, reason=PREVIEW)
    return preview_notes(folio=invoice.folio, issue=issue)


def issue_credit(
    *,
    invoice: Invoice,
    credit: Credit,
    by: By,
    now: datetime,
    reason: str,
    via: Via = Via.ADMIN,
    seen: str | None = None,
) -> CreditOutcome:
    """Issue one credit note for a part of an invoice and record who issued it, with the reason.

    `seen` is the `state` of the preview that the user confirms. The caller checks that the user's
    role allows it. Raises WrongLine and WrongAmount when the invoice cannot have such a line or
    amount; CreditRefused, which both are, when the credit does not fit into what is left of the
    invoice or the reason is missing; and ActionRefused when the preview is out of date.
    """
    issue = partial(
        _issue, invoice=invoice, credit=credit, by=by, now=now, reason=reason.strip(), via=via
    )
    return issue_notes(folio=invoice.folio, issue=issue, seen=seen)


def _issue(
    *,
    invoice: Invoice,
    credit: Credit,
    by: By,
    now: datetime,
    reason: str,
    via: Via = Via.ADMIN,
) -> list[Invoice]:
    note = issue_credit_note(
        invoice=invoice,
        now=now,
        reason=reason,
        lines=None if credit.lines is None else _charges(invoice, credit.lines),
        gross=credit.amount,
        invoice_again=credit.invoice_again,
    )
    audit.record(by=by, verb=Verb.ISSUE, row=note, via=via, note=reason, now=now)
    return [note]


def _charges(invoice: Invoice, lines: Collection[int]) -> list[FolioLine]:
    """The charges of these lines of the invoice."""
    found = FolioLine.objects.filter(invoice_lines__in=lines, invoice_lines__invoice=invoice)
    charges = list(found)
    if not charges or len(charges) != len(set(lines)):
        raise WrongLine(_("A chosen line is not on %(document)s.") % {"document": invoice})
    return charges
