"""Balances of issued invoices after payments and credit notes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db.models import F

from hotels import money
from hotels.billing.totals import payment_status
from hotels.models import Folio, Invoice, Payment

Kind = Invoice.Kind


def received_on(*, folios: Iterable[Folio]) -> dict[int, Decimal]:
    """The amount received on each folio by its key: succeeded payments less refunds (rule 5).

    Payments in another currency than their folio are left out: they cannot be added.
    """
    found: dict[int, Decimal] = defaultdict(Decimal)
    for payment in Payment.objects.filter(folio__in=folios, currency=F("folio__currency")):
        found[payment.folio_id] += payment.received
    return found


def refresh_balances(*, folios: Iterable[Folio]) -> list[Invoice]:
    """Set balance and payment status of the invoices of `folios`; return those that changed.

    The balance is the total less credit notes less the amount received. Payments on a folio count
    for its live invoice or, when none is live, for its latest one, so that no payment counts
    twice. Call it in every transaction that changes the payments of an invoiced folio.
    """
    folios = list(folios)
    documents = list(Invoice.objects.filter(folio__in=folios).order_by("live", "pk"))
    credited: dict[int, Decimal] = defaultdict(Decimal)
    for document in documents:
        if document.corrects_id is not None:
            credited[document.corrects_id] += document.gross
    invoices = [document for document in documents if document.kind == Kind.INVOICE]
    paid_on = {invoice.folio_id: invoice.pk for invoice in invoices}
    received = received_on(folios=folios)
    changed = [
        invoice
        for invoice in invoices
        if _set(
            invoice,
            credited=credited,
            received=received[invoice.folio_id] if paid_on[invoice.folio_id] == invoice.pk else 0,
        )
    ]
    Invoice.objects.bulk_update(changed, ["balance", "payment_status"])
    return changed


def _set(invoice: Invoice, *, credited: Mapping[int, Decimal], received: Decimal | int) -> bool:
    due = invoice.gross - credited.get(invoice.pk, money.ZERO)
    before = (invoice.balance, invoice.payment_status)
    paid = Decimal(received)
    invoice.balance = money.round_money(due - paid, currency=invoice.currency)
    invoice.payment_status = payment_status(due=due, received=paid)
    return before != (invoice.balance, invoice.payment_status)
