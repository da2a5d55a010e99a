"""Migration that adds the date of the last availability calculation, read from the rows."""

from datetime import timedelta

import pytest

from tests.hotels.migrations.books import NOW, TODAY, Books
from tests.migrating import Migrating


@pytest.mark.migration("hotels.0011_last_availability_date")
def test_it_is_read_from_the_newest_row_and_goes_back(migration: Migrating) -> None:
    books = Books(migration.earlier)
    kind = books.create("RoomType", hotel_id=books.hotel, code="STD", name="Standard")
    for n in (-30, 0, 89):
        books.create(
            "RoomAvailability", hotel_id=books.hotel, room_type_id=kind,
            date=TODAY + timedelta(days=n), total_rooms=1, available_rooms=1, updated_at=NOW,
        )  # fmt: skip
    new = books.create("Hotel", code="new", name="New")

    after = migration.forwards()

    dates = dict(
        after.get_model("hotels", "Hotel").objects.values_list("pk", "last_availability_date")
    )
    assert dates == {books.hotel: TODAY, new: None}
    before = migration.backwards()
    assert before.get_model("hotels", "RoomAvailability").objects.count() == 3
