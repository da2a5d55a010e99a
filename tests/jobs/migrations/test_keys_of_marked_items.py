"""Migration that stores the objects of a marked item instead of their number and the newest one."""

from datetime import UTC, datetime

import pytest

from tests.migrating import Migrating

AT = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


@pytest.mark.migration("jobs.0026_keys_of_marked_items")
def test_earlier_marks_stay_without_objects_and_so_cover_nothing(migration: Migrating) -> None:
    earlier = migration.earlier
    hotel = earlier.get_model("hotels", "Hotel").objects.create(code="inn", name="Inn")
    earlier.get_model("jobs", "ItemMark").objects.create(
        hotel=hotel, kind="overpaid", size=2, newest="9", marked_at=AT, marked_by_name="ana"
    )

    marks = migration.forwards().get_model("jobs", "ItemMark").objects

    assert list(marks.values_list("kind", "marked_by_name", "keys")) == [("overpaid", "ana", [])]
    marks.update(keys=["8", "9"])

    marks = migration.backwards().get_model("jobs", "ItemMark").objects

    assert list(marks.values_list("marked_by_name", "size", "newest")) == [("ana", 0, "")]
    assert migration.forwards().get_model("jobs", "ItemMark").objects.get().keys == []
