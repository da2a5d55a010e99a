"""Saving and deleting a hotel's own schedule of a job without losing a slot."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from hotels import audit
from hotels.audit import Verb, Via
from hotels.models import Hotel
from jobs.base import Job
from jobs.models import DefaultScheduleStart, JobSchedule
from jobs.scheduling.effective import effective_schedule
from jobs.scheduling.opening import open_due_before_change

# What a schedule says, apart from whether it is paused.
_TERMS = (
    *("hotel_id", "job_name", "expression", "clock"),
    *("catch_up", "longest_lateness_minutes", "attempts"),
)


@transaction.atomic
def save_schedule(
    *, schedule: JobSchedule, now: datetime, by: AbstractBaseUser, via: Via = Via.ADMIN
) -> JobSchedule:
    """Save a new or changed schedule; it applies to slots after `now`.

    The user is stored as the one who changed it, or who paused or resumed it, or both.
    Slots due under the old schedule are opened first, and the change is recorded in the audit
    trail, all in one transaction. Raises ValidationError if the schedule is not valid.
    """
    stored = _locked(schedule)
    open_due_before_change(hotel_id=schedule.hotel_id, job_name=schedule.job_name, now=now)
    if schedule._state.adding:
        schedule.created_at = now
    schedule.counts_from = now
    if schedule.enabled != (stored is None or stored.enabled):
        schedule.switched_by_name, schedule.switched_at = by.get_username(), now
    if stored is None or any(getattr(stored, n) != getattr(schedule, n) for n in _TERMS):
        schedule.changed_by_name, schedule.updated_at = by.get_username(), now
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
def switch_schedule(
    *, hotel: Hotel, job: Job, enabled: bool, now: datetime, by: AbstractBaseUser
) -> None:
    """Pause or resume the scheduled runs of a job in a hotel; does nothing if it already is so.

    A default schedule is paused by an own schedule that says the same; resuming deletes it, so
    that the hotel follows the default again. Slots that are due are opened first. Raises
    ValidationError if the schedule is not valid, or another user added one at the same moment.
    """
    current = effective_schedule(hotel=hotel, job=job)
    if current.enabled == enabled:
        return
    own = current.own or JobSchedule(hotel=hotel, **_as_declared(job))
    if enabled and says_default(schedule=own, job=job):
        delete_schedule(schedule=own, now=now, by=by)
        return
    own.enabled = enabled
    save_schedule(schedule=own, now=now, by=by)


def says_default(*, schedule: JobSchedule, job: Job) -> bool:
    """True if an own schedule says the same as the default one, as where only that was paused."""
    declared = _as_declared(job)
    return all(getattr(schedule, name) == value for name, value in declared.items())


def _as_declared(job: Job) -> dict[str, Any]:
    """The columns of an own schedule that says the same as the default schedule of a job."""
    return {
        "job_name": job.name,
        "expression": job.schedule,
        "clock": JobSchedule.Clock.UTC,
        "catch_up": JobSchedule.CatchUp.ONCE,
        "longest_lateness_minutes": None,
        "attempts": job.attempts,
    }


@transaction.atomic
def delete_schedule(
    *, schedule: JobSchedule, now: datetime, by: AbstractBaseUser, via: Via = Via.ADMIN
) -> None:
    """Delete a hotel's own schedule: the default schedule is in effect for slots after `now`.

    Slots due under the deleted schedule are opened first, in the same transaction.
    """
    stored = _locked(schedule)
    if stored is None:
        return  # another user deleted it in the meantime, and that is recorded
    open_due_before_change(hotel_id=stored.hotel_id, job_name=stored.job_name, now=now)
    before = audit.snapshot(stored)
    audit.record(by=by, verb=Verb.DELETE, row=stored, before=before, via=via, now=now)
    stored.delete()
    DefaultScheduleStart.objects.update_or_create(
        hotel_id=schedule.hotel_id,
        job_name=schedule.job_name,
        defaults={"counts_from": now},
    )


def lock_schedules(rows: QuerySet[JobSchedule]) -> None:
    """Lock several schedules before the first of them changes.

    Who changes schedules locks them, in the order of their keys, and then the tick. Two users
    would wait for each other if one locked the tick and then a further schedule.
    """
    list(JobSchedule.objects.filter(pk__in=rows.order_by().values("pk")).locked().only("pk"))


def _locked(schedule: JobSchedule) -> JobSchedule | None:
    """The stored row, locked before the tick is; None if it is not stored."""
    return JobSchedule.objects.locked().filter(pk=schedule.pk).first()
