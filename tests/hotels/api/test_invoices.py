"""One invoice over the API, and the credit notes issued there."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from hotels.billing.credit import issue_credit_note
from hotels.models import AuditEntry, Hotel, Invoice
from tests.dumps import every_row
from tests.factories import HotelFactory, PaymentFactory
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of
from tests.hotels.http.clients import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _after_the_invoice() -> Iterator[None]:
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def invoice(hotel: Hotel) -> Invoice:
    """100.00 at 6 % and 50.00 at 23 %."""
    folio = completed(hotel, 100, rate=6)
    charge(folio, 50, rate=23, description="Bar")
    return invoice_of(folio)


def path_of(invoice: Invoice) -> str:
    return f"/api/invoices/{invoice.pk}"


def credit(client: Any, invoice: Invoice, *, key: str = "", **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(
        f"{path_of(invoice)}/credit-notes", {"reason": "noise"} | body, "json", headers=headers
    )


def bar_of(invoice: Invoice) -> int:
    return invoice.lines.get(description="Bar").pk


class TestList:
    def test_the_documents_of_the_callers_hotels_are_listed_newest_first(
        self, invoice: Invoice, member: Any
    ) -> None:
        note = issue_credit_note(invoice=invoice, now=NOW, reason="noise")
        invoice_of(completed(HotelFactory(), 10))

        page = member(Role.VIEWER).get("/api/invoices").json()

        assert [(row["id"], row["gross"]) for row in page["invoices"]] == [
            (note.pk, "150.00"),
            (invoice.pk, "150.00"),
        ]
        assert page["total"] == 2

    def test_it_is_filtered_by_number_and_hotel(self, invoice: Invoice, member: Any) -> None:
        invoice_of(completed(invoice.hotel, 10))
        client, query = member(Role.VIEWER), {"hotelId": invoice.hotel_id, "number": invoice.number}

        (row,) = client.get("/api/invoices", query).json()["invoices"]

        assert row["id"] == invoice.pk
        assert client.get("/api/invoices", {"hotelId": HotelFactory().pk}).status_code == 404


class TestOneInvoice:
    def test_it_has_lines_taxes_credit_notes_and_what_is_left(
        self, invoice: Invoice, member: Any
    ) -> None:
        bar = invoice.folio.lines.get(description="Bar")
        note = issue_credit_note(invoice=invoice, lines=[bar], now=NOW, reason="noise")

        shown = member(Role.VIEWER).get(path_of(invoice)).json()

        assert {name: shown[name] for name in ("number", "kind", "hotelId", "currency")} == {
            "number": "INV-2026-000001",
            "kind": "INVOICE",
            "hotelId": invoice.hotel_id,
            "currency": "EUR",
        }
        assert (shown["gross"], shown["balance"], shown["remainder"]) == (
            "150.00",
            "100.00",
            "100.00",
        )
        assert [(tax["rate"], tax["remainder"]) for tax in shown["taxes"]] == [
            ("6.0000", "100.00"),
            ("23.0000", "0.00"),
        ]
        assert [(line["gross"], line["credited"]) for line in shown["lines"]] == [
            ("100.00", False),
            ("50.00", True),
        ]
        assert shown["lines"][1]["id"] == bar_of(invoice)
        assert [(each["id"], each["gross"]) for each in shown["creditNotes"]] == [
            (note.pk, "50.00")
        ]

    def test_a_credit_note_names_its_invoice_and_leaves_nothing_to_credit(
        self, invoice: Invoice, member: Any
    ) -> None:
        note = issue_credit_note(invoice=invoice, now=NOW, reason="noise")

        shown = member(Role.VIEWER).get(path_of(note)).json()

        assert (shown["kind"], shown["corrects"], shown["reason"]) == (
            "CREDIT_NOTE",
            invoice.pk,
            "noise",
        )
        assert (shown["remainder"], shown["taxes"][0]["remainder"]) == (None, None)
        assert {line["credited"] for line in shown["lines"]} == {True}

    def test_the_number_of_queries_does_not_grow_with_the_lines(
        self, hotel: Hotel, member: Any, django_assert_max_num_queries: Any
    ) -> None:
        long = invoice_of(completed(hotel, *range(1, 20)))
        client = member(Role.VIEWER)

        with django_assert_max_num_queries(15):
            assert len(client.get(path_of(long)).json()["lines"]) == 19


class TestIssue:
    def test_lines_are_credited(self, invoice: Invoice, member: Any) -> None:
        PaymentFactory(folio=invoice.folio, amount=120)

        answer = credit(member(Role.FRONT_DESK), invoice, lines=[bar_of(invoice)])

        assert answer.status_code == 201
        note = invoice.credit_notes.get()
        shown = answer.json()
        assert shown["creditNote"]["id"] == note.pk
        assert shown["creditNote"]["number"] == "CN-2026-000001"
        assert (shown["creditNote"]["gross"], shown["creditNote"]["corrects"]) == (
            "50.00",
            invoice.pk,
        )
        assert [line["description"] for line in shown["creditNote"]["lines"]] == ["Bar"]
        assert (shown["dryRun"], shown["overpaid"]) == (False, "20.00")
        assert shown["balances"] == [
            {
                "invoiceId": invoice.pk,
                "number": "INV-2026-000001",
                "currency": "EUR",
                "before": "150.00",
                "after": "-20.00",
                "statusBefore": "UNPAID",
                "statusAfter": "OVERPAID",
            }
        ]

    def test_the_audit_trail_has_the_user_the_reason_and_the_api(
        self, invoice: Invoice, manager: Any
    ) -> None:
        credit(manager, invoice, amount="12.50")

        entry = AuditEntry.objects.get()
        assert (entry.verb, entry.note, entry.via) == ("issue", "noise", "API")

    def test_an_invoice_can_be_cancelled_and_invoiced_again(
        self, invoice: Invoice, manager: Any
    ) -> None:
        assert credit(manager, invoice, invoiceAgain=True).status_code == 201

        assert invoice.folio.lines.filter(document=None).count() == 2

    def test_a_preview_saves_nothing(self, invoice: Invoice, manager: Any) -> None:
        before = every_row()

        answer = credit(manager, invoice, amount="15", dryRun=True)

        assert every_row() == before
        assert answer.status_code == 200
        note = answer.json()["creditNote"]
        assert (note["id"], note["number"], note["gross"]) == (None, None, "15.00")
        assert [tax["gross"] for tax in note["taxes"]] == ["10.00", "5.00"]

    def test_a_repeated_request_issues_one_credit_note(
        self, invoice: Invoice, manager: Any
    ) -> None:
        first, second = (credit(manager, invoice, key="k", amount="10") for _ in range(2))

        assert second.json() == first.json()
        assert (second.status_code, second.headers["Idempotency-Replayed"]) == (201, "true")
        assert invoice.credit_notes.count() == 1
        assert credit(manager, invoice, key="k", amount="11").status_code == 422


class TestRefused:
    @pytest.mark.parametrize(
        ("body", "field", "detail"),
        [
            ({"reason": " "}, "reason", "This field may not be blank."),
            ({"amuont": "5"}, "amuont", "Unknown member."),
            ({"amount": 5}, "amount", "Not a valid string."),
            ({"amount": "-5"}, "amount", 'Must be an amount as text, such as "12.50".'),
            ({"amount": "0"}, "amount", "The amount must be more than zero."),
            ({"amount": "1.005"}, "amount", "The smallest amount is 0.01 EUR."),
            ({"lines": []}, "lines", "Give at least one line"),
            ({"lines": [10**17]}, "lines", "A chosen line is not on INV-2026-000001."),
            ({"amount": "5", "invoiceAgain": True}, "invoiceAgain", "Give lines, an amount, or"),
        ],
    )
    def test_a_wrong_body_is_refused_by_its_member(
        self, invoice: Invoice, manager: Any, body: dict[str, Any], field: str, detail: str
    ) -> None:
        answer = credit(manager, invoice, **body)

        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert error["field"].partition(".")[0] == field
        assert error["detail"].startswith(detail)
        assert not invoice.credit_notes.exists()

    def test_what_does_not_fit_any_more_is_a_conflict(self, invoice: Invoice, manager: Any) -> None:
        manager.credentials(**manager._credentials, HTTP_ACCEPT_LANGUAGE="de")
        credit(manager, invoice, lines=[bar_of(invoice)])

        again = credit(manager, invoice, lines=[bar_of(invoice)])
        more = credit(manager, invoice, amount="100.01", dryRun=True)

        assert (again.status_code, again.json()["detail"]) == (
            409,
            "Bar on INV-2026-000001 is already credited.",
        )
        assert (more.status_code, more.json()["detail"]) == (
            409,
            "At most 100.00 EUR can be credited.",
        )
        assert "Retry-After" not in more.headers

    def test_a_credit_note_cannot_be_credited(self, invoice: Invoice, manager: Any) -> None:
        note = issue_credit_note(invoice=invoice, now=NOW, reason="noise")

        assert credit(manager, note).status_code == 409

    def test_other_hotels_are_not_found(self, member: Any, hotel: Hotel) -> None:
        theirs = invoice_of(completed(HotelFactory(), 10))
        admin = member(Role.ADMIN)

        assert admin.get(path_of(theirs)).status_code == 404
        assert credit(admin, theirs).status_code == 404
