"""Adapt the tasks of a room to the clean it needs now (domain rule 1).

The functions change tasks in memory and return the changes; the caller saves them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hotels import formats
from hotels.housekeeping.cleaning_rules import GUEST_IN_ROOM, REASON_LENGTH, Clean, NoClean
from hotels.models import HousekeepingTask, Room

Kind, Source, Status = HousekeepingTask.Kind, HousekeepingTask.Source, HousekeepingTask.Status

CREATED = "task created"
SKIPPED = "task skipped"
RETYPED = "task retyped"
CHANGED = "task changed"
REOPENED = "task reopened"
CANCELLED = "task cancelled"
ROLLED_OVER = "task rolled over"

OPEN = frozenset({Status.PENDING, Status.ASSIGNED})
WITHDRAWN = frozenset({Status.CANCELLED, Status.ROLLED_OVER})
NOT_TO_BE_DONE = WITHDRAWN | {Status.SKIPPED}


@dataclass(frozen=True, kw_only=True)
class Change:
    """A task in its new state, not saved yet, and the kind of change."""

    task: HousekeepingTask
    what: str


def is_open_task(task: HousekeepingTask) -> bool:
    """Return whether the round may change the task: automatic, unstarted, not assigned by hand."""
    return (
        task.source == Source.AUTO
        and task.status in OPEN
        and not task.assigned_by_person
        and task.started_at is None
    )


def is_closed_by_round(task: HousekeepingTask) -> bool:
    """Return whether the round skipped or cancelled the task, and so may reopen it."""
    return task.source == Source.AUTO and task.status == task.closed_by_round


def reconcile(
    *,
    room: Room,
    verdict: Clean | NoClean,
    day: date,
    now: datetime,
    today: Sequence[HousekeepingTask],
    earlier: Sequence[HousekeepingTask],
) -> list[Change]:
    """Adapt the automatic tasks of one room to `verdict`, the clean it needs; returns the changes.

    `today` are all its tasks of the date, `earlier` those of earlier dates. Tasks that staff
    created, assigned, started, finished or cancelled stay as they are; if one of them covers the
    clean, no automatic task is added.
    """
    automatic = [task for task in today if is_open_task(task) or is_closed_by_round(task)]
    by_staff = [task for task in today if task not in automatic]
    if isinstance(verdict, NoClean):
        return _cancel_all(automatic, earlier=earlier, reason=verdict.reason)
    if any(_covers(task, verdict) for task in by_staff):
        return _cancel_all(automatic, earlier=earlier, reason="staff already handled it")
    task = _reusable(verdict, automatic=automatic)
    changes = [
        _close(other, status=Status.CANCELLED, reason=f"replaced by a {Kind(verdict.kind).label}")
        for other in automatic
        if other is not task and is_open_task(other)
    ]
    if task:
        changes += _adapt(task, wanted=verdict)
    else:
        task = _new(room=room, wanted=verdict, day=day, now=now)
        changes.append(Change(task=task, what=SKIPPED if verdict.skipped else CREATED))
    return changes + _roll_over(earlier, into=task)


def _cancel_all(
    automatic: Sequence[HousekeepingTask], *, earlier: Sequence[HousekeepingTask], reason: str
) -> list[Change]:
    """Cancel the open automatic tasks of today, and roll over the open ones of earlier dates."""
    cancelled = [
        _close(task, status=Status.CANCELLED, reason=reason)
        for task in automatic
        if is_open_task(task)
    ]
    return cancelled + [
        _rolled_over(task, then=f"no new task: {reason}") for task in earlier if is_open_task(task)
    ]


def _covers(task: HousekeepingTask, wanted: Clean) -> bool:
    """Return whether a task the round may not change covers the clean, or rules it out."""
    if task.kind == wanted.kind:
        return task.source == Source.AUTO or task.status not in WITHDRAWN
    # A departure clean covers a stay-over clean, but not the reverse.
    return task.kind == Kind.DEPARTURE and task.status not in NOT_TO_BE_DONE


def _reusable(wanted: Clean, *, automatic: Sequence[HousekeepingTask]) -> HousekeepingTask | None:
    """Return the task to keep: one of the same kind, even closed; else an open one to retype.

    This order keeps room, date and kind unique.
    """
    same = [task for task in automatic if task.kind == wanted.kind]
    return next(iter(same + [task for task in automatic if is_open_task(task)]), None)


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


def _difference(task: HousekeepingTask, *, wanted: Clean) -> str | None:
    """Return the kind of change `task` needs, or None."""
    if wanted.skipped:
        # The reason is a text: reworded, it must not make the round write again.
        return None if task.status == Status.SKIPPED else SKIPPED
    if task.status not in OPEN:
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
    elif task.status not in OPEN:
        task.status, task.closed_by_round = Status.PENDING, ""


def _close(task: HousekeepingTask, *, status: str, reason: str) -> Change:
    task.status, task.closed_by_round, task.assignee = status, status, None
    task.reason = reason[:REASON_LENGTH]
    return Change(task=task, what=SKIPPED if status == Status.SKIPPED else CANCELLED)


def _roll_over(earlier: Sequence[HousekeepingTask], *, into: HousekeepingTask) -> list[Change]:
    """Roll over the open tasks of earlier dates; today's task links to the latest of them."""
    unfinished = sorted(filter(is_open_task, earlier), key=lambda task: task.date)
    if not unfinished:
        return []
    linked = []
    if into.rolled_over_from_id is None:
        into.rolled_over_from = unfinished[-1]
        linked = [Change(task=into, what=CHANGED)] if into.pk else []
    then = f"{into.get_kind_display()} on {formats.date_of(into.date)}"
    return linked + [_rolled_over(task, then=then) for task in unfinished]


def _rolled_over(task: HousekeepingTask, *, then: str) -> Change:
    task.reason = f"not done on {formats.date_of(task.date)}; {then}"[:REASON_LENGTH]
    task.status = Status.ROLLED_OVER
    return Change(task=task, what=ROLLED_OVER)
