"""Migration that adds alerts about workers."""

from datetime import UTC, datetime

import pytest

from tests.migrating import Migrating

AT = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


@pytest.mark.migration("jobs.0027_worker_alerts")
def test_backwards_rules_about_workers_go_and_the_tick_stays(migration: Migrating) -> None:
    earlier = migration.earlier
    user = earlier.get_model("auth", "User").objects.create(username="ana")
    hotel = earlier.get_model("hotels", "Hotel").objects.create(code="inn", name="Inn")
    earlier.get_model("jobs", "Tick").objects.create(pk=1, looked_until=AT, ticked_at=AT)

    later = migration.forwards()
    tick = later.get_model("jobs", "Tick").objects.get()
    assert tick.attended_at is None
    tick.attended_at = AT
    tick.save()
    for kind in ("worker", "tick"):
        rule = later.get_model("jobs", "AlertRule").objects.create(
            owner_id=user.pk, name=kind, kind=kind, created_at=AT
        )
        rule.hotels.add(hotel.pk)
        alert = later.get_model("jobs", "Alert").objects.create(
            rule_id=rule.pk, group=kind, opened_at=AT
        )
        later.get_model("jobs", "AlertPart").objects.create(
            alert_id=alert.pk, hotel_id=hotel.pk, since=AT
        )

    before = migration.backwards()

    assert [rule.kind for rule in before.get_model("jobs", "AlertRule").objects.all()] == ["tick"]
    assert before.get_model("jobs", "Tick").objects.get().looked_until == AT
    assert [alert.group for alert in migration.forwards().get_model("jobs", "Alert").objects.all()] == ["tick"]
