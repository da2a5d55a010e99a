"""PDFs of invoices and credit notes: content, language, and the same bytes every time."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from hotels.billing.credit import issue_credit_note
from hotels.billing.invoice_pdf import account_of, pdf_of, printed_document
from hotels.billing.payments import refresh_balances
from hotels.models import Guest, Hotel, Invoice
from hotels.pdf import _fonts, typeset
from tests.factories import BookingFactory, GuestFactory, HotelFactory, PaymentFactory
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of


def issue(hotel: Hotel, *grosses: Any, payer: Guest | None = None, **fields: Any) -> Invoice:
    """An invoice of the amounts, to `payer` or another guest."""
    payer = payer or GuestFactory(hotel=hotel, name="Rita Moura")
    booking = BookingFactory(hotel=hotel, guest=payer, reference=fields.pop("reference", "LIS-7"))
    return invoice_of(completed(hotel, *grosses, booking=booking, payer=payer, **fields))


def pay(invoice: Invoice, amount: Any, **fields: Any) -> Invoice:
    PaymentFactory(folio=invoice.folio, amount=Decimal(amount), **fields)
    refresh_balances(folios=[invoice.folio])
    return Invoice.objects.get(pk=invoice.pk)


def read(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def pdf_text(invoice: Invoice, *, now: datetime = NOW) -> str:
    return read(pdf_of(invoice, now=now))


@pytest.fixture
def lisbon(db: None) -> Hotel:
    return HotelFactory(
        name="Miradouro",
        legal_name="Miradouro Hotelaria, Lda.",
        vat_id="PT509442013",
        address="Rua da Graça 14\n1170-167 Lisboa",
        email="desk@miradouro.example",
        timezone="Europe/Lisbon",
    )


def test_the_letterhead_has_the_data_of_the_hotel(lisbon: Hotel) -> None:
    text = pdf_text(issue(lisbon, 100))

    for line in (
        "Miradouro",
        "Miradouro Hotelaria, Lda.",
        "Rua da Graça 14",
        "1170-167 Lisboa",
        "NIF PT509442013",
        "desk@miradouro.example",
    ):
        assert line in text


def test_it_is_addressed_to_the_payer_with_the_name_of_the_country(lisbon: Hotel) -> None:
    payer = GuestFactory(
        hotel=lisbon, name="ACME GmbH", address="Am Tor 1", country="DEU", tax_id="DE811"
    )

    document = printed_document(issue(lisbon, 100, payer=payer), now=NOW)

    assert document.to_lines == ("ACME GmbH", "Am Tor 1", "Germany", "USt-IdNr. DE811")


def test_the_hotels_address_has_the_name_of_the_country(lisbon: Hotel) -> None:
    invoice = issue(lisbon, 100)

    with override("de"):
        lines = printed_document(invoice, now=NOW).letterhead_lines

    assert lines[1:4] == ("Rua da Graça 14", "1170-167 Lisboa", "Portugal")


@pytest.mark.parametrize(
    ("typed", "printed"),
    [("Germany", 1), ("80331 München, Deutschland", 0), ("DE", 0), ("80331 München", 1)],
)
def test_a_country_typed_in_an_address_is_not_printed_again(
    lisbon: Hotel, typed: str, printed: int
) -> None:
    payer = GuestFactory(hotel=lisbon, name="ACME", address=f"Am Tor 1\n{typed}", country="DEU")

    lines = printed_document(issue(lisbon, 100, payer=payer), now=NOW).to_lines

    assert lines.count("Germany") == printed


def test_missing_data_of_the_payer_leaves_no_empty_line(lisbon: Hotel) -> None:
    assert printed_document(issue(lisbon, 100), now=NOW).to_lines == ("Rita Moura",)


def test_it_has_number_date_folio_and_service_dates(lisbon: Hotel) -> None:
    folio = completed(lisbon, 100, booking=BookingFactory(hotel=lisbon, reference="LIS-9"))
    charge(folio, 20, business_date=date(2026, 7, 15))

    facts = dict(printed_document(invoice_of(folio), now=NOW).facts)

    assert facts["Number"] == "INV-2026-000001"
    assert facts["Date of issue"] == "15 Jul 2026"
    assert facts["Service dates"] == "13 Jul 2026 – 15 Jul 2026"
    assert facts["Folio"] == str(folio)
    assert facts["Currency"] == "EUR (Euro)"


def test_services_on_one_day_have_one_date(lisbon: Hotel) -> None:
    facts = dict(printed_document(issue(lisbon, 100), now=NOW).facts)

    assert facts["Service dates"] == "13 Jul 2026"


def test_every_line_has_its_rate_net_tax_and_total(lisbon: Hotel) -> None:
    invoice = issue(lisbon, 106, rate=6)

    assert printed_document(invoice, now=NOW).lines == (
        ("13 Jul 2026", "Room", "1", "106.00", "6\u00a0%", "100.00", "6.00", "106.00"),
    )


def test_the_tax_table_has_a_row_for_each_rate(lisbon: Hotel) -> None:
    folio = completed(lisbon, 106, rate=6)
    charge(folio, 123, rate=23)
    charge(folio, "10.60", rate=6)

    assert printed_document(invoice_of(folio), now=NOW).taxes == (
        ("6\u00a0%", "110.00", "6.60", "116.60"),
        ("23\u00a0%", "100.00", "23.00", "123.00"),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", "1,200"), ("EUR", "1,200.00"), ("KWD", "1,200.000")]
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, amount: str) -> None:
    (line,) = printed_document(issue(HotelFactory(currency=currency), 1200), now=NOW).lines

    assert line[-1] == amount


class TestAccount:
    def test_the_balance_of_an_unpaid_invoice_is_its_total(self, lisbon: Hotel) -> None:
        assert printed_document(issue(lisbon, 100), now=NOW).account == (
            ("Balance as of 15 Jul 2026", "100.00\u00a0EUR"),
        )

    def test_payments_and_credits_are_subtracted(self, lisbon: Hotel) -> None:
        invoice = pay(issue(lisbon, 100), 30)
        issue_credit_note(invoice=invoice, now=NOW, reason="noise", gross=Decimal(20))

        invoice.refresh_from_db()

        assert printed_document(invoice, now=NOW).account == (
            ("Credited", "-20.00\u00a0EUR"),
            ("Received", "-30.00\u00a0EUR"),
            ("Balance as of 15 Jul 2026", "50.00\u00a0EUR"),
        )

    def test_an_authorisation_is_not_received(self, lisbon: Hotel) -> None:
        invoice = pay(issue(lisbon, 100), 100, status="AUTHORIZED")

        assert account_of(invoice).received == 0

    def test_a_refund_is_not_received(self, lisbon: Hotel) -> None:
        invoice = pay(issue(lisbon, 100), 100, refunded_amount=Decimal(40))

        assert account_of(invoice).received == 60

    def test_an_overpaid_amount_is_positive(self, lisbon: Hotel) -> None:
        invoice = pay(issue(lisbon, 100), 130)

        assert printed_document(invoice, now=NOW).account[-1] == (
            "Overpaid as of 15 Jul 2026",
            "30.00\u00a0EUR",
        )

    def test_the_date_of_the_balance_is_the_hotels_local_date(self, lisbon: Hotel) -> None:
        Hotel.objects.filter(pk=lisbon.pk).update(timezone="Pacific/Kiritimati")
        invoice = Invoice.objects.get(pk=issue(lisbon, 100).pk)

        late = datetime(2026, 7, 15, 20, 0, tzinfo=UTC)

        assert printed_document(invoice, now=late).account[-1][0] == "Balance as of 16 Jul 2026"


class TestCreditNote:
    @pytest.fixture
    def note(self, lisbon: Hotel) -> Invoice:
        invoice = issue(lisbon, 106, rate=6)
        return issue_credit_note(
            invoice=invoice, now=NOW + timedelta(days=2), reason="Heating broken", gross=Decimal(53)
        )

    def test_it_names_the_invoice_and_the_reason(self, note: Invoice) -> None:
        text = pdf_text(note)

        assert "Credit note CN-2026-000001" in text
        assert "INV-2026-000001 of 15 Jul 2026" in text
        assert "Heating broken" in text

    def test_its_total_is_the_credited_amount_and_nothing_is_due(self, note: Invoice) -> None:
        document = printed_document(note, now=NOW)

        assert document.totals[-1] == ("Total credited", "53.00\u00a0EUR")
        assert document.account == ()


class TestPdf:
    def test_the_same_document_gives_the_same_bytes(self, lisbon: Hotel) -> None:
        invoice = issue(lisbon, 100)

        assert pdf_of(invoice, now=NOW) == pdf_of(invoice, now=NOW)

    def test_later_changes_of_hotel_and_guest_change_nothing(self, lisbon: Hotel) -> None:
        invoice = issue(lisbon, 100)
        before = pdf_of(invoice, now=NOW)
        Hotel.objects.update(name="Sold", address="Elsewhere", vat_id="X")
        Guest.objects.update(name="Married", address="Moved")

        assert pdf_of(Invoice.objects.get(pk=invoice.pk), now=NOW) == before

    def test_a_document_of_a_test_hotel_is_marked_as_test_data(self, lisbon: Hotel) -> None:
        Hotel.objects.filter(pk=lisbon.pk).update(is_sandbox=True)

        assert "Test data: not a real document." in pdf_text(issue(lisbon, 100))

    def test_it_is_in_the_active_language(self, lisbon: Hotel) -> None:
        invoice = issue(lisbon, "1234.50", rate=6)

        with override("de"):
            text = pdf_text(invoice)

        assert "Rechnung INV-2026-000001" in text
        assert "1.234,50\u00a0EUR" in text

    def test_a_long_document_repeats_its_heading_and_numbers_its_pages(self, lisbon: Hotel) -> None:
        invoice = issue(lisbon, *range(1, 121))

        pages = PdfReader(BytesIO(pdf_of(invoice, now=NOW))).pages

        assert len(pages) > 2
        for number, page in enumerate(pages[:2], start=1):
            text = page.extract_text()
            assert "Tax rate" in text
            assert f"Page {number} of {len(pages)}" in text

    @pytest.mark.parametrize(
        "name", ['#read("/etc/passwd")', "*bold* _it_ $x$ <a> @b", "= Title", '"; drop', "\\u{41}"]
    )
    def test_markup_in_a_name_is_printed_unchanged(self, lisbon: Hotel, name: str) -> None:
        payer = GuestFactory(hotel=lisbon, name=name)

        assert name in pdf_text(issue(lisbon, 100, payer=payer)).replace("\n", " ")

    def test_a_word_longer_than_its_column_is_broken(self, lisbon: Hotel) -> None:
        folio = completed(lisbon)
        charge(folio, 100, description="¥" * 200)

        text = pdf_text(invoice_of(folio))

        assert text.count("¥") == 200
        assert "¥" * 100 not in text

    def test_a_long_name_of_the_hotel_leaves_room_for_the_payer(self, lisbon: Hotel) -> None:
        Hotel.objects.update(legal_name="Sociedade Hoteleira e Turística " * 5)
        lisbon.refresh_from_db()
        payer = GuestFactory(hotel=lisbon, name="Rita Moura e Filhos", address="Rua do Salitre 5")

        text = pdf_text(issue(lisbon, 100, payer=payer))

        assert "Rita Moura e Filhos\nRua do Salitre 5\n" in text

    def test_names_in_many_scripts_are_printed(self, lisbon: Hotel) -> None:
        payer = GuestFactory(hotel=lisbon, name="Łukasz Žižek Ægir Nguyễn Ελένη Наталья")

        assert payer.name in pdf_text(issue(lisbon, 100, payer=payer))

    def test_it_meets_the_standards_for_archives_and_screen_readers(self, lisbon: Hotel) -> None:
        reader = PdfReader(BytesIO(pdf_of(issue(lisbon, 100), now=NOW)))

        about = reader.xmp_metadata
        assert about is not None
        assert b"<pdfaid:part>2</pdfaid:part>" in about.stream.get_data()
        assert b"<pdfuaid:part>1</pdfuaid:part>" in about.stream.get_data()
        assert reader.metadata is not None
        assert reader.metadata.title == "Invoice INV-2026-000001"
        assert reader.trailer["/Root"]["/Lang"] == "en"

    def test_a_character_without_a_font_is_a_box_with_an_explanation(
        self, lisbon: Hotel, caplog: pytest.LogCaptureFixture
    ) -> None:
        payer = GuestFactory(hotel=lisbon, name="Rita \ue123 Moura")

        text = pdf_text(issue(lisbon, 100, payer=payer))

        assert "A box marks a character" in text
        assert "Install a font that has this character." in caplog.text

    def test_without_such_a_character_there_is_no_explanation(self, lisbon: Hotel) -> None:
        assert "A box marks" not in pdf_text(issue(lisbon, 100))


@settings(max_examples=60, deadline=None)
@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_any_text_can_be_printed(name: str) -> None:
    rows: dict[str, Any] = dict.fromkeys(("title", "letterhead", "to", "page_of", "warning"), name)
    rows |= dict.fromkeys(("tax_title", "unshown_note", "price_note", "payment_title"), name)
    rows |= {"paper": "a4", "terms": name, "payment": [[name, name]], "tax_notes": [name]}
    rows |= {"language": "en", "letterhead_lines": [name], "to_lines": [name, name]}
    rows |= {"facts": [[name, name]], "headings": [name] * 8, "lines": [[name] * 8] * 2}
    rows |= {"tax_headings": [name] * 4, "taxes": [[name] * 4], "totals": [[name, name]] * 3}

    for account in ([], [[name, name]]):
        assert typeset(template="invoice", data=rows | {"account": account}, at=NOW)


@pytest.mark.skipif(
    not set(_fonts().families()) & {"Droid Sans Fallback", "Noto Sans CJK JP", "IPAGothic"},
    reason="No font here has Chinese characters: install Debian's package fonts-droid-fallback.",
)
def test_other_scripts_are_printed_with_system_fonts(lisbon: Hotel) -> None:
    payer = GuestFactory(hotel=lisbon, name="山田 太郎")

    text = pdf_text(issue(lisbon, 100, payer=payer))

    assert "山田 太郎" in text
    assert "A box marks" not in text
