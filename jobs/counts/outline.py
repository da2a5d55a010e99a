"""The counted blocks in spans of a hundred, kept by the process: they hardly change.

Ten million executions have ten thousand blocks. Which span a page or a day lies in is looked up
here, and only its blocks are read.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max, Min, Q, Sum

from jobs.counts.selection import Selection
from jobs.models import BlockCount, ExecutionCounter

# Blocks in a span.
SPAN = 100
# With fewer spans all blocks are read.
FEWEST = 5
# Seconds: where a copy of the database was restored, the same blocks may be others.
LONGEST = 600
# Outlines kept; one is made for each combination of job, status, source and problems asked for.
MOST = 100
_Group = tuple[str | None, str | None, bool | None, str | None]
_kept: dict[_Group, "Outline"] = {}


@dataclass(frozen=True, kw_only=True)
class Span:
    """The number of executions in a span, and limits of the times at which they were created."""

    number: int
    first: datetime
    last: datetime


@dataclass(frozen=True, kw_only=True)
class Outline:
    """The spans before block `end`, without the blocks `apart`, that were not counted then.

    Executions are deleted from a span, never added to it, and its times do not change. So the
    numbers are those of now if their sum is; the times are limits in any case.
    """

    made_at: float  # monotonic
    end: int
    apart: frozenset[int]
    spans: Mapping[int, Span]

    @property
    def number(self) -> int:
        """The number of executions in all spans."""
        return sum(span.number for span in self.spans.values())

    @property
    def rest(self) -> Q:
        """The condition that a block is in no span."""
        return Q(block__gte=self.end) | Q(block__in=self.apart)

    def near(self, selection: Selection) -> Q:
        """The condition that a block may have executions of the selection's period."""
        since, until = selection.since, selection.until
        within = [
            number
            for number, span in self.spans.items()
            if (since is None or span.last >= since) and (until is None or span.first < until)
        ]
        if not within:
            return self.rest
        limits = Q(block__gte=min(within) * SPAN, block__lt=(max(within) + 1) * SPAN)
        return limits | self.rest


def has_spans(counter: ExecutionCounter) -> bool:
    """True if there are so many blocks that they are looked up in spans."""
    return counter.end >= FEWEST * SPAN


def outline(selection: Selection, *, counter: ExecutionCounter) -> Outline:
    """The outline of a job, status, source and problems.

    Takes a query over all blocks every ten minutes, and when there is another whole span.
    """
    end, group = counter.end // SPAN * SPAN, _group(selection)
    kept = _kept.get(group)
    if kept is None or kept.end != end or time.monotonic() > kept.made_at + LONGEST:
        kept = _made(selection, end=end, counter=counter)
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[group] = kept
    return kept


def forget_outline(selection: Selection) -> None:
    """Read the outline again when it is next used."""
    _kept.pop(_group(selection), None)


def _group(selection: Selection) -> _Group:
    return selection.job_name, selection.status, selection.problems, selection.trigger


def _made(selection: Selection, *, end: int, counter: ExecutionCounter) -> Outline:
    apart = frozenset(block for block in counter.left_out if block < end)
    stored = BlockCount.objects.filter(selection.groups(), ~Q(block__in=apart), block__lt=end)
    spans = stored.order_by().values_list(F("block") / SPAN)
    rows = spans.annotate(Sum("number"), Min("first_created_at"), Max("last_created_at"))
    return Outline(
        made_at=time.monotonic(),
        end=end,
        apart=apart,
        spans={
            span: Span(number=number, first=first, last=last) for span, number, first, last in rows
        },
    )
