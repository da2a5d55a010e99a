"""Migration to one open cleaning task per room and date: which of several is kept."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.migrating import Migrating

pytestmark = pytest.mark.migration("hotels.0008_one_open_task_per_room_and_date")
DAY = date(2026, 7, 15)


def room_in(apps: Any, number: str) -> Any:
    hotel, _ = apps.get_model("hotels", "Hotel").objects.get_or_create(code="inn", name="Inn")
    room_type, _ = apps.get_model("hotels", "RoomType").objects.get_or_create(
        hotel=hotel, code="STD", name="Standard"
    )
    return apps.get_model("hotels", "Room").objects.create(
        hotel=hotel, room_type=room_type, number=number
    )


def task_in(room: Any, apps: Any, **fields: Any) -> Any:
    values = {"date": DAY, "kind": "STAYOVER", "credits": 20, "source": "MANUAL"} | fields
    return apps.get_model("hotels", "HousekeepingTask").objects.create(
        hotel_id=room.hotel_id, room=room, created_at=datetime(2026, 7, 15, tzinfo=UTC), **values
    )


def statuses(apps: Any, *tasks: Any) -> list[str]:
    found = apps.get_model("hotels", "HousekeepingTask").objects.in_bulk([t.pk for t in tasks])
    return [found[task.pk].status for task in tasks]


@pytest.mark.parametrize(
    ("closed", "kept"),
    [
        ({}, {"kind": "DEPARTURE"}),
        ({"status": "ASSIGNED", "assigned_by_person": True}, {"status": "IN_PROGRESS"}),
        ({}, {"status": "ASSIGNED", "assigned_by_person": True}),
        ({"source": "AUTO"}, {"source": "MANUAL"}),
    ],
    ids=["departure", "started", "assigned by hand", "added by hand"],
)
def test_of_two_open_tasks_the_stronger_one_is_kept(
    migration: Migrating, closed: dict[str, Any], kept: dict[str, Any]
) -> None:
    earlier = migration.earlier
    room = room_in(earlier, "101")
    second, first = task_in(room, earlier, **closed), task_in(room, earlier, **kept)
    before = first.status

    apps = migration.forwards()

    assert statuses(apps, second, first) == ["CANCELLED", before]


def test_other_tasks_are_kept_forwards_and_backwards(migration: Migrating) -> None:
    earlier = migration.earlier
    room, other = room_in(earlier, "101"), room_in(earlier, "102")
    tasks = [
        task_in(room, earlier),
        task_in(room, earlier, status="DONE"),
        task_in(room, earlier, date=date(2026, 7, 16)),
        task_in(other, earlier),
    ]

    apps = migration.forwards()

    assert statuses(apps, *tasks) == ["PENDING", "DONE", "PENDING", "PENDING"]
    assert statuses(migration.backwards(), *tasks) == ["PENDING", "DONE", "PENDING", "PENDING"]


def test_a_second_open_task_is_refused_after_the_migration_and_accepted_before(
    migration: Migrating,
) -> None:
    room = room_in(migration.earlier, "101")
    task_in(room, migration.earlier)
    apps = migration.forwards()

    with pytest.raises(IntegrityError), transaction.atomic():
        task_in(apps.get_model("hotels", "Room").objects.get(), apps)

    apps = migration.backwards()
    assert task_in(apps.get_model("hotels", "Room").objects.get(), apps).pk
