"""Limits of keys for executions of a period: no index lists those of all hotels by time."""

from django.db.models import Max, Min, Q

from jobs.counts.reading import near
from jobs.counts.selection import Selection
from jobs.models import BLOCK_SIZE, BlockCount, ExecutionCounter


def key_limits(selection: Selection, *, counter: ExecutionCounter) -> Q:
    """A condition on keys that all executions of the selection's period fulfil; two queries.

    Newest first, the database would else read all that are newer than the period.
    """
    stored = BlockCount.objects.filter(near(selection, counter=counter), block__lt=counter.end)
    if selection.since is not None:
        stored = stored.filter(last_created_at__gte=selection.since)
    if selection.until is not None:
        stored = stored.filter(first_created_at__lt=selection.until)
    first, last = stored.aggregate(first=Min("block"), last=Max("block")).values()
    period = Selection(since=selection.since, until=selection.until)
    live = period.rows().filter(counter.uncounted)
    least, most = live.aggregate(least=Min("pk"), most=Max("pk")).values()
    found = [key for key in (least, most) if key is not None]
    if first is not None and last is not None:
        found += [first * BLOCK_SIZE, (last + 1) * BLOCK_SIZE - 1]
    return Q(pk__gte=min(found), pk__lte=max(found)) if found else Q(pk__in=[])
