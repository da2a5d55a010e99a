"""Daily housekeeping round: create, update and assign the cleaning tasks of a date."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import uuid4

from django.utils.translation import gettext_lazy as _

from hotels.bulk import in_one_line
from hotels.housekeeping import reconcile
from hotels.housekeeping.assignment import Attendant
from hotels.housekeeping.dirty_rooms import is_first_round, mark_dirty
from hotels.housekeeping.reconcile import Change
from hotels.housekeeping.review import HousekeepingReview, review
from hotels.housekeeping.snapshot import as_objects
from hotels.housekeeping.worklists import assign_tasks, is_left_unassigned, withdraw_tasks
from hotels.i18n import counted
from hotels.models import BookingRoom, HousekeepingTask, Priority, Room
from hotels.notifications.outbox import NewEvent, payloads
from jobs import result_fields as fields
from jobs.base import JobContext, JobResult, Problem, Reference
from jobs.local_hours import LocalHours
from jobs.registry import job
from jobs.result_fields import result_dataclass

ROOMS_NAMED = 20
ASSIGNED = "task assigned"
UNASSIGNED = "task taken back"


@result_dataclass
class HousekeepingResult(JobResult):
    """The changes to the cleaning tasks of `date`; `priority` counts the tasks created.

    `unassigned` counts the tasks of the date that the round could not assign. A room whose guest
    wants no cleaning counts as `skipped`, not as created.
    """

    date: datetime.date = fields.day(_("Date"))
    tasks_created: int = fields.count(_("Tasks created"))
    tasks_assigned: int = fields.count(_("Tasks assigned"))
    priority: Mapping[str, int] = fields.breakdown(
        _("Tasks by priority"), parts=dict(Priority.choices)
    )
    unassigned: int = fields.count(_("Tasks unassigned"))
    skipped: int = fields.count(_("Tasks skipped"))
    changed: int = fields.count(_("Tasks changed"))
    cancelled: int = fields.count(_("Tasks cancelled"))
    rolled_over: int = fields.count(_("Tasks rolled over"))
    unassigned_rooms: tuple[str, ...] = fields.not_stored()

    change_labels = {
        "room made dirty": _("rooms marked dirty"),
        reconcile.CREATED: _("tasks created"),
        reconcile.SKIPPED: _("tasks skipped"),
        reconcile.RETYPED: _("tasks with another kind of clean"),
        reconcile.CHANGED: _("tasks changed"),
        reconcile.REOPENED: _("tasks reopened"),
        reconcile.CANCELLED: _("tasks cancelled"),
        reconcile.ROLLED_OVER: _("tasks rolled over"),
        ASSIGNED: _("tasks assigned"),
        UNASSIGNED: _("tasks unassigned"),
    }

    def summary(self) -> str:
        """`12 tasks (2 urgent, 10 low), 12 assigned, 1 skipped`; without parts that are zero."""
        by_priority = ", ".join(f"{n:,} {name.lower()}" for name, n in self.priority.items() if n)
        tasks = counted(self.tasks_created, "task") if self.tasks_created else "No new tasks"
        others = {
            "assigned": self.tasks_assigned,
            "unassigned": self.unassigned,
            "skipped": self.skipped,
            "changed": self.changed,
            "cancelled": self.cancelled,
            "rolled over": self.rolled_over,
        }
        return ", ".join(
            [
                f"{tasks} ({by_priority})" if by_priority else tasks,
                *(f"{n:,} {done}" for done, n in others.items() if n),
            ]
        )

    def attention(self) -> tuple[str, ...]:
        """The problems, and the rooms whose tasks are unassigned."""
        if not self.unassigned:
            return super().attention()
        rooms, more = self.unassigned_rooms[:ROOMS_NAMED], self.unassigned - ROOMS_NAMED
        numbers = ", ".join(rooms) + (f" and {more} more" if more > 0 else "")
        one = self.unassigned == 1
        line = (
            f"{counted(self.unassigned, 'task')} unassigned, no attendant on shift has time: "
            f"{'room' if one else 'rooms'} {numbers}"
        )
        return (*super().attention(), line)


@job(
    name="daily-housekeeping",
    schedule="0 0 * * *",
    title=_("Daily housekeeping round"),
    aliases=("daily-housekeeping-round",),
    dated_effects=True,
    # For the coming morning: before the attendants begin, and best after the usual day close.
    local_hours=LocalHours(
        start=datetime.time(0), length=datetime.timedelta(hours=7), best=datetime.timedelta(hours=4)
    ),
)
def run_housekeeping_round(context: JobContext) -> HousekeepingResult:
    """Prepare the hotel-local calendar date of `context.now` (domain rule 1).

    Call it in a transaction: it locks the hotel before it writes, so that two rounds cannot
    overlap. A further round of the date that has nothing to write locks nothing.
    """
    from hotels.housekeeping.task_changes import write_changes  # the other jobs start sooner

    found = _review(context)
    day, snapshot, staff = context.local_date, found.snapshot, found.staff
    dirtied = mark_dirty(found.hotel, day=day, snapshot=snapshot)
    problems = _problems_of(found)
    changes: list[Change] = []
    today: list[HousekeepingTask] = []
    if not found.is_settled:
        tasks = as_objects(found.tasks, rooms=snapshot.rooms)
        changes, more_problems = _reconcile_rooms(found, tasks=tasks, context=context)
        problems += more_problems
        today = _tasks_of_date(tasks, changes=changes, day=day)
        changes += _assign(staff, today=today, changes=changes)
    written, failures = write_changes(changes, rooms=snapshot.rooms, checkpoint=context.checkpoint)
    context.changed("room made dirty", dirtied)
    for kind, objects in _by_kind(written).items():
        context.changed(kind, objects)
    _notify_assignees(written, changes=changes, today=today, context=context)
    problems += [_problem(snapshot.rooms[pk], error) for pk, error in failures.items()]
    result = _result(context, written=written, today=today, problems=problems, dirtied=dirtied)
    context.publish(_round_completed(result, context=context))
    return result


def _review(context: JobContext) -> HousekeepingReview:
    """The hotel as it is now; locked, unless there is nothing to write."""
    hotel, day = context.hotel, context.local_date
    if not is_first_round(hotel, day=day):
        found = review(hotel, day=day, now=context.now, lock=False)
        if found.is_settled and not is_first_round(found.hotel, day=day):
            return found
    return review(hotel, day=day, now=context.now, lock=True)


def _round_completed(result: HousekeepingResult, *, context: JobContext) -> NewEvent:
    return NewEvent(
        hotel_id=context.hotel.pk,
        key=f"housekeeping.round.completed:{uuid4().hex}",
        data=payloads.HousekeepingRoundCompleted(
            date=result.date,
            tasks_created=result.tasks_created,
            tasks_assigned=result.tasks_assigned,
            unassigned=result.unassigned,
        ),
        occurred_at=context.now,
    )


def _problems_of(found: HousekeepingReview) -> list[Problem]:
    """The guests without a room, and the rooms without a decision."""
    without_room = [
        Problem(
            what=f"booking {stay.label}",
            reason="checked in without a room number",
            reference=Reference(model=BookingRoom._meta.label_lower, id=stay.pk),
        )
        for stay in found.snapshot.occupancy.without_room
    ]
    rooms = found.snapshot.rooms
    return without_room + [_problem(rooms[pk], error) for pk, error in found.failures.items()]


def _reconcile_rooms(
    found: HousekeepingReview, *, tasks: Iterable[HousekeepingTask], context: JobContext
) -> tuple[list[Change], list[Problem]]:
    """The changes that bring each room's tasks in line with the clean it needs; the problems."""
    day = context.local_date
    today: dict[int, list[HousekeepingTask]] = defaultdict(list)
    earlier: dict[int, list[HousekeepingTask]] = defaultdict(list)
    for task in tasks:
        (today if task.date == day else earlier)[task.room_id].append(task)
    on_shift = frozenset(attendant.pk for attendant in found.staff)
    changes: list[Change] = []
    problems: list[Problem] = []
    for pk, needed in found.unsettled.items():
        room = found.snapshot.rooms[pk]
        try:
            changes += reconcile.reconcile(
                room=room,
                verdict=needed,
                day=day,
                now=context.now,
                today=today[pk],
                earlier=earlier[pk],
                on_shift=on_shift,
            )
        except Exception as error:  # noqa: BLE001  a bad room must not stop the others (rule 0)
            problems.append(_problem(room, error))
    return changes, problems


