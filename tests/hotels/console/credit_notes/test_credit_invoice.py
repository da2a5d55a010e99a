"""The page that credits an invoice: choices, preview, refusals, and who may use it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from hotels.models import AuditEntry, Hotel, Invoice
from tests.dumps import every_row
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of
from tests.hotels.console.reading import messages_of, text_of

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


def page_of(invoice: Invoice) -> str:
    return reverse("hotels:credit-invoice", args=[invoice.pk])


def bar_of(invoice: Invoice) -> str:
    return str(invoice.lines.get(description="Bar").pk)


def preview(client: Client, invoice: Invoice, **entered: Any) -> Any:
    return client.post(page_of(invoice), entered)


def issue(client: Client, invoice: Invoice, **entered: Any) -> Any:
    """Confirm what the page previews for the same entries."""
    state = preview(client, invoice, **entered).context["preview"].state
    data = {"reason": "Not drunk", "state": state, "issue": "1"} | entered
    return client.post(page_of(invoice), data)


def text(answer: Any) -> str:
    return text_of(answer).replace("\xa0", " ")


class TestInvoicePage:
    def test_it_leads_to_the_credit_note_while_something_is_left(
        self, invoice: Invoice, manager: Client
    ) -> None:
        url = reverse("hotels:invoice", args=[invoice.pk])
        assert page_of(invoice) in manager.get(url).content.decode()

        issue(manager, invoice, part="all")

        assert page_of(invoice) not in manager.get(url).content.decode()
        note = reverse("hotels:invoice", args=[invoice.credit_notes.get().pk])
        assert "/credit-note/" not in manager.get(note).content.decode()

    def test_a_user_who_may_not_change_folios_sees_no_button(
        self, invoice: Invoice, viewer: Client
    ) -> None:
        page = viewer.get(reverse("hotels:invoice", args=[invoice.pk])).content.decode()

        assert page_of(invoice) not in page


class TestPreview:
    def test_it_shows_lines_tax_and_balance_and_saves_nothing(
        self, invoice: Invoice, manager: Client
    ) -> None:
        before = every_row()

        answer = preview(manager, invoice, part="lines", lines=[bar_of(invoice)])

        shown = text(answer)
        assert "Credit note of 50.00 EUR for invoice INV-2026-000001" in shown
        assert "Bar 23 % -40.65 EUR -9.35 EUR -50.00 EUR" in shown
        unpaid = "hourglass_empty unpaid"
        assert f"INV-2026-000001 150.00 EUR {unpaid} 100.00 EUR {unpaid}" in shown
        assert every_row() == before

    def test_the_reason_is_not_needed_yet_and_is_kept(
        self, invoice: Invoice, manager: Client
    ) -> None:
        without = preview(manager, invoice, part="amount", amount="12.50")
        given = preview(manager, invoice, part="amount", amount="12.50", reason="Noise & heat")

        assert without.context["preview"]
        assert given.context["preview"]
        assert "Noise &amp; heat" in given.content.decode()
        assert 'value="12.50"' in given.content.decode()

    def test_a_german_amount_is_understood(self, invoice: Invoice, manager: Client) -> None:
        manager.cookies["django_language"] = "de"

        answer = preview(manager, invoice, part="amount", amount="12,50")

        assert str(answer.context["preview"].notes[0].gross) == "12.5000"
        assert "12,50 EUR" in text(answer)

    @pytest.mark.parametrize(
        ("language", "amount"),
        [
            ("de", "1.050"),  # more than a thousand, not 1.05
            ("de", "12.50"),
            ("en", "10.000"),
            ("en", "12,50"),
            ("en", "1e2"),
            ("en", "1_0"),
            ("en", "٣"),
        ],
    )
    def test_an_amount_that_could_mean_another_is_not_guessed(
        self, invoice: Invoice, manager: Client, language: str, amount: str
    ) -> None:
        manager.cookies["django_language"] = language

        answer = preview(manager, invoice, part="amount", amount=amount)

        assert answer.context["preview"] is None

    def test_thousands_may_be_separated(self, hotel: Hotel, manager: Client) -> None:
        invoice = invoice_of(completed(hotel, 5000))

        answer = preview(manager, invoice, part="amount", amount="1,250.00")

        assert answer.context["preview"].note.gross == 1250

    @pytest.mark.parametrize(
        ("entered", "refusal"),
        [
            ({}, "This field is required."),
            ({"part": "lines"}, "Choose at least one line."),
            ({"part": "amount"}, "Enter the amount."),
            ({"part": "amount", "amount": "x"}, "Enter an amount such as 1,234.50."),
            ({"part": "amount", "amount": "0"}, "Enter an amount above zero."),
            ({"part": "amount", "amount": "1.005"}, "The smallest amount is 0.01 EUR."),
            ({"part": "amount", "amount": "150.01"}, "At most 150.00 EUR can be credited."),
            ({"part": "lines", "lines": ["0"]}, "A chosen line is not on this invoice."),
            ({"part": "all", "amount": "5"}, "You entered an amount: choose “An amount” too"),
        ],
    )
    def test_a_wrong_choice_is_refused_in_one_sentence(
        self, invoice: Invoice, manager: Client, entered: dict[str, Any], refusal: str
    ) -> None:
        answer = preview(manager, invoice, **entered)

        assert answer.status_code == 200
        assert refusal in text(answer)
        assert 'name="issue"' not in answer.content.decode()

    def test_lines_of_another_part_are_not_ignored(self, invoice: Invoice, manager: Client) -> None:
        answer = preview(manager, invoice, part="again", lines=[bar_of(invoice)])

        assert "You chose lines: choose “Chosen lines” too" in text(answer)
        assert f'value="{bar_of(invoice)}" checked' in answer.content.decode()

    def test_a_credited_line_cannot_be_chosen(self, invoice: Invoice, manager: Client) -> None:
        bar = bar_of(invoice)
        issue(manager, invoice, part="lines", lines=[bar])

        answer = manager.get(page_of(invoice))

        assert "Bar 13 Jul 2026 credited 50.00 EUR" in text(answer)
        assert f'name="lines" value="{bar}"' not in answer.content.decode()
        forged = preview(manager, invoice, part="lines", lines=[bar])
        assert "Bar on INV-2026-000001 is already credited." in text(forged)

    def test_a_fully_credited_invoice_has_no_form(self, invoice: Invoice, manager: Client) -> None:
        issue(manager, invoice, part="all")

        answer = manager.get(page_of(invoice))

        assert "The invoice is already fully credited." in text(answer)
        assert 'name="reason"' not in answer.content.decode()


class TestIssue:
    def test_the_credit_note_is_issued_and_shown(self, invoice: Invoice, manager: Client) -> None:
        answer = issue(manager, invoice, part="lines", lines=[bar_of(invoice)])

        note = invoice.credit_notes.get()
        assert answer["Location"] == reverse("hotels:invoice", args=[note.pk])
        assert messages_of(answer)[-1] == (
            "success",
            "Credit note CN-2026-000001 for invoice INV-2026-000001 issued.",
        )
        assert (note.gross, note.reason) == (50, "Not drunk")
        assert AuditEntry.objects.get().note == "Not drunk"

    def test_an_invoice_can_be_cancelled_and_its_charges_invoiced_again(
        self, invoice: Invoice, manager: Client
    ) -> None:
        issue(manager, invoice, part="again")

        assert invoice.folio.lines.filter(document=None).count() == 2

    @pytest.mark.parametrize("reason", ["", " ", "x" * 201])
    def test_a_reason_that_fits_the_document_is_required(
        self, invoice: Invoice, manager: Client, reason: str
    ) -> None:
        answer = preview(manager, invoice, part="all", reason=reason, issue="1")

        assert answer.context["form"].errors.keys() == {"reason"}
        assert answer.context["preview"]
        assert not invoice.credit_notes.exists()

    def test_a_second_click_issues_nothing(self, invoice: Invoice, manager: Client) -> None:
        state = preview(manager, invoice, part="amount", amount="10").context["preview"].state
        issue(manager, invoice, part="amount", amount="10")

        answer = issue(manager, invoice, part="amount", amount="10", state=state)

        assert "Credit note CN-2026-000001 for folio" in text(answer)
        assert 'name="issue"' not in answer.content.decode()
        assert invoice.credit_notes.count() == 1

    def test_what_was_changed_after_the_preview_is_not_issued_unseen(
        self, invoice: Invoice, manager: Client
    ) -> None:
        state = preview(manager, invoice, part="amount", amount="10").context["preview"].state

        answer = issue(manager, invoice, part="amount", amount="100", state=state)

        assert "The credit note is not the one in the preview. Check it again." in text(answer)
        assert not invoice.credit_notes.exists()


class TestAccess:
    def test_the_front_desk_may_issue(self, invoice: Invoice, desk: Client) -> None:
        issue(desk, invoice, part="all")

        assert invoice.credit_notes.exists()

    def test_a_role_that_may_not_change_folios_is_refused(
        self, invoice: Invoice, viewer: Client
    ) -> None:
        assert viewer.get(page_of(invoice)).status_code == 403
        assert preview(viewer, invoice, part="all", issue="1").status_code == 403

    def test_another_hotels_invoice_and_a_credit_note_are_not_found(
        self, invoice: Invoice, outsider: Client, manager: Client
    ) -> None:
        issue(manager, invoice, part="amount", amount="10")

        assert outsider.get(page_of(invoice)).status_code == 404
        assert preview(outsider, invoice, part="all", issue="1").status_code == 404
        assert manager.get(page_of(invoice.credit_notes.get())).status_code == 404
