"""Issued documents cannot be changed or deleted: the database refuses (domain rule 5)."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from hotels.models import Hotel, ImmutableRowError, Invoice, InvoiceLine, InvoiceTax
from tests.factories import FolioFactory, GuestFactory, HotelFactory
from tests.hotels.billing.issued import completed, invoice_of

ISSUED = (Invoice, InvoiceLine, InvoiceTax)
FOLLOWS_PAYMENTS = {"balance": 1, "payment_status": "OVERPAID", "live": False}
OTHER = {
    models.BooleanField: False,
    models.CharField: "XYZ",
    models.DecimalField: 7,
    models.JSONField: {"name": "other", "sandbox": True},
    models.DateField: "2001-01-01",
    models.DateTimeField: "2001-01-01T00:00:00Z",
    models.PositiveSmallIntegerField: 77,
    models.PositiveIntegerField: 77,
    models.BigAutoField: 12345678,
    models.ForeignKey: 987_654,
}


def frozen_columns() -> list[Any]:
    return [
        pytest.param(model, field.attname, OTHER[type(field)], id=f"{model.__name__}.{field.name}")
        for model in ISSUED
        for field in model._meta.local_concrete_fields
        if model is not Invoice or field.name not in FOLLOWS_PAYMENTS
    ]


@pytest.fixture
def invoice(hotel: Hotel) -> Invoice:
    return invoice_of(completed(hotel, 100, rate=6))


@pytest.mark.parametrize(("model", "column", "value"), frozen_columns())
def test_the_database_refuses_changes(invoice: Invoice, model, column: str, value) -> None:
    with pytest.raises(IntegrityError, match="correct it with a credit note"), transaction.atomic():
        model.objects.update(**{column: value})


@pytest.mark.parametrize("model", ISSUED)
def test_the_database_refuses_deletion(invoice: Invoice, model) -> None:
    rows = model.objects.all()

    with pytest.raises(IntegrityError, match="is not deleted"), transaction.atomic():
        rows._raw_delete(rows.db)

    assert model.objects.exists()


def test_deleting_a_queryset_of_invoices_deletes_nothing(invoice: Invoice) -> None:
    with pytest.raises((IntegrityError, models.ProtectedError)), transaction.atomic():
        Invoice.objects.all().delete()

    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceLine.objects.all().delete()

    assert Invoice.objects.exists()
    assert InvoiceLine.objects.exists()


@pytest.mark.parametrize(("column", "value"), FOLLOWS_PAYMENTS.items())
def test_fields_that_follow_payments_can_change(invoice: Invoice, column: str, value: Any) -> None:
    Invoice.objects.update(**{column: value})

    invoice.refresh_from_db()
    assert getattr(invoice, column) == value


def test_the_model_refuses_earlier_with_a_clear_message(invoice: Invoice) -> None:
    invoice.gross += 1

    with pytest.raises(ImmutableRowError, match="credit note"):
        invoice.save()
    with pytest.raises(ImmutableRowError, match="cannot be deleted"):
        invoice.delete()


def test_documents_of_a_test_hotel_can_be_deleted(db: None) -> None:
    hotel = HotelFactory(is_sandbox=True)
    folio = invoice_of(completed(hotel, 100)).folio

    folio.lines.update(document=None)
    for model in (InvoiceTax, InvoiceLine, Invoice):
        rows = model.objects.of_hotel(hotel)
        rows._raw_delete(rows.db)

    assert not Invoice.objects.exists()


def test_documents_of_other_hotels_stay_when_a_test_hotel_is_emptied(invoice: Invoice) -> None:
    invoice_of(completed(HotelFactory(is_sandbox=True), 100))

    rows = InvoiceTax.objects.all()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows._raw_delete(rows.db)


def test_documents_issued_before_a_hotel_became_a_test_hotel_stay(invoice: Invoice) -> None:
    """They were real documents when they were issued."""
    Hotel.objects.update(is_sandbox=True)

    rows = InvoiceLine.objects.all()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows._raw_delete(rows.db)


def test_documents_of_a_test_hotel_cannot_be_changed(db: None) -> None:
    invoice_of(completed(HotelFactory(is_sandbox=True), 100))

    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.update(gross=1)


def test_the_payer_and_the_hotel_of_an_invoice_cannot_be_deleted(invoice: Invoice) -> None:
    for row in (invoice.folio, invoice.folio.payer, invoice.hotel):
        with pytest.raises(models.ProtectedError):
            row.delete()


def triggers() -> set[str]:
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(catalogue)
        return {name for (name,) in cursor.fetchall()}


EXPECTED = {
    f"{model._meta.db_table}_{what}" for model in ISSUED for what in ("unchanged", "undeleted")
}


def test_the_triggers_exist(db: None) -> None:
    assert triggers() >= EXPECTED


@pytest.mark.django_db(transaction=True)
class TestFlushing:
    """Runs twice: the second run starts with the database as the first flush left it."""

    @pytest.mark.parametrize("turn", [1, 2])
    def test_a_flush_keeps_the_triggers_and_removes_the_rows(self, turn: int) -> None:
        assert triggers() >= EXPECTED
        assert not Invoice.objects.exists()
        hotel = HotelFactory()
        with transaction.atomic():
            invoice_of(completed(hotel, 100))

        with pytest.raises(IntegrityError):
            Invoice.objects.update(gross=1)


@pytest.mark.django_db(transaction=True)
def test_the_migration_can_be_reversed_and_applied_again() -> None:
    migration = import_module("hotels.migrations.0002_issued_documents_are_immutable")

    with connection.schema_editor() as editor:
        migration.remove(apps, editor)
    without = triggers()
    with connection.schema_editor() as editor:
        migration.install(apps, editor)

    assert not without & EXPECTED
    assert triggers() >= EXPECTED


@pytest.mark.django_db(transaction=True)
def test_the_triggers_allow_a_new_column_of_the_hotel() -> None:
    """SQLite rebuilds the table, which fails if a trigger reads it."""
    field = models.IntegerField(default=0)
    field.set_attributes_from_name("stars")

    with connection.schema_editor() as editor:
        editor.add_field(Hotel, field)
    with connection.schema_editor() as editor:
        editor.remove_field(Hotel, field)

    assert triggers() >= EXPECTED


def test_changes_of_payer_and_folio_do_not_change_the_invoice(invoice: Invoice) -> None:
    before = Invoice.objects.values().get()
    other = GuestFactory(hotel=invoice.hotel, name="Another")

    folio = invoice.folio
    folio.payer = other
    folio.save()
    FolioFactory(booking=folio.booking)

    assert Invoice.objects.values().get() == before
