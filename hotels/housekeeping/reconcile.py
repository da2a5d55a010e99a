"""Adapt the tasks of a room to the clean it needs now (domain rule 1).

The functions change tasks in memory and return the changes; the caller saves them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hotels import formats
from hotels.housekeeping.cleaning_rules import GUEST_IN_ROOM, REASON_LENGTH, Clean, NoClean
from hotels.housekeeping.queries import AnyTask
from hotels.housekeeping.roll_over import (
    carried_over,
    close_rolled_over,
    hand_over,
    is_open,
    keep_assignment,
    unfinished,
)
from hotels.models import HousekeepingTask, Room

Kind, Source, Status = HousekeepingTask.Kind, HousekeepingTask.Source, HousekeepingTask.Status

CREATED = "task created"
SKIPPED = "task skipped"
RETYPED = "task retyped"
CHANGED = "task changed"
REOPENED = "task reopened"
CANCELLED = "task cancelled"
ROLLED_OVER = "task rolled over"

NOT_STARTED = frozenset({Status.PENDING, Status.ASSIGNED})
WITHDRAWN = frozenset({Status.CANCELLED, Status.ROLLED_OVER})
NOT_TO_BE_DONE = WITHDRAWN | {Status.SKIPPED}
BY_STAFF = "staff already handled it"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A task in its new state, not saved yet, and the kind of change."""

    task: HousekeepingTask
    what: str


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """The task that does the clean, or None and the reason, and the changes so far."""

    task: HousekeepingTask | None
    changes: list[Change]
    reason: str = ""


def is_open_task(task: AnyTask) -> bool:
    """Return whether the round may change the task: automatic, unstarted, not assigned by hand."""
    return _is_unstarted(task) and not task.assigned_by_person


def is_closed_by_round(task: AnyTask) -> bool:
    """Return whether the round skipped or cancelled the task, and so may reopen it."""
    return task.source == Source.AUTO and task.status == task.closed_by_round


def is_settled(
    verdict: Clean | NoClean, *, today: Sequence[AnyTask], earlier: Sequence[AnyTask]
) -> bool:
    """Return whether `reconcile` would change nothing; False where only `reconcile` knows.

    It is most of the rooms in all rounds but the first of a date, and takes no objects for tasks.
    """
    if earlier or len(today) > 1:
        return False
    if isinstance(verdict, NoClean):
        return not any(map(is_open_task, today))
    if not today:
        return False
    (task,) = today
    if _may_adapt(task, wanted=verdict):
        return task.kind == verdict.kind and _difference(task, wanted=verdict) is None
    return _covers(task, verdict)


def reconcile(
    *,
    room: Room,
    verdict: Clean | NoClean,
    day: date,
    now: datetime,
    today: Sequence[HousekeepingTask],
    earlier: Sequence[HousekeepingTask],
    on_shift: Collection[int] = (),
) -> list[Change]:
    """Adapt the tasks of one room to `verdict`, the clean it needs; returns the changes.

    `today` are all its tasks of the date, `earlier` those of earlier dates, `on_shift` the ids of
    today's attendants. The room keeps at most one open task. Open tasks of earlier dates are rolled
    over; a clean that staff added, or that one of today's attendants started, continues today.
    Tasks that staff added, assigned, started, finished or cancelled stay as they are, except that
    an open one gets the kind of clean the room needs and keeps its assignee.
    """
    left = unfinished(earlier)
    carried = carried_over(left, today=today, day=day, now=now, on_shift=on_shift)
    tasks = [*today, carried] if carried else today
    if isinstance(verdict, NoClean):
        outcome = _without_clean(tasks, reason=verdict.reason)
    else:
        outcome = _with_clean(verdict, tasks=tasks, room=room, day=day, now=now)
    created = [Change(task=carried, what=CREATED)] if carried else []
    return created + outcome.changes + _roll_over(left, outcome=outcome, on_shift=on_shift)


def _without_clean(tasks: Sequence[HousekeepingTask], *, reason: str) -> _Outcome:
    """Cancel the open automatic task; one that staff gave stays."""
    changes = [
        _close(task, status=Status.CANCELLED, reason=reason) for task in tasks if is_open_task(task)
    ]
    return _Outcome(task=next(filter(is_open, tasks), None), changes=changes, reason=reason)


def _with_clean(
    wanted: Clean, *, tasks: Sequence[HousekeepingTask], room: Room, day: date, now: datetime
) -> _Outcome:
    automatic = [task for task in tasks if _may_adapt(task, wanted=wanted)]
    by_staff = [task for task in tasks if task not in automatic]
    if any(_covers(task, wanted) for task in by_staff):
        return _without_clean(tasks, reason=BY_STAFF)
    theirs = next(filter(is_open, by_staff), None)
    same_kind = [task for task in automatic if task.kind == wanted.kind]
    if theirs is not None and (theirs.source == Source.MANUAL or not same_kind):
        # The open clean becomes the one needed, so that only one attendant goes to the room.
        _fill(theirs, wanted=wanted)
        retyped = [Change(task=theirs, what=RETYPED)] if theirs.pk else []
        return _Outcome(task=theirs, changes=retyped + _replaced(automatic, by=theirs))
    task = next(iter(same_kind + [task for task in automatic if is_open(task)]), None)
    replaced = next((t for t in tasks if t is not task and is_open(t)), None)
    if task is None:
        task = _new(room=room, wanted=wanted, day=day, now=now)
        changes = [Change(task=task, what=SKIPPED if wanted.skipped else CREATED)]
    else:
        changes = _adapt(task, wanted=wanted)
        if replaced is not None and not is_open_task(replaced):
            hand_over(replaced, to=task)
            changes = [Change(task=task, what=RETYPED)]
    return _Outcome(task=task, changes=_replaced(tasks, by=task) + changes)


