"""Shards: the executions of some hotels that one message hands to a worker, and their order.

Manual requests come before scheduled slots, these before automatic retries, these before catch-ups.
Within one of these the groups of hotels take turns, so that a group of thousands of hotels does not
keep one of three waiting; and so do the jobs within a group.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import count, groupby

from django.conf import settings

from jobs.models import JobExecutionQuerySet, Trigger

# More turns than any group has.
CLASS_SIZE = 1_000_000


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
    """Divide executions into shards, in one query; they come in the order of their turns.

    A shard has about JOBS_SHARD_SIZE executions; those of one job and hotel are never divided: they
    have the precedence of the first of them, and are worked the oldest first. An execution that
    runs alone has its own shard, after the others of its group.
    """
    parts = list(_parts(rows))
    # The first ones of all jobs, then the second ones.
    parts.sort(key=lambda part: (part[0].runs_alone, part[1], part[0].job_name))
    turns: dict[tuple[Precedence, int | None], Iterator[int]] = defaultdict(count)
    return [
        Shard(
            job_name=place.job_name,
            execution_ids=ids,
            precedence=place.precedence,
            group_id=place.group_id,
            turn=next(turns[place.precedence, place.group_id]),
        )
        for place, _, ids in parts
    ]


def _parts(rows: JobExecutionQuerySet) -> Iterator[tuple[_Place, int, tuple[int, ...]]]:
    """A place of each shard, the number of the shard in its job and group, and its executions."""
    places = sorted(_undivided(list(_places(rows))), key=_kind)
    for _, same_kind in groupby(places, key=_kind):
        alike = list(same_kind)
        for index, ids in enumerate(_divided(alike)):
            yield alike[0], index, ids


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


def _kind(place: _Place) -> tuple[Precedence, int, str, bool]:
    """The key of the places that are divided into shards together."""
    return place.precedence, place.group_id or 0, place.job_name, place.runs_alone


def _divided(places: Sequence[_Place]) -> Iterator[tuple[int, ...]]:
    if places[0].runs_alone:
        yield from ((place.execution_id,) for place in places)
        return
    in_order = sorted(places, key=lambda place: (place.hotel_id, place.execution_id))
    part: list[int] = []
    for _, of_hotel in groupby(in_order, key=lambda place: place.hotel_id):
        part += [place.execution_id for place in of_hotel]
        if len(part) >= settings.JOBS_SHARD_SIZE:
            yield tuple(part)
            part = []
    if part:
        yield tuple(part)


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
