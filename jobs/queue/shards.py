"""Shards: the executions of some hotels that one message hands to a worker, and their order.

Manual requests come before scheduled slots, these before automatic retries, these before catch-ups.
Within one of these the first shards of all runs come before the second ones, so that a run over
thousands of hotels does not keep a run over three waiting.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from itertools import groupby

from django.conf import settings

from jobs.models import JobExecutionQuerySet, Trigger

# More shards than any run has.
CLASS_SIZE = 1_000_000
# The most hotels at once in a lane; a worker with fewer threads works fewer.
THREADS_OF_LANE = 4


class Precedence(IntEnum):
    """The kinds of executions, from the last to the first."""

    CATCH_UP = 0
    RETRY = 1
    SCHEDULED = 2
    MANUAL = 3


@dataclass(frozen=True, kw_only=True)
class Shard:
    """Executions of one job for a worker. Those with a higher `priority` are worked first.

    Of shards with the same `lane` the queue gives out one at a time; `threads` is how many hotels
    of it may be worked at once, None for as many as the worker likes.
    """

    job_name: str
    execution_ids: tuple[int, ...]
    priority: int
    lane: str | None = None
    threads: int | None = None


@dataclass(frozen=True, kw_only=True)
class _Place:
    execution_id: int
    hotel_id: int
    job_name: str
    precedence: Precedence
    runs_alone: bool


def shards_of(rows: JobExecutionQuerySet) -> list[Shard]:
    """Divide executions into shards, in one query.

    A shard has about JOBS_SHARD_SIZE executions; those of one job and hotel are never divided: they
    have the precedence of the first of them, and are worked the oldest first. An execution that
    runs alone has its own shard, after the others.
    """
    places = sorted(_undivided(list(_places(rows))), key=_group)
    shards = []
    for (precedence, job_name), group in groupby(places, key=_group):
        lanes = _Lanes.of(job_name)
        for index, ids in enumerate(_parts(list(group))):
            lane, threads = lanes.at(index)
            shards.append(
                Shard(
                    job_name=job_name,
                    execution_ids=ids,
                    priority=precedence * CLASS_SIZE - min(index, CLASS_SIZE - 1),
                    lane=lane,
                    threads=threads,
                )
            )
    return shards


def _places(rows: JobExecutionQuerySet) -> Iterator[_Place]:
    columns = ("pk", "hotel_id", "job_name", "trigger", "run__trigger", "metadata__retry__alone")
    for pk, hotel_id, job_name, trigger, of_run, alone in rows.order_by().values_list(*columns):
        yield _Place(
            execution_id=pk,
            hotel_id=hotel_id,
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


def _group(place: _Place) -> tuple[Precedence, str]:
    return place.precedence, place.job_name


def _parts(places: Sequence[_Place]) -> Iterator[tuple[int, ...]]:
    together = sorted(
        (place for place in places if not place.runs_alone),
        key=lambda place: (place.hotel_id, place.execution_id),
    )
    part: list[int] = []
    for _, of_hotel in groupby(together, key=lambda place: place.hotel_id):
        part += [place.execution_id for place in of_hotel]
        if len(part) >= settings.JOBS_SHARD_SIZE:
            yield tuple(part)
            part = []
    if part:
        yield tuple(part)
    yield from ((place.execution_id,) for place in places if place.runs_alone)


@dataclass(frozen=True, kw_only=True)
class _Lanes:
    """The lanes of a job with a limit, whose threads together are the limit.

    They follow from the limit alone: machines that send shards differ in their other settings.
    """

    job_name: str
    limit: int | None
    first: int

    @classmethod
    def of(cls, job_name: str) -> "_Lanes":
        limit = settings.JOBS_LIMITS.get(job_name)
        count = _lanes(limit) if limit else 1
        # Runs of the same job begin with different lanes.
        first = random.randrange(count)  # noqa: S311  spreads load, guards nothing
        return cls(job_name=job_name, limit=limit, first=first)

    def at(self, index: int) -> tuple[str | None, int | None]:
        """The lane of a shard, and how many hotels of it may be worked at once."""
        if self.limit is None:
            return None, None
        count = _lanes(self.limit)
        lane = (self.first + index) % count
        return f"{self.job_name}/{lane}", self.limit // count + (lane < self.limit % count)


def _lanes(limit: int) -> int:
    return -(-limit // THREADS_OF_LANE)


def message_arguments(shard: Shard, *, requested_at: datetime | None) -> dict[str, object]:
    """The arguments of a shard's message, as a worker gets them."""
    return {
        "job_name": shard.job_name,
        "execution_ids": list(shard.execution_ids),
        "threads": shard.threads,
        "requested_at": None if requested_at is None else requested_at.isoformat(),
    }


def executions_of(arguments: Iterable[dict[str, object]]) -> set[int]:
    """The executions that messages with these arguments hand out."""
    found: set[int] = set()
    for each in arguments:
        ids = each.get("execution_ids")
        if isinstance(ids, list):
            found.update(ids)
    return found
