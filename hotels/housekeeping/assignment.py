"""Who does which task: greedy, longest first within a priority (domain rule 1)."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Generic, TypeVar

from hotels.models import Priority

Key = TypeVar("Key", bound=Hashable)
RANK = {priority: rank for rank, priority in enumerate(Priority.values)}


@dataclass(frozen=True, kw_only=True)
class Attendant:
    """Somebody who may be given work: minutes a day, and what is on their list already."""

    pk: int
    capacity: int
    floor: int | None = None
    load: int = 0
    tasks: int = 0


@dataclass(frozen=True, kw_only=True)
class Assignable(Generic[Key]):
    """One task nobody has yet; `key` names it in the answer, `order` makes it stable."""

    key: Key
    priority: str
    minutes: int
    floor: int
    order: tuple[str, int]


@dataclass(kw_only=True)
class _Desk:
    """One attendant's day while it fills."""

    person: Attendant
    load: int = field(init=False)
    tasks: int = field(init=False)

    def __post_init__(self) -> None:
        self.load, self.tasks = self.person.load, self.person.tasks

    def fits(self, work: Assignable[Key]) -> bool:
        return self.load + work.minutes <= self.person.capacity

    def preference(self, work: Assignable[Key]) -> tuple[Fraction, bool, int, int]:
        """Lower is better: share of the day filled, another floor, number of tasks, id."""
        capacity = self.person.capacity
        share = Fraction(self.load + work.minutes, capacity) if capacity else Fraction(1)
        return share, self.person.floor != work.floor, self.tasks, self.person.pk

    def take(self, work: Assignable[Key]) -> None:
        self.load += work.minutes
        self.tasks += 1


def assign(works: Iterable[Assignable[Key]], *, staff: Sequence[Attendant]) -> Mapping[Key, int]:
    """Whom each task goes to, by its key; a task that fits nobody is left out.

    Nobody is filled beyond their capacity, and nothing is left while somebody still has room.
    """
    desks = [_Desk(person=person) for person in staff]
    given: dict[Key, int] = {}
    for work in sorted(works, key=lambda one: (RANK[one.priority], -one.minutes, one.order)):
        able = [desk for desk in desks if desk.fits(work)]
        if able:
            best = min(able, key=lambda desk: desk.preference(work))
            best.take(work)
            given[work.key] = best.person.pk
    return given
