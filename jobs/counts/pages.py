"""Pages of executions, newest first, that cost the same however deep they lie."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, QuerySet, Sum
from django.db.models.fields import BigIntegerField

from jobs.counts.hotel_spans import in_spans, numbers_of_hotels
from jobs.counts.key_limits import key_limits
from jobs.counts.outline import SPAN, forget_outline, has_spans, outline
from jobs.counts.reading import Split, Total, split, total
from jobs.counts.selection import Selection
from jobs.models import (
    BLOCK_SIZE,
    BlockCount,
    ExecutionCounter,
    JobExecution,
    JobExecutionQuerySet,
    in_blocks,
)

_Numbers = Mapping[int, int]
# So many executions are read faster than it takes to find out which to leave out.
FEW = 20_000
# So many executions of some hotels are found and sorted.
SORTED = 20_000


def total_and_page(
    selection: Selection, *, before: int | None, offset: int, size: int
) -> tuple[int, JobExecutionQuerySet]:
    """The number of all executions chosen, and those from `offset` on, at most `size`.

    Of these `before` leaves the ones with lower keys. Takes up to five queries before the rows are
    read, which can be narrowed no further.
    """
    found = total(selection)
    if before is None:
        return found.number, _page(selection, offset=offset, size=size, total=found)
    chosen = replace(selection, before=before)
    known = replace(found, parts=None)
    return found.number, _page(chosen, offset=offset, size=size, total=known)


def page(selection: Selection, *, offset: int, size: int, total: int) -> JobExecutionQuerySet:
    """The executions from `offset` on, at most `size`, of a selection of `total`."""
    known = Total(number=total, counted=None, counter=ExecutionCounter.read())
    return _page(selection, offset=offset, size=size, total=known)


def _page(selection: Selection, *, offset: int, size: int, total: Total) -> JobExecutionQuerySet:
    rows, counter = selection.rows(), total.counter
    end = offset + size
    if total.number == 0:
        return JobExecution.objects.none()
    # How far down the list its newest rows are found, if they are spread evenly.
    walked = end * max(counter.end * BLOCK_SIZE, total.number) // total.number
    if walked <= FEW and not selection.has_dates:
        return rows[offset:end]
    if selection.hotel_ids is not None:
        return _of_hotels(selection, total, offset=offset, end=end)
    if counter.end == 0:
        return rows[offset:end]
    taken = _blocks(selection, total, offset=offset, end=end)
    found = rows.filter(in_blocks(taken.blocks))
    return found[offset - taken.skipped : end - taken.skipped]


def _of_hotels(
    selection: Selection, total: Total, *, offset: int, end: int
) -> JobExecutionQuerySet:
    rows, counter = selection.rows(), total.counter
    if total.number <= SORTED:
        return _sorted(rows, offset, end)
    if selection.has_dates:
        return rows.filter(key_limits(selection, counter=counter))[offset:end]
    if selection.is_limited or counter.end == 0:
        return rows[offset:end]
    spans = numbers_of_hotels(selection, total=total)
    taken = _take(spans, offset=offset, end=end)
    found = rows.filter(in_spans(taken.blocks))
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


def _blocks(selection: Selection, total: Total, *, offset: int, end: int) -> _Taken:
    """Look the page up in spans of blocks, then in the blocks of the spans it lies in."""
    counter = total.counter
    parts = total.parts or split(selection, counter=counter)
    if not has_spans(counter):
        stored, live = _numbers(parts, by=F("block"))
        return _take(_sums(stored, live), offset=offset, end=end)
    spans, blocks = _spans(selection, total, parts)
    coarse = _take(
        _sums(spans, *({block // SPAN: number} for block, number in blocks.items())),
        offset=offset,
        end=end,
    )
    chosen = {block: n for block, n in blocks.items() if block // SPAN in {*coarse.blocks}}
    within = parts.stored.exclude(block__in=chosen)
    within = within.filter(block__gte=min(coarse.blocks, default=0) * SPAN)
    within = within.filter(block__lt=(max(coarse.blocks, default=-1) + 1) * SPAN)
    fine = _take(
        _sums(_by(within, F("block")), chosen),
        offset=offset - coarse.skipped,
        end=end - coarse.skipped,
    )
    return _Taken(blocks=fine.blocks, skipped=coarse.skipped + fine.skipped)


def _spans(selection: Selection, total: Total, parts: Split) -> tuple[_Numbers, _Numbers]:
    """The numbers of executions in spans, and those of the blocks that are in none of these."""
    if selection.is_limited or total.counted is None:
        return _numbers(parts, by=F("block") / SPAN)
    found = outline(selection, counter=total.counter)
    rest = replace(parts, stored=parts.stored.filter(found.rest))
    stored, live = _numbers(rest, by=F("block"))
    if total.counted != found.number + sum(stored.values()):
        forget_outline(selection)  # executions were deleted
        found = outline(selection, counter=total.counter)
    return {number: span.number for number, span in found.spans.items()}, _sums(stored, live)


def _numbers(parts: Split, *, by: Any) -> tuple[_Numbers, _Numbers]:
    """The numbers of stored executions by an expression, and of the others by block; one query."""
    # Keys below 0 are the blocks of executions without a stored number.
    live = parts.live.order_by().values_list(F("pk") / -BLOCK_SIZE - 1)
    stored = parts.stored.order_by().values_list(by)
    found = stored.annotate(number=Sum("number")).union(live.annotate(Count("pk")), all=True)
    numbers = dict(found)
    return (
        {key: number for key, number in numbers.items() if key >= 0},
        {-key - 1: number for key, number in numbers.items() if key < 0},
    )


def _by(rows: QuerySet[BlockCount], key: Any) -> _Numbers:
    return dict(rows.order_by().values_list(key).annotate(Sum("number")))


def _sums(*numbers: _Numbers) -> _Numbers:
    found: Counter[int] = Counter()
    for each in numbers:
        found.update(each)
    return found


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
