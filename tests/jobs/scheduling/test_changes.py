"""Changing a schedule loses no slot."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from unittest import mock

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from hotels.models import Hotel
from jobs import registry, scheduling
from jobs.models import DefaultScheduleStart, JobExecution, JobSchedule
from jobs.scheduling import EffectiveSchedule, changes
from jobs.scheduling.opening import open_due
from tests.factories import UserFactory
from tests.jobs.engine import only_job, own_schedule

pytestmark = pytest.mark.django_db

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _job() -> Iterator[None]:
    with only_job():
        yield


def slots() -> list[datetime | None]:
    rows = JobExecution.objects.order_by("scheduled_for")
    return list(rows.values_list("scheduled_for", flat=True))


def set_schedule(hotel: Hotel, expression: str, now: datetime) -> JobSchedule:
    new = JobSchedule(hotel=hotel, job_name="greet-guests", expression=expression, clock="UTC")
    return changes.save_schedule(schedule=new, now=now, by=UserFactory())


def test_a_new_schedule_holds_from_now_on(hotel: Hotel) -> None:
    open_due(now=FOUR - timedelta(days=2))

    row = set_schedule(hotel, "0 3 * * *", FOUR - MINUTE)

    assert row.counts_from == FOUR - MINUTE
    open_due(now=FOUR + timedelta(hours=23, minutes=1))
    assert slots()[-1] == FOUR + timedelta(hours=23)


def test_what_the_declared_schedule_made_due_is_opened_before_the_change(hotel: Hotel) -> None:
    open_due(now=FOUR - MINUTE)

    set_schedule(hotel, "0 3 * * *", FOUR + MINUTE)

    assert slots() == [FOUR]


def test_what_the_old_schedule_made_due_is_opened_before_the_change(hotel: Hotel) -> None:
    row = own_schedule(hotel, "0 4 * * *", clock="UTC")
    open_due(now=FOUR - MINUTE)

    row.expression = "0 3 * * *"
    changes.save_schedule(schedule=row, now=FOUR + MINUTE, by=UserFactory())

    assert slots() == [FOUR]


def test_a_schedule_moved_into_the_past_of_the_day_runs_tomorrow(hotel: Hotel) -> None:
    later = FOUR + timedelta(hours=1)
    open_due(now=later)
    set_schedule(hotel, "0 3 * * *", later)

    open_due(now=later + MINUTE)

    assert slots() == []


def test_without_its_own_the_declared_schedule_holds_again(hotel: Hotel) -> None:
    row = own_schedule(hotel, "0 4 * * *", clock="UTC")
    open_due(now=FOUR - MINUTE)

    changes.delete_schedule(schedule=row, now=FOUR + MINUTE, by=UserFactory())

    assert slots() == [FOUR]
    open_due(now=FOUR + timedelta(days=1, minutes=5))
    assert slots() == [FOUR, FOUR + timedelta(days=1)]


def test_who_changed_it_is_kept(hotel: Hotel) -> None:
    row = JobSchedule(hotel=hotel, job_name="greet-guests", expression="0 3 * * *")

    changes.save_schedule(schedule=row, now=FOUR, by=UserFactory(username="ana"))

    assert JobSchedule.objects.get().changed_by_name == "ana"


def test_blanks_in_an_expression_are_made_single(hotel: Hotel) -> None:
    assert set_schedule(hotel, " 0  3 * *   * ", FOUR).expression == "0 3 * * *"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("0 0 30 2 *", "is never due"),
        ("0 0 4 * * *", "exactly five"),
        ("@daily", "Enter the five fields"),
        ("0 4 % * *", "cannot contain %"),
        ("0 4 * * 1#2", "cannot contain #"),
        ("0 25 * * *", "'25' is not valid for the hour"),
    ],
)
def test_what_is_no_schedule_is_refused_with_the_reason(
    hotel: Hotel, expression: str, reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        set_schedule(hotel, expression, FOUR)

    assert not JobSchedule.objects.exists()


def test_a_job_that_is_not_registered_is_refused_with_those_that_are(hotel: Hotel) -> None:
    row = JobSchedule(hotel=hotel, job_name="shine-shoes", expression="0 4 * * *")

    with pytest.raises(ValidationError, match="the jobs are greet-guests"):
        changes.save_schedule(schedule=row, now=FOUR, by=UserFactory())


def test_a_hotel_has_one_schedule_of_a_job(hotel: Hotel) -> None:
    set_schedule(hotel, "0 3 * * *", FOUR)

    with pytest.raises(ValidationError, match="already has a schedule for this job"):
        set_schedule(hotel, "0 5 * * *", FOUR)


def test_what_holds_is_the_declared_schedule_until_a_hotel_sets_its_own(hotel: Hotel) -> None:
    with only_job() as job:
        before = scheduling.effective_schedule(hotel=hotel, job=job)
        own = set_schedule(hotel, "30 3 * * *", FOUR)
        after = scheduling.effective_schedule(hotel=hotel, job=job)

    assert (before.expression, before.own) == ("0 4 * * *", None)
    assert (after.expression, after.own) == ("30 3 * * *", own)


def test_a_schedule_that_is_off_has_no_next_run(hotel: Hotel) -> None:
    terms = EffectiveSchedule.of(own_schedule(hotel, enabled=False))

    assert scheduling.upcoming_slots(schedule=terms, after=FOUR, count=5) == []


def test_the_default_schedule_counts_from_the_deletion_of_the_own_one(hotel: Hotel) -> None:
    row = own_schedule(hotel)

    with mock.patch.object(changes.audit, "record"):  # whatever the audit trail keeps
        changes.delete_schedule(schedule=row, now=FOUR, by=UserFactory())

    with only_job() as job:
        assert scheduling.effective_schedule(hotel=hotel, job=job).counts_from == FOUR


def test_deletions_before_the_upgrade_are_copied_from_the_audit_trail(hotel: Hotel) -> None:
    with only_job() as job:
        for at in (FOUR, FOUR + MINUTE):
            changes.delete_schedule(schedule=own_schedule(hotel), now=at, by=UserFactory())
        DefaultScheduleStart.objects.all().delete()

        migration = import_module("jobs.migrations.0011_default_schedule_starts")
        migration.copy_from_audit_trail(apps, None)

        assert scheduling.effective_schedule(hotel=hotel, job=job).counts_from == FOUR + MINUTE


def test_a_pause_and_its_end_name_who_switched_and_keep_who_changed(hotel: Hotel) -> None:
    row = own_schedule(hotel, "30 1 * * *")
    JobSchedule.objects.update(changed_by_name="ana", updated_at=FOUR - MINUTE)
    job = registry.get(row.job_name)

    def switched(by: str, *, enabled: bool, now: datetime) -> tuple[object, ...]:
        user = UserFactory(username=by)
        changes.switch_schedule(hotel=hotel, job=job, enabled=enabled, now=now, by=user)
        stored = JobSchedule.objects.get()
        changed = stored.changed_by_name, stored.updated_at
        return (*changed, stored.switched_by_name, stored.switched_at)

    paused = switched("bob", enabled=False, now=FOUR)
    resumed = switched("carol", enabled=True, now=FOUR + MINUTE)

    assert paused == ("ana", FOUR - MINUTE, "bob", FOUR)
    assert resumed == ("ana", FOUR - MINUTE, "carol", FOUR + MINUTE)


def test_a_change_that_does_not_switch_keeps_who_paused(hotel: Hotel) -> None:
    row = own_schedule(hotel, "30 1 * * *", enabled=False)
    JobSchedule.objects.update(switched_by_name="bob", switched_at=FOUR - MINUTE)
    row.refresh_from_db()

    row.expression = "45 1 * * *"
    changes.save_schedule(schedule=row, now=FOUR, by=UserFactory(username="ana"))

    stored = JobSchedule.objects.get()
    assert (stored.changed_by_name, stored.updated_at) == ("ana", FOUR)
    assert (stored.switched_by_name, stored.switched_at) == ("bob", FOUR - MINUTE)
