"""Assignment of cleans (rule 1): greedy, longest first within a priority."""

from datetime import date
from fractions import Fraction

from tests.simulation.oracle.books import Books, Person, Stay, Task
from tests.simulation.oracle.cleaning import arrived

PRIORITIES = ("URGENT", "HIGH", "NORMAL", "LOW")
NO_WORK = ("CANCELLED", "ROLLED_OVER", "SKIPPED")


def nights_here(books: Books, stay: Stay, day: date) -> int:
    """The nights since the guest came."""
    return (day - arrived(books, stay)).days


def attendants(books: Books, day: date) -> list[Person]:
    """The housekeepers on shift; all of them in a hotel without shifts of that role."""
    staff = [person for person in books.people.values() if person.role == "HOUSEKEEPING"]
    keys = {person.pk for person in staff}
    if any(pk in keys for pk, _ in books.shifts):
        staff = [person for person in staff if books.shifts.get((person.pk, day)) == "WORK"]
    return sorted(staff, key=lambda person: person.pk)


def assign(books: Books, day: date, altered: set[Task]) -> None:
    """Take back what does not fit any more, then give out what is open."""
    tasks = [task for task in books.tasks if task.day == day]
    tasks.sort(key=lambda task: (task.pk is None, task.pk or 0))
    staff = attendants(books, day)
    load = {person.pk: 0 for person in staff}
    count = {person.pk: 0 for person in staff}
    for task in tasks:
        if task.assignee in load and task.status not in NO_WORK:
            load[task.assignee] += task.minutes
            count[task.assignee] += 1
    capacity = {person.pk: person.minutes for person in staff}
    for task in tasks:
        if task.assignee is None or not _is_rounds_to_assign(task):
            continue
        full = task.assignee in load and load[task.assignee] > capacity[task.assignee]
        if task.assignee not in load or (full and task in altered):
            if task.assignee in load:
                load[task.assignee] -= task.minutes
                count[task.assignee] -= 1
            task.assignee, task.status = None, "PENDING"
    waiting = [t for t in tasks if _is_rounds_to_assign(t) and t.assignee is None]
    waiting.sort(key=lambda t: (PRIORITIES.index(t.priority), -t.minutes, _place(books, t)))
    for task in waiting:
        floor = books.rooms[task.room].floor
        able = [p for p in staff if load[p.pk] + task.minutes <= p.minutes]
        if able:
            best = min(
                able,
                key=lambda p: (
                    Fraction(load[p.pk] + task.minutes, p.minutes),
                    p.floor != floor,
                    count[p.pk],
                    p.pk,
                ),
            )
            load[best.pk] += task.minutes
            count[best.pk] += 1
            task.assignee, task.status, task.by_hand = best.pk, "ASSIGNED", False


def _place(books: Books, task: Task) -> tuple[str, int]:
    """Silent: equal tasks in the order of the rooms."""
    return books.rooms[task.room].number, task.room


def _is_rounds_to_assign(task: Task) -> bool:
    rounds = task.source == "AUTO" or task.rolled_from is not None
    given = task.by_hand and task.assignee is not None
    return rounds and not given and task.open and task.status != "IN_PROGRESS" and not task.started
