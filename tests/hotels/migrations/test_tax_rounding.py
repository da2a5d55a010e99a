"""Migrations of tax: its rounding on hotels and documents, and rates with four decimals."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.hotels.migrations.books import Books
from tests.migrating import Migrating

FOUR_DECIMALS = pytest.mark.migration("hotels.0013_tax_rates_with_four_decimals")


def invoiced(apps: Any, *, rate: str, **hotel: Any) -> Books:
    """A hotel with an invoice of two charges."""
    books = Books(apps, **hotel)
    folio = books.folio()
    lines = [books.line(folio, 10, tax_rate=Decimal(rate)) for _ in range(2)]
    books.document(folio, *lines, rate=Decimal(rate))
    return books


@pytest.mark.migration("hotels.0012_tax_rounding")
def test_documents_from_before_are_taxed_per_line_and_stay_immutable(migration: Migrating) -> None:
    invoiced(migration.earlier, rate="6", timezone="UTC")
    number = migration.earlier.get_model("hotels", "Invoice").objects.get().number

    after = migration.forwards()

    stored = after.get_model("hotels", "Invoice").objects.get()
    assert (stored.taxed_once_per_rate, stored.lines.count()) == (False, 2)
    assert after.get_model("hotels", "Hotel").objects.get().tax_rounding == "COUNTRY"
    refuses_changes()

    before = migration.backwards()

    assert before.get_model("hotels", "Invoice").objects.get().number == number
    refuses_changes()


@FOUR_DECIMALS
def test_rates_are_kept_forwards_and_backwards(migration: Migrating) -> None:
    invoiced(migration.earlier, rate="14.75", accommodation_tax_rate=Decimal("14.75"))

    for migrate in (migration.forwards, migration.backwards):
        apps = migrate()

        assert apps.get_model("hotels", "InvoiceTax").objects.get().rate == Decimal("14.75")
        hotel = apps.get_model("hotels", "Hotel").objects.get()
        assert hotel.accommodation_tax_rate == Decimal("14.75")
        refuses_changes()


@FOUR_DECIMALS
def test_rates_with_more_than_two_decimals_are_not_rounded_by_going_back(
    migration: Migrating,
) -> None:
    after = migration.forwards()
    invoiced(after, rate="8.875")

    with pytest.raises(ValueError, match=r"A tax rate of 8\.875 % has more than two decimals"):
        migration.backwards()

    assert after.get_model("hotels", "InvoiceTax").objects.get().rate == Decimal("8.875")


def refuses_changes() -> None:
    for statement in (
        "UPDATE hotels_invoice SET gross = 1",
        "UPDATE hotels_invoiceline SET gross = 2",
        "DELETE FROM hotels_invoicetax",
    ):
        with (
            pytest.raises(IntegrityError, match="with a credit note"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
