"""Reads numbers of executions: stored counts, and the executions that are not counted yet."""

from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, F, Func, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from hotels.models.literal import KeyList
from jobs.counts.outline import has_spans, outline
from jobs.counts.selection import Selection
from jobs.models import (
    BLOCK_SIZE,
    BlockCount,
    ExecutionCounter,
    HotelCount,
    JobExecutionQuerySet,
    in_blocks,
)

# Blocks are counted once an hour.
TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Split:
    """A selection over all hotels: the stored counts, and the executions without one."""

    stored: QuerySet[BlockCount]
    live: JobExecutionQuerySet


def split(selection: Selection, *, counter: ExecutionCounter) -> Split:
    """Split a selection; takes a query if it is limited by times.

    Every execution chosen is in one of the two, however many are counted or deleted meanwhile.
    Blocks that the limits of the selection cut are left to the executions.
    """
    assert selection.hotel_ids is None, "counts of blocks are those of all hotels"
    stored = BlockCount.objects.filter(
        selection.groups(), ~Q(block__in=counter.left_out), block__lt=counter.end
    )
    cut: set[int] = set()
    if selection.before is not None:
        cut.add(selection.before // BLOCK_SIZE)
        stored = stored.filter(block__lt=selection.before // BLOCK_SIZE)
    if selection.has_dates:
        stored = stored.filter(near(selection, counter=counter))
    at_ends = Q()
    if selection.since is not None:
        at_ends |= Q(first_created_at__lt=selection.since, last_created_at__gte=selection.since)
    if selection.until is not None:
        at_ends |= Q(first_created_at__lt=selection.until, last_created_at__gte=selection.until)
    if at_ends:
        cut |= set(stored.filter(at_ends).values_list("block", flat=True))
        stored = stored.exclude(block__in=cut)
    if selection.since is not None:
        stored = stored.filter(first_created_at__gte=selection.since)
    if selection.until is not None:
        stored = stored.filter(last_created_at__lt=selection.until)
    return Split(stored=stored, live=selection.rows().filter(counter.uncounted | in_blocks(cut)))


@dataclass(frozen=True, kw_only=True)
class Total:
    """The exact number of executions chosen, and what it was read with.

    `counted` of them are in counted blocks; `parts` is the split of a selection over all hotels
    that is limited.
    """

    number: int
    counted: int | None
    counter: ExecutionCounter
    parts: Split | None = None


def count(selection: Selection) -> int:
    """The number of executions chosen, exactly. Takes two queries, three with times."""
    return total(selection).number


def total(selection: Selection) -> Total:
    """The number of executions chosen, in as many queries as `count`."""
    for _ in range(TRIES):
        counter = ExecutionCounter.read()
        if counter.end == 0 or (selection.is_limited and selection.hotel_ids is not None):
            break
        parts = None
        if selection.is_limited:
            parts = split(selection, counter=counter)
            stored: QuerySet[Any] = parts.stored
            live = parts.live
        else:
            stored = HotelCount.objects.filter(selection.groups())
            if selection.hotel_ids is not None:
                stored = stored.filter(hotel__in=KeyList(selection.hotel_ids))
            live = selection.rows().filter(counter.uncounted)
        end, left_out, number, more = (
            ExecutionCounter.objects.filter(pk=ExecutionCounter.KEY)
            .values_list(
                "end",
                "left_out",
                _aggregate(stored, "number", "SUM"),
                _aggregate(live, "pk", "COUNT"),
            )
            .get()
        )
        if selection.is_limited or (end, left_out) == (counter.end, counter.left_out):
            return Total(
                number=int(number) + int(more), counted=number, counter=counter, parts=parts
            )
        # Blocks were counted meanwhile, and their executions are in the counts of the hotels.
    return Total(number=selection.rows().count(), counted=None, counter=counter)


def near(selection: Selection, *, counter: ExecutionCounter) -> Q:
    """A condition on counted blocks that all blocks of the selection's period fulfil."""
    # Times of all executions: those of one job would be another outline.
    if not has_spans(counter):
        return Q()
    return outline(Selection(), counter=counter).near(selection)


def _aggregate(rows: QuerySet[Any], column: str, function: str) -> Coalesce:
    """One number over all rows, in the statement that reads others."""
    found = Subquery(rows.order_by().values(value=Func(F(column), function=function)))
    return Coalesce(found, 0, output_field=BigIntegerField())
