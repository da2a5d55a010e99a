"""The database refuses what deletes rows without the triggers of a deletion."""

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from hotels.models import AuditEntry, ChainHead, Invoice, InvoiceLine, InvoiceTax, Seal
from hotels.seals import seal_books

TABLES = (AuditEntry, Invoice, InvoiceLine, InvoiceTax, Seal, ChainHead)
REFUSED = "not deleted or replaced"


@pytest.fixture(autouse=True)
def sealed(entries: list[AuditEntry], invoice: Invoice, now: datetime) -> None:
    seal_books(now=now)


def refused(statement: str, *, match: str) -> None:
    with (
        pytest.raises(DatabaseError, match=match),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.postgres
@pytest.mark.parametrize("model", TABLES)
def test_a_table_cannot_be_truncated(model: Any) -> None:
    """SQLite has no TRUNCATE."""
    connection.check_constraints()  # PostgreSQL truncates no table with checks to come
    refused(f"TRUNCATE {model._meta.db_table} CASCADE", match=REFUSED)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no INSERT OR REPLACE")
@pytest.mark.parametrize("model", TABLES)
def test_a_row_cannot_be_replaced(model: Any) -> None:
    table = model._meta.db_table

    refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}", match=REFUSED)
    refused(f"REPLACE INTO {table} SELECT * FROM {table}", match=REFUSED)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no INSERT OR REPLACE")
@pytest.mark.parametrize("model", [Invoice, InvoiceLine, InvoiceTax, Seal])
def test_a_row_cannot_be_replaced_by_its_number(model: Any) -> None:
    """With a key of its own the new row would delete the one of the same number."""
    table = model._meta.db_table
    columns = [f'"{field.column}"' for field in model._meta.concrete_fields]
    others = ", ".join(columns[1:])

    refused(
        f"INSERT OR REPLACE INTO {table} (id, {others}) SELECT id + 1000, {others} FROM {table}",
        match=REFUSED,
    )


def test_a_seal_cannot_be_changed_or_deleted() -> None:
    refused("UPDATE hotels_seal SET digest = 'x'", match="neither changed nor deleted")
    refused("DELETE FROM hotels_seal", match="neither changed nor deleted")


def test_the_head_of_a_chain_cannot_be_deleted_or_set_back() -> None:
    refused("DELETE FROM hotels_chainhead", match="not deleted or set back")
    refused("UPDATE hotels_chainhead SET number = 0", match="not deleted or set back")
