"""Migration to printed quantities, dates, reasons for 0 %, and two tax numbers of a hotel."""

from datetime import date
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from hotels import phrases
from tests.hotels.migrations.books import Books
from tests.migrating import Migrating

PRINTED_INVOICES = pytest.mark.migration("hotels.0016_printed_invoices")
module = import_module("hotels.migrations.0016_printed_invoices")
NUMBERS = {
    "Europe/Lisbon": ("PT509442013", ""),
    "Asia/Tokyo": ("T1234567890123", ""),
    "America/New_York": ("", "84-1234567"),
    "Europe/Berlin": ("", "27/123/45678"),
}


@PRINTED_INVOICES
def test_the_tax_id_becomes_the_vat_id_or_the_tax_number_and_back(migration: Migrating) -> None:
    hotels = migration.earlier.get_model("hotels", "Hotel").objects
    for number, (zone, (vat_id, tax_number)) in enumerate(NUMBERS.items()):
        hotels.create(code=f"h{number}", name="Inn", timezone=zone, tax_id=vat_id or tax_number)

    after = migration.forwards().get_model("hotels", "Hotel").objects

    rows = after.values_list("timezone", "vat_id", "tax_number")
    assert {zone: (vat_id, tax_number) for zone, vat_id, tax_number in rows} == NUMBERS

    before = migration.backwards().get_model("hotels", "Hotel").objects

    assert dict(before.values_list("timezone", "tax_id")) == {
        zone: vat_id or tax_number for zone, (vat_id, tax_number) in NUMBERS.items()
    }


@PRINTED_INVOICES
def test_open_charges_are_described_and_issued_documents_kept(migration: Migrating) -> None:
    books = Books(migration.earlier, accommodation_tax_rate=6)
    fee = phrases.no_show_fee(room="B1/1", arrival=date(2026, 7, 14))
    folio = books.folio()
    invoiced = books.line(folio, 100)
    invoice = books.document(folio, invoiced)
    migration.earlier.get_model("hotels", "FolioLine").objects.update(document_id=invoice)
    open_charge = books.line(
        books.folio(), 60, category="NO_SHOW_FEE", description=fee.text_in_english()
    )
    refuses_changes()

    after = migration.forwards()

    charges = after.get_model("hotels", "FolioLine").objects
    described = charges.get(pk=open_charge)
    assert (described.phrase, described.zero_tax_reason) == (fee.to_json(), "COMPENSATION")
    assert charges.get(pk=invoiced).phrase == {}
    assert after.get_model("hotels", "InvoiceLine").objects.get().quantity == 1
    refuses_changes()
    migration.backwards()
    refuses_changes()


@PRINTED_INVOICES
def test_a_hotel_with_two_numbers_does_not_lose_one_by_going_back(migration: Migrating) -> None:
    hotels = migration.forwards().get_model("hotels", "Hotel").objects
    hotels.create(code="inn", name="Inn", vat_id="DE136695976", tax_number="27/123/45678")

    with pytest.raises(ValueError, match="VAT ID and a tax number: inn"):
        migration.backwards()

    assert hotels.values_list("vat_id", "tax_number").get() == ("DE136695976", "27/123/45678")


@pytest.mark.parametrize(
    "phrase",
    [
        phrases.night_of(date(2026, 7, 14)),
        phrases.night_of(date(2026, 9, 1), room="101, annex"),
        *(phrases.no_show_fee(room="B/1", arrival=date(2026, n, 1)) for n in (5, 9, 12)),
    ],
)
def test_descriptions_of_the_system_are_recognised(phrase: phrases.Phrase) -> None:
    reversal = phrases.reversal_of("", phrase=phrase.to_json())
    iso = phrase.text_in_english()
    if night := phrase.values.get("night"):  # nights were written in ISO 8601
        iso = iso.replace(phrases.formats.date_in_english(date.fromisoformat(night)), night)

    assert module.phrase_of(iso) == phrase.to_json()
    assert module.phrase_of(f"Reversed: {iso}") == reversal.to_json()


@pytest.mark.parametrize("text", ["Minibar", "Night of fun", "No-show fee 1, arrival 99 Xyz 2026"])
def test_other_descriptions_stay_as_they_were_typed(text: str) -> None:
    assert module.phrase_of(text) == {}


def refuses_changes() -> None:
    for statement in (
        "UPDATE hotels_invoice SET gross = 2",
        "UPDATE hotels_invoiceline SET gross = 2",
        "DELETE FROM hotels_invoicetax",
    ):
        with (
            pytest.raises(IntegrityError, match="with a credit note"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
