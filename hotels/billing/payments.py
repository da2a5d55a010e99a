"""Balances of issued invoices after payments and credit notes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F

from hotels import money
from hotels.billing.totals import payment_status
from hotels.bulk import Failure, write_isolated
from hotels.models import Folio, Hotel, Invoice, Payment
from hotels.prepared import prepared_cursor
from hotels.row_writes import update_rows

BATCH = 1000
# SQLite's amounts are floats: allow a difference below any minor unit.
_WRONG_BALANCES = """
    SELECT folio_id
    FROM (
        SELECT folio_id, SUM(balance) AS shown,
            SUM(CASE kind WHEN 'INVOICE' THEN gross ELSE -gross END) AS owed
        FROM hotels_invoice WHERE hotel_id = %s GROUP BY folio_id
    ) AS documents
    WHERE ABS(owed - shown - COALESCE((
        SELECT SUM(amount - refunded_amount)
        FROM hotels_payment payment JOIN hotels_folio folio ON folio.id = payment.folio_id
        WHERE payment.folio_id = documents.folio_id AND payment.currency = folio.currency
            AND payment.status IN ('SUCCEEDED', 'REFUNDED')
    ), 0)) > 0.00005
"""


@dataclass(frozen=True, kw_only=True)
class CorrectedBalance:
    """An invoice whose balance did not match the payments, and the balance it had."""

    invoice: Invoice
    before: Decimal


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """Invoices whose balances were wrong, and the folios whose balances could not be corrected."""

    corrected: tuple[CorrectedBalance, ...] = ()
    failures: tuple[Failure[Folio], ...] = ()


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
    for its live invoices, the first one first; what is left over counts for the last one. When none
    is live they count for the latest one. So no payment counts twice. Call it in every transaction
    that changes the payments of an invoiced folio. Raises AmountTooLarge for a balance that cannot
    be stored.
    """
    return [corrected.invoice for corrected in _refresh(list(folios))]


def correct_balances(*, folios: Sequence[Folio]) -> Corrections:
    """Correct the balances of invoices of locked `folios` that do not match the payments.

    Payments can be written without `refresh_balances`: by an import or in SQL. A folio whose
    balance cannot be stored stops no other.
    """
    corrected: list[CorrectedBalance] = []
    failures: list[Failure[Folio]] = []

    def write(batch: Sequence[Folio]) -> None:
        corrected.extend(_refresh(batch))

    for start in range(0, len(folios), BATCH):
        failures += write_isolated(folios[start : start + BATCH], write=write)
    return Corrections(corrected=tuple(corrected), failures=tuple(failures))


def folios_with_wrong_balances(*, hotel: Hotel) -> set[int]:
    """The keys of the hotel's folios whose balances do not match their payments, in one query.

    The balances must sum to the documents less the payments.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_WRONG_BALANCES, [hotel.pk])
        return {key for (key,) in cursor.fetchall()}


def _refresh(folios: Sequence[Folio]) -> list[CorrectedBalance]:
    documents = list(Invoice.objects.filter(folio__in=folios).order_by("pk"))
    credited: dict[int, Decimal] = defaultdict(Decimal)
    by_folio: dict[int, list[Invoice]] = defaultdict(list)
    for document in documents:
        if document.corrects_id is not None:
            credited[document.corrects_id] += document.gross
        else:
            by_folio[document.folio_id].append(document)
    received = received_on(folios=folios)
    changed: list[CorrectedBalance] = []
    for folio, invoices in by_folio.items():
        due = {invoice.pk: invoice.gross - credited[invoice.pk] for invoice in invoices}
        shares = _shares(invoices, due, received=received[folio])
        for invoice in invoices:
            before, status = invoice.balance, invoice.payment_status
            paid = shares.get(invoice.pk, money.ZERO)
            invoice.balance = money.round_money(due[invoice.pk] - paid, currency=invoice.currency)
            money.refuse_too_large(invoice.balance, currency=invoice.currency)
            invoice.payment_status = payment_status(due=due[invoice.pk], received=paid)
            if (before, status) != (invoice.balance, invoice.payment_status):
                changed.append(CorrectedBalance(invoice=invoice, before=before))
    update_rows([each.invoice for each in changed], ["balance", "payment_status"])
    return changed


def _shares(
    invoices: Sequence[Invoice], due: Mapping[int, Decimal], *, received: Decimal
) -> dict[int, Decimal]:
    """The part of `received` that counts for each invoice of one folio, by key."""
    paid = [invoice.pk for invoice in invoices if invoice.live] or [invoices[-1].pk]
    shares: dict[int, Decimal] = {}
    for key in paid[:-1]:
        shares[key] = min(max(due[key], money.ZERO), received)
        received -= shares[key]
    return shares | {paid[-1]: received}
