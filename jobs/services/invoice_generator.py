"""Invoice generation: an invoice for the open charges of each folio, nightly (domain rule 5)."""

from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from hotels import money
from hotels.billing.currencies import totals_by_currency, totals_in_english
from hotels.billing.issuing import IssuingResult, NotInvoiced, issue_invoices
from hotels.billing.mails import document_mails
from hotels.billing.payments import CorrectedBalance
from hotels.i18n import counted
from jobs import result_fields as fields
from jobs.base import JobContext, JobResult, Problem, Reference
from jobs.local_hours import LocalHours
from jobs.registry import job
from jobs.result_fields import result_dataclass


@result_dataclass
class SkippedFolio:
    """A folio with charges that are not invoiced, and the reason."""

    folio: str = fields.text(_("Folio"))
    reason: str = fields.text(_("Reason"))
    reference: Reference | None = fields.reference(default=None)


@result_dataclass
class CorrectedInvoice:
    """An invoice whose balance did not match its payments, with both balances in its currency."""

    invoice: str = fields.text(_("Invoice"))
    before: str = fields.text(_("Balance before"))
    after: str = fields.text(_("Corrected balance"))
    reference: Reference | None = fields.reference(default=None)


@result_dataclass
class InvoicingResult(JobResult):
    """The invoices issued; `total_amount` is their sum, tax included, in `currency`.

    `other_totals` are the sums of invoices in other currencies: of stays booked before the hotel
    changed its currency. `waiting` are the skipped folios that no later run can deal with.
    """

    invoices_generated: int = fields.count(_("Invoices"))
    total_amount: Decimal = fields.money(_("Total invoiced"))
    currency: str = fields.hidden()
    skipped: tuple[SkippedFolio, ...] = fields.table(
        _("Folios not invoiced"),
        row=SkippedFolio,
        attention=ngettext_lazy(
            "%(count)d folio was not invoiced",
            "%(count)d folios were not invoiced",
            "count",
        ),
        counts_problems=True,
        default=(),
    )
    balances_corrected: tuple[CorrectedInvoice, ...] = fields.table(
        _("Corrected balances"),
        row=CorrectedInvoice,
        attention=ngettext_lazy(
            "%(count)d balance did not match the payments and was corrected",
            "%(count)d balances did not match the payments and were corrected",
            "count",
        ),
        default=(),
    )
    other_totals: tuple[tuple[str, Decimal], ...] = fields.not_stored(default=())
    waiting: tuple[SkippedFolio, ...] = fields.not_stored(default=())

    change_labels = {"invoice": _("invoices issued"), "balance": _("balances corrected")}

    def summary(self) -> str:
        """`12 invoices, 3,412.00 EUR, 2 skipped`; without parts that are zero."""
        amounts = {self.currency: self.total_amount} if self.total_amount else {}
        amount = totals_in_english(amounts | dict(self.other_totals))
        corrected = len(self.balances_corrected)
        parts = [
            f"{counted(self.invoices_generated, 'invoice')}, {amount}"
            if self.invoices_generated
            else "No invoices",
            *([f"{len(self.skipped):,} skipped"] if self.skipped else []),
            *([f"{counted(corrected, 'balance')} corrected"] if corrected else []),
        ]
        return ", ".join(parts)

    def attention(self) -> tuple[str, ...]:
        """The problems, the folios a person must deal with, and the corrected balances."""
        return (
            *super().attention(),
            *(f"folio {item.folio}: {item.reason}" for item in self.waiting),
            *(
                f"invoice {item.invoice}: balance corrected from {item.before} to {item.after}"
                for item in self.balances_corrected
            ),
        )


@job(
    name="generate-invoices",
    schedule="0 2 * * *",
    title=_("Invoice generation"),
    dated_effects=True,
    # After the no-shows of the closed day have been charged.
    local_hours=LocalHours(length=timedelta(hours=6), best=timedelta(hours=2)),
)
def generate_invoices(context: JobContext) -> InvoicingResult:
    """Invoice the charges on no document of every completed folio to its payer."""
    issued = issue_invoices(hotel=context.hotel, now=context.now, checkpoint=context.checkpoint)
    for invoice in issued.invoices:
        amount = money.amount_in_english(invoice.gross, currency=invoice.currency)
        context.changed("invoice", [invoice], note=f"folio {invoice.folio}, {amount}")
    for mail in document_mails(issued.invoices, hotel=context.hotel, now=context.now):
        context.notify(mail)
    for each in issued.corrected:
        amount = money.amount_in_english(each.invoice.balance, currency=each.invoice.currency)
        context.changed("balance", [each.invoice], note=f"balance {amount}")
    return _result(context, issued)


def _result(context: JobContext, issued: IssuingResult) -> InvoicingResult:
    currency = context.hotel.currency
    totals = totals_by_currency((i.currency, i.gross) for i in issued.invoices)
    return InvoicingResult(
        hotel_id=context.hotel.pk,
        problems=tuple(
            Problem(
                what=f"folio {failure.row}",
                reason=failure.reason,
                reference=Reference.to(failure.row),
            )
            for failure in issued.failures
        ),
        # Settled charges don't count: they must not hide that every invoice failed.
        done=len(issued.invoices) + len(issued.corrected),
        invoices_generated=len(issued.invoices),
        total_amount=totals.pop(currency, money.total((), currency=currency)),
        currency=currency,
        other_totals=tuple(totals.items()),
        skipped=tuple(_skipped(item) for item in issued.skipped),
        waiting=tuple(_skipped(item) for item in issued.skipped if item.assessment.needs_person),
        balances_corrected=tuple(_corrected(each) for each in issued.corrected),
    )


def _skipped(item: NotInvoiced) -> SkippedFolio:
    reason = item.assessment.text_in_english(currency=item.folio.currency)
    return SkippedFolio(folio=str(item.folio), reason=reason, reference=Reference.to(item.folio))


def _corrected(each: CorrectedBalance) -> CorrectedInvoice:
    currency = each.invoice.currency
    return CorrectedInvoice(
        invoice=each.invoice.number,
        reference=Reference.to(each.invoice),
        before=money.amount_in_english(each.before, currency=currency),
        after=money.amount_in_english(each.invoice.balance, currency=currency),
    )
