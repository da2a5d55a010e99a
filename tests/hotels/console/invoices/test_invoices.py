"""Invoices: list, outstanding amounts, detail page and PDF."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotels.billing.credit import issue_credit_note
from hotels.console.invoices import queries
from hotels.models import Hotel, Invoice
from tests.factories import (
    BookingFactory,
    GuestFactory,
    HotelFactory,
    MembershipFactory,
    PaymentFactory,
)
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of
from tests.hotels.console.reading import text_of

pytestmark = pytest.mark.django_db
LIST = reverse("hotels:invoices")


def issue(hotel: Hotel, gross: Any, *, paid: Any = 0, name: str = "Rita Moura") -> Invoice:
    """Issue an invoice over `gross`, of which `paid` was already received."""
    payer = GuestFactory(hotel=hotel, name=name)
    folio = completed(hotel, gross, booking=BookingFactory(hotel=hotel, guest=payer), payer=payer)
    if paid:
        PaymentFactory(folio=folio, amount=Decimal(paid))
    return invoice_of(folio)


def credit(invoice: Invoice, gross: Any = None) -> Invoice:
    amount = None if gross is None else Decimal(gross)
    return issue_credit_note(invoice=invoice, now=NOW, reason="noise", gross=amount)


def listed(client: Client, **query: Any) -> list[Invoice]:
    return [row for row, _payment in client.get(LIST, query).context["rows"]]


def page_of(invoice: Invoice) -> str:
    return reverse("hotels:invoice", args=[invoice.pk])


def pdf_of(invoice: Invoice) -> str:
    return reverse("hotels:invoice-pdf", args=[invoice.pk])


class TestList:
    def test_an_empty_list_says_when_invoices_are_created(self, manager: Client) -> None:
        text = text_of(manager.get(LIST))

        assert "No invoices yet. They are created daily for completed folios." in text
        assert "All invoices are settled." in text

    def test_the_invoices_of_a_deactivated_hotel_stay_listed(
        self, hotel: Hotel, manager: Client
    ) -> None:
        invoice = issue(hotel, 100)
        Hotel.objects.update(active=False)

        assert listed(manager) == listed(manager, hotel=hotel.code) == [invoice]
        assert [sums.due for sums in manager.get(LIST, {"hotel": ""}).context["outstanding"]] == [
            100
        ]

    def test_a_phone_shows_each_document_as_a_block_with_its_amounts(
        self, hotel: Hotel, manager: Client
    ) -> None:
        invoice = issue(hotel, 100)
        page = manager.get(LIST).content.decode()
        lines = manager.get(page_of(invoice)).content.decode()

        for html, label in ((page, "Balance"), (lines, "Total")):
            assert '<table class="plain stacked' in html
            assert f'data-label="{label}"' in html

    def test_the_newest_come_first(self, hotel: Hotel, manager: Client) -> None:
        first, second = issue(hotel, 100), issue(hotel, 50)

        assert listed(manager) == [second, first]

    def test_a_row_shows_number_payer_total_balance_and_payment_status(
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

    def test_invoices_of_other_hotels_are_not_listed(
        self, elsewhere: Hotel, manager: Client
    ) -> None:
        issue(elsewhere, 100)

        assert listed(manager) == []
        assert manager.get(LIST, {"hotel": elsewhere.code}).status_code == 404

    def test_one_hotel_can_be_chosen(self, hotel: Hotel, owner: Any, manager: Client) -> None:
        other = MembershipFactory(user=owner, hotel=HotelFactory()).hotel
        issue(hotel, 100)
        wanted = issue(other, 50)

        assert listed(manager, hotel=other.code) == [wanted]

    def test_the_filter_selects_invoices_with_a_balance_due(
        self, hotel: Hotel, manager: Client
    ) -> None:
        unpaid, part = issue(hotel, 100), issue(hotel, 100, paid=30)
        issue(hotel, 100, paid=100)
        issue(hotel, 100, paid=130)

        assert listed(manager, show="due") == [part, unpaid]

    def test_the_filter_selects_overpaid_invoices(self, hotel: Hotel, manager: Client) -> None:
        issue(hotel, 100)
        over = issue(hotel, 100, paid=130)

        assert listed(manager, show="overpaid") == [over]

    def test_settled_invoices_exclude_credit_notes(self, hotel: Hotel, manager: Client) -> None:
        credited, paid = issue(hotel, 100), issue(hotel, 100, paid=100)
        credit(credited)

        assert listed(manager, show="settled") == [paid, credited]

    def test_the_filter_selects_credit_notes(self, hotel: Hotel, manager: Client) -> None:
        note = credit(issue(hotel, 100), 20)

        assert listed(manager, show="credit-notes") == [note]

    @pytest.mark.parametrize("text", ["000002", "anna", "ANNA b", " Anna "])
    def test_the_search_finds_numbers_and_payers(
        self, hotel: Hotel, manager: Client, text: str
    ) -> None:
        issue(hotel, 100, name="Rita Moura")
        wanted = issue(hotel, 50, name="Anna Berg")

        assert listed(manager, q=text) == [wanted]

    def test_the_search_finds_bookings(self, hotel: Hotel, manager: Client) -> None:
        wanted, _ = issue(hotel, 100), issue(hotel, 50)

        assert listed(manager, q=wanted.folio.booking.reference.lower()) == [wanted]

    def test_a_search_without_results_shows_a_message(self, hotel: Hotel, manager: Client) -> None:
        issue(hotel, 100)

        assert "No documents match these filters." in text_of(manager.get(LIST, {"q": "nobody"}))

    @pytest.mark.parametrize("query", [{"q": "\0"}, {"show": "nonsense"}, {"q": "%"}, {"q": "'\""}])
    def test_invalid_parameters_are_ignored(self, manager: Client, query: dict[str, str]) -> None:
        assert manager.get(LIST, query).status_code == 200

    @pytest.mark.parametrize("key", ["x", "-1", "9" * 30, "123456"])
    def test_an_invalid_key_is_not_found(self, manager: Client, key: str) -> None:
        assert manager.get(LIST, {"before": key}).status_code == 404

    def test_pages_follow_each_other_without_a_gap(
        self, hotel: Hotel, manager: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "PAGE", 2)
        every = [issue(hotel, 10) for _ in range(5)]

        found, query = [], {}
        while True:
            context = manager.get(LIST, query).context
            found += [row for row, _payment in context["rows"]]
            if context["older"] is None:
                break
            query = {"before": context["older"]}

        assert found == every[::-1]

    def test_the_number_of_queries_does_not_grow_with_the_list(
        self, hotel: Hotel, manager: Client
    ) -> None:
        issue(hotel, 10)
        with CaptureQueriesContext(connection) as one:
            manager.get(LIST)
        for _ in range(4):
            issue(hotel, 10)

        with CaptureQueriesContext(connection) as many:
            manager.get(LIST)

        assert len(many) == len(one) <= 9


# Statements that drop every other index of the table, for the transaction of the test.
OTHER_INDEXES = """
    SELECT format('ALTER TABLE hotels_invoice DROP CONSTRAINT %I', conname) FROM pg_constraint
    WHERE conrelid = 'hotels_invoice'::regclass AND contype = 'u'
    UNION ALL
    SELECT format('DROP INDEX %I', relname) FROM pg_index JOIN pg_class ON oid = indexrelid
    WHERE indrelid = 'hotels_invoice'::regclass AND NOT indisprimary
      AND relname <> 'invoice_not_balanced'
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


