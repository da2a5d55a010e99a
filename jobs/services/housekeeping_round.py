"""Daily housekeeping round: create, update and assign the cleaning tasks of a date."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.utils.translation import gettext_lazy as _

from hotels.bulk import Checkpoint, in_one_line, write_isolated
from hotels.housekeeping import mails, reconcile
from hotels.housekeeping.assignment import Attendant
from hotels.housekeeping.cleaning_history import read_nights_since
from hotels.housekeeping.cleaning_rules import CleaningRules, required_clean
from hotels.housekeeping.dirty_rooms import mark_dirty
from hotels.housekeeping.reconcile import Change
from hotels.housekeeping.roll_over import is_open
from hotels.housekeeping.snapshot import HousekeepingSnapshot, attendants, lock_tasks, read_snapshot
from hotels.housekeeping.worklists import assign_tasks, is_left_unassigned, withdraw_tasks
from hotels.i18n import counted
from hotels.models import BookingRoom, Hotel, HousekeepingTask, Priority, Room, StaffMember
from hotels.notifications.outbox import NewEvent, payloads
from hotels.row_updates import update_rows
from jobs import result_fields as fields
from jobs.base import JobContext, JobResult, Problem, Reference
from jobs.local_hours import LocalHours
from jobs.registry import job
from jobs.result_fields import result_dataclass

ROOMS_NAMED = 20
ASSIGNED = "task assigned"
UNASSIGNED = "task taken back"
COLUMNS = [
    "kind",
    "priority",
    "credits",
    "linen_change",
    "booking_room",
    "status",
    "closed_by_round",
    "assignee",
    "assigned_by_person",
    "started_at",
    "reason",
    "rolled_over_from",
]


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


@dataclass(frozen=True, kw_only=True)
class _RoomRows:
    """The changes to one room's tasks; written all together or not at all."""

    room: Room
    changes: Sequence[Change]

    @property
    def tasks(self) -> list[HousekeepingTask]:
        """The changed tasks, each once."""
        return list({id(change.task): change.task for change in self.changes}.values())


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

    Call it in a transaction: it locks the hotel, so that two rounds cannot overlap.
    """
    # Without locking the key, bookings and tasks can still be inserted for the hotel.
    hotel = Hotel.objects.locked().get(pk=context.hotel.pk)
    day = context.local_date
    snapshot = read_snapshot(hotel, day=day, now=context.now)
    tasks = lock_tasks(hotel, day=day, rooms=snapshot.rooms)
    dirtied = mark_dirty(hotel, day=day, snapshot=snapshot)
    staff = attendants(hotel, day=day)
    changes, problems = _reconcile_rooms(
        hotel, snapshot=snapshot, tasks=tasks, staff=staff, context=context
    )
    today = _tasks_of_date(tasks, changes=changes, day=day)
    changes += _assign(staff, today=today, changes=changes)
    written, failures = _write(changes, rooms=snapshot.rooms, checkpoint=context.checkpoint)
    context.changed("room made dirty", dirtied)
    for kind, objects in _by_kind(written).items():
        context.changed(kind, objects)
    _notify_assignees(written, changes=changes, today=today, context=context)
    problems += failures
    result = _result(context, written=written, today=today, problems=problems, dirtied=dirtied)
    context.publish(_round_completed(result, context=context))
    return result


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


def _reconcile_rooms(
    hotel: Hotel,
    *,
    snapshot: HousekeepingSnapshot,
    tasks: Iterable[HousekeepingTask],
    staff: Iterable[Attendant],
    context: JobContext,
) -> tuple[list[Change], list[Problem]]:
    """The changes that bring each room's tasks in line with the clean it needs; the problems."""
    day, rules = context.local_date, CleaningRules.of(hotel)
    today: dict[int, list[HousekeepingTask]] = defaultdict(list)
    earlier: dict[int, list[HousekeepingTask]] = defaultdict(list)
    for task in tasks:
        (today if task.date == day else earlier)[task.room_id].append(task)
    nights = read_nights_since(hotel, day=day, occupancy=snapshot.occupancy, rules=rules)
    on_shift = frozenset(attendant.pk for attendant in staff)
    changes: list[Change] = []
    problems = [
        Problem(
            what=f"booking {stay.label}",
            reason="checked in without a room number",
            reference=Reference(model=BookingRoom._meta.label_lower, id=stay.pk),
        )
        for stay in snapshot.occupancy.without_room
    ]
    for room in snapshot.rooms.values():
        try:
            changes += reconcile.reconcile(
                room=room,
                verdict=required_clean(
                    snapshot.days[room.pk], rules=rules, nights=nights.get(room.pk)
                ),
                day=day,
                now=context.now,
                today=today[room.pk],
                earlier=earlier[room.pk],
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
    staff = {
        person.pk: person
        for person in StaffMember.objects.of_hotel(context.hotel).select_related("user")
    }
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


def _write(
    changes: Iterable[Change], *, rooms: Mapping[int, Room], checkpoint: Checkpoint
) -> tuple[list[Change], list[Problem]]:
    """Write the changes in batches, each room whole; returns those written and the problems."""
    by_room: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        by_room[change.task.room_id].append(change)
    rows = [_RoomRows(room=rooms[pk], changes=found) for pk, found in by_room.items()]
    # Decided before writing: tasks of a batch that was rolled back keep their primary keys.
    new = {id(task) for row in rows for task in row.tasks if task.pk is None}

    def write(some: Sequence[_RoomRows]) -> None:
        tasks = [task for row in some for task in row.tasks]
        stored = [task for task in tasks if id(task) not in new]
        # A room has one open task: the others are closed before it is opened.
        closed = [task for task in stored if not is_open(task)]
        update_rows(closed, COLUMNS)
        HousekeepingTask.objects.bulk_create([task for task in tasks if id(task) in new])
        update_rows([task for task in stored if is_open(task)], COLUMNS)

    failures = write_isolated(rows, write=write, checkpoint=checkpoint)
    failed = {failure.row.room.pk for failure in failures}
    written = [change for row in rows if row.room.pk not in failed for change in row.changes]
    return written, [_problem(failure.row.room, failure.error) for failure in failures]


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