def _replaced(tasks: Iterable[HousekeepingTask], *, by: HousekeepingTask) -> list[Change]:
    """Close the other open tasks of the room."""
    others = [task for task in tasks if task is not by and is_open(task)]
    if not others:
        return []  # of most rooms: to translate the label takes longer than all else here
    reason = f"replaced by a {Kind(by.kind).label}"
    return [_close(task, status=Status.CANCELLED, reason=reason) for task in others]


def _is_unstarted(task: AnyTask) -> bool:
    return task.source == Source.AUTO and task.status in NOT_STARTED and task.started_at is None


def _may_adapt(task: AnyTask, *, wanted: Clean) -> bool:
    """Return whether the round may adapt or reopen the task.

    One assigned by hand is adapted to another clean, but not skipped.
    """
    if is_closed_by_round(task) or is_open_task(task):
        return True
    return _is_unstarted(task) and not wanted.skipped


def _covers(task: AnyTask, wanted: Clean) -> bool:
    """Return whether a task the round may not change covers the clean, or rules it out."""
    if task.kind == wanted.kind:
        return task.source == Source.AUTO or task.status not in WITHDRAWN
    if is_open(task) and not wanted.skipped and task.booking_room_id == wanted.stay_id:
        return False  # the departure clean of a guest who stays on can never be finished
    # A departure clean covers a stay-over clean, but not the reverse.
    return task.kind == Kind.DEPARTURE and task.status not in NOT_TO_BE_DONE


def _new(*, room: Room, wanted: Clean, day: date, now: datetime) -> HousekeepingTask:
    task = HousekeepingTask(
        hotel_id=room.hotel_id, room=room, date=day, source=Source.AUTO, created_at=now
    )
    _fill(task, wanted=wanted)
    return task


def _adapt(task: HousekeepingTask, *, wanted: Clean) -> list[Change]:
    """Adapt an existing task; returns no change if it already is as wanted."""
    what = _difference(task, wanted=wanted)
    if what is None:
        return []
    _fill(task, wanted=wanted)
    return [Change(task=task, what=what)]


def _difference(task: AnyTask, *, wanted: Clean) -> str | None:
    """Return the kind of change `task` needs, or None."""
    if wanted.skipped:
        # The reason is a text: reworded, it must not make the round write again.
        return None if task.status == Status.SKIPPED else SKIPPED
    if not is_open(task):
        return REOPENED
    if task.kind != wanted.kind:
        return RETYPED
    current = (task.priority, task.credits, task.linen_change)
    same = current == (wanted.priority, wanted.minutes, wanted.linen_change)
    same_stay = wanted.stay_id in (None, task.booking_room_id)
    # Other reasons may differ: a guest due out leaves a room that is vacant and dirty.
    guest_came = wanted.reason == GUEST_IN_ROOM != task.reason
    return None if same and same_stay and not guest_came else CHANGED


def _fill(task: HousekeepingTask, *, wanted: Clean) -> None:
    """Copy `wanted` to the task; an open task keeps its assignee."""
    task.kind, task.priority = wanted.kind, wanted.priority
    task.credits, task.linen_change = wanted.minutes, wanted.linen_change
    task.reason = wanted.reason
    if wanted.stay_id is not None:
        task.booking_room_id = wanted.stay_id
    if wanted.skipped:
        _close(task, status=Status.SKIPPED, reason=wanted.reason)
    elif not is_open(task):
        task.status, task.closed_by_round = Status.PENDING, ""


def _close(task: HousekeepingTask, *, status: str, reason: str) -> Change:
    task.status, task.closed_by_round, task.assignee = status, status, None
    task.reason = reason[:REASON_LENGTH]
    return Change(task=task, what=SKIPPED if status == Status.SKIPPED else CANCELLED)


def _roll_over(
    left: Sequence[HousekeepingTask], *, outcome: _Outcome, on_shift: Collection[int]
) -> list[Change]:
    """Roll over the open tasks of earlier dates; today's task links to the latest of them."""
    if not left:
        return []
    changes = []
    if outcome.task is None:
        then = f"no new task: {outcome.reason}"
    else:
        task = outcome.task
        kept = keep_assignment(left, into=task, on_shift=on_shift)
        if task.rolled_over_from_id is None:
            task.rolled_over_from = left[-1]
            kept = True
        changes = [Change(task=task, what=CHANGED)] if kept and task.pk else []
        then = f"{task.get_kind_display()} on {formats.date_of(task.date)}"
    for task in left:
        close_rolled_over(task, then=then)
    return changes + [Change(task=task, what=ROLLED_OVER) for task in left]
