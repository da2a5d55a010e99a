"""Effects of credit notes: issued, or previewed by the same code and rolled back."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels.billing.balance_changes import BalanceChange, balance_changes, invoices_on
from hotels.errors import ActionRefused
from hotels.models import Folio, Invoice
from hotels.models.scoping import HotelScopedQuerySet
from hotels.money import ZERO
from hotels.parsing import LARGEST_KEY, parse_whole_number

# Issues credit notes of a locked folio; raises ActionRefused.
Issue = Callable[[], Sequence[Invoice]]
# The preview's reason for the credit note; it is rolled back.
PREVIEW = "Preview"


@dataclass(frozen=True, kw_only=True)
class CreditOutcome:
    """Credit notes of a folio that were issued, or that a preview would issue.

    `notes` come with their invoice, lines and taxes; in a preview their numbers are not final.
    `balances` are those of the invoices that are corrected or change their balance; `overpaid` is
    the amount by which payments exceed the invoices of the folio afterwards. `state` identifies the
    preview for the confirmation.
    """

    notes: tuple[Invoice, ...]
    balances: tuple[BalanceChange, ...]
    overpaid: Decimal
    state: str

    @property
    def note(self) -> Invoice:
        """The only credit note; raises ValueError if there are several."""
        (note,) = self.notes
        return note


def preview_notes(*, folio: Folio, issue: Issue) -> CreditOutcome:
    """Return the outcome of `issue`, which is rolled back; raises as `issue` does."""
    with transaction.atomic():
        outcome = issue_notes(folio=folio, issue=issue)
        transaction.set_rollback(True)
    return outcome


def issue_notes(*, folio: Folio, issue: Issue, seen: str | None = None) -> CreditOutcome:
    """Return the outcome of `issue`, which runs with the folio locked.

    `seen` is the state of the preview that the user confirms; None without a preview. Raises as
    `issue` does, and ActionRefused when a credit note was issued since the preview, or the credit
    notes differ from those in it. So a second click issues nothing.
    """
    with transaction.atomic():
        Folio.objects.locked(exclusive=True).get(pk=folio.pk)
        latest = _credit_notes(folio).aggregate(latest=Max("pk"))["latest"] or 0
        if seen is not None:
            _refuse_later(folio, seen)
        before = invoices_on(folios=[folio])
        notes = _read(issue())
        after = invoices_on(folios=[folio])
        state = f"{latest}:{_digest(notes)}"
        if seen is not None and state != seen:
            raise _changed()
    return CreditOutcome(
        notes=notes,
        balances=balance_changes(
            before=before, after=after, also={note.corrects_id for note in notes}
        ),
        overpaid=max(-sum((invoice.balance for invoice in after.values()), ZERO), ZERO),
        state=state,
    )


def _credit_notes(folio: Folio) -> HotelScopedQuerySet[Invoice]:
    return Invoice.objects.filter(folio=folio, kind=Invoice.Kind.CREDIT_NOTE)


def _refuse_later(folio: Folio, seen: str) -> None:
    """Raise ActionRefused when the folio has a credit note that the preview did not know."""
    latest = parse_whole_number(seen.partition(":")[0], most=LARGEST_KEY)
    if latest is None:
        raise _changed()
    later = _credit_notes(folio).filter(pk__gt=latest).order_by("pk")
    numbers = list(later.values_list("number", flat=True))
    if numbers:
        refusal = ngettext(
            "Credit note %(numbers)s for folio %(folio)s was issued since the preview. "
            "Check it before you issue another one.",
            "Credit notes %(numbers)s for folio %(folio)s were issued since the preview. "
            "Check them before you issue another one.",
            len(numbers),
        )
        raise ActionRefused(refusal % {"numbers": ", ".join(numbers), "folio": folio})


def _changed() -> ActionRefused:
    return ActionRefused(_("The credit note is not the one in the preview. Check it again."))


def _read(notes: Iterable[Invoice]) -> tuple[Invoice, ...]:
    rows = Invoice.objects.filter(pk__in=[note.pk for note in notes])
    return tuple(
        rows.select_related("corrects").prefetch_related("lines", "taxes", "charges").order_by("pk")
    )


def _digest(notes: Iterable[Invoice]) -> str:
    """A hash of what the user sees of the credit notes, and of whether charges are reversed."""
    seen = [
        (
            note.corrects_id,
            len(note.charges.all()),
            [
                (line.folio_line_id, line.description, line.tax_rate, line.net, line.tax)
                for line in note.lines.all()
            ],
        )
        for note in notes
    ]
    return hashlib.sha256(repr(seen).encode()).hexdigest()
