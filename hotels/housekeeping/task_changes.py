"""Writing the changes to the tasks of rooms, each room whole (domain rule 1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hotels.bulk import Checkpoint, write_isolated
from hotels.housekeeping.reconcile import Change
from hotels.housekeeping.roll_over import is_open
from hotels.models import HousekeepingTask, Room
from hotels.row_writes import insert_rows, update_rows

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


@dataclass(frozen=True, kw_only=True)
class _RoomRows:
    """The changes to one room's tasks; written all together or not at all."""

    room: Room
    changes: Sequence[Change]

    @property
    def tasks(self) -> list[HousekeepingTask]:
        """The changed tasks, each once."""
        return list({id(change.task): change.task for change in self.changes}.values())


def write_changes(
    changes: Iterable[Change], *, rooms: Mapping[int, Room], checkpoint: Checkpoint
) -> tuple[list[Change], dict[int, Exception]]:
    """Write the changes in batches; returns those written, room by room, and the errors.

    `rooms` are those of the changed tasks by id, as are the errors of those that could not be
    written. Raises what `write_isolated` raises.
    """
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
        insert_rows([task for task in tasks if id(task) in new])
        update_rows([task for task in stored if is_open(task)], COLUMNS)

    failures = write_isolated(rows, write=write, checkpoint=checkpoint)
    errors = {failure.row.room.pk: failure.error for failure in failures}
    written = [change for row in rows if row.room.pk not in errors for change in row.changes]
    return written, errors
