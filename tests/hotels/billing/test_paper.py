"""Issued documents on paper: what is printed, for whom, and that it is the same every time."""

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
from hotels.billing.paper import account_of, paper_of, pdf_of
from hotels.billing.payments import refresh_balances
from hotels.models import Guest, Hotel, Invoice
from hotels.pdf import _fonts, typeset
from tests.factories import BookingFactory, GuestFactory, HotelFactory, PaymentFactory
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of


def issue(hotel: Hotel, *grosses: Any, payer: Guest | None = None, **fields: Any) -> Invoice:
    """An invoice of such amounts to somebody."""
    payer = payer or GuestFactory(hotel=hotel, name="Rita Moura")
    booking = BookingFactory(hotel=hotel, guest=payer, reference=fields.pop("reference", "LIS-7"))
    return invoice_of(completed(hotel, *grosses, booking=booking, payer=payer, **fields))


def pay(invoice: Invoice, amount: Any, **fields: Any) -> Invoice:
    PaymentFactory(folio=invoice.folio, amount=Decimal(amount), **fields)
    refresh_balances(folios=[invoice.folio])
    return Invoice.objects.get(pk=invoice.pk)


def read(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def printed(invoice: Invoice, *, now: datetime = NOW) -> str:
    return read(pdf_of(invoice, now=now))


@pytest.fixture
def lisbon(db: None) -> Hotel:
    return HotelFactory(
        name="Miradouro",
        legal_name="Miradouro Hotelaria, Lda.",
        tax_id="PT509442013",
        address="Rua da Graça 14\n1170-167 Lisboa",
        email="desk@miradouro.example",
        timezone="Europe/Lisbon",
    )


def test_the_letterhead_is_the_hotels(lisbon: Hotel) -> None:
    text = printed(issue(lisbon, 100))

    for words in (
        "Miradouro",
        "Miradouro Hotelaria, Lda.",
        "Rua da Graça 14",
        "1170-167 Lisboa",
        "Tax id PT509442013",
        "desk@miradouro.example",
    ):
        assert words in text


def test_it_is_made_out_to_the_payer_in_words_of_the_country(lisbon: Hotel) -> None:
    payer = GuestFactory(
        hotel=lisbon, name="ACME GmbH", address="Am Tor 1", country="DEU", tax_id="DE811"
    )

    paper = paper_of(issue(lisbon, 100, payer=payer), now=NOW)

    assert paper.to_lines == ("ACME GmbH", "Am Tor 1", "Germany", "Tax id DE811")


def test_what_the_payer_did_not_say_leaves_no_empty_line(lisbon: Hotel) -> None:
    assert paper_of(issue(lisbon, 100), now=NOW).to_lines == ("Rita Moura",)


def test_it_states_number_date_booking_and_the_days_of_the_services(lisbon: Hotel) -> None:
    folio = completed(lisbon, 100, booking=BookingFactory(hotel=lisbon, reference="LIS-9"))
    charge(folio, 20, business_date=date(2026, 7, 15))

    facts = dict(paper_of(invoice_of(folio), now=NOW).facts)

    assert facts["Number"] == "INV-2026-000001"
    assert facts["Issued on"] == "15 Jul 2026"
    assert facts["Services of"] == "13 Jul 2026 – 15 Jul 2026"
    assert facts["Booking"] == str(folio)
    assert facts["Currency"] == "EUR (Euro)"


def test_services_of_one_day_are_of_that_day(lisbon: Hotel) -> None:
    assert dict(paper_of(issue(lisbon, 100), now=NOW).facts)["Services of"] == "13 Jul 2026"


def test_every_line_states_its_rate_net_tax_and_total(lisbon: Hotel) -> None:
    invoice = issue(lisbon, 106, rate=6)

    assert paper_of(invoice, now=NOW).lines == (
        ("13 Jul 2026", "Room", "6%", "100.00", "6.00", "106.00"),
    )


def test_the_tax_table_has_a_row_a_rate(lisbon: Hotel) -> None:
    folio = completed(lisbon, 106, rate=6)
    charge(folio, 123, rate=23)
    charge(folio, "10.60", rate=6)

    assert paper_of(invoice_of(folio), now=NOW).taxes == (
        ("6%", "110.00", "6.60", "116.60"),
        ("23%", "100.00", "23.00", "123.00"),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", "1,200"), ("EUR", "1,200.00"), ("KWD", "1,200.000")]
)
def test_amounts_have_the_digits_of_their_currency(currency: str, amount: str) -> None:
    (line,) = paper_of(issue(HotelFactory(currency=currency), 1200), now=NOW).lines

    assert line[-1] == amount


class TestAccount:
    def test_an_unpaid_invoice_is_due_wholly(self, lisbon: Hotel) -> None:
        assert paper_of(issue(lisbon, 100), now=NOW).account == (
            ("Balance on 15 Jul 2026", "€100.00"),
        )

    def test_what_was_received_and_credited_is_taken_off(self, lisbon: Hotel) -> None:
        invoice = pay(issue(lisbon, 100), 30)
        issue_credit_note(invoice=invoice, now=NOW, reason="noise", gross=Decimal(20))

        invoice.refresh_from_db()

        assert paper_of(invoice, now=NOW).account == (
            ("Credited", "-€20.00"),
            ("Received", "-€30.00"),
            ("Balance on 15 Jul 2026", "€50.00"),
        )

    def test_an_authorisation_is_not_received(self, lisbon: Hotel) -> None:
        invoice = pay(issue(lisbon, 100), 100, status="AUTHORIZED")

        assert account_of(invoice).received == 0

    def test_what_was_given_back_is_not_received(self, lisbon: Hotel) -> None:
        invoice = pay(issue(lisbon, 100), 100, refunded_amount=Decimal(40))

        assert account_of(invoice).received == 60

    def test_what_was_paid_too_much_is_in_the_guests_favour(self, lisbon: Hotel) -> None:
        invoice = pay(issue(lisbon, 100), 130)

        assert paper_of(invoice, now=NOW).account[-1] == (
            "In your favour on 15 Jul 2026",
            "€30.00",
        )

    def test_the_day_of_the_balance_is_the_hotels(self, lisbon: Hotel) -> None:
        Hotel.objects.filter(pk=lisbon.pk).update(timezone="Pacific/Kiritimati")
        invoice = Invoice.objects.get(pk=issue(lisbon, 100).pk)

        late = datetime(2026, 7, 15, 20, 0, tzinfo=UTC)

        assert paper_of(invoice, now=late).account[-1][0] == "Balance on 16 Jul 2026"


class TestCreditNote:
    @pytest.fixture
    def note(self, lisbon: Hotel) -> Invoice:
        invoice = issue(lisbon, 106, rate=6)
        return issue_credit_note(
            invoice=invoice, now=NOW + timedelta(days=2), reason="Heating broken", gross=Decimal(53)
        )

    def test_it_says_which_invoice_it_corrects_and_why(self, note: Invoice) -> None:
        text = printed(note)

        assert "Credit note CN-2026-000001" in text
        assert "INV-2026-000001 of 15 Jul 2026" in text
        assert "Heating broken" in text

    def test_its_total_is_what_is_credited_and_nothing_is_due(self, note: Invoice) -> None:
        paper = paper_of(note, now=NOW)

        assert paper.totals[-1] == ("Total credited", "€53.00")
        assert paper.account == ()


class TestPdf:
    def test_the_same_document_makes_the_same_bytes(self, lisbon: Hotel) -> None:
        invoice = issue(lisbon, 100)

        assert pdf_of(invoice, now=NOW) == pdf_of(invoice, now=NOW)

    def test_what_changed_in_the_books_since_changes_nothing(self, lisbon: Hotel) -> None:
        invoice = issue(lisbon, 100)
        before = pdf_of(invoice, now=NOW)
        Hotel.objects.update(name="Sold", address="Elsewhere", tax_id="X")
        Guest.objects.update(name="Married", address="Moved")

        assert pdf_of(Invoice.objects.get(pk=invoice.pk), now=NOW) == before

    def test_a_sandbox_says_that_nothing_is_to_be_paid(self, lisbon: Hotel) -> None:
        Hotel.objects.filter(pk=lisbon.pk).update(is_sandbox=True)

        assert "made up, and not to be paid" in printed(issue(lisbon, 100))

    def test_it_is_in_the_language_asked_for(self, lisbon: Hotel) -> None:
        invoice = issue(lisbon, "1234.50", rate=6)

        with override("de"):
            text = printed(invoice)

        assert "Rechnung INV-2026-000001" in text
        assert "1.234,50\u00a0€" in text

    def test_a_long_one_repeats_its_head_and_counts_its_pages(self, lisbon: Hotel) -> None:
        invoice = issue(lisbon, *range(1, 121))

        pages = PdfReader(BytesIO(pdf_of(invoice, now=NOW))).pages

        assert len(pages) > 2
        for number, page in enumerate(pages[:2], start=1):
            text = page.extract_text()
            assert "Tax rate" in text
            assert f"Page {number} of {len(pages)}" in text

    @pytest.mark.parametrize(
        "words", ['#read("/etc/passwd")', "*bold* _it_ $x$ <a> @b", "= Title", '"; drop', "\\u{41}"]
    )
    def test_markup_in_a_name_is_printed_as_it_is(self, lisbon: Hotel, words: str) -> None:
        payer = GuestFactory(hotel=lisbon, name=words)

        assert words in printed(issue(lisbon, 100, payer=payer)).replace("\n", " ")

    def test_a_word_longer_than_its_column_is_broken(self, lisbon: Hotel) -> None:
        folio = completed(lisbon)
        charge(folio, 100, description="¥" * 200)

        text = printed(invoice_of(folio))

        assert text.count("¥") == 200
        assert "¥" * 100 not in text

    def test_names_of_many_scripts_are_printed(self, lisbon: Hotel) -> None:
        payer = GuestFactory(hotel=lisbon, name="Łukasz Žižek Ægir Nguyễn Ελένη Наталья")

        assert payer.name in printed(issue(lisbon, 100, payer=payer))

    def test_it_is_an_archives_and_readable_aloud(self, lisbon: Hotel) -> None:
        reader = PdfReader(BytesIO(pdf_of(issue(lisbon, 100), now=NOW)))

        about = reader.xmp_metadata
        assert about is not None
        assert b"<pdfaid:part>2</pdfaid:part>" in about.stream.get_data()
        assert b"<pdfuaid:part>1</pdfuaid:part>" in about.stream.get_data()
        assert reader.metadata is not None
        assert reader.metadata.title == "Invoice INV-2026-000001"
        assert reader.trailer["/Root"]["/Lang"] == "en"

    def test_a_character_of_no_font_is_a_box_and_the_paper_says_so(
        self, lisbon: Hotel, caplog: pytest.LogCaptureFixture
    ) -> None:
        payer = GuestFactory(hotel=lisbon, name="Rita \ue123 Moura")

        text = printed(issue(lisbon, 100, payer=payer))

        assert "A box stands for a character" in text
        assert "Is there a font on this machine that has it?" in caplog.text

    def test_without_such_a_character_the_paper_does_not_speak_of_boxes(
        self, lisbon: Hotel
    ) -> None:
        assert "A box stands" not in printed(issue(lisbon, 100))


@settings(max_examples=60, deadline=None)
@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_no_text_stops_the_paper(name: str) -> None:
    rows: dict[str, Any] = dict.fromkeys(("title", "letterhead", "to", "page_of", "warning"), name)
    rows |= dict.fromkeys(("tax_title", "unshown_note"), name)
    rows |= {"language": "en", "letterhead_lines": [name], "to_lines": [name, name]}
    rows |= {"facts": [[name, name]], "headings": [name] * 6, "lines": [[name] * 6] * 2}
    rows |= {"tax_headings": [name] * 4, "taxes": [[name] * 4], "totals": [[name, name]] * 3}

    for account in ([], [[name, name]]):
        assert typeset(template="invoice", data=rows | {"account": account}, at=NOW)


@pytest.mark.skipif(
    not set(_fonts().families()) & {"Droid Sans Fallback", "Noto Sans CJK JP", "IPAGothic"},
    reason="No font here has Chinese characters: install Debian's package fonts-droid-fallback.",
)
def test_scripts_the_typesetter_lacks_are_printed_with_the_systems_fonts(lisbon: Hotel) -> None:
    payer = GuestFactory(hotel=lisbon, name="山田 太郎")

    text = printed(issue(lisbon, 100, payer=payer))

    assert "山田 太郎" in text
    assert "A box stands" not in text