def _tasks_of_date(
    tasks: Iterable[HousekeepingTask], *, changes: Iterable[Change], day: datetime.date
) -> list[HousekeepingTask]:
    """The tasks of the date after the changes, new ones included."""
    new = [change.task for change in changes if change.task.pk is None]
    return [task for task in tasks if task.date == day] + new


def _assign(
    staff: Sequence[Attendant], *, today: Sequence[HousekeepingTask], changes: Sequence[Change]
) -> list[Change]:
    """Assign the open tasks to the attendants on shift, as far as they have time."""
    altered = {id(change.task) for change in changes}
    new = [task for task in today if task.pk is None]
    withdrawn = withdraw_tasks(today, staff=staff, altered=altered)
    kept = [task for task in new if task.assignee_id is not None]
    assigned = assign_tasks(today, staff=staff)
    reassigned = {id(task) for task in assigned}
    return [
        *(Change(task=task, what=UNASSIGNED) for task in withdrawn if id(task) not in reassigned),
        *(Change(task=task, what=ASSIGNED) for task in kept + assigned),
    ]


def _notify_assignees(
    written: Sequence[Change],
    *,
    changes: Iterable[Change],
    today: Iterable[HousekeepingTask],
    context: JobContext,
) -> None:
    """Send attendants their new tasks of the day, and tasks that are now another kind of clean."""
    newly_assigned = {c.task.assignee_id for c in written if c.what == ASSIGNED}
    retyped = [c.task for c in written if c.what == reconcile.RETYPED and c.task.assignee_id]
    if not newly_assigned and not retyped:
        return
    from hotels.housekeeping import mails  # the other jobs start sooner without it

    staff = mails.read_people(hotel=context.hotel)
    failed = {c.task.room_id for c in changes} - {c.task.room_id for c in written}
    lists = mails.day_list_mails(
        (task for task in today if task.room_id not in failed),
        hotel=context.hotel,
        day=context.local_date,
        staff=staff,
        newly_assigned={key for key in newly_assigned if key},
    )
    changed = [
        mails.clean_changed_mail(
            task, hotel=context.hotel, assignee=staff[task.assignee_id], now=context.now
        )
        for task in retyped
        if task.assignee_id is not None
    ]
    for mail in (*lists, *changed):
        context.notify(mail)


