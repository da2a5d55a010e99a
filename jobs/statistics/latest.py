"""The latest execution of each job in each hotel."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import OuterRef, Subquery

from hotels.models import Hotel
from jobs.models import JobExecution, JobExecutionQuerySet

# Keys in one statement; SQLite allows about 32,000 parameters.
_MAX_KEYS = 10_000
Key = tuple[int, str]  # hotel and job name
Executions = Mapping[Key, JobExecution]


def latest_executions(
    rows: JobExecutionQuerySet,
    *,
    hotel_ids: Sequence[int],
    job_names: Sequence[str],
    columns: Sequence[str],
) -> dict[Key, JobExecution]:
    """Return the latest of `rows` by hotel and job, with `columns`; each is one index lookup."""
    latest = {
        f"latest_{number}": Subquery(
            rows.filter(hotel=OuterRef("pk"), job_name=name).order_by("-pk").values("pk")[:1]
        )
        for number, name in enumerate(job_names)
    }
    if not latest:
        return {}
    found: dict[Key, JobExecution] = {}
    for part in _chunks(hotel_ids, size=_MAX_KEYS // len(job_names)):
        of_hotels = Hotel.objects.filter(pk__in=part).annotate(**latest).values_list(*latest)
        keys = [key for row in of_hotels.order_by() for key in row if key is not None]
        for execution in JobExecution.objects.filter(pk__in=keys).only(*columns).order_by():
            found[execution.hotel_id, execution.job_name] = execution
    return found


def _chunks(keys: Sequence[int], *, size: int) -> Iterable[Sequence[int]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))
