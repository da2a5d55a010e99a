"""How executions are divided into messages, and which of these come first."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from hotels.models import Hotel, HotelGroup
from jobs import queue
from jobs.models import JobExecution, JobRun, Trigger, WorkerProcess
from jobs.queue import Shard
from jobs.queue.shards import CLASS_SIZE, Precedence
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
    return sorted(found, key=lambda shard: -shard.priority())


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


def test_a_shard_holds_hotels_of_one_group(hotels: list[Hotel]) -> None:
    chain, small = _groups(hotels[:3], hotels[3:5])
    _waiting(hotels, Trigger.CRON)

    of_hotel = dict(JobExecution.objects.values_list("pk", "hotel__group_id"))
    groups = [{of_hotel[pk] for pk in shard.execution_ids} for shard in _shards()]

    assert sorted(groups, key=str) == sorted([{chain.pk}] * 2 + [{small.pk}, {None}], key=str)


def test_groups_take_turns(hotels: list[Hotel], settings: Any) -> None:
    """Two jobs are due in a chain of four hotels and in another group of one."""
    settings.JOBS_SHARD_SIZE = 1
    chain, small = _groups(hotels[:4], hotels[4:5])
    _waiting(hotels[:5], Trigger.CRON)
    _waiting(hotels[:5], Trigger.CRON, job_name="count-sheets")

    in_order = [shard.group_id for shard in _shards()]

    assert Counter(in_order[:4]) == {chain.pk: 2, small.pk: 2}
    assert in_order[4:] == [chain.pk] * 6


def test_a_manual_request_of_a_large_group_comes_before_a_schedule_of_a_small_one(
    hotels: list[Hotel],
) -> None:
    _groups(hotels[:5], hotels[5:])
    scheduled = _waiting(hotels[5:], Trigger.CRON)
    _waiting(hotels[:5], Trigger.ADMIN)

    assert _runs(_shards())[-1] == scheduled.pk


def test_a_shard_waits_behind_those_of_its_group_with_the_same_turn() -> None:
    """So that a group that sends a request for each of its hotels gets no more than its share."""
    shard = Shard(job_name="greet-guests", execution_ids=(1,), precedence=Precedence.MANUAL)

    assert shard.priority(behind=2) == shard.priority() - 2
    assert shard.priority(behind=10**9) > Precedence.SCHEDULED * CLASS_SIZE


def _groups(*of_hotels: list[Hotel]) -> list[HotelGroup]:
    groups = []
    for number, of_group in enumerate(of_hotels):
        group = HotelGroup.objects.create(name=f"Group {number}")
        Hotel.objects.filter(pk__in=[hotel.pk for hotel in of_group]).update(group=group)
        groups.append(group)
    return groups


def _workers(count: int, *, concurrency: int = 1, **columns: Any) -> None:
    """Processes that take messages, each with so many hotels at once."""
    for pid in range(count):
        WorkerProcess.objects.create(host="here", pid=pid, concurrency=concurrency, **columns)


def _sizes() -> list[int]:
    return [len(shard.execution_ids) for shard in _shards()]


def _many(number: int, *, job_name: str = "greet-guests") -> None:
    """A slot of so many hotels, in few statements."""
    made = HotelFactory.build_batch(number)
    run, at = _run(Trigger.CRON, job_name=job_name), timezone.now()
    JobExecution.objects.bulk_create(
        JobExecution(
            run=run, hotel=hotel, job_name=job_name, trigger=Trigger.CRON, as_of=at, created_at=at,
            updated_at=at,
        )
        for hotel in Hotel.objects.bulk_create(made)
    )  # fmt: skip


@pytest.fixture
def _fifty_in_a_shard(settings: Any) -> None:
    settings.JOBS_SHARD_SIZE = 50


@pytest.mark.usefixtures("_fifty_in_a_shard")
class TestSizes:
    """A shard is a part of what is left, by the number of workers."""

    def test_a_few_hotels_are_shared_by_the_workers(self) -> None:
        _workers(2)
        _many(30)

        assert _sizes() == [8, 6, 4, 3, 3, 2, 2, 2]

    def test_a_single_worker_gets_as_few_shards_as_before(self) -> None:
        _workers(1)
        _many(60)

        assert _sizes() == [50, 10]

    def test_of_many_hotels_only_the_last_shards_are_small(self) -> None:
        """So that no worker has a large one at the end while the others have none."""
        _workers(2)
        _many(500)

        sizes = _sizes()

        assert sizes[:6] == [50] * 6
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[-2] == 2

    def test_a_shard_leaves_no_thread_of_a_worker_without_a_hotel(self) -> None:
        _workers(2, concurrency=5)
        _many(20)

        assert _sizes() == [5, 5, 5, 5]

    def test_workers_that_stop_or_hang_get_no_share(self) -> None:
        _workers(1)
        _workers(3, draining=True)
        _workers(3, active_at=timezone.now() - timedelta(hours=1))
        _many(20)

        assert _sizes() == [20]

    def test_the_jobs_of_a_night_are_shared_together(self) -> None:
        """Two jobs are due in ten hotels each: a worker takes the first half of each."""
        _workers(2)
        for name in ("count-sheets", "greet-guests"):
            _many(10, job_name=name)

        shards = _shards()

        found = [(shard.job_name, len(shard.execution_ids)) for shard in shards[:4]]
        assert found == [
            ("count-sheets", 5), ("greet-guests", 4), ("count-sheets", 3), ("greet-guests", 2),
        ]  # fmt: skip

    def test_a_request_is_not_divided_by_what_waits_behind_it(self, hotels: list[Hotel]) -> None:
        _workers(2)
        _many(100)
        _waiting(hotels, Trigger.ADMIN)

        assert _sizes()[:3] == [2, 2, 2]

    def test_a_single_execution_asks_for_no_workers(
        self, hotel: Hotel, queries_of: Callable[[Callable[[], Any]], int]
    ) -> None:
        _waiting([hotel], Trigger.API)
        one = queries_of(_shards)
        _many(100)

        assert (one, queries_of(_shards)) == (1, 2)