class TestOutstanding:
    def test_amounts_are_summed_per_currency(self, owner: Any, manager: Client) -> None:
        for currency, amounts in (("EUR", (100, 50)), ("JPY", (1200,))):
            hotel = MembershipFactory(user=owner, hotel=HotelFactory(currency=currency)).hotel
            for amount in amounts:
                issue(hotel, amount)

        sums = manager.get(LIST).context["outstanding"]

        assert [(each.currency, each.due, each.due_on) for each in sums] == [
            ("EUR", Decimal(150), 2),
            ("JPY", Decimal(1200), 1),
        ]

    def test_overpaid_amounts_do_not_reduce_the_balance_due(
        self, hotel: Hotel, manager: Client
    ) -> None:
        issue(hotel, 100)
        issue(hotel, 100, paid=130)

        (sums,) = manager.get(LIST).context["outstanding"]

        assert (sums.due, sums.due_on, sums.overpaid, sums.overpaid_on) == (100, 1, 30, 1)

    def test_sums_are_exact_to_the_minor_unit(self, manager: Client, owner: Any) -> None:
        hotel = MembershipFactory(user=owner, hotel=HotelFactory(currency="KWD")).hotel
        for _ in range(10):
            issue(hotel, "0.101")

        (sums,) = manager.get(LIST).context["outstanding"]

        assert str(sums.due) == "1.010"

    def test_other_hotels_are_not_included(self, elsewhere: Hotel, manager: Client) -> None:
        issue(elsewhere, 100)

        assert manager.get(LIST).context["outstanding"] == []

    def test_settled_invoices_are_not_read(self, hotel: Hotel) -> None:
        with CaptureQueriesContext(connection) as captured:
            queries.outstanding(hotels=[hotel])

        (query,) = captured.captured_queries
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # In a table as small as this, chance decides which of several indexes is read.
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute(OTHER_INDEXES)
                for (drop,) in cursor.fetchall():
                    cursor.execute(drop)
                cursor.execute("EXPLAIN " + query["sql"])
            else:
                cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
            plan = str(cursor.fetchall())
        assert "invoice_not_balanced" in plan


