"""Tasks of the attendants on a day: workload, unassigning and assigning."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from hotels.housekeeping.assignment import Assignable, Attendant, assign
from hotels.housekeeping.queries import AnyTask
from hotels.housekeeping.reconcile import NOT_TO_BE_DONE
from hotels.housekeeping.roll_over import is_open, is_started
from hotels.models import HousekeepingTask

Source, Status = HousekeepingTask.Source, HousekeepingTask.Status


def counts_as_load(task: HousekeepingTask) -> bool:
    """Return whether the task takes minutes of its assignee's day; finished tasks do as well."""
    return task.assignee_id is not None and task.status not in NOT_TO_BE_DONE


def is_assigned_by_round(task: AnyTask) -> bool:
    """Return whether the round chooses the assignee of the task.

    That is so for an unstarted task that the round created or rolled over, unless staff chose an
    assignee. A task that staff added for its date is theirs to assign.
    """
    by_round = task.source == Source.AUTO or task.rolled_over_from_id is not None
    # The assignment ends when the staff member is deleted.
    by_staff = task.assigned_by_person and task.assignee_id is not None
    return by_round and not by_staff and is_open(task) and not is_started(task)


def is_left_unassigned(task: AnyTask) -> bool:
    """Return whether the round would assign the task, and no attendant has it."""
    return is_assigned_by_round(task) and task.assignee_id is None


def is_distributed(tasks: Iterable[AnyTask], *, on_shift: Collection[int]) -> bool:
    """Return whether neither `withdraw_tasks` nor `assign_tasks` can change unaltered `tasks`."""
    return all(task.assignee_id in on_shift for task in tasks if is_assigned_by_round(task))


def withdraw_tasks(
    tasks: Iterable[HousekeepingTask], *, staff: Iterable[Attendant], altered: set[int]
) -> list[HousekeepingTask]:
    """Unassign the tasks assigned by the round whose attendant is not on shift; returns them.

    Tasks in `altered` (by `id()`) are unassigned too if they no longer fit into the attendant's
    day.
    """
    tasks = list(tasks)
    spare = {one.pk: one.capacity - one.load for one in with_load(staff, tasks=tasks)}
    unassigned = []
    for task in tasks:
        if task.assignee_id is None or not is_assigned_by_round(task):
            continue
        minutes = spare.get(task.assignee_id)
        if minutes is None or (id(task) in altered and minutes < 0):
            if minutes is not None:
                spare[task.assignee_id] = minutes + task.credits
            task.assignee, task.status = None, Status.PENDING
            unassigned.append(task)
    return unassigned


def assign_tasks(
    tasks: Sequence[HousekeepingTask], *, staff: Iterable[Attendant]
) -> list[HousekeepingTask]:
    """Assign the unassigned tasks that are the round's to assign; returns those assigned."""
    unassigned = [
        Assignable(
            key=index,
            priority=task.priority,
            minutes=task.credits,
            floor=task.room.floor,
            order=(task.room.number, task.room_id),
        )
        for index, task in enumerate(tasks)
        if is_left_unassigned(task)
    ]
    assigned = assign(unassigned, staff=with_load(staff, tasks=tasks))
    for index, attendant_id in assigned.items():
        tasks[index].assignee_id, tasks[index].status = attendant_id, Status.ASSIGNED
        tasks[index].assigned_by_person = False
    return [tasks[index] for index in assigned]


def with_load(
    staff: Iterable[Attendant], *, tasks: Iterable[HousekeepingTask]
) -> tuple[Attendant, ...]:
    """Return the attendants with minutes and number of their own `tasks` filled in."""
    load: Counter[int] = Counter()
    count: Counter[int] = Counter()
    for task in tasks:
        if task.assignee_id is not None and counts_as_load(task):
            load[task.assignee_id] += task.credits
            count[task.assignee_id] += 1
    return tuple(replace(one, load=load[one.pk], tasks=count[one.pk]) for one in staff)
