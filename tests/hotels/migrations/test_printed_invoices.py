"""Migration to printed quantities, dates, reasons for 0 %, and two tax numbers of a hotel."""

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from hotels import phrases
from hotels.models import FolioLine, Hotel, Invoice
from tests.factories import FolioLineFactory, HotelFactory
from tests.hotels.billing.issued import completed, invoice_of

BEFORE = [("hotels", "0015_charges_name_their_document")]
migration = import_module("hotels.migrations.0016_printed_invoices")


def migrate(targets: list[tuple[str, str]] | None = None) -> Any:
    """Migrate to `targets`, or to the newest migrations; the historical models at that point."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets or executor.loader.graph.leaf_nodes())
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def newest_again() -> Iterator[None]:
    """Migrate to the newest migrations after the test, with hotels that have one number."""
    yield
    Hotel.objects.filter(tax_number__gt="").update(vat_id="")
    migrate()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("newest_again")
def test_rows_from_before_are_kept_and_described() -> None:
    numbers = {"Europe/Lisbon": "PT509442013", "Asia/Tokyo": "T1234567890123"}
    others = {"America/New_York": "84-1234567", "Europe/Berlin": "27/123/45678"}
    for zone, number in numbers.items():
        HotelFactory(timezone=zone, vat_id=number)
    for zone, number in others.items():
        HotelFactory(timezone=zone, tax_number=number)
    hotel = HotelFactory(accommodation_tax_rate=6)
    invoice = invoice_of(completed(hotel, 100))
    issued = Invoice.objects.values("number", "gross", "seller").get()
    fee = phrases.no_show_fee(room="B1/1", arrival=date(2026, 7, 14))
    line = FolioLineFactory(
        folio=completed(hotel), category="NO_SHOW_FEE", description=fee.text_in_english()
    )

    apps = migrate(BEFORE)
    stored = apps.get_model("hotels", "Hotel").objects.exclude(tax_id="")
    assert set(stored.values_list("tax_id", flat=True)) == {*numbers.values(), *others.values()}
    refuses_changes()
    migrate()

    for zone, number in {**numbers, **others}.items():
        found = Hotel.objects.exclude(pk=hotel.pk).get(timezone=zone)
        expected = (number, "") if zone in numbers else ("", number)
        assert (found.vat_id, found.tax_number) == expected
    line.refresh_from_db()
    assert (line.phrase, line.zero_tax_reason) == (fee.to_json(), "COMPENSATION")
    assert Invoice.objects.values("number", "gross", "seller").get() == issued
    assert (invoice.lines.get().quantity, FolioLine.objects.get(document=invoice).phrase) == (1, {})
    refuses_changes()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("newest_again")
def test_a_hotel_with_two_numbers_does_not_lose_one_by_going_back() -> None:
    hotel = HotelFactory(code="inn", vat_id="DE136695976", tax_number="27/123/45678")

    with pytest.raises(ValueError, match="VAT ID and a tax number: inn"):
        migrate(BEFORE)

    stored = Hotel.objects.values_list("vat_id", "tax_number").get(pk=hotel.pk)
    assert stored == ("DE136695976", "27/123/45678")


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

    assert migration.phrase_of(iso) == phrase.to_json()
    assert migration.phrase_of(f"Reversed: {iso}") == reversal.to_json()


@pytest.mark.parametrize("text", ["Minibar", "Night of fun", "No-show fee 1, arrival 99 Xyz 2026"])
def test_other_descriptions_stay_as_they_were_typed(text: str) -> None:
    assert migration.phrase_of(text) == {}


def refuses_changes() -> None:
    for statement in (
        "UPDATE hotels_invoice SET gross = 1",
        "UPDATE hotels_invoiceline SET gross = 1",
        "DELETE FROM hotels_invoicetax",
    ):
        with (
            pytest.raises(IntegrityError, match="with a credit note"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
