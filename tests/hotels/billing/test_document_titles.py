"""Titles of documents by the law of the seller's country."""

from typing import Any

import pytest
from django.utils.translation import override

from hotels.billing.credit import issue_credit_note
from hotels.billing.invoice_pdf import printed_document
from hotels.models import Invoice
from tests.factories import HotelFactory
from tests.hotels.billing.issued import NOW
from tests.hotels.billing.test_invoice_pdf import issue

pytestmark = pytest.mark.django_db


def issued(timezone: str, *, rate: int = 10, vat_id: str = "51824753556", **hotel: Any) -> Invoice:
    return issue(HotelFactory(timezone=timezone, vat_id=vat_id, **hotel), 110, rate=rate)


def title(document: Invoice) -> str:
    return printed_document(document, now=NOW).title.removesuffix(f" {document.number}")


@pytest.mark.parametrize(
    ("timezone", "invoice_title", "note_title"),
    [
        ("Australia/Sydney", "Tax invoice", "Adjustment note"),
        ("Asia/Dubai", "Tax invoice", "Tax credit note"),
        ("Asia/Kathmandu", "Tax invoice", "Credit note"),
        ("Europe/London", "Invoice", "Credit note"),
    ],
)
def test_documents_have_the_titles_of_the_sellers_country(
    timezone: str, invoice_title: str, note_title: str
) -> None:
    invoice = issued(timezone)
    note = issue_credit_note(invoice=invoice, now=NOW, reason="Sorry")

    assert (title(invoice), title(note)) == (invoice_title, note_title)


def test_a_seller_who_is_not_registered_issues_no_tax_invoice() -> None:
    assert title(issued("Australia/Sydney", vat_id="", tax_number="12345")) == "Invoice"


@pytest.mark.parametrize(
    ("reason", "expected"), [("EXEMPT", "Invoice"), ("ZERO_RATED", "Tax invoice")]
)
def test_only_taxable_services_make_a_tax_invoice(reason: str, expected: str) -> None:
    assert title(issued("Asia/Singapore", rate=0, zero_tax_reason=reason)) == expected


@pytest.mark.parametrize(("language", "expected"), [("de", "Rechnung"), ("pt", "Fatura")])
def test_papers_in_other_languages_keep_their_titles(language: str, expected: str) -> None:
    with override(language):
        assert title(issued("Australia/Sydney")) == expected


def test_a_german_credit_note_is_no_self_billed_invoice() -> None:
    """German law calls an invoice that the buyer issues Gutschrift (§ 14 (2) UStG)."""
    note = issue_credit_note(invoice=issued("Europe/Berlin"), now=NOW, reason="Heizung defekt")

    with override("de"):
        document = printed_document(note, now=NOW)

    assert document.title == f"Rechnungskorrektur {note.number}"
