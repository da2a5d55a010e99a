"""Migrations that add wall screens and alerts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.migrating import Migrating

AT = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


def filled(apps: Any, hotel: Any) -> None:
    """Fill the tables that the step adds."""
    user = apps.get_model("auth", "User").objects.create(username="ana")
    screen = apps.get_model("jobs", "WallScreen").objects.create(
        label="Office", digest="d", created_at=AT, created_by_id=user.pk
    )
    screen.hotels.add(hotel.pk)
    rule = apps.get_model("jobs", "AlertRule").objects.create(
        owner_id=user.pk, name="Night", kind="failed", created_at=AT
    )
    rule.hotels.add(hotel.pk)
    alert = apps.get_model("jobs", "Alert").objects.create(rule_id=rule.pk, group="g", opened_at=AT)
    apps.get_model("jobs", "AlertPart").objects.create(alert_id=alert.pk, hotel_id=hotel.pk, since=AT)


@pytest.mark.migration("jobs.0018_wall_screens", "jobs.0019_alerts")
def test_schedules_are_kept_backwards_where_the_new_tables_have_rows(migration: Migrating) -> None:
    hotel = migration.earlier.get_model("hotels", "Hotel").objects.create(code="inn", name="Inn")
    migration.earlier.get_model("jobs", "JobSchedule").objects.create(
        hotel=hotel,
        job_name="greet-guests",
        expression="0 4 * * *",
        counts_from=AT,
        created_at=AT,
        updated_at=AT,
    )
    filled(migration.forwards(), hotel)

    earlier = migration.backwards()

    assert earlier.get_model("jobs", "JobSchedule").objects.get().hotel_id == hotel.pk
    assert not migration.forwards().get_model("jobs", "Alert").objects.exists()
