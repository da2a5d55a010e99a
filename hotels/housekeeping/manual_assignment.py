"""A person gives a task to somebody, or takes it from everybody (domain rule 1)."""

from django.utils.translation import gettext as _

from hotels import formats
from hotels.errors import ActionRefused
from hotels.housekeeping.finishing import FINISHED
from hotels.housekeeping.reconcile import NO_WORK
from hotels.housekeeping.snapshot import attendants
from hotels.housekeeping.worklists import counts_as_load
from hotels.models import HousekeepingTask, StaffMember

Status = HousekeepingTask.Status
# Nobody is given what is done, or what is not to be done.
SETTLED = NO_WORK | FINISHED


def assign_task(*, task: HousekeepingTask, assignee: StaffMember | None) -> tuple[str, ...]:
    """Make the task `assignee`'s, or nobody's; returns what the person who did it should know.

    The round then leaves it where it is; nobody's task it may give out again. Somebody on leave,
    or whose day is full, may be given work all the same, and that is said. `task` must be locked.
    Raises Refused when the task is settled, or `assignee` does not clean in its hotel.
    """
    if task.status in SETTLED:
        raise ActionRefused(
            _("Room %(room)s: the task is %(status)s, nobody is given it any more.")
            % {"room": task.room, "status": task.get_status_display()}
        )
    if assignee is not None and not _cleans_for(task, assignee):
        raise ActionRefused(_("%(name)s does not clean in this hotel.") % {"name": assignee})
    task.assignee = assignee
    note_assignee(task)
    task.save(update_fields=["assignee", "assigned_by_person", "status"])
    return _concerns(task, assignee) if assignee is not None else ()


def note_assignee(task: HousekeepingTask) -> None:
    """Follow a person's choice of the assignee: whose word it is, and whether it waits for one."""
    task.assigned_by_person = task.assignee is not None
    if task.assignee is not None and task.status == Status.PENDING:
        task.status = Status.ASSIGNED
    if task.assignee is None and task.status == Status.ASSIGNED:
        task.status = Status.PENDING


def _cleans_for(task: HousekeepingTask, person: StaffMember) -> bool:
    return (
        person.hotel_id == task.hotel_id
        and person.active
        and person.role == StaffMember.Role.HOUSEKEEPING
    )


def _concerns(task: HousekeepingTask, assignee: StaffMember) -> tuple[str, ...]:
    """That the assignee is not there on the day, or has more than fits into it."""
    said = []
    if assignee.pk not in {one.pk for one in attendants(task.hotel, day=task.date)}:
        said.append(
            _("%(name)s is not on shift on %(day)s.")
            % {"name": assignee, "day": formats.day(task.date)}
        )
    theirs = HousekeepingTask.objects.of_hotel(task.hotel).filter(date=task.date, assignee=assignee)
    minutes = sum(one.credits for one in theirs if counts_as_load(one))
    if minutes > assignee.credits_per_day:
        said.append(
            _("%(name)s now has %(minutes)s minutes of work, and time for %(capacity)s.")
            % {
                "name": assignee,
                "minutes": formats.number(minutes),
                "capacity": formats.number(assignee.credits_per_day),
            }
        )
    return tuple(said)
