"""The accounts of the deploy guide: the site's can neither truncate tables nor drop triggers."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from hotels.models import AuditEntry, Hotel, Invoice
from hotels.seals import seal_books
from tests.hotels.billing.issued import completed, invoice_of

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

GUIDE = Path(__file__).parents[3] / "docs" / "howto" / "deploy.md"
OWN_DATABASE = re.compile(r"^(\\|CREATE DATABASE)|^REASSIGN")


@pytest.fixture(autouse=True)
def _account_of_the_site() -> Iterator[None]:
    """Run the statements of the guide, except for the database, and become the site's account.

    The tables are there already, so that they change hands as the guide does it for such. Only
    PostgreSQL has accounts. All is rolled back with the test.
    """
    first, second = re.findall(r"```sql\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    lines = [*first.splitlines(), *second.splitlines()]
    with connection.cursor() as cursor:
        for line in lines:
            if not OWN_DATABASE.match(line):
                cursor.execute(line)
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{table}" OWNER TO hotel_owner')
        cursor.execute("SET LOCAL ROLE hotel")
        yield
        cursor.execute("RESET ROLE")


def test_the_site_issues_records_and_seals(hotel: Hotel, now: datetime) -> None:
    invoice_of(completed(hotel, 100))
    AuditEntry.objects.create(at=now, hotel=hotel, via="API", verb="change")

    assert seal_books(now=now) == 2
    Invoice.objects.update(balance=0, payment_status="PAID")
    AuditEntry.objects.update(hotel=None)


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("TRUNCATE hotels_auditentry", "permission denied"),
        ("DROP TRIGGER hotels_auditentry_kept ON hotels_auditentry", "must be owner"),
        ("ALTER TABLE hotels_invoice DISABLE TRIGGER USER", "must be owner"),
        ("DROP TABLE hotels_seal", "must be owner"),
        ("SET session_replication_role = replica", "permission denied"),
        ("CREATE TABLE own (id int)", "permission denied"),
        (
            "CREATE OR REPLACE FUNCTION hotels_refuse() RETURNS trigger AS '' LANGUAGE plpgsql",
            "permission denied",
        ),
    ],
)
def test_the_site_cannot_get_past_the_triggers(statement: str, refusal: str) -> None:
    with (
        pytest.raises(DatabaseError, match=refusal),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
