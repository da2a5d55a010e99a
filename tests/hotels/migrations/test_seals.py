"""Migration that adds the seals."""

from datetime import datetime
from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction

from hotels.models import AuditEntry, ChainHead, Invoice, InvoiceLine, InvoiceTax, Seal
from hotels.seals import seal_books
from tests.migrating import Migrating

SEALS = import_module("hotels.migrations.0019_seals")


@pytest.mark.migration("hotels.0019_seals")
def test_entries_of_before_are_kept_and_sealed(migration: Migrating, now: datetime) -> None:
    earlier = migration.earlier.get_model("hotels", "AuditEntry").objects
    entry = earlier.create(at=now, via="API", verb="change")

    for _ in range(2):
        migration.forwards()
        assert seal_books(now=now) == 1
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM hotels_seal")
        migration.backwards()

    assert earlier.get().pk == entry.pk


@pytest.mark.once
def test_every_unique_number_is_protected_from_being_replaced() -> None:
    """The migration lists them; a new unique constraint needs a migration of its triggers."""
    for model in (AuditEntry, Invoice, InvoiceLine, InvoiceTax, Seal, ChainHead):
        fields = {c.name: c.fields for c in model._meta.constraints if hasattr(c, "fields")}
        columns = {
            tuple(model._meta.get_field(name).column for name in names)
            for names in fields.values()
        }
        assert {*SEALS.UNIQUE[model._meta.db_table]} == {(model._meta.pk.column,), *columns}
