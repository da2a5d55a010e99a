"""Migration that adds the day-use price to reserved rooms."""

import pytest

from tests.hotels.migrations.books import TODAY, Books
from tests.migrating import Migrating


@pytest.mark.migration("hotels.0010_day_use_price")
def test_the_stays_are_kept_forwards_and_backwards(migration: Migrating) -> None:
    room = Books(migration.earlier).reserved_room(departure=TODAY)

    stays = migration.forwards().get_model("hotels", "BookingRoom").objects
    assert [*stays.values_list("pk", "status", "day_use_price")] == [(room, "CONFIRMED", None)]
    stays.update(day_use_price=80)

    migration.backwards()
    migration.forwards()

    assert [*stays.values_list("pk", "status", "day_use_price")] == [(room, "CONFIRMED", None)]
