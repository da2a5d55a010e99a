"""The daily housekeeping round: make, adapt and hand out the cleaning tasks of a date."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from hotels.bulk import Checkpoint, in_one_line, write_isolated
from hotels.housekeeping import reconcile
from hotels.housekeeping.cleaning_rules import CleaningRules, required_clean
from hotels.housekeeping.occupancy import Phase
from hotels.housekeeping.reconcile import Change, is_open_task
from hotels.housekeeping.snapshot import HousekeepingSnapshot, attendants, lock_tasks, read_snapshot
from hotels.housekeeping.worklists import assign_tasks, withdraw_tasks
from hotels.models import Hotel, HousekeepingTask, Priority, Room
from jobs.base import JobContext, JobResult, Problem
from jobs.registry import job

ROOMS_NAMED = 20
ASSIGNED = "task assigned"
TAKEN_BACK = "task taken back"
COLUMNS = [
    "kind",
    "priority",
    "credits",
    "linen_change",
    "booking_room",
    "status",
    "closed_by_round",
    "assignee",
    "reason",
    "rolled_over_from",
]


@dataclass(frozen=True, kw_only=True)
class HousekeepingResult(JobResult):
    """What the round did; `priority` counts the tasks created, by priority.

    `unassigned` are the automatic tasks of the date that nobody has; rows of guests who opted out
    are `skipped`, not created tasks.
    """

    date: datetime.date
    tasks_created: int
    tasks_assigned: int
    priority: Mapping[str, int]
    unassigned: int
    skipped: int
    changed: int
    cancelled: int
    rolled_over: int
    unassigned_rooms: tuple[str, ...]

    not_sent: ClassVar[frozenset[str]] = frozenset({"handled", "unassigned_rooms"})

    def words(self) -> str:
        """`12 tasks (2 urgent, 10 low), 12 assigned`, and what else was done."""
        by_priority = ", ".join(f"{n} {name.lower()}" for name, n in self.priority.items() if n)
        tasks = f"{self.tasks_created} task{'' if self.tasks_created == 1 else 's'}"
        others = {
            "without anybody": self.unassigned,
            "skipped": self.skipped,
            "changed": self.changed,
            "cancelled": self.cancelled,
            "rolled over": self.rolled_over,
        }
        return ", ".join(
            [
                f"{tasks} ({by_priority})" if by_priority else tasks,
                f"{self.tasks_assigned} assigned",
                *(f"{n} {what}" for what, n in others.items() if n),
            ]
        )

    def attention(self) -> tuple[str, ...]:
        """The problems, and the rooms nobody is there to clean."""
        if not self.unassigned:
            return super().attention()
        rooms, more = self.unassigned_rooms[:ROOMS_NAMED], self.unassigned - ROOMS_NAMED
        named = ", ".join(rooms) + (f" and {more} more" if more > 0 else "")
        one = self.unassigned == 1
        line = (
            f"nobody on shift has time left for {self.unassigned} {'task' if one else 'tasks'}: "
            f"{'room' if one else 'rooms'} {named}"
        )
        return (*super().attention(), line)


@dataclass(frozen=True, kw_only=True)
class _RoomRows:
    """What is to be written for one room, all of it or none."""

    room: Room
    changes: Sequence[Change]

    @property
    def tasks(self) -> list[HousekeepingTask]:
        """The rows, each once."""
        return list({id(change.task): change.task for change in self.changes}.values())


@job(
    name="daily-housekeeping",
    schedule="0 0 * * *",
    title=_("Daily housekeeping round"),
    aliases=("daily-housekeeping-round",),
)
def run_housekeeping_round(context: JobContext) -> HousekeepingResult:
    """Prepare the hotel-local calendar date of `context.now` (domain rule 1).

    Call it in a transaction: it locks the hotel, so that two rounds of it follow each other.
    """
    # Not the key: inserting bookings and tasks of the hotel goes on meanwhile.
    hotel = Hotel.objects.select_for_update(no_key=True).get(pk=context.hotel.pk)
    day = context.local_date
    books = read_snapshot(hotel, day=day, now=context.now)
    tasks = lock_tasks(hotel, day=day, rooms=books.rooms)
    dirtied = _begin(hotel, day=day, books=books)
    changes, problems = _settle(hotel, books=books, tasks=tasks, context=context)
    today = _today(tasks, changes=changes, day=day)
    changes += _staff(hotel, day=day, today=today, changes=changes)
    written, failures = _write(changes, rooms=books.rooms, checkpoint=context.checkpoint)
    context.changed("room made dirty", dirtied)
    for what, objects in _by_kind(written).items():
        context.changed(what, objects)
    problems += failures
    return _result(context, written=written, today=today, problems=problems, books=books)


def _begin(hotel: Hotel, *, day: datetime.date, books: HousekeepingSnapshot) -> list[Room]:
    """The first round of a date makes rooms dirty in which somebody slept; returns them.

    The hotel remembers the date: neither tasks nor cleanliness tell a first round of an empty
    house, or of one where no clean was due, from a second one.
    """
    if hotel.last_round_date is not None and hotel.last_round_date >= day:
        return []
    Hotel.objects.filter(pk=hotel.pk).update(last_round_date=day)
    if not hotel.dirty_occupied_rooms:
        return []
    slept_in = [
        books.rooms[room_id]
        for room_id, occupants in books.whereabouts.occupants.items()
        if room_id in books.rooms
        and any(one.nights > 0 and one.phase is not Phase.ARRIVED for one in occupants)
    ]
    clean = [room for room in slept_in if room.cleanliness != Room.Cleanliness.DIRTY]
    if clean:
        Room.objects.filter(pk__in=[room.pk for room in clean]).update(
            cleanliness=Room.Cleanliness.DIRTY
        )
    return clean


def _settle(
    hotel: Hotel,
    *,
    books: HousekeepingSnapshot,
    tasks: Iterable[HousekeepingTask],
    context: JobContext,
) -> tuple[list[Change], list[Problem]]:
    """Decide for every room, and bring its tasks in line; a room that cannot be is a problem."""
    day, rules = context.local_date, CleaningRules.of(hotel)
    today: dict[int, list[HousekeepingTask]] = defaultdict(list)
    earlier: dict[int, list[HousekeepingTask]] = defaultdict(list)
    for task in tasks:
        (today if task.date == day else earlier)[task.room_id].append(task)
    changes: list[Change] = []
    problems = [
        Problem(what=f"booking {stay.label}", reason="in house, but the books name no room")
        for stay in books.whereabouts.homeless
    ]
    for room in books.rooms.values():
        try:
            changes += reconcile.reconcile(
                room=room,
                verdict=required_clean(books.days[room.pk], rules=rules),
                day=day,
                now=context.now,
                today=today[room.pk],
                earlier=earlier[room.pk],
            )
        except Exception as error:  # noqa: BLE001  one bad room stops nobody (domain rule 0)
            problems.append(_problem(room, error))
    return changes, problems


def _today(
    tasks: Iterable[HousekeepingTask], *, changes: Iterable[Change], day: datetime.date
) -> list[HousekeepingTask]:
    """The tasks of the date as they will be, new ones included."""
    new = [change.task for change in changes if change.task.pk is None]
    return [task for task in tasks if task.date == day] + new


def _staff(
    hotel: Hotel,
    *,
    day: datetime.date,
    today: Sequence[HousekeepingTask],
    changes: Sequence[Change],
) -> list[Change]:
    """Give every open task that nobody has to somebody on shift, as far as they have time."""
    staff = attendants(hotel, day=day)
    altered = {id(change.task) for change in changes}
    back = withdraw_tasks(today, staff=staff, altered=altered)
    given = assign_tasks(today, staff=staff)
    regiven = {id(task) for task in given}
    return [
        *(Change(task=task, what=TAKEN_BACK) for task in back if id(task) not in regiven),
        *(Change(task=task, what=ASSIGNED) for task in given),
    ]


def _write(
    changes: Iterable[Change], *, rooms: Mapping[int, Room], checkpoint: Checkpoint
) -> tuple[list[Change], list[Problem]]:
    """Write room by room what changed, in sets; returns what is written, and what could not be."""
    by_room: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        by_room[change.task.room_id].append(change)
    rows = [_RoomRows(room=rooms[pk], changes=found) for pk, found in by_room.items()]
    # Told apart now: a set that was rolled back has left its numbers on the tasks.
    new = {id(task) for row in rows for task in row.tasks if task.pk is None}

    def write(some: Sequence[_RoomRows]) -> None:
        tasks = [task for row in some for task in row.tasks]
        HousekeepingTask.objects.bulk_create([t for t in tasks if id(t) in new])
        HousekeepingTask.objects.bulk_update([t for t in tasks if id(t) not in new], COLUMNS)

    failures = write_isolated(rows, write=write, checkpoint=checkpoint)
    failed = {failure.row.room.pk for failure in failures}
    written = [change for row in rows if row.room.pk not in failed for change in row.changes]
    return written, [_problem(failure.row.room, failure.error) for failure in failures]


def _problem(room: Room, error: Exception) -> Problem:
    return Problem(what=_named(room), reason=in_one_line(error))


def _named(room: Room) -> str:
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
    books: HousekeepingSnapshot,
) -> HousekeepingResult:
    done = Counter(change.what for change in written)
    created = [change.task for change in written if change.what == reconcile.CREATED]
    priority = Counter(task.priority for task in created)
    failed = {problem.what for problem in problems}
    waiting = [
        task
        for task in today
        if is_open_task(task) and task.assignee_id is None and _named(task.room) not in failed
    ]
    return HousekeepingResult(
        hotel_id=context.hotel.pk,
        date=context.local_date,
        tasks_created=len(created),
        tasks_assigned=done[ASSIGNED],
        priority={name: priority[name] for name in Priority.values},
        unassigned=len(waiting),
        skipped=done[reconcile.SKIPPED],
        changed=sum(done[w] for w in (reconcile.RETYPED, reconcile.CHANGED, reconcile.REOPENED)),
        cancelled=done[reconcile.CANCELLED],
        rolled_over=done[reconcile.ROLLED_OVER],
        unassigned_rooms=tuple(task.room.number for task in waiting),
        problems=tuple(problems),
        handled=sum(_named(room) not in failed for room in books.rooms.values()),
    )
