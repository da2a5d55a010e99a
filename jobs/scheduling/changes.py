"""Changing a hotel's schedule of a job without losing a slot."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from hotels import audit
from hotels.audit import Verb, Via
from jobs.models import JobSchedule
from jobs.scheduling.opening import open_due_before_change


@transaction.atomic
def save_schedule(
    *, schedule: JobSchedule, now: datetime, by: AbstractBaseUser, via: Via = Via.ADMIN
) -> JobSchedule:
    """Save a new or changed schedule; it counts for slots after `now`.

    What was due before by the old one is opened first, in the same transaction, and the audit trail
    is told. Raises ValidationError for a schedule that cannot be.
    """
    stored = _locked(schedule)
    open_due_before_change(hotel_id=schedule.hotel_id, job_name=schedule.job_name, now=now)
    if schedule._state.adding:
        schedule.created_at = now
    schedule.counts_from = schedule.updated_at = now
    schedule.changed_by_name = by.get_username()
    schedule.full_clean()
    schedule.save()
    audit.record(
        by=by,
        verb=Verb.CHANGE if stored else Verb.ADD,
        row=schedule,
        before=audit.snapshot(stored) if stored else None,
        after=audit.snapshot(schedule),
        via=via,
        now=now,
    )
    return schedule


@transaction.atomic
def delete_schedule(
    *, schedule: JobSchedule, now: datetime, by: AbstractBaseUser, via: Via = Via.ADMIN
) -> None:
    """Let the declared schedule hold again; what was due by the removed one is opened first."""
    open_due_before_change(hotel_id=schedule.hotel_id, job_name=schedule.job_name, now=now)
    stored = _locked(schedule)
    if stored is None:
        return  # somebody else removed it meanwhile, and was recorded
    before = audit.snapshot(stored)
    audit.record(by=by, verb=Verb.DELETE, row=stored, before=before, via=via, now=now)
    stored.delete()


def _locked(schedule: JobSchedule) -> JobSchedule | None:
    """As it is stored now, with nobody else changing it; None for one that is not."""
    return JobSchedule.objects.select_for_update().filter(pk=schedule.pk).first()
