"""Migrations that store who paused a schedule, and marks on items of Home."""

from datetime import UTC, datetime

import pytest

from tests.migrating import Migrating

AT = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


@pytest.mark.migration("jobs.0020_paused_schedules", "jobs.0021_item_marks")
def test_the_last_change_of_a_paused_schedule_is_taken_for_its_pause(migration: Migrating) -> None:
    hotel = migration.earlier.get_model("hotels", "Hotel").objects.create(code="inn", name="Inn")
    schedules = migration.earlier.get_model("jobs", "JobSchedule").objects
    times = {"counts_from": AT, "created_at": AT, "updated_at": AT, "changed_by_name": "ana"}
    for name, enabled in (("greet-guests", False), ("check-no-shows", True)):
        schedules.create(
            hotel=hotel, job_name=name, enabled=enabled, expression="0 4 * * *", **times
        )

    after = migration.forwards()

    columns = ("job_name", "switched_by_name", "switched_at")
    found = after.get_model("jobs", "JobSchedule").objects.order_by("pk").values_list(*columns)
    assert list(found) == [("greet-guests", "ana", AT), ("check-no-shows", "", None)]
    after.get_model("jobs", "ItemMark").objects.create(
        hotel_id=hotel.pk, kind="failed", marked_at=AT, marked_by_name="ana"
    )

    earlier = migration.backwards()

    assert earlier.get_model("jobs", "JobSchedule").objects.filter(enabled=False).count() == 1
    assert not migration.forwards().get_model("jobs", "ItemMark").objects.exists()
