"""Numbers of the executions of many hotels, but not all, in spans of ten blocks.

Counts are stored for one hotel and for all hotels. Those of half of them are read from the
executions once, and kept by the process with what the stored counts then said of all executions in
the span: as long as they say the same, none of them was deleted.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Min, Q, Sum

from jobs.counts.outline import has_spans, outline
from jobs.counts.reading import Total, near
from jobs.counts.selection import Selection
from jobs.models import BLOCK_SIZE, BlockCount, ExecutionCounter, JobExecutionQuerySet, in_blocks

# Blocks in a span: so many executions are read where a page or a period begins within one.
SPAN = 10
# Choices of hotels, with what is read of them, that the process keeps.
MOST = 50
# Spans outside of the present period that are kept with a choice: users go from one to another.
SPARE = 1000
# Reads the value of each span, which groups the executions by `span_of`.
Read = Callable[[JobExecutionQuerySet], Mapping[int, Any]]
_kept: dict[Any, dict[int, tuple[Any, Any]]] = {}
# The end and the blocks left out for which a choice has all spans: they only lose executions then.
_complete: dict[Any, tuple[int, list[int]]] = {}


@dataclass(frozen=True, kw_only=True)
class HotelParts:
    """A selection of hotels: values of whole spans, and the executions that are in none."""

    stored: Mapping[int, Any]
    live: JobExecutionQuerySet


def span_of() -> Any:
    """The expression for the span of an execution."""
    return F("pk") / (BLOCK_SIZE * SPAN)


def split_by_hotels(
    selection: Selection, *, counter: ExecutionCounter, what: str, read: Read
) -> HotelParts:
    """Split a selection without `before`; takes a query, and one for spans not read before.

    `what` names the values that `read` returns.
    """
    assert selection.hotel_ids is not None, "those of all hotels are stored by block"
    end = counter.end // SPAN
    whole, cut = _spans(selection, counter=counter, end=end)
    kept = _kept_of(selection, what)
    missing = [span for span, known in whole.items() if kept.get(span, (None,))[0] != known]
    if missing:
        found = read(selection.rows().filter(in_spans(missing)))
        kept |= {span: (whole[span], found.get(span)) for span in missing}
    values = {span: kept[span][1] for span in whole}
    if not selection.has_dates or len(kept) > len(whole) + SPARE:
        for span in [span for span in list(kept) if span not in whole]:
            kept.pop(span, None)  # all its executions were deleted, or are of another period
    if not selection.has_dates:
        _complete[_key(selection, what)] = counter.end, counter.left_out
    after = Q(pk__gte=end * SPAN * BLOCK_SIZE)
    return HotelParts(
        stored={span: value for span, value in values.items() if value is not None},
        live=selection.rows().filter(after | in_spans(cut)),
    )


def numbers_of_hotels(selection: Selection, *, total: Total) -> dict[int, int]:
    """The number of executions of a selection without limits in each span. Takes a query.

    And two more for spans not read before, or after some of their executions were deleted. With as
    many new executions as deleted ones the sum would be the same, so it is compared only while no
    spans are added.
    """
    counter = total.counter
    end, left_out = counter.end // SPAN, _left_out(counter)
    rows = selection.rows().filter(Q(pk__gte=end * SPAN * BLOCK_SIZE) | in_spans(left_out))
    rest = dict(rows.order_by().values_list(F("pk") / BLOCK_SIZE).annotate(Count("pk")))
    counted = sum(
        number
        for block, number in rest.items()
        if block < counter.end and block not in counter.left_out
    )
    kept = _kept_of(selection, "numbers")
    known = {
        span: number or 0
        for span, (_stored, number) in dict(kept).items()  # other threads add to it
        if span < end and span not in left_out
    }
    is_complete = _complete.get(_key(selection, "numbers")) == (counter.end, counter.left_out)
    if not is_complete or total.counted != counted + sum(known.values()):
        parts = split_by_hotels(selection, counter=counter, what="numbers", read=_numbers)
        known = dict(parts.stored)
    for block, number in rest.items():
        known[block // SPAN] = known.get(block // SPAN, 0) + number
    return known


def _numbers(rows: JobExecutionQuerySet) -> Mapping[int, int]:
    return dict(rows.order_by().values_list(span_of()).annotate(Count("pk")))


def _spans(
    selection: Selection, *, counter: ExecutionCounter, end: int
) -> tuple[dict[int, Any], list[int]]:
    """Stored figures of the spans wholly within the period, and the spans that must be read."""
    left_out = _left_out(counter)
    if selection.has_dates and has_spans(counter):
        # Of their spans `near` may leave other blocks away.
        left_out |= {block // SPAN for block in outline(Selection(), counter=counter).apart}
    stored = BlockCount.objects.filter(block__lt=end * SPAN).order_by()
    if selection.has_dates:
        stored = stored.filter(near(selection, counter=counter))
    columns = (Sum("number"), Sum("took"), Min("first_created_at"), Max("last_created_at"))
    whole, cut = {}, [*left_out]
    for span, *known in stored.values_list(F("block") / SPAN).annotate(*columns):
        _number, _took, first, last = known
        if span in left_out:
            continue
        since, until = selection.since, selection.until
        if (since is None or first >= since) and (until is None or last < until):
            whole[span] = tuple(known)
        elif (since is None or last >= since) and (until is None or first < until):
            cut.append(span)
    return whole, cut


def _left_out(counter: ExecutionCounter) -> set[int]:
    """The spans with a block that was left out, before the last whole span."""
    spans = {block // SPAN for block in counter.left_out}
    return {span for span in spans if span < counter.end // SPAN}


def _kept_of(selection: Selection, what: str) -> dict[int, tuple[Any, Any]]:
    key = _key(selection, what)
    if key not in _kept and len(_kept) >= MOST:
        _kept.clear()
        _complete.clear()
    return _kept.setdefault(key, {})


def _key(selection: Selection, what: str) -> Any:
    group = (selection.job_name, selection.status, selection.problems, selection.trigger)
    return what, selection.hotel_ids, group


def in_spans(spans: Iterable[int]) -> Q:
    """The condition that a key is in one of the spans."""
    return in_blocks(span * SPAN + number for span in spans for number in range(SPAN))
