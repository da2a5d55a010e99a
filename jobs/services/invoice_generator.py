"""Invoice generation: one invoice per completed folio, nightly (domain rule 5)."""

from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from hotels import money
from hotels.billing.currencies import totals_by_currency, totals_in_english
from hotels.billing.issuing import NEGATIVE_TOTAL, IssuingResult, issue_invoices
from hotels.i18n import counted
from jobs import result_fields as fields
from jobs.base import JobContext, JobResult, Problem
from jobs.local_hours import LocalHours
from jobs.registry import job
from jobs.result_fields import result_dataclass


@result_dataclass
class SkippedFolio:
    """A completed folio without an invoice, and the reason."""

    folio: str = fields.text(_("Folio"))
    reason: str = fields.text(_("Reason"))


@result_dataclass
class InvoicingResult(JobResult):
    """The invoices issued; `total_amount` is their sum, tax included, in `currency`.

    `other_totals` are the sums of invoices in other currencies: of stays booked before the hotel
    changed its currency.
    """

    invoices_generated: int = fields.count(_("Invoices"))
    total_amount: Decimal = fields.money(_("Total invoiced"))
    currency: str = fields.hidden()
    skipped: tuple[SkippedFolio, ...] = fields.table(
        _("Folios without an invoice"),
        row=SkippedFolio,
        attention=ngettext_lazy(
            "%(count)d completed folio has no invoice",
            "%(count)d completed folios have no invoice",
            "count",
        ),
        default=(),
    )
    other_totals: tuple[tuple[str, Decimal], ...] = fields.not_stored(default=())

    change_labels = {"invoice": _("invoices issued")}

    def summary(self) -> str:
        """`12 invoices, 3,412.00 EUR, 2 skipped`; without parts that are zero."""
        amounts = {self.currency: self.total_amount} if self.total_amount else {}
        amount = totals_in_english(amounts | dict(self.other_totals))
        parts = [
            f"{counted(self.invoices_generated, 'invoice')}, {amount}"
            if self.invoices_generated
            else "No invoices",
            *([f"{len(self.skipped):,} skipped"] if self.skipped else []),
        ]
        return ", ".join(parts)

    def attention(self) -> tuple[str, ...]:
        """The problems, and the folios with a negative total."""
        owed = (item for item in self.skipped if item.reason == NEGATIVE_TOTAL)
        return (*super().attention(), *(f"folio {item.folio}: {item.reason}" for item in owed))


@job(
    name="generate-invoices",
    schedule="0 2 * * *",
    title=_("Invoice generation"),
    dated_effects=True,
    # After the no-shows of the closed day have been charged.
    local_hours=LocalHours(length=timedelta(hours=6), best=timedelta(hours=2)),
)
def generate_invoices(context: JobContext) -> InvoicingResult:
    """Issue an invoice to the payer of every completed folio without a live invoice."""
    issued = issue_invoices(hotel=context.hotel, now=context.now, checkpoint=context.checkpoint)
    for invoice in issued.invoices:
        amount = money.amount_in_english(invoice.gross, currency=invoice.currency)
        context.changed("invoice", [invoice], note=f"folio {invoice.folio}, {amount}")
    return _result(context, issued)


def _result(context: JobContext, issued: IssuingResult) -> InvoicingResult:
    currency = context.hotel.currency
    totals = totals_by_currency((i.currency, i.gross) for i in issued.invoices)
    return InvoicingResult(
        hotel_id=context.hotel.pk,
        problems=tuple(
            Problem(what=f"folio {failure.row}", reason=failure.reason)
            for failure in issued.failures
        ),
        done=len(issued.invoices),
        invoices_generated=len(issued.invoices),
        total_amount=totals.pop(currency, money.total((), currency=currency)),
        currency=currency,
        other_totals=tuple(totals.items()),
        skipped=tuple(
            SkippedFolio(folio=str(item.folio), reason=item.reason) for item in issued.skipped
        ),
    )
