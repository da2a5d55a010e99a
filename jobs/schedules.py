"""Changing a hotel's schedule of a job without losing a slot."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from jobs.models import JobSchedule
from jobs.tick import settle_part


@transaction.atomic
def change(*, schedule: JobSchedule, now: datetime, by: AbstractBaseUser) -> JobSchedule:
    """Save a new or changed schedule; it counts for slots after `now`.

    What was due before by the old one is opened first, in the same transaction. Raises
    ValidationError for a schedule that cannot be.
    """
    settle_part(hotel_id=schedule.hotel_id, job_name=schedule.job_name, now=now)
    if schedule._state.adding:
        schedule.created_at = now
    schedule.counts_from = schedule.updated_at = now
    schedule.changed_by_name = by.get_username()
    schedule.full_clean()
    schedule.save()
    return schedule


@transaction.atomic
def remove(*, schedule: JobSchedule, now: datetime) -> None:
    """Let the declared schedule hold again; what was due by the removed one is opened first."""
    settle_part(hotel_id=schedule.hotel_id, job_name=schedule.job_name, now=now)
    schedule.delete()
