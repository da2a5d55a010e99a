"""Pages of executions, newest first, that cost the same however deep they lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, Q, Sum
from django.db.models.fields import BigIntegerField

from jobs.counts.key_limits import key_limits
from jobs.counts.reading import Split, split
from jobs.counts.selection import Selection
from jobs.models import (
    BLOCK_SIZE,
    ExecutionCounter,
    JobExecution,
    JobExecutionQuerySet,
    in_blocks,
)

# So many executions are read faster than it takes to find out which to leave out.
FEW = 20_000
# Blocks looked at together in the first of two steps.
SPAN = 100


def page(selection: Selection, *, offset: int, size: int, total: int) -> JobExecutionQuerySet:
    """The executions from `offset` on, at most `size`, of a selection of `total`.

    Takes up to five queries before the rows are read. The rows can be narrowed no further.
    """
    rows = selection.rows()
    end = offset + size
    if total == 0:
        return JobExecution.objects.none()
    counter = ExecutionCounter.read()
    # How far down the list its newest rows are found, if they are spread evenly.
    walked = end * max(counter.end * BLOCK_SIZE, total) // total
    if walked <= FEW and not selection.has_dates:
        return rows[offset:end]
    if selection.hotel_ids is not None:
        # The rows of few hotels are sorted, those of many are met on the way down.
        if walked > total:
            return _sorted(rows, offset, end)
        limits = key_limits(selection, counter=counter) if selection.has_dates else Q()
        return rows.filter(limits)[offset:end]
    if counter.end == 0:
        return rows[offset:end]
    taken = _blocks(split(selection, counter=counter), offset=offset, end=end)
    found = rows.filter(in_blocks(taken.blocks))
    return found[offset - taken.skipped : end - taken.skipped]


def _sorted(rows: JobExecutionQuerySet, offset: int, end: int) -> JobExecutionQuerySet:
    """The page of rows that an index finds, though not in order.

    No index gives this order: else the database would read all hotels' executions in it.
    """
    order = ExpressionWrapper(F("pk") * -1, output_field=BigIntegerField())
    keys = rows.order_by(order).values("pk")[offset:end]
    return JobExecution.objects.filter(pk__in=keys)


@dataclass(frozen=True, kw_only=True)
class _Taken:
    """The blocks of a page, and how many executions chosen are in newer blocks."""

    blocks: list[int]
    skipped: int


def _blocks(parts: Split, *, offset: int, end: int) -> _Taken:
    live = _numbers(parts.live, block=F("pk") / BLOCK_SIZE, number=Count("pk"))
    spans = _numbers(parts.stored, block=F("block") / SPAN, number=Sum("number"))
    for block, number in live.items():
        spans[block // SPAN] = spans.get(block // SPAN, 0) + number
    coarse = _take(spans, offset=offset, end=end)
    within = parts.stored.filter(block__gte=min(coarse.blocks, default=0) * SPAN)
    within = within.filter(block__lt=(max(coarse.blocks, default=0) + 1) * SPAN)
    blocks = _numbers(within, block=F("block"), number=Sum("number"))
    chosen = {*coarse.blocks}
    for block, number in live.items():
        if block // SPAN in chosen:
            blocks[block] = blocks.get(block, 0) + number
    skipped = coarse.skipped
    fine = _take(blocks, offset=offset - skipped, end=end - skipped)
    return _Taken(blocks=fine.blocks, skipped=skipped + fine.skipped)


def _numbers(rows: Any, *, block: Any, number: Any) -> dict[int, int]:
    grouped = rows.order_by().values_list(block).annotate(number)
    return dict(grouped)


def _take(numbers: Mapping[int, int], *, offset: int, end: int) -> _Taken:
    """The blocks with the executions from `offset` to `end`, the newest block first."""
    skipped = seen = 0
    taken: list[int] = []
    for block in sorted(numbers, reverse=True):
        if seen >= end:
            break
        seen += numbers[block]
        if seen <= offset:
            skipped = seen
        else:
            taken.append(block)
    return _Taken(blocks=taken, skipped=skipped)
