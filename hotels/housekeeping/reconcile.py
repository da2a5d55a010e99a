"""What becomes of the tasks that are there, given the clean a room needs now (domain rule 1).

Changes the rows in memory and says what it did; writing them is the caller's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hotels.housekeeping.cleaning_rules import REASON_LENGTH, Clean, NoClean
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
GONE = frozenset({Status.CANCELLED, Status.ROLLED_OVER})
NO_WORK = GONE | {Status.SKIPPED}


@dataclass(frozen=True, kw_only=True)
class Change:
    """A task in its new state, not yet written, and what was done to it."""

    task: HousekeepingTask
    what: str


def is_open_task(task: HousekeepingTask) -> bool:
    """Whether the round may still change it: its own, not started, not given out by a person."""
    return (
        task.source == Source.AUTO
        and task.status in OPEN
        and not task.assigned_by_person
        and task.started_at is None
    )


def is_shut(task: HousekeepingTask) -> bool:
    """Whether the round itself skipped or cancelled it, so that it may open it again."""
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
    """Bring the automatic tasks of one room in line with `verdict`.

    `today` holds all its tasks of the date, `earlier` those of dates before. What a person made,
    gave out, started, finished or cancelled is left as it is, and where it does the work wanted
    no automatic task is put beside it.
    """
    mine = [task for task in today if is_open_task(task) or is_shut(task)]
    persons = [task for task in today if task not in mine]
    if isinstance(verdict, NoClean):
        return _stand_down(mine=mine, earlier=earlier, reason=verdict.reason)
    if any(_stands_for(task, verdict) for task in persons):
        return _stand_down(mine=mine, earlier=earlier, reason="a person has seen to it")
    task = _reusable(verdict, mine=mine)
    changes = [
        _close(other, status=Status.CANCELLED, reason=f"now a {verdict.kind} clean")
        for other in mine
        if other is not task and is_open_task(other)
    ]
    if task:
        changes += _adapt(task, wanted=verdict)
    else:
        task = _new(room=room, wanted=verdict, day=day, now=now)
        changes.append(Change(task=task, what=SKIPPED if verdict.skipped else CREATED))
    return changes + _roll_over(earlier, into=task)


def _stand_down(
    *,
    mine: Sequence[HousekeepingTask],
    earlier: Sequence[HousekeepingTask],
    reason: str,
) -> list[Change]:
    """No automatic clean today: cancel what is open, close what was left of earlier dates."""
    cancelled = [
        _close(task, status=Status.CANCELLED, reason=reason) for task in mine if is_open_task(task)
    ]
    return cancelled + [
        _rolled_over(task, then=f"none on the next round: {reason}")
        for task in earlier
        if is_open_task(task)
    ]


def _stands_for(task: HousekeepingTask, wanted: Clean) -> bool:
    """Whether a task out of the round's hands does the work, or says that it shall not be done."""
    if task.kind == wanted.kind:
        return task.source == Source.AUTO or task.status not in GONE
    # A departure clean is the larger one: it covers a stayover, not the other way round.
    return task.kind == Kind.DEPARTURE and task.status not in NO_WORK


def _reusable(wanted: Clean, *, mine: Sequence[HousekeepingTask]) -> HousekeepingTask | None:
    """The task to keep: of the same kind, even a shut one; else an open one to be retyped.

    So no task is retyped into a kind that is there already (unique room, date, kind).
    """
    same = [task for task in mine if task.kind == wanted.kind]
    return next(iter(same + [task for task in mine if is_open_task(task)]), None)


def _new(*, room: Room, wanted: Clean, day: date, now: datetime) -> HousekeepingTask:
    task = HousekeepingTask(
        hotel_id=room.hotel_id, room=room, date=day, source=Source.AUTO, created_at=now
    )
    _fill(task, wanted=wanted)
    return task


def _adapt(task: HousekeepingTask, *, wanted: Clean) -> list[Change]:
    """Bring an existing task in line; nothing at all where it is already."""
    what = _difference(task, wanted=wanted)
    if what is None:
        return []
    _fill(task, wanted=wanted)
    return [Change(task=task, what=what)]


def _difference(task: HousekeepingTask, *, wanted: Clean) -> str | None:
    """What has to be done to `task`, in the words of the report."""
    if wanted.skipped:
        done = task.status == Status.SKIPPED and task.reason == wanted.reason
        return None if done else SKIPPED
    if task.status not in OPEN:
        return REOPENED
    if task.kind != wanted.kind:
        return RETYPED
    has = (task.priority, task.credits, task.linen_change)
    same = has == (wanted.priority, wanted.minutes, wanted.linen_change)
    same_stay = wanted.stay_id in (None, task.booking_room_id)
    return None if same and same_stay else CHANGED


def _fill(task: HousekeepingTask, *, wanted: Clean) -> None:
    """Write `wanted` on the task; an open one keeps its assignee."""
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
    """Close what was left of earlier dates; the latest of it is linked from the task of today."""
    left = sorted((task for task in earlier if is_open_task(task)), key=lambda task: task.date)
    if not left:
        return []
    linked = []
    if into.rolled_over_from_id is None:
        into.rolled_over_from = left[-1]
        linked = [Change(task=into, what=CHANGED)] if into.pk else []
    then = f"{into.get_kind_display()} on {into.date}"
    return linked + [_rolled_over(task, then=then) for task in left]


def _rolled_over(task: HousekeepingTask, *, then: str) -> Change:
    task.reason = f"not done on {task.date}; {then}"[:REASON_LENGTH]
    task.status = Status.ROLLED_OVER
    return Change(task=task, what=ROLLED_OVER)
