"""The item of Home that says the same as an alert."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from hotels.audit import Via
from hotels.models import Hotel, Membership
from hotels.roles import access_of
from jobs.alerts.alert_items import acknowledge_with_item, item_of
from jobs.alerts.evaluation import evaluate
from jobs.models import Alert, ItemMark, Status
from tests.factories import RoomFactory
from tests.jobs.alerts.rules import rule_of
from tests.jobs.console.books import ended
from tests.jobs.services.housekeeping import task_in

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
JOB = "greet-guests"


def found(owner: User, now: datetime) -> tuple[str, str, list[str]] | None:
    """Kind, subject and keys of the item of the only alert."""
    item = item_of(Alert.objects.get(), access=access_of(owner), now=now)
    return item and (item.kind.key, item.subject, list(item.keys))


def test_a_job_that_failed_or_had_problems_is_known_by_its_last_run(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner, kind="problems")
    first = ended(hotel, now - 2 * HOUR, job_name=JOB, problems=1)
    evaluate(now=now)
    assert found(owner, now) == ("problems", JOB, [str(first.pk)])

    last = ended(hotel, now - HOUR, job_name=JOB, problems=2)
    evaluate(now=now)
    assert found(owner, now) == ("problems", JOB, [str(last.pk)])
    part = Alert.objects.get().parts.get()
    assert (part.execution_id, part.detail) == (last.pk, "2 problems")

    ended(hotel, now, job_name=JOB)
    assert found(owner, now) is None


def test_a_later_failure_is_not_acknowledged_with_the_alert_about_the_one_before(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner)
    ended(hotel, now - HOUR, job_name=JOB, status=Status.FAILED, error="The lobby is closed")
    evaluate(now=now)
    ended(hotel, now, job_name=JOB, status=Status.FAILED, error="The books are wrong")

    acknowledge_with_item(
        alert=Alert.objects.get(),
        note="",
        by=owner,
        access=access_of(owner),
        via=Via.ADMIN,
        now=now,
    )

    assert not ItemMark.objects.exists()


def test_unassigned_tasks_are_known_by_their_keys(owner: User, hotel: Hotel, now: datetime) -> None:
    task = task_in(RoomFactory(hotel=hotel), date=hotel.local_date(now))
    rule_of(owner, kind="unassigned")
    evaluate(now=now)

    assert found(owner, now) == ("unassigned", "", [str(task.pk)])


def test_a_late_job_has_none(owner: User, hotel: Hotel, now: datetime) -> None:
    rule_of(owner, kind="late")
    ended(hotel, now - HOUR, job_name=JOB, status=Status.SKIPPED, skip_reason="missed")
    evaluate(now=now)

    assert found(owner, now) is None


def test_who_no_longer_manages_the_hotel_marks_no_item_of_it(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner)
    ended(hotel, now - HOUR, job_name=JOB, status=Status.FAILED)
    evaluate(now=now)
    Membership.objects.all().delete()

    acknowledge_with_item(
        alert=Alert.objects.get(),
        note="",
        by=owner,
        access=access_of(owner),
        via="ADMIN",
        now=now,
    )

    assert Alert.objects.get().acknowledged_at == now
    assert not ItemMark.objects.exists()
