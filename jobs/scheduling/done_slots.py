"""The slots that have an execution already: they are left unchanged."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from jobs.models import JobExecution

Done = dict[tuple[int, str], set[datetime]]


class HotelSlots(NamedTuple):
    """The first and the last slot of a job that are due in a hotel."""

    hotel_id: int
    job_name: str
    first: datetime
    last: datetime


# The limits come row by row, and OFFSET keeps the planner from reading all hotels at once. It
# cannot know of the rows of this week, which another transaction has just stored, and so sees no
# difference between indexes: without sorting, only `execution_slot_runs_once` has this order.
_OF_EACH = """
    SELECT due.hotel_id, due.job_name, done.scheduled_for
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[])
        AS due (hotel_id, job_name, first, last),
    LATERAL (
        SELECT execution.scheduled_for FROM jobs_jobexecution execution
        WHERE execution.hotel_id = due.hotel_id AND execution.job_name = due.job_name
        AND execution.scheduled_for BETWEEN due.first AND due.last
        ORDER BY execution.scheduled_for, execution.attempt
        OFFSET 0
    ) done
"""

_WITHOUT_SORTING = "SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off"
_WITH_SORTING = "SET LOCAL enable_sort TO DEFAULT; SET LOCAL enable_incremental_sort TO DEFAULT"
# The jobs of one hotel are not worth two more statements: any index is quick enough for them.
FEW = 20


def done_slots(due: Sequence[HotelSlots], *, of_some: bool) -> Done:
    """The slots with an execution within these limits, by hotel and job; others may be among them.

    `due` is in the order of the hotels. `of_some` says that others have slots at the same times:
    then each hotel is looked up by itself, in one query. Otherwise the slots are read job by job.
    """
    done: Done = defaultdict(set)
    if due:
        is_by_hotel = of_some and connection.vendor == "postgresql"
        for hotel_id, job_name, slot in _of_each(due) if is_by_hotel else _of_all(due):
            done[hotel_id, job_name].add(slot)
    return done


def _of_each(due: Sequence[HotelSlots]) -> list[tuple[int, str, datetime]]:
    with connection.cursor() as cursor:
        if len(due) > FEW:
            cursor.execute(_WITHOUT_SORTING)
        cursor.execute(_OF_EACH, [list(column) for column in zip(*due, strict=True)])
        found: list[tuple[int, str, datetime]] = cursor.fetchall()
        if len(due) > FEW:
            cursor.execute(_WITH_SORTING)
        return found


def _of_all(due: Sequence[HotelSlots]) -> Iterator[tuple[int, str, datetime]]:
    for job_name in sorted({each.job_name for each in due}):
        of_job = [each for each in due if each.job_name == job_name]
        rows = JobExecution.objects.filter(
            job_name=job_name,
            scheduled_for__gte=min(each.first for each in of_job),
            scheduled_for__lte=max(each.last for each in of_job),
            hotel__gte=due[0].hotel_id,
            hotel__lte=due[-1].hotel_id,
        )
        for hotel_id, slot in rows.values_list("hotel_id", "scheduled_for").iterator():
            assert slot is not None, "it is within limits"
            yield hotel_id, job_name, slot
