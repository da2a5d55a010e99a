"""Migration that gives payments the key of their form."""

import pytest

from tests.hotels.migrations.books import NOW, Books
from tests.migrating import Migrating


@pytest.mark.migration("hotels.0017_payments_recorded_once")
def test_the_payments_are_kept_forwards_and_backwards(migration: Migrating) -> None:
    books = Books(migration.earlier)
    folio = books.folio()
    for amount in (40, 60):
        books.create(
            "Payment",
            folio_id=folio,
            status="SUCCEEDED",
            amount=amount,
            currency="EUR",
            received_at=NOW,
        )

    after = migration.forwards().get_model("hotels", "Payment").objects.order_by("pk")
    assert list(after.values_list("amount", "source_key")) == [(40, None), (60, None)]

    before = migration.backwards().get_model("hotels", "Payment").objects.order_by("pk")
    assert list(before.values_list("amount", flat=True)) == [40, 60]
