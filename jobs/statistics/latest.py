"""The latest execution of each job in each hotel."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.db.models import OuterRef, Subquery

from hotels.models import Hotel
from hotels.models.literal import KeyList
from jobs.models import JobExecution, JobExecutionQuerySet

# Keys in one statement.
_MAX_KEYS = 10_000
Key = tuple[int, str]  # hotel and job name


Row = TypeVar("Row")


def latest_executions(
    rows: JobExecutionQuerySet,
    *,
    hotel_ids: Sequence[int],
    job_names: Sequence[str],
    into: type[Row],
) -> dict[Key, Row]:
    """Return the latest of `rows` by hotel and job; each is one index lookup.

    `into` is a NamedTuple with the columns that are read. On a page there are thousands, and a
    model object takes ten times as long to make.
    """
    latest = {
        f"latest_{number}": Subquery(
            rows.filter(hotel=OuterRef("pk"), job_name=name).order_by("-pk").values("pk")[:1]
        )
        for number, name in enumerate(job_names)
    }
    if not latest:
        return {}
    columns, make = into._fields, into._make  # type: ignore[attr-defined]  # of a NamedTuple
    found: dict[Key, Row] = {}
    for part in _chunks(hotel_ids, size=_MAX_KEYS // len(job_names)):
        of_hotels = Hotel.objects.filter(pk__in=KeyList(part)).annotate(**latest)
        keys = KeyList(
            key
            for row in of_hotels.order_by().values_list(*latest)
            for key in row
            if key is not None
        )
        executions = JobExecution.objects.filter(pk__in=keys).order_by()
        for hotel_id, name, *row in executions.values_list("hotel_id", "job_name", *columns):
            found[hotel_id, name] = make(row)
    return found


def _chunks(keys: Sequence[int], *, size: int) -> Iterable[Sequence[int]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))
