"""Number prefixes: that of one series is never taken by the other."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from hotels.billing.credit import CreditRefused, issue_credit_note
from hotels.billing.issuing import issue_invoices
from hotels.models import Hotel, Invoice
from tests.factories import HotelFactory, UserFactory
from tests.hotels.admin.books import form_of, page
from tests.hotels.admin.conftest import browser as browser
from tests.hotels.billing.issued import NOW, completed, invoice_of

pytestmark = pytest.mark.django_db
REFUSED = "“INV” is or was the prefix of the invoices: choose another one."


@pytest.fixture
def renamed(hotel: Hotel) -> Hotel:
    """A hotel with an invoice INV-2026-000001 whose invoices now begin with RE."""
    invoice_of(completed(hotel, 100))
    hotel.invoice_prefix = "RE"
    hotel.full_clean()
    hotel.save()
    return hotel


def refusals(hotel: Hotel, **fields: Any) -> dict[str, list[str]]:
    for name, value in fields.items():
        setattr(hotel, name, value)
    with pytest.raises(ValidationError) as refused:
        hotel.full_clean()
    return refused.value.message_dict


def test_the_former_prefix_of_the_invoices_is_refused_for_credit_notes(renamed: Hotel) -> None:
    assert refusals(renamed, credit_note_prefix="INV") == {"credit_note_prefix": [REFUSED]}


def test_the_former_prefix_of_the_credit_notes_is_refused_for_invoices(hotel: Hotel) -> None:
    issue_credit_note(invoice=invoice_of(completed(hotel, 100)), now=NOW, reason="x")
    hotel.credit_note_prefix = "GS"

    assert refusals(hotel, invoice_prefix="CN") == {
        "invoice_prefix": ["“CN” is or was the prefix of the credit notes: choose another one."]
    }


@pytest.mark.parametrize("prefix", ["RE", "re"])
def test_the_present_prefix_of_the_other_series_is_refused(renamed: Hotel, prefix: str) -> None:
    found = refusals(renamed, credit_note_prefix=prefix)

    assert f"“{prefix}” is or was the prefix of the invoices" in found["credit_note_prefix"][0]


@pytest.mark.parametrize("prefix", ["IN", "INV-2026", "INVX"])
def test_a_prefix_that_only_begins_alike_is_accepted(renamed: Hotel, prefix: str) -> None:
    renamed.credit_note_prefix = prefix

    renamed.full_clean()


def test_the_prefix_of_another_hotel_is_accepted(renamed: Hotel) -> None:
    HotelFactory.build(code="new", credit_note_prefix="INV", invoice_prefix="RE").full_clean()


def test_a_series_takes_its_own_former_prefix_again(renamed: Hotel) -> None:
    renamed.invoice_prefix = "INV"

    renamed.full_clean()


def test_the_form_says_it_in_one_sentence(renamed: Hotel, browser: Any) -> None:
    client = browser(UserFactory(is_superuser=True))

    answer = client.post(page("change", renamed), form_of(renamed, credit_note_prefix="INV"))

    assert answer.context["adminform"].form.errors == {"credit_note_prefix": [REFUSED]}


def test_a_prefix_written_in_sql_is_refused_when_the_credit_note_is_issued(renamed: Hotel) -> None:
    Hotel.objects.update(credit_note_prefix="INV")

    with pytest.raises(CreditRefused, match="The prefix INV was used for INV-2026-000001: choose"):
        issue_credit_note(invoice=Invoice.objects.get(), now=NOW, reason="x")


def test_a_prefix_written_in_sql_fails_the_invoice_with_that_sentence(hotel: Hotel) -> None:
    invoice = invoice_of(completed(hotel, 100))
    for _ in range(2):
        issue_credit_note(invoice=invoice, gross=Decimal(1), now=NOW, reason="x")
    Hotel.objects.update(credit_note_prefix="GS", invoice_prefix="CN")
    folio = completed(hotel, 50)

    with transaction.atomic():
        done = issue_invoices(hotel=Hotel.objects.get(pk=hotel.pk), now=NOW)

    assert [(failure.row, failure.reason) for failure in done.failures] == [
        (
            folio,
            "The prefix CN was used for CN-2026-000002: choose another prefix for the invoices in "
            "the hotel's settings.",
        )
    ]
