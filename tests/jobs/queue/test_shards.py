"""How executions are divided into messages, and which of these come first."""

from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from hotels.models import Hotel
from jobs import queue
from jobs.models import JobExecution, JobRun, Trigger
from jobs.queue import Shard
from tests.factories import HotelFactory
from tests.jobs import engine

pytestmark = pytest.mark.django_db


@pytest.fixture
def hotels() -> list[Hotel]:
    return HotelFactory.create_batch(6)


@pytest.fixture(autouse=True)
def _two_in_a_shard(settings: Any) -> None:
    settings.JOBS_SHARD_SIZE = 2


def _run(trigger: Trigger, *, job_name: str = "greet-guests") -> JobRun:
    return JobRun.objects.create(job_name=job_name, trigger=trigger, created_at=timezone.now())


def _waiting(
    hotels: list[Hotel], trigger: Trigger, *, of_run: Trigger | None = None, **columns: object
) -> JobRun:
    name = str(columns.get("job_name", "greet-guests"))
    run = _run(of_run or trigger, job_name=name)
    for hotel in hotels:
        engine.waiting(hotel, run=run, trigger=trigger, **columns)
    return run


def _shards() -> list[Shard]:
    """All shards in the order in which workers get them."""
    found = queue.shards_of(JobExecution.objects.pending())
    return sorted(found, key=lambda shard: -shard.priority)


def _runs(shards: list[Shard]) -> list[int]:
    runs = dict(JobExecution.objects.values_list("pk", "run_id"))
    return [runs[shard.execution_ids[0]] for shard in shards]


def test_manual_comes_before_scheduled_before_retries_before_catch_ups(
    hotels: list[Hotel],
) -> None:
    catch_up = _waiting(hotels[:1], Trigger.CATCH_UP)
    retry = _waiting(hotels[1:2], Trigger.RETRY, of_run=Trigger.CRON)
    scheduled = _waiting(hotels[2:3], Trigger.CRON)
    manual = _waiting(hotels[3:4], Trigger.ADMIN)

    assert _runs(_shards()) == [manual.pk, scheduled.pk, retry.pk, catch_up.pk]


def test_a_retry_that_a_user_asked_for_is_manual(hotels: list[Hotel]) -> None:
    scheduled = _waiting(hotels[:1], Trigger.CRON)
    retry = _waiting(hotels[1:2], Trigger.RETRY)

    assert _runs(_shards()) == [retry.pk, scheduled.pk]


def test_a_run_over_a_few_hotels_does_not_wait_for_one_over_many(hotels: list[Hotel]) -> None:
    _waiting(hotels, Trigger.ADMIN, job_name="of-a-chain")
    few = _waiting(hotels[:1], Trigger.ADMIN, job_name="of-a-small-group")

    shards = _shards()

    assert len(shards) == 4
    assert few.pk in _runs(shards)[:2]


def test_the_executions_of_a_hotel_stay_together(hotels: list[Hotel]) -> None:
    for _ in range(3):
        _waiting(hotels[:2], Trigger.CATCH_UP)

    first, second = _shards()

    of_hotel = dict(JobExecution.objects.values_list("pk", "hotel_id"))
    assert {of_hotel[pk] for pk in first.execution_ids} == {hotels[0].pk}
    assert {of_hotel[pk] for pk in second.execution_ids} == {hotels[1].pk}


def test_the_catch_ups_of_a_hotel_go_with_its_slot(hotels: list[Hotel]) -> None:
    of_two = _waiting(hotels[:2], Trigger.CATCH_UP)
    slot = _waiting(hotels[:1], Trigger.CRON)

    first, second = _shards()

    runs = dict(JobExecution.objects.values_list("pk", "run_id"))
    assert {runs[pk] for pk in first.execution_ids} == {of_two.pk, slot.pk}
    assert [runs[pk] for pk in second.execution_ids] == [of_two.pk]


def test_an_execution_that_runs_alone_has_the_last_shard_of_its_own(hotels: list[Hotel]) -> None:
    run = _run(Trigger.CRON)
    alone = engine.waiting(
        hotels[0], run=run, trigger=Trigger.CRON, metadata={"retry": {"alone": True}}
    )
    for hotel in hotels[1:]:
        engine.waiting(hotel, run=run, trigger=Trigger.CRON)

    assert _shards()[-1].execution_ids == (alone.pk,)


def test_a_limit_of_a_job_is_kept_by_lanes(hotels: list[Hotel], settings: Any) -> None:
    settings.JOBS_LIMITS = {"greet-guests": 5}
    _waiting(hotels, Trigger.CRON)

    shards = _shards()

    threads = {shard.lane: shard.threads for shard in shards}
    assert sorted(filter(None, threads.values())) == [2, 3]
    assert all(one.lane != next_.lane for one, next_ in pairwise(shards))


def test_machines_with_other_threads_keep_one_limit_together(
    hotels: list[Hotel], settings: Any
) -> None:
    settings.JOBS_LIMITS = {"greet-guests": 5}
    _waiting(hotels, Trigger.CRON)

    lanes = set()
    for settings.JOBS_CONCURRENCY in (1, 4):
        lanes |= {(shard.lane, shard.threads) for shard in _shards()}

    assert sum(threads or 0 for _, threads in lanes) == 5


def test_a_job_without_a_limit_has_no_lanes(hotels: list[Hotel]) -> None:
    _waiting(hotels, Trigger.CRON)

    assert {(shard.lane, shard.threads) for shard in _shards()} == {(None, None)}
