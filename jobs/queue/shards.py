"""Shards: the executions of some hotels that one message hands to a worker, and their order.

Manual requests come before scheduled slots, these before automatic retries, these before catch-ups.
Within one of these the groups of hotels take turns, so that a group of thousands of hotels does not
keep one of three waiting; and so do the jobs within a group.

A shard is a part of what is left, by the number of workers: of few executions each worker gets
some, and at the end of many no worker has a large shard while the others have none.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import count, groupby

from django.conf import settings

from jobs.models import JobExecutionQuerySet, Trigger, WorkerProcess

# More turns than any group has.
CLASS_SIZE = 1_000_000
# A worker takes this part of its share of what is left: the others may have slower hotels.
PART_OF_SHARE = 2
# A message costs a worker some milliseconds. Smaller shards would take it more than they save.
SMALLEST = 2


class Precedence(IntEnum):
    """The kinds of executions, from the last to the first."""

    CATCH_UP = 0
    RETRY = 1
    SCHEDULED = 2
    MANUAL = 3


@dataclass(frozen=True, kw_only=True)
class Shard:
    """Executions of one job in hotels of one group, for a worker; no group is one group, too.

    `turn` is its place, from 0, among those of its group with the same precedence.
    """

    job_name: str
    execution_ids: tuple[int, ...]
    precedence: Precedence
    group_id: int | None = None
    turn: int = 0

    def priority(self, *, behind: int = 0) -> int:
        """The priority of its message: the highest is worked first.

        `behind` is how many messages of its group wait for the same turn already.
        """
        return self.precedence * CLASS_SIZE - min(self.turn + behind, CLASS_SIZE - 1)


@dataclass(frozen=True, kw_only=True)
class _Place:
    execution_id: int
    hotel_id: int
    group_id: int | None
    job_name: str
    precedence: Precedence
    runs_alone: bool


def shards_of(rows: JobExecutionQuerySet) -> list[Shard]:
    """Divide executions into shards, in two queries; they come in the order of their turns.

    A shard has JOBS_SHARD_SIZE executions at most, or fewer if several workers could not share them
    evenly. Those of one job and hotel are never divided: they have the precedence of the first of
    them, and are worked the oldest first. An execution that runs alone has its own shard, after the
    others of its group.
    """
    places = list(_undivided(list(_places(rows))))
    in_order = sorted(places, key=lambda place: (_kind(place), place.hotel_id, place.execution_id))
    together = [place for place in in_order if not place.runs_alone]
    alone = [[place] for place in in_order if place.runs_alone]
    parts = [*_divided(list(_by_hotel(together))), *_divided(alone, by_one=True)]
    turns: dict[tuple[Precedence, int | None], Iterator[int]] = defaultdict(count)
    return [
        Shard(
            job_name=part[0].job_name,
            execution_ids=tuple(place.execution_id for place in part),
            precedence=part[0].precedence,
            group_id=part[0].group_id,
            turn=next(turns[part[0].precedence, part[0].group_id]),
        )
        for part in parts
    ]


def _places(rows: JobExecutionQuerySet) -> Iterator[_Place]:
    columns = ("pk", "hotel_id", "hotel__group_id", "job_name", "trigger", "run__trigger")
    found = rows.order_by().values_list(*columns, "metadata__retry__alone")
    for pk, hotel_id, group_id, job_name, trigger, of_run, alone in found:
        yield _Place(
            execution_id=pk,
            hotel_id=hotel_id,
            group_id=group_id,
            job_name=job_name,
            precedence=_precedence(trigger, of_run=of_run),
            runs_alone=bool(alone),
        )


def _precedence(trigger: str, *, of_run: str) -> Precedence:
    """A retry that a user asked for has a run of its own, an automatic one that of its slot."""
    if trigger == Trigger.RETRY:
        return Precedence.MANUAL if of_run == Trigger.RETRY else Precedence.RETRY
    if trigger in (Trigger.ADMIN, Trigger.API):
        return Precedence.MANUAL
    return Precedence.CATCH_UP if trigger == Trigger.CATCH_UP else Precedence.SCHEDULED


def _undivided(places: Sequence[_Place]) -> Iterator[_Place]:
    """The places, those of one job and hotel with the highest precedence among them.

    Two workers that met in a hotel would leave or skip what the other one has not begun.
    """
    highest: dict[tuple[str, int], Precedence] = {}
    together = [place for place in places if not place.runs_alone]
    for place in together:
        key = place.job_name, place.hotel_id
        highest[key] = max(highest.get(key, place.precedence), place.precedence)
    for place in together:
        yield replace(place, precedence=highest[place.job_name, place.hotel_id])
    yield from (place for place in places if place.runs_alone)


def _kind(place: _Place) -> tuple[str, Precedence, int]:
    """The key of the places that may be in one shard."""
    return place.job_name, place.precedence, place.group_id or 0


def _by_hotel(places: Iterable[_Place]) -> Iterator[list[_Place]]:
    """The places of one kind in one hotel, together."""
    for _, of_hotel in groupby(places, key=lambda place: (_kind(place), place.hotel_id)):
        yield list(of_hotel)


def _divided(undivided: Sequence[list[_Place]], *, by_one: bool = False) -> Iterator[list[_Place]]:
    """The places of each shard: a first one of each kind, then a second one, and so on."""
    left = Counter(place.precedence for places in undivided for place in places)
    sizes = _Sizes() if by_one or left.total() <= SMALLEST else _Sizes.now()
    kinds = [deque(alike) for _, alike in groupby(undivided, key=lambda each: _kind(each[0]))]
    while kinds:
        for waiting in kinds:
            part = list(waiting.popleft())
            size = 1 if by_one else sizes.of_next(left=left[part[0].precedence])
            while waiting and len(part) < size:
                part += waiting.popleft()
            left[part[0].precedence] -= len(part)
            yield part
        kinds = [waiting for waiting in kinds if waiting]


@dataclass(frozen=True, kw_only=True)
class _Sizes:
    """The sizes of shards for so many workers; `least` is what one of them works at once."""

    workers: int = 1
    least: int = SMALLEST

    @classmethod
    def now(cls) -> "_Sizes":
        """The sizes for the workers that take messages now, in one query."""
        workers, at_once = WorkerProcess.objects.strength()
        return cls(workers=workers, least=max(SMALLEST, at_once))

    def of_next(self, *, left: int) -> int:
        """The size of the next shard of `left` executions; a single worker needs no small ones."""
        if self.workers <= 1:
            return settings.JOBS_SHARD_SIZE
        part = -(-left // (self.workers * PART_OF_SHARE))
        return min(max(part, self.least), settings.JOBS_SHARD_SIZE)


def message_arguments(shard: Shard) -> dict[str, object]:
    """The arguments of a shard's message, as a worker gets them."""
    return {
        "job_name": shard.job_name,
        "execution_ids": list(shard.execution_ids),
        "group_id": shard.group_id,
        "precedence": shard.precedence.value,
        "turn": shard.turn,
    }


def executions_of(arguments: Iterable[dict[str, object]]) -> set[int]:
    """The executions that messages with these arguments hand out."""
    found: set[int] = set()
    for each in arguments:
        ids = each.get("execution_ids")
        if isinstance(ids, list):
            found.update(ids)
    return found
