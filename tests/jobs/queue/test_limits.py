"""In how many hotels more a job, or the jobs of a group, may run at once."""

from typing import Any

import pytest

from hotels.models import Hotel, HotelGroup
from jobs import queue
from jobs.models import JobExecution, WorkerProcess
from tests.factories import HotelFactory
from tests.jobs.engine import claimed, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> HotelGroup:
    return HotelGroup.objects.create(name="Harbour Hotels", hotels_at_once=5)


@pytest.fixture
def hotel(group: HotelGroup) -> Hotel:
    return HotelFactory(group=group)


def _free(group: HotelGroup | None = None, job_name: str = "greet-guests") -> list[int]:
    found = queue.limits_on(job_name=job_name, group_id=group and group.pk)
    return [limit.free for limit in found]


def _worker(**columns: Any) -> WorkerProcess:
    """A living process that works four hotels at once."""
    defaults = {"host": "here", "pid": 1, "concurrency": 8, "threads": 4, "message_id": 1}
    return WorkerProcess.objects.create(**defaults | columns)


def test_without_limits_there_are_none(hotel: Hotel) -> None:
    HotelGroup.objects.update(hotels_at_once=None)

    assert _free(hotel.group) == []


def test_a_group_that_was_deleted_limits_nothing(group: HotelGroup) -> None:
    """Messages about it may still wait."""
    key = group.pk
    group.delete()

    assert queue.limits_on(job_name="greet-guests", group_id=key) == []


def test_what_workers_have_taken_is_not_free(group: HotelGroup, settings: Any) -> None:
    """A job counts in the hotels of all groups, and a group with all jobs."""
    settings.JOBS_LIMITS = {"greet-guests": 20}
    _worker(job_name="greet-guests", group_id=group.pk)
    _worker(job_name="count-sheets", group_id=group.pk, threads=1)
    _worker(job_name="greet-guests", threads=3)

    assert _free(group) == [20 - 4 - 3, 5 - 4 - 1]


def test_what_a_worker_held_before_is_free(group: HotelGroup) -> None:
    _worker(job_name="greet-guests", group_id=group.pk, message_id=None)

    assert _free(group) == [5]


def test_what_runs_without_the_queue_is_not_free(hotel: Hotel) -> None:
    claimed(waiting(hotel))

    assert _free(hotel.group) == [4]


def test_what_a_worker_runs_is_part_of_what_it_has_taken(hotel: Hotel) -> None:
    """Behind a pooler it has no key."""
    _worker(job_name="greet-guests", group_id=hotel.group_id)
    claimed(waiting(hotel))

    assert _free(hotel.group) == [1]


def test_an_execution_is_permitted_until_its_group_has_its_hotels(hotel: Hotel) -> None:
    HotelGroup.objects.update(hotels_at_once=1)
    row = JobExecution.objects.select_related("hotel").get(pk=waiting(hotel).pk)

    with queue.within_limits(row) as first:
        claimed(row)
    with queue.within_limits(row) as second:
        pass

    assert (first, second) == (True, False)