class TestOne:
    def test_it_shows_total_credited_received_and_balance(
        self, hotel: Hotel, manager: Client
    ) -> None:
        invoice = issue(hotel, 100, paid=30)
        credit(invoice, 20)

        text = text_of(manager.get(page_of(invoice)))

        assert "Total 100.00 EUR Credited 20.00 EUR Received 30.00 EUR Balance 50.00 EUR" in text
        assert "CN-2026-000001 -20.00 EUR" in text

    def test_it_has_the_title_of_the_printed_document(self, manager: Client, owner: Any) -> None:
        sydney = HotelFactory(timezone="Australia/Sydney", vat_id="51824753556")
        folio = completed(MembershipFactory(user=owner, hotel=sydney).hotel, 110, rate=10)

        assert "Tax invoice" in text_of(manager.get(page_of(invoice_of(folio))))

    @pytest.mark.parametrize(
        ("include_tax", "shown"),
        [(True, "Beer 3 × 4.50 EUR including tax"), (False, "Beer 3 × 3.66 EUR plus tax")],
    )
    def test_it_shows_quantity_and_unit_price(
        self, hotel: Hotel, manager: Client, include_tax: bool, shown: str
    ) -> None:
        Hotel.objects.update(prices_include_tax=include_tax)
        folio = completed(hotel, 100)
        charge(folio, "13.50", rate=23, description="Beer", quantity=Decimal(3))

        text = text_of(manager.get(page_of(invoice_of(folio))))

        assert shown in text
        assert "Room 0 % 100.00 EUR" in text

    def test_it_shows_service_dates_and_due_date(self, hotel: Hotel, manager: Client) -> None:
        Hotel.objects.update(payment_days=14)
        invoice = issue(hotel, 100)

        assert "Due 29 Jul 2026 Service dates 13 Jul 2026" in text_of(manager.get(page_of(invoice)))
        assert "Due" not in text_of(manager.get(page_of(credit(invoice))))

    def test_it_shows_the_reason_for_a_rate_of_zero(self, hotel: Hotel, manager: Client) -> None:
        Hotel.objects.update(zero_tax_reason="EXEMPT", zero_tax_note="Art. 9 CIVA")

        text = text_of(manager.get(page_of(issue(hotel, 100))))

        assert "0 % Exempt from tax (Art. 9 CIVA) 100.00 EUR" in text

    def test_it_shows_payments_with_their_status(self, hotel: Hotel, manager: Client) -> None:
        invoice = issue(hotel, 100)
        PaymentFactory(folio=invoice.folio, amount=Decimal(80), status="AUTHORIZED")

        assert "80.00 EUR authorised" in text_of(manager.get(page_of(invoice)))

    def test_the_amounts_of_a_credit_note_are_below_zero(
        self, hotel: Hotel, manager: Client
    ) -> None:
        note = credit(issue(hotel, 100), 20)

        assert "Total -20.00 EUR" in text_of(manager.get(page_of(note)))
        assert "-20.00 EUR" in text_of(manager.get(LIST))

    def test_a_credit_note_links_to_its_invoice(self, hotel: Hotel, manager: Client) -> None:
        invoice = issue(hotel, 100)
        answer = manager.get(page_of(credit(invoice)))

        assert page_of(invoice) in answer.content.decode()
        assert "Reason noise" in text_of(answer)

    def test_a_fully_credited_invoice_has_its_own_badge(
        self, hotel: Hotel, manager: Client
    ) -> None:
        invoice = issue(hotel, 100)
        credit(invoice)

        assert "Invoice undo fully credited" in text_of(manager.get(page_of(invoice)))

    def test_it_offers_the_pdf_in_each_language(self, hotel: Hotel, manager: Client) -> None:
        page = manager.get(page_of(issue(hotel, 100))).content.decode()

        for language in ("English", "Deutsch", "Português"):
            assert f">{language}</option>" in page

    def test_every_member_may_read_it(self, hotel: Hotel, viewer: Client) -> None:
        assert viewer.get(page_of(issue(hotel, 100))).status_code == 200

    @pytest.mark.parametrize("where", [page_of, pdf_of])
    def test_another_hotels_invoice_is_not_found(
        self, hotel: Hotel, outsider: Client, where: Any
    ) -> None:
        assert outsider.get(where(issue(hotel, 100))).status_code == 404

    @pytest.mark.parametrize("where", [page_of, pdf_of])
    def test_an_anonymous_user_is_sent_to_the_login(self, hotel: Hotel, where: Any) -> None:
        answer = Client().get(where(issue(hotel, 100)))

        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")

    @pytest.mark.parametrize("where", [page_of, pdf_of])
    def test_a_post_request_is_refused(self, hotel: Hotel, manager: Client, where: Any) -> None:
        assert manager.post(where(issue(hotel, 100))).status_code == 405


class TestPdf:
    def test_the_pdf_is_shown_inline_and_named_by_its_number(
        self, hotel: Hotel, manager: Client
    ) -> None:
        answer = manager.get(pdf_of(issue(hotel, 100)))

        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == 'inline; filename="INV-2026-000001.pdf"'
        assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
        assert answer.content.startswith(b"%PDF-")

    def test_the_pdf_is_in_the_users_or_the_chosen_language(
        self, hotel: Hotel, manager: Client
    ) -> None:
        url = pdf_of(issue(hotel, 100))
        manager.cookies["django_language"] = "de"

        assert b"(Rechnung INV-2026-000001)" in manager.get(url).content
        assert b"(Fatura INV-2026-000001)" in manager.get(url, {"language": "pt"}).content

    def test_an_unknown_language_falls_back_to_the_users(
        self, hotel: Hotel, manager: Client
    ) -> None:
        url = pdf_of(issue(hotel, 100))

        assert b"(Invoice INV-2026-000001)" in manager.get(url, {"language": "../x"}).content
