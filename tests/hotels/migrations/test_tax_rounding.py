"""Migrations of tax: its rounding on hotels and documents, and rates with four decimals."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from hotels.models import Hotel, Invoice, InvoiceTax
from tests.factories import HotelFactory
from tests.hotels.billing.issued import completed, invoice_of

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = ("hotels", "0011_last_availability_date")


def migrate(*targets: tuple[str, str]) -> Any:
    """Migrate to `targets`, or to the newest migrations; the historical models at that point."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())
    return MigrationExecutor(connection).loader.project_state(list(targets) or None).apps


@pytest.fixture
def back() -> Iterator[Any]:
    """Return to the models before the migration, when called; afterwards the newest again."""
    yield lambda to=BEFORE: migrate(to)
    migrate()


def test_documents_from_before_are_taxed_per_line_and_stay_immutable(back: Any) -> None:
    hotel = HotelFactory(timezone="UTC")
    invoice = invoice_of(completed(hotel, 10, 10, rate=6))

    historical = back()
    assert historical.get_model("hotels", "Invoice").objects.get().number == invoice.number
    refuses_changes()
    migrate()

    stored = Invoice.objects.get()
    assert (stored.taxed_once_per_rate, stored.lines.count()) == (False, 2)
    assert Hotel.objects.get().tax_rounding == "COUNTRY"
    refuses_changes()


def test_rates_are_kept_forwards_and_backwards(back: Any) -> None:
    invoice_of(completed(HotelFactory(accommodation_tax_rate="14.75"), 10, rate="14.75"))

    historical = back()
    assert historical.get_model("hotels", "InvoiceTax").objects.get().rate == Decimal("14.75")
    migrate()

    assert InvoiceTax.objects.get().rate == Decimal("14.75")
    assert Hotel.objects.get().accommodation_tax_rate == Decimal("14.75")
    refuses_changes()


def test_rates_with_more_than_two_decimals_are_not_rounded_by_going_back(back: Any) -> None:
    invoice_of(completed(HotelFactory(), 10, rate="8.875"))

    with pytest.raises(ValueError, match=r"A tax rate of 8\.875 % has more than two decimals"):
        back()

    assert InvoiceTax.objects.values_list("rate", flat=True).get() == Decimal("8.875")


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
