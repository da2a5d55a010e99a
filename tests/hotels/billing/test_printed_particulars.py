"""Particulars of a printed invoice: quantity, service period, payment terms, bank, 0 %, paper."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hotels.billing.credit import issue_credit_note
from hotels.billing.invoice_pdf import PrintedDocument, printed_document
from hotels.models import FolioLine, Hotel, Invoice
from tests.factories import FolioFactory, FolioLineFactory, HotelFactory, stay
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of
from tests.hotels.billing.test_invoice_pdf import issue, pay

pytestmark = pytest.mark.django_db
IBAN = "DE89370400440532013000"


def printed(invoice: Invoice) -> PrintedDocument:
    return printed_document(Invoice.objects.get(pk=invoice.pk), now=NOW)


def credited(invoice: Invoice, **wanted: Any) -> Invoice:
    return issue_credit_note(invoice=invoice, now=NOW, reason="Sorry", **wanted)


class TestQuantity:
    def test_a_line_has_its_quantity_and_unit_price(self) -> None:
        folio = completed(HotelFactory())
        charge(folio, "13.50", description="Beer", quantity=Decimal(3))

        (line,) = printed(invoice_of(folio)).lines

        assert line[1:4] == ("Beer", "3", "4.50")

    def test_the_unit_price_excludes_tax_where_the_hotels_prices_do(self) -> None:
        folio = completed(HotelFactory(prices_include_tax=False, timezone="America/New_York"))
        FolioLineFactory(folio=folio, quantity=2, tax_rate=10, net=20, tax=2, gross=22)

        document = printed(invoice_of(folio))

        assert (document.lines[0][3], document.price_note) == ("10.00", "Unit prices exclude tax.")

    def test_a_quantity_changes_no_amount(self) -> None:
        folio = completed(HotelFactory())
        charge(folio, "10.00", rate=6, quantity=Decimal(3))
        line = FolioLine.objects.get()

        invoice = invoice_of(folio)

        assert (invoice.net, invoice.tax, invoice.gross) == (line.net, line.tax, line.gross)
        assert printed(invoice).lines[0][3] == "3.333"

    def test_a_discount_has_a_negative_quantity_and_no_negative_price(self) -> None:
        folio = completed(HotelFactory(), 100)
        charge(folio, -10, description="Discount")

        assert printed(invoice_of(folio)).lines[1][1:4] == ("Discount", "-1", "10.00")

    def test_a_credit_note_has_the_quantity_of_the_invoice(self) -> None:
        folio = completed(HotelFactory())
        line = charge(folio, "13.50", quantity=Decimal(3))

        note = credited(invoice_of(folio), lines=[line])

        assert printed(note).lines[0][2:4] == ("3", "4.50")
        assert FolioLine.objects.get(reverses=line).quantity == -3

    def test_a_charge_of_no_quantity_is_refused(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            FolioLineFactory(quantity=0)


class TestServicePeriod:
    def test_an_invoice_of_a_stay_is_for_arrival_to_departure(self) -> None:
        hotel = HotelFactory()
        room = stay(hotel, arrival=date(2026, 7, 10), nights_count=3, status="CHECKED_OUT")
        folio = completed(hotel, booking=room.booking)
        for day in range(10, 13):
            charge(folio, 100, business_date=date(2026, 7, day), booking_room=room)

        document = printed(invoice_of(folio))

        assert dict(document.facts)["Service dates"] == "10 Jul 2026 – 13 Jul 2026"

    def test_a_credit_note_has_the_period_of_its_invoice(self) -> None:
        invoice = issue(HotelFactory(), 100)

        note = issue_credit_note(
            invoice=invoice, now=NOW + timedelta(days=9), reason="Sorry", gross=Decimal(5)
        )

        assert dict(printed(note).facts)["Service dates"] == "13 Jul 2026"


class TestPayment:
    def test_an_invoice_is_due_on_receipt_by_default(self) -> None:
        document = printed(issue(HotelFactory(), 100))

        assert dict(document.facts)["Due"] == "on receipt"
        assert document.terms == "Payment is due on receipt of this invoice."

    @pytest.mark.parametrize(
        ("days", "terms"), [(1, "within 1 day, by 16 Jul"), (14, "within 14 days, by 29 Jul")]
    )
    def test_a_hotel_can_give_days_to_pay(self, days: int, terms: str) -> None:
        invoice = issue(HotelFactory(payment_days=days), 100)
        Hotel.objects.update(payment_days=60)

        document = printed(invoice)

        assert document.terms == f"Payment is due {terms} 2026."
        assert dict(document.facts)["Due"] in f"{terms} 2026."

    def test_bank_details_are_printed_while_an_amount_is_due(self) -> None:
        hotel = HotelFactory(bank_account=IBAN, bank_bic="COBADEFFXXX", bank_name="Commerz")
        invoice = issue(hotel, 100)
        Hotel.objects.update(bank_account="0", legal_name="Sold")

        assert printed(pay(invoice, 40)).payment == (
            ("Account holder", hotel.legal_name),
            ("IBAN", "DE89 3704 0044 0532 0130 00"),
            ("BIC", "COBADEFFXXX"),
            ("Bank", "Commerz"),
            ("Reference", invoice.number),
        )

    def test_an_account_number_is_not_called_an_iban(self) -> None:
        hotel = HotelFactory(bank_account="021000021 / 4829301177", bank_account_holder="Inn LLC")

        rows = printed(issue(hotel, 100)).payment

        assert rows[:2] == (
            ("Account holder", "Inn LLC"),
            ("Account number", "021000021 / 4829301177"),
        )

    def test_nothing_about_payment_is_printed_when_nothing_is_due(self) -> None:
        invoice = issue(HotelFactory(bank_account=IBAN), 100)

        for document in (printed(pay(invoice, 100)), printed(credited(invoice))):
            assert (document.payment_title, document.terms, document.payment) == ("", "", ())

    def test_a_credit_note_is_never_due(self) -> None:
        note = credited(issue(HotelFactory(), 100))

        assert "Due" not in dict(printed(note).facts)


class TestZeroTax:
    def test_the_hotel_gives_reason_and_law(self) -> None:
        hotel = HotelFactory(zero_tax_reason="EXEMPT", zero_tax_note="Art. 9 CIVA")

        invoice = issue(hotel, 100)
        Hotel.objects.update(zero_tax_reason="NO_TAX", zero_tax_note="")

        assert printed(invoice).tax_notes == ("0\u00a0%: Exempt from tax (Art. 9 CIVA).",)
        assert printed(credited(invoice)).tax_notes == printed(invoice).tax_notes

    def test_there_is_always_a_reason(self) -> None:
        assert printed(issue(HotelFactory(), 100)).tax_notes == ("0\u00a0%: No tax is charged.",)

    def test_other_rates_need_none(self) -> None:
        assert printed(issue(HotelFactory(zero_tax_reason="EXEMPT"), 106, rate=6)).tax_notes == ()

    @pytest.mark.parametrize(
        ("timezone", "law"), [("Europe/Lisbon", " (CJEU C-277/05)"), ("Asia/Kathmandu", "")]
    )
    def test_a_charge_can_have_its_own_reason(self, timezone: str, law: str) -> None:
        folio = completed(HotelFactory(timezone=timezone, zero_tax_reason="EXEMPT"), 100, 50)
        charge(folio, 80, zero_tax_reason="COMPENSATION", category="NO_SHOW_FEE")

        assert printed(invoice_of(folio)).tax_notes == (
            "0\u00a0%: Exempt from tax.",
            f"0\u00a0%: Not taxable: compensation, the guest did not arrive{law}.",
        )


@pytest.mark.parametrize(
    ("timezone", "paper"), [("America/New_York", "us-letter"), ("Europe/Berlin", "a4")]
)
def test_the_paper_is_that_of_the_country(timezone: str, paper: str) -> None:
    invoice = issue(HotelFactory(timezone=timezone), 100)
    Hotel.objects.update(timezone="Asia/Tokyo")

    assert printed(invoice).paper == paper


def test_a_document_from_before_is_printed_without_what_it_does_not_have() -> None:
    folio = FolioFactory()
    seller = {"name": "Old", "taxId": "PT509442013", "address": "", "sandbox": False}
    fields = {"kind": "INVOICE", "year": 2026, "sequence": 1, "number": "INV-2026-000001"}
    amounts = {"net": 100, "tax": 0, "gross": 100}
    invoice = Invoice.objects.create(
        **{"hotel": folio.hotel, "folio": folio, "seller": seller, "buyer": {"name": "A"}},
        **{"issue_date": NOW.date(), "issued_at": NOW, "currency": "EUR"},
        **{"balance": 100, "payment_status": "UNPAID"},
        **fields,
        **amounts,
    )
    invoice.lines.create(
        position=1, business_date=NOW.date(), description="Night", tax_rate=0, **amounts
    )
    invoice.taxes.create(rate=0, **amounts)

    document = printed(invoice)

    assert document.lines[0][:4] == ("15 Jul 2026", "Night", "1", "100.00")
    assert document.letterhead_lines == ("NIF PT509442013",)
    assert document.tax_notes == ("0\u00a0%: No tax is charged.",)
    assert (document.paper, document.terms, document.payment) == ("a4", "", ())
    assert "Due" not in dict(document.facts)
