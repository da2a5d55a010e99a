"""Unfinished cleans of earlier dates, which move on to the date of the round (domain rule 1).

The functions change tasks in memory; the caller saves them.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from hotels import formats
from hotels.housekeeping.cleaning_rules import REASON_LENGTH
from hotels.housekeeping.queries import AnyTask
from hotels.models import HousekeepingTask

Source, Status = HousekeepingTask.Source, HousekeepingTask.Status


def is_started(task: AnyTask) -> bool:
    """Return whether an attendant has begun with the open task."""
    return task.status == Status.IN_PROGRESS or task.started_at is not None


def is_open(task: AnyTask) -> bool:
    """Return whether the task is still to be done."""
    return task.status in HousekeepingTask.OPEN_STATUSES


def unfinished(earlier: Iterable[HousekeepingTask]) -> list[HousekeepingTask]:
    """Return the open tasks among those of earlier dates, the latest last."""
    return sorted(filter(is_open, earlier), key=lambda task: (task.date, task.pk))


def carried_over(
    left: Sequence[HousekeepingTask],
    *,
    today: Iterable[HousekeepingTask],
    day: date,
    now: datetime,
    on_shift: Collection[int],
) -> HousekeepingTask | None:
    """Return a new task for `day` that continues the last clean staff added or started, or None.

    None also if the room already has an open task on `day`, or a task the new one would repeat.
    If the assignee is off on `day`, the new task is unassigned and not started, so that another
    attendant gets it. Until day close the assignee can still finish the task of the earlier date,
    which settles the new one.
    """
    own = [
        task
        for task in left
        if task.source == Source.MANUAL or (is_started(task) and task.assignee_id in on_shift)
    ]
    if not own or any(map(is_open, today)):
        return None
    last = own[-1]
    if any(_same_key(task, last) for task in today):
        return None
    task = HousekeepingTask(
        hotel_id=last.hotel_id,
        room=last.room,
        booking_room_id=last.booking_room_id,
        date=day,
        kind=last.kind,
        priority=last.priority,
        credits=last.credits,
        linen_change=last.linen_change,
        source=last.source,
        reason=last.reason,
        rolled_over_from=last,
        created_at=now,
    )
    if last.assignee_id in on_shift:
        hand_over(last, to=task)
    return task


def hand_over(old: HousekeepingTask, *, to: HousekeepingTask) -> None:
    """Give the task `to` the assignee of `old`, and its start."""
    to.assignee_id, to.assigned_by_person = old.assignee_id, old.assigned_by_person
    to.status, to.started_at = old.status, old.started_at


def keep_assignment(
    left: Sequence[HousekeepingTask], *, into: HousekeepingTask, on_shift: Collection[int]
) -> bool:
    """Give `into` the assignee that staff chose for the clean before; returns whether it got one.

    Only if it has none yet, and the assignee works on its date.
    """
    chosen = [t for t in left if t.assigned_by_person and t.assignee_id in on_shift]
    if not chosen or into.assignee_id is not None or into.status != Status.PENDING:
        return False
    into.assignee_id, into.assigned_by_person = chosen[-1].assignee_id, True
    into.status = Status.ASSIGNED
    return True


def close_rolled_over(task: HousekeepingTask, *, then: str) -> None:
    """Close a task that was not done on its date; `then` says what follows."""
    task.reason = f"not done on {formats.date_of(task.date)}; {then}"[:REASON_LENGTH]
    task.status = Status.ROLLED_OVER


def _same_key(task: HousekeepingTask, other: HousekeepingTask) -> bool:
    return task.source == other.source == Source.AUTO and task.kind == other.kind
