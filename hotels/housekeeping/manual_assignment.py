"""Assigning and unassigning a task by hand (domain rule 1)."""

from datetime import datetime

from django.utils.translation import gettext as _

from hotels import formats
from hotels.errors import ActionRefused
from hotels.housekeeping.events import publish_task
from hotels.housekeeping.finishing import FINISHED
from hotels.housekeeping.reconcile import NOT_TO_BE_DONE
from hotels.housekeeping.snapshot import attendants
from hotels.housekeeping.worklists import counts_as_load
from hotels.models import HousekeepingTask, StaffMember

Status = HousekeepingTask.Status
CLOSED_STATUSES = NOT_TO_BE_DONE | FINISHED


def assign_task(
    *, task: HousekeepingTask, assignee: StaffMember | None, now: datetime
) -> tuple[str, ...]:
    """Assign the task to `assignee`, or unassign it with None, and save it; returns warnings.

    A warning says that the assignee is off shift or has no time left; the task is assigned anyway.
    The round keeps an assignment made by hand, and may assign an unassigned task. `task` must be
    locked. Raises ActionRefused when the task is closed, or `assignee` is no active housekeeper of
    its hotel.
    """
    if task.status in CLOSED_STATUSES:
        raise ActionRefused(
            _("Room %(room)s: the task is %(status)s and can no longer be assigned.")
            % {"room": task.room, "status": task.get_status_display()}
        )
    if assignee is not None and not _is_housekeeper_of(task.hotel_id, assignee):
        raise ActionRefused(
            _("%(name)s is not an active housekeeper of this hotel.") % {"name": assignee}
        )
    task.assignee = assignee
    apply_assignee(task)
    task.save(update_fields=["assignee", "assigned_by_person", "status"])
    publish_task(task, now=now)
    return _warnings(task, assignee) if assignee is not None else ()


def apply_assignee(task: HousekeepingTask) -> None:
    """Set the status that follows from an assignee chosen by hand; does not save the task."""
    task.assigned_by_person = task.assignee is not None
    if task.assignee is not None and task.status == Status.PENDING:
        task.status = Status.ASSIGNED
    if task.assignee is None and task.status == Status.ASSIGNED:
        task.status = Status.PENDING


def _is_housekeeper_of(hotel_id: int, staff: StaffMember) -> bool:
    return (
        staff.hotel_id == hotel_id and staff.active and staff.role == StaffMember.Role.HOUSEKEEPING
    )


def _warnings(task: HousekeepingTask, assignee: StaffMember) -> tuple[str, ...]:
    """Return warnings about an assignee who is off shift on the day, or has too much work."""
    warnings = []
    if assignee.pk not in {each.pk for each in attendants(task.hotel, day=task.date)}:
        warnings.append(
            _("%(name)s is not on shift on %(day)s.")
            % {"name": assignee, "day": formats.day(task.date)}
        )
    tasks = HousekeepingTask.objects.of_hotel(task.hotel).filter(date=task.date, assignee=assignee)
    minutes = sum(each.credits for each in tasks if counts_as_load(each))
    if minutes > assignee.credits_per_day:
        warnings.append(
            _("%(name)s now has %(minutes)s minutes of work but only %(capacity)s minutes of time.")
            % {
                "name": assignee,
                "minutes": formats.number(minutes),
                "capacity": formats.number(assignee.credits_per_day),
            }
        )
    return tuple(warnings)
