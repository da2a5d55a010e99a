"""Migration that adds the date of the last availability calculation, read from the rows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from hotels.models import Hotel, RoomAvailability
from tests.factories import HotelFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
TODAY = date(2026, 7, 15)


def migrate(targets: list[tuple[str, str]] | None = None) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(targets or executor.loader.graph.leaf_nodes())


@pytest.fixture
def before() -> Iterator[list[tuple[str, str]]]:
    """The migrations this one depends on; the newest are applied again afterwards."""
    graph = MigrationExecutor(connection).loader.graph
    yield sorted(graph.node_map["hotels", "0011_last_availability_date"].parents)
    migrate()


def test_it_is_read_from_the_newest_row_and_goes_back(hotel: Hotel, before: Any) -> None:
    kind = RoomTypeFactory(hotel=hotel)
    for n in (-30, 0, 89):
        RoomAvailability.objects.create(
            hotel=hotel, room_type=kind, date=TODAY + timedelta(days=n), total_rooms=1,
            available_rooms=1, updated_at=AT,
        )  # fmt: skip
    new = HotelFactory()

    migrate(before)
    migrate()

    dates = dict(Hotel.objects.values_list("pk", "last_availability_date"))
    assert dates == {hotel.pk: TODAY, new.pk: None}
    assert RoomAvailability.objects.count() == 3
