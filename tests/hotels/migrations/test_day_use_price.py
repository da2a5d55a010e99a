"""Migration that adds the day-use price to reserved rooms."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from hotels.models import BookingRoom, Hotel
from tests.factories import stay

pytestmark = pytest.mark.django_db(transaction=True)
ADDED = "0010_day_use_price"


def test_the_stays_are_kept_forwards_and_backwards(hotel: Hotel) -> None:
    room = stay(hotel, arrival=date(2026, 7, 15), nights_count=0, day_use_price=Decimal(80))
    executor = MigrationExecutor(connection)
    (before,) = (key for key in executor.loader.graph.node_map[("hotels", ADDED)].parents)

    executor.migrate([before.key])
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())

    room.refresh_from_db()
    assert (room.status, room.day_use_price) == ("CONFIRMED", None)
    assert BookingRoom.objects.count() == 1
