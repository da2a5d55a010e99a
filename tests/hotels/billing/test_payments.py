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


def stands(invoice: Invoice) -> tuple[Decimal, str]:
    invoice.refresh_from_db()
    return invoice.balance, invoice.payment_status


def test_a_payment_after_the_invoice_lowers_its_balance(invoice) -> None:
    PaymentFactory(folio=invoice.folio, amount=60)

    changed = refresh_balances(folios=[invoice.folio])

    assert changed == [invoice]
    assert stands(invoice) == (40, "PARTIALLY_PAID")


def test_a_refund_raises_it_again(invoice) -> None:
    PaymentFactory(folio=invoice.folio, amount=100)
    refresh_balances(folios=[invoice.folio])
    Payment.objects.update(refunded_amount=100, status="REFUNDED")

    refresh_balances(folios=[invoice.folio])

    assert stands(invoice) == (100, "UNPAID")


def test_what_is_up_to_date_is_not_written(invoice) -> None:
    assert refresh_balances(folios=[invoice.folio]) == []


def test_a_credit_note_lowers_what_is_due(invoice) -> None:
    PaymentFactory(folio=invoice.folio, amount=70)

    issue_credit_note(invoice=invoice, gross=Decimal(30), now=NOW, reason="noise")

    assert stands(invoice) == (0, "PAID")


def test_wholly_credited_and_paid_the_hotel_owes_the_guest(invoice) -> None:
    PaymentFactory(folio=invoice.folio, amount=100)

    issue_credit_note(invoice=invoice, now=NOW, reason="cancelled")

    assert stands(invoice) == (-100, "OVERPAID")


def test_the_number_of_queries_does_not_grow(db, queries_of) -> None:
    def queries(count: int) -> int:
        hotel = HotelFactory()
        folios = [completed(hotel, 100) for _ in range(count)]
        invoice_of(folios[0])
        for folio in folios:
            PaymentFactory(folio=folio)
        return queries_of(lambda: refresh_balances(folios=folios))

    assert queries(2) == queries(20)
