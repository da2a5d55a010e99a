"""The attendants' lists of the day: what is on them, what is taken back, what is given out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from hotels.housekeeping.assignment import Assignable, Attendant, assign
from hotels.housekeeping.reconcile import NO_WORK, is_open_task
from hotels.models import HousekeepingTask

Status = HousekeepingTask.Status


def counts_as_load(task: HousekeepingTask) -> bool:
    """Whether it takes minutes of its assignee's day.

    Done work does too: the capacity is a day's, and those minutes are used up.
    """
    return task.assignee_id is not None and task.status not in NO_WORK


def withdraw_tasks(
    tasks: Iterable[HousekeepingTask], *, staff: Iterable[Attendant], altered: set[int]
) -> list[HousekeepingTask]:
    """Unassign the round's own open tasks of people who are not on shift after all.

    Also those in `altered` (by `id()`) that have grown beyond what their assignee has time for.
    """
    tasks = list(tasks)
    spare = {one.pk: one.capacity - one.load for one in with_load(staff, tasks=tasks)}
    back = []
    for task in tasks:
        if task.assignee_id is None or not is_open_task(task):
            continue
        left = spare.get(task.assignee_id)
        if left is None or (id(task) in altered and left < 0):
            if left is not None:
                spare[task.assignee_id] = left + task.credits
            task.assignee, task.status = None, Status.PENDING
            back.append(task)
    return back


def assign_tasks(
    tasks: Sequence[HousekeepingTask], *, staff: Iterable[Attendant]
) -> list[HousekeepingTask]:
    """Assign the round's open tasks that nobody has; returns those that found somebody."""
    works = [
        Assignable(
            key=index,
            priority=task.priority,
            minutes=task.credits,
            floor=task.room.floor,
            order=(task.room.number, task.room_id),
        )
        for index, task in enumerate(tasks)
        if is_open_task(task) and task.assignee_id is None
    ]
    given = assign(works, staff=with_load(staff, tasks=tasks))
    for index, person in given.items():
        tasks[index].assignee_id, tasks[index].status = person, Status.ASSIGNED
    return [tasks[index] for index in given]


def with_load(
    staff: Iterable[Attendant], *, tasks: Iterable[HousekeepingTask]
) -> tuple[Attendant, ...]:
    """The attendants with the minutes and number of `tasks` that are theirs."""
    load: Counter[int] = Counter()
    count: Counter[int] = Counter()
    for task in tasks:
        if task.assignee_id is not None and counts_as_load(task):
            load[task.assignee_id] += task.credits
            count[task.assignee_id] += 1
    return tuple(replace(one, load=load[one.pk], tasks=count[one.pk]) for one in staff)
