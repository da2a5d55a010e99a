"""Invoice generation: an invoice for every completed folio that has none, nightly (rule 5)."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from hotels import money
from hotels.billing.issuing import NEGATIVE_TOTAL, IssuingResult, issue_invoices
from jobs.base import JobContext, JobResult, Problem
from jobs.registry import job


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A completed folio that was not invoiced, and why."""

    folio: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class InvoicingResult(JobResult):
    """The invoices made; `total_amount` is their sum, tax included, in `currency`."""

    invoices_generated: int
    total_amount: Decimal
    currency: str
    skipped: tuple[Skipped, ...] = ()

    def words(self) -> str:
        """`12 invoices, 3,412.00 EUR`, and `, 2 skipped` where there are any."""
        count = self.invoices_generated
        amount = money.amount_in_english(self.total_amount, currency=self.currency)
        left = f", {len(self.skipped)} skipped" if self.skipped else ""
        return f"{count} {'invoice' if count == 1 else 'invoices'}, {amount}{left}"

    def attention(self) -> tuple[str, ...]:
        """The problems, and the folios on which the hotel owes the guest."""
        owed = (item for item in self.skipped if item.reason == NEGATIVE_TOTAL)
        return (*super().attention(), *(f"folio {item.folio}: {item.reason}" for item in owed))


@job(name="generate-invoices", schedule="0 2 * * *", title=_("Invoice generation"))
def generate_invoices(context: JobContext) -> InvoicingResult:
    """Invoice every completed folio without a live invoice to its payer."""
    done = issue_invoices(hotel=context.hotel, now=context.now, checkpoint=context.checkpoint)
    for invoice in done.invoices:
        amount = money.amount_in_english(invoice.gross, currency=invoice.currency)
        context.changed("invoice", [invoice], note=f"folio {invoice.folio}, {amount}")
    return _result(context, done)


def _result(context: JobContext, done: IssuingResult) -> InvoicingResult:
    currency = context.hotel.currency
    return InvoicingResult(
        hotel_id=context.hotel.pk,
        problems=tuple(
            Problem(what=f"folio {failure.row}", reason=failure.reason) for failure in done.failures
        ),
        handled=len(done.invoices) + len(done.skipped),
        invoices_generated=len(done.invoices),
        total_amount=money.total((i.gross for i in done.invoices), currency=currency),
        currency=currency,
        skipped=tuple(Skipped(folio=str(item.folio), reason=item.reason) for item in done.skipped),
    )
