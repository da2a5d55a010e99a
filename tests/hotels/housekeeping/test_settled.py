"""A room that is settled is one that the round would not change (domain rule 1)."""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from hotels.housekeeping.assignment import Attendant
from hotels.housekeeping.cleaning_rules import Clean, NoClean
from hotels.housekeeping.queries import StoredTask
from hotels.housekeeping.reconcile import is_settled, reconcile
from hotels.housekeeping.worklists import assign_tasks, is_distributed, withdraw_tasks
from hotels.models import HousekeepingTask, Room

DAY = date(2026, 7, 15)
NOW = datetime(2026, 7, 15, 6, tzinfo=UTC)
ROOM = Room(pk=1, hotel_id=1, number="101", floor=1)
STATUSES = HousekeepingTask.Status.values
KINDS = HousekeepingTask.Kind.values
VERDICTS = (
    NoClean(reason="the room is vacant and clean"),
    *(
        Clean(kind=kind, priority=priority, minutes=20, reason="due", stay_id=stay, skipped=skipped)
        for kind in KINDS
        for priority in ("LOW", "URGENT")
        for stay in (None, 7)
        for skipped in (False, True)
    ),
)


def stored(**fields: object) -> StoredTask:
    values = {
        **{"id": 5, "hotel_id": 1, "room_id": 1, "booking_room_id": 7, "date": DAY},
        **{"kind": "STAYOVER", "priority": "LOW", "credits": 20, "linen_change": False},
        **{"source": "AUTO", "status": "PENDING", "assignee_id": None, "reason": ""},
        **{"assigned_by_person": False, "closed_by_round": "", "rolled_over_from_id": None},
        **{"started_at": None, "completed_at": None, "created_at": NOW},
    }
    return StoredTask(**values | fields)


def as_object(task: StoredTask) -> HousekeepingTask:
    made = task.as_object()
    made.room = ROOM
    return made


TASKS = [
    stored(
        kind=kind,
        status=status,
        source=source,
        assigned_by_person=by_person,
        assignee_id=3 if by_person else None,
        closed_by_round=status if closed_by_round else "",
        started_at=NOW if started else None,
    )
    for kind, status, source, by_person, closed_by_round, started in product(
        KINDS, STATUSES, ("AUTO", "MANUAL"), *[(False, True)] * 3
    )
]


@pytest.mark.parametrize("count", [0, 1])
def test_a_settled_room_is_not_changed(count: int) -> None:
    """All states of a task, against all cleans a room may need."""
    settled = 0
    for verdict, tasks in product(VERDICTS, [[task] for task in TASKS] if count else [[]]):
        if is_settled(verdict, today=tasks, earlier=()):
            settled += 1
            objects = [as_object(task) for task in tasks]
            changes = reconcile(
                room=ROOM, verdict=verdict, day=DAY, now=NOW, today=objects, earlier=()
            )
            assert changes == [], (verdict, tasks)

    assert settled > (1000 if count else 0)


@pytest.mark.parametrize("verdict", [VERDICTS[0], VERDICTS[1]])
def test_an_unfinished_clean_of_an_earlier_date_unsettles_the_room(verdict) -> None:
    assert not is_settled(verdict, today=(), earlier=[stored(date=date(2026, 7, 14))])


def test_several_tasks_of_the_date_are_left_to_the_round() -> None:
    done = stored(status="DONE")

    assert not is_settled(VERDICTS[0], today=[done, done], earlier=())


def test_tasks_that_are_distributed_keep_their_attendants() -> None:
    """All states of a task of each of three attendants, one of whom is not on shift."""
    staff = [Attendant(pk=pk, capacity=480) for pk in (1, 2)]
    distributed = 0
    for task, assignee, former in product(TASKS, (None, 1, 3), (None, 4)):
        row = task._replace(assignee_id=assignee, rolled_over_from_id=former)
        if is_distributed([row], on_shift={1, 2}):
            distributed += 1
            objects = [as_object(row)]
            assert withdraw_tasks(objects, staff=staff, altered=set()) == [], row
            assert assign_tasks(objects, staff=staff) == [], row
        else:
            objects = [as_object(row)]
            withdraw_tasks(objects, staff=staff, altered=set())
            assert assign_tasks(objects, staff=staff) == objects, row

    assert distributed > 500