def _problem(room: Room, error: Exception) -> Problem:
    return Problem(what=_room_label(room), reason=in_one_line(error), reference=Reference.to(room))


def _room_label(room: Room) -> str:
    return f"room {room.number}"


def _by_kind(changes: Iterable[Change]) -> dict[str, list[HousekeepingTask]]:
    found: dict[str, list[HousekeepingTask]] = defaultdict(list)
    for change in changes:
        found[change.what].append(change.task)
    return found


def _result(
    context: JobContext,
    *,
    written: Sequence[Change],
    today: Sequence[HousekeepingTask],
    problems: Sequence[Problem],
    dirtied: Sequence[Room],
) -> HousekeepingResult:
    done = Counter(change.what for change in written)
    created = [change.task for change in written if change.what == reconcile.CREATED]
    priority = Counter(task.priority for task in created)
    failed = {problem.what for problem in problems}
    unassigned = [
        task for task in today if is_left_unassigned(task) and _room_label(task.room) not in failed
    ]
    return HousekeepingResult(
        hotel_id=context.hotel.pk,
        date=context.local_date,
        tasks_created=len(created),
        tasks_assigned=done[ASSIGNED],
        priority={name: priority[name] for name in Priority.values},
        unassigned=len(unassigned),
        skipped=done[reconcile.SKIPPED],
        changed=sum(done[k] for k in (reconcile.RETYPED, reconcile.CHANGED, reconcile.REOPENED)),
        cancelled=done[reconcile.CANCELLED],
        rolled_over=done[reconcile.ROLLED_OVER],
        unassigned_rooms=tuple(task.room.number for task in unassigned),
        problems=tuple(problems),
        done=len({change.task.room_id for change in written} | {room.pk for room in dirtied}),
    )
