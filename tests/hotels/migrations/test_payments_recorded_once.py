"""Migration that gives payments the key of their form."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from hotels.models import Hotel, Payment
from tests.factories import PaymentFactory

pytestmark = pytest.mark.django_db(transaction=True)
ADDED = ("hotels", "0018_payments_recorded_once")


def test_the_payments_are_kept_forwards_and_backwards(hotel: Hotel) -> None:
    payments = [PaymentFactory(folio__booking__hotel=hotel) for _ in range(2)]
    executor = MigrationExecutor(connection)
    (before,) = (node.key for node in executor.loader.graph.node_map[ADDED].parents)

    executor.migrate([before])
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())

    stored = Payment.objects.order_by("pk").values_list("pk", "amount", "source_key")
    assert list(stored) == [(payment.pk, payment.amount, None) for payment in payments]
