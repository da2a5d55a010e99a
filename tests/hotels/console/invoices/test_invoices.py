"""The invoices of a hotel: the list, one of them, and its PDF in a browser."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotels.billing.credit import issue_credit_note
from hotels.console.invoices import queries as board
from hotels.models import Hotel, Invoice
from tests.factories import (
    BookingFactory,
    GuestFactory,
    HotelFactory,
    MembershipFactory,
    PaymentFactory,
)
from tests.hotels.billing.issued import NOW, completed, invoice_of
from tests.hotels.console.reading import text_of

pytestmark = pytest.mark.django_db
LIST = reverse("hotels:invoices")


def issue(hotel: Hotel, gross: Any, *, paid: Any = 0, name: str = "Rita Moura") -> Invoice:
    """An invoice of an amount, part of which was paid before."""
    payer = GuestFactory(hotel=hotel, name=name)
    folio = completed(hotel, gross, booking=BookingFactory(hotel=hotel, guest=payer), payer=payer)
    if paid:
        PaymentFactory(folio=folio, amount=Decimal(paid))
    return invoice_of(folio)


def credit(invoice: Invoice, gross: Any = None) -> Invoice:
    amount = None if gross is None else Decimal(gross)
    return issue_credit_note(invoice=invoice, now=NOW, reason="noise", gross=amount)


def listed(client: Client, **query: Any) -> list[Invoice]:
    return [row for row, _look in client.get(LIST, query).context["rows"]]


def page_of(invoice: Invoice) -> str:
    return reverse("hotels:invoice", args=[invoice.pk])


def pdf_of(invoice: Invoice) -> str:
    return reverse("hotels:invoice-pdf", args=[invoice.pk])


class TestList:
    def test_without_invoices_it_says_which_job_makes_them(self, manager: Client) -> None:
        text = text_of(manager.get(LIST))

        assert "No invoice was issued yet. The job generate-invoices makes one" in text
        assert "Every invoice is settled." in text

    def test_without_a_working_hotel_it_says_who_helps(self, hotel: Hotel, manager: Client) -> None:
        Hotel.objects.update(active=False)

        assert "You have no working hotel yet." in text_of(manager.get(LIST))

    def test_the_newest_come_first(self, hotel: Hotel, manager: Client) -> None:
        first, second = issue(hotel, 100), issue(hotel, 50)

        assert listed(manager) == [second, first]

    def test_a_row_tells_number_payer_total_balance_and_how_it_stands(
        self, hotel: Hotel, manager: Client
    ) -> None:
        issue(hotel, 100, paid=30)

        text = text_of(manager.get(LIST))

        for words in ("INV-2026-000001", "Rita Moura", "100.00 EUR", "70.00 EUR", "partially paid"):
            assert words in text

    def test_the_payer_is_named_as_on_the_invoice(self, hotel: Hotel, manager: Client) -> None:
        invoice = issue(hotel, 100, name="Before")
        invoice.folio.payer.name = "After"
        invoice.folio.payer.save()

        assert "Before" in text_of(manager.get(LIST))

    def test_others_hotels_invoices_are_not_listed(self, elsewhere: Hotel, manager: Client) -> None:
        issue(elsewhere, 100)

        assert listed(manager) == []
        assert manager.get(LIST, {"hotel": elsewhere.code}).status_code == 404

    def test_one_hotel_can_be_chosen(self, hotel: Hotel, owner: Any, manager: Client) -> None:
        other = MembershipFactory(user=owner, hotel=HotelFactory()).hotel
        issue(hotel, 100)
        wanted = issue(other, 50)

        assert listed(manager, hotel=other.code) == [wanted]

    def test_what_is_still_to_be_paid_can_be_asked_for(self, hotel: Hotel, manager: Client) -> None:
        unpaid, part = issue(hotel, 100), issue(hotel, 100, paid=30)
        issue(hotel, 100, paid=100)
        issue(hotel, 100, paid=130)

        assert listed(manager, show="due") == [part, unpaid]

    def test_what_was_overpaid_can_be_asked_for(self, hotel: Hotel, manager: Client) -> None:
        issue(hotel, 100)
        over = issue(hotel, 100, paid=130)

        assert listed(manager, show="overpaid") == [over]

    def test_what_is_settled_has_no_credit_notes(self, hotel: Hotel, manager: Client) -> None:
        credited, paid = issue(hotel, 100), issue(hotel, 100, paid=100)
        credit(credited)

        assert listed(manager, show="settled") == [paid, credited]

    def test_credit_notes_can_be_asked_for(self, hotel: Hotel, manager: Client) -> None:
        note = credit(issue(hotel, 100), 20)

        assert listed(manager, show="credit-notes") == [note]

    @pytest.mark.parametrize("text", ["000002", "anna", "ANNA b", " Anna "])
    def test_a_number_or_a_payer_is_found(self, hotel: Hotel, manager: Client, text: str) -> None:
        issue(hotel, 100, name="Rita Moura")
        wanted = issue(hotel, 50, name="Anna Berg")

        assert listed(manager, q=text) == [wanted]

    def test_the_booking_is_found(self, hotel: Hotel, manager: Client) -> None:
        wanted, _ = issue(hotel, 100), issue(hotel, 50)

        assert listed(manager, q=wanted.folio.booking.reference.lower()) == [wanted]

    def test_what_is_not_found_is_said(self, hotel: Hotel, manager: Client) -> None:
        issue(hotel, 100)

        assert "No such document." in text_of(manager.get(LIST, {"q": "nobody"}))

    @pytest.mark.parametrize("query", [{"q": "\0"}, {"show": "nonsense"}, {"q": "%"}, {"q": "'\""}])
    def test_nonsense_is_answered(self, manager: Client, query: dict[str, str]) -> None:
        assert manager.get(LIST, query).status_code == 200

    @pytest.mark.parametrize("key", ["x", "-1", "9" * 30, "123456"])
    def test_a_key_of_no_document_is_not_found(self, manager: Client, key: str) -> None:
        assert manager.get(LIST, {"before": key}).status_code == 404

    def test_the_parts_follow_each_other_without_a_gap(
        self, hotel: Hotel, manager: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(board, "PAGE", 2)
        every = [issue(hotel, 10) for _ in range(5)]

        found, query = [], {}
        while True:
            context = manager.get(LIST, query).context
            found += [row for row, _look in context["rows"]]
            if context["older"] is None:
                break
            query = {"before": context["older"]}

        assert found == every[::-1]

    def test_it_takes_as_many_queries_for_many_as_for_one(
        self, hotel: Hotel, manager: Client
    ) -> None:
        issue(hotel, 10)
        with CaptureQueriesContext(connection) as one:
            manager.get(LIST)
        for _ in range(4):
            issue(hotel, 10)

        with CaptureQueriesContext(connection) as many:
            manager.get(LIST)

        assert len(many) == len(one) <= 8


class TestOutstanding:
    def test_it_is_summed_by_currency_and_never_across(self, owner: Any, manager: Client) -> None:
        for currency, amounts in (("EUR", (100, 50)), ("JPY", (1200,))):
            hotel = MembershipFactory(user=owner, hotel=HotelFactory(currency=currency)).hotel
            for amount in amounts:
                issue(hotel, amount)

        sums = manager.get(LIST).context["outstanding"]

        assert [(each.currency, each.due, each.due_on) for each in sums] == [
            ("EUR", Decimal(150), 2),
            ("JPY", Decimal(1200), 1),
        ]

    def test_what_was_overpaid_is_not_taken_off_what_is_due(
        self, hotel: Hotel, manager: Client
    ) -> None:
        issue(hotel, 100)
        issue(hotel, 100, paid=130)

        (sums,) = manager.get(LIST).context["outstanding"]

        assert (sums.due, sums.due_on, sums.overpaid, sums.overpaid_on) == (100, 1, 30, 1)

    def test_it_is_exact_to_the_minor_unit(self, manager: Client, owner: Any) -> None:
        hotel = MembershipFactory(user=owner, hotel=HotelFactory(currency="KWD")).hotel
        for _ in range(10):
            issue(hotel, "0.101")

        (sums,) = manager.get(LIST).context["outstanding"]

        assert str(sums.due) == "1.010"

    def test_others_debts_are_not_in_it(self, elsewhere: Hotel, manager: Client) -> None:
        issue(elsewhere, 100)

        assert manager.get(LIST).context["outstanding"] == []

    def test_settled_invoices_are_not_even_read(self, hotel: Hotel) -> None:
        with CaptureQueriesContext(connection) as captured:
            board.outstanding(hotels=[hotel])

        (query,) = captured.captured_queries
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute("EXPLAIN " + query["sql"])
            else:
                cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
            plan = str(cursor.fetchall())
        assert "invoice_not_balanced" in plan


class TestOne:
    def test_it_shows_lines_tax_and_account(self, hotel: Hotel, manager: Client) -> None:
        invoice = issue(hotel, 100, paid=30)
        credit(invoice, 20)

        text = text_of(manager.get(page_of(invoice)))

        assert "Total 100.00 EUR Credited 20.00 EUR Received 30.00 EUR Balance 50.00 EUR" in text
        assert "CN-2026-000001 20.00 EUR" in text

    def test_its_payments_are_told_with_how_they_stand(self, hotel: Hotel, manager: Client) -> None:
        invoice = issue(hotel, 100)
        PaymentFactory(folio=invoice.folio, amount=Decimal(80), status="AUTHORIZED")

        assert "80.00 EUR authorised" in text_of(manager.get(page_of(invoice)))

    def test_a_credit_note_leads_to_what_it_corrects(self, hotel: Hotel, manager: Client) -> None:
        invoice = issue(hotel, 100)
        answer = manager.get(page_of(credit(invoice)))

        assert page_of(invoice) in answer.content.decode()
        assert "Reason noise" in text_of(answer)

    def test_a_wholly_credited_invoice_says_so(self, hotel: Hotel, manager: Client) -> None:
        invoice = issue(hotel, 100)
        credit(invoice)

        assert "Invoice undo wholly credited" in text_of(manager.get(page_of(invoice)))

    def test_it_leads_to_the_pdf_in_each_language(self, hotel: Hotel, manager: Client) -> None:
        page = manager.get(page_of(issue(hotel, 100))).content.decode()

        for language in ("English", "Deutsch", "Português"):
            assert f">{language}</option>" in page

    def test_whoever_belongs_to_the_hotel_sees_it(self, hotel: Hotel, viewer: Client) -> None:
        assert viewer.get(page_of(issue(hotel, 100))).status_code == 200

    @pytest.mark.parametrize("where", [page_of, pdf_of])
    def test_others_find_nothing(self, hotel: Hotel, outsider: Client, where: Any) -> None:
        assert outsider.get(where(issue(hotel, 100))).status_code == 404

    @pytest.mark.parametrize("where", [page_of, pdf_of])
    def test_whoever_is_not_logged_in_is_sent_to_the_login(self, hotel: Hotel, where: Any) -> None:
        answer = Client().get(where(issue(hotel, 100)))

        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")

    @pytest.mark.parametrize("where", [page_of, pdf_of])
    def test_nothing_is_changed_by_it(self, hotel: Hotel, manager: Client, where: Any) -> None:
        assert manager.post(where(issue(hotel, 100))).status_code == 405


class TestPdf:
    def test_a_browser_shows_it_and_saves_it_under_its_number(
        self, hotel: Hotel, manager: Client
    ) -> None:
        answer = manager.get(pdf_of(issue(hotel, 100)))

        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == 'inline; filename="INV-2026-000001.pdf"'
        assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
        assert answer.content.startswith(b"%PDF-")

    def test_it_is_in_the_persons_language_or_the_one_asked_for(
        self, hotel: Hotel, manager: Client
    ) -> None:
        url = pdf_of(issue(hotel, 100))
        manager.cookies["django_language"] = "de"

        assert b"(Rechnung INV-2026-000001)" in manager.get(url).content
        assert b"(Fatura INV-2026-000001)" in manager.get(url, {"language": "pt"}).content

    def test_a_language_there_is_not_is_the_persons(self, hotel: Hotel, manager: Client) -> None:
        url = pdf_of(issue(hotel, 100))

        assert b"(Invoice INV-2026-000001)" in manager.get(url, {"language": "../x"}).content
