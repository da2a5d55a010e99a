"""Assignment of tasks to attendants: greedy, longest first within a priority (domain rule 1)."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Generic, TypeVar

from hotels.models import Priority

Key = TypeVar("Key", bound=Hashable)
RANK = {priority: rank for rank, priority in enumerate(Priority.values)}


@dataclass(frozen=True, kw_only=True)
class Attendant:
    """A housekeeper available on the day; `capacity` and `load` in minutes of work."""

    pk: int
    capacity: int
    floor: int | None = None
    load: int = 0
    tasks: int = 0


@dataclass(frozen=True, kw_only=True)
class Assignable(Generic[Key]):
    """An unassigned task; `key` identifies it in the result, `order` breaks ties between tasks."""

    key: Key
    priority: str
    minutes: int
    floor: int
    order: tuple[str, int]


@dataclass(kw_only=True)
class _Workday:
    """The day of one attendant while tasks are assigned."""

    attendant: Attendant
    load: int = field(init=False)
    tasks: int = field(init=False)

    def __post_init__(self) -> None:
        self.load, self.tasks = self.attendant.load, self.attendant.tasks

    def fits(self, task: Assignable[Key]) -> bool:
        return self.load + task.minutes <= self.attendant.capacity

    def preference(self, task: Assignable[Key]) -> tuple[Fraction, bool, int, int]:
        """Sort key, lowest first: share of the day filled, other floor, number of tasks, id."""
        capacity = self.attendant.capacity
        share = Fraction(self.load + task.minutes, capacity) if capacity else Fraction(1)
        return share, self.attendant.floor != task.floor, self.tasks, self.attendant.pk

    def take(self, task: Assignable[Key]) -> None:
        self.load += task.minutes
        self.tasks += 1


def assign(tasks: Iterable[Assignable[Key]], *, staff: Sequence[Attendant]) -> Mapping[Key, int]:
    """Return the id of the attendant for each task, by its key.

    A task that fits into no attendant's day is not in the result. No day is filled beyond its
    capacity, and no task stays unassigned while a day has time for it.
    """
    days = [_Workday(attendant=attendant) for attendant in staff]
    assigned: dict[Key, int] = {}
    for task in sorted(tasks, key=lambda one: (RANK[one.priority], -one.minutes, one.order)):
        fitting = [day for day in days if day.fits(task)]
        if fitting:
            best = min(fitting, key=lambda day: day.preference(task))
            best.take(task)
            assigned[task.key] = best.attendant.pk
    return assigned
