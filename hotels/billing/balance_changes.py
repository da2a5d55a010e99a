"""Balances of invoices before and after an action, for its preview and its result."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hotels.models import Folio, Invoice


@dataclass(frozen=True, kw_only=True)
class BalanceChange:
    """An invoice as it was before an action, and as it is afterwards."""

    was: Invoice
    invoice: Invoice

    @property
    def before(self) -> Decimal:
        """The balance before the action, in the currency of the invoice."""
        return self.was.balance

    @property
    def after(self) -> Decimal:
        """The balance after the action."""
        return self.invoice.balance


def invoices_on(*, folios: Iterable[Folio]) -> dict[int, Invoice]:
    """The invoices of the folios as they are now, by key, the oldest first; no credit notes."""
    rows = Invoice.objects.filter(folio__in=folios, kind=Invoice.Kind.INVOICE)
    return {invoice.pk: invoice for invoice in rows.order_by("pk")}


def balance_changes(
    *,
    before: Mapping[int, Invoice],
    after: Mapping[int, Invoice],
    also: Collection[int | None] = (),
) -> tuple[BalanceChange, ...]:
    """The invoices whose balance or payment status changed, and those with a key in `also`."""
    return tuple(
        BalanceChange(was=before[key], invoice=invoice)
        for key, invoice in after.items()
        if key in also or _shown(invoice) != _shown(before[key])
    )


def _shown(invoice: Invoice) -> tuple[Decimal, str]:
    return invoice.balance, invoice.payment_status
