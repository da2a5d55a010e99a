"""Balances follow payments and credit notes (domain rule 5)."""

from decimal import Decimal

import pytest

from hotels.billing.credit import issue_credit_note
from hotels.billing.payments import refresh_balances
from hotels.models import Invoice, Payment
from tests.factories import HotelFactory, PaymentFactory
from tests.hotels.billing.issued import NOW, completed, invoice_of


@pytest.fixture
def invoice(hotel) -> Invoice:
    return invoice_of(completed(hotel, 100))


def balance_of(invoice: Invoice) -> tuple[Decimal, str]:
    invoice.refresh_from_db()
    return invoice.balance, invoice.payment_status


def test_a_payment_after_the_invoice_lowers_its_balance(invoice) -> None:
    PaymentFactory(folio=invoice.folio, amount=60)

    changed = refresh_balances(folios=[invoice.folio])

    assert changed == [invoice]
    assert balance_of(invoice) == (40, "PARTIALLY_PAID")


def test_a_refund_raises_the_balance(invoice) -> None:
    PaymentFactory(folio=invoice.folio, amount=100)
    refresh_balances(folios=[invoice.folio])
    Payment.objects.update(refunded_amount=100, status="REFUNDED")

    refresh_balances(folios=[invoice.folio])

    assert balance_of(invoice) == (100, "UNPAID")


def test_an_unchanged_balance_is_not_written(invoice) -> None:
    assert refresh_balances(folios=[invoice.folio]) == []


def test_a_credit_note_lowers_the_balance(invoice) -> None:
    PaymentFactory(folio=invoice.folio, amount=70)

    issue_credit_note(invoice=invoice, gross=Decimal(30), now=NOW, reason="noise")

    assert balance_of(invoice) == (0, "PAID")


def test_a_paid_invoice_that_is_fully_credited_is_overpaid(invoice) -> None:
    PaymentFactory(folio=invoice.folio, amount=100)

    issue_credit_note(invoice=invoice, now=NOW, reason="cancelled")

    assert balance_of(invoice) == (-100, "OVERPAID")


def test_the_number_of_queries_does_not_grow(db, queries_of) -> None:
    def queries(count: int) -> int:
        hotel = HotelFactory()
        folios = [completed(hotel, 100) for _ in range(count)]
        invoice_of(folios[0])
        for folio in folios:
            PaymentFactory(folio=folio)
        return queries_of(lambda: refresh_balances(folios=folios))

    assert queries(2) == queries(20)
