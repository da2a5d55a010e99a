"""A worker ends when something hangs in it; how it does is tested in tests/crash/test_queue.py."""

from collections.abc import Iterator
from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone

from hotels.models import Hotel
from hotels.worker_locks import WorkerLock
from jobs import runner
from jobs.models import JobExecution, Status
from jobs.worker import presence
from jobs.worker.presence import Presence
from tests.jobs import fakes
from tests.jobs.engine import claimed, waiting

KEY = 7
AHEAD = timedelta(minutes=1)
OVER = -1.5 * timedelta(seconds=presence.GRACE)
LONG_OVER = 2 * OVER


@pytest.fixture
def ended() -> Iterator[mock.Mock]:
    with mock.patch.object(presence.os, "_exit") as exited:
        yield exited


def hanging() -> tuple[Presence, mock.Mock]:
    stopped = mock.Mock()
    return Presence(lock=WorkerLock(key=None), concurrency=2, on_hang=stopped), stopped


def test_while_another_hotel_is_in_progress_it_only_stops(ended: mock.Mock) -> None:
    worker, stopped = hanging()

    with worker.watch(limit=OVER), worker.watch(limit=AHEAD):
        worker._end_if_hanging()

    assert (stopped.called, ended.called) == (True, False)


def test_when_nothing_else_is_in_progress_it_ends(ended: mock.Mock) -> None:
    worker, _ = hanging()

    with worker.watch(limit=OVER):
        worker._end_if_hanging()

    assert ended.called


def test_it_does_not_wait_for_long_for_another_hotel(ended: mock.Mock) -> None:
    worker, _ = hanging()

    with worker.watch(limit=LONG_OVER), worker.watch(limit=AHEAD):
        worker._end_if_hanging()

    assert ended.called


def test_what_took_too_long_but_has_ended_ends_nothing(ended: mock.Mock) -> None:
    worker, stopped = hanging()

    with worker.watch(limit=LONG_OVER):
        pass
    worker._end_if_hanging()

    assert not stopped.called
    assert not ended.called


@pytest.fixture
def left_running(hotel: Hotel) -> JobExecution:
    """A slot whose worker could not record how it ended, as the database was away."""
    policy = runner.retry_policy(job=fakes.make_job(fakes.greet))
    slot = waiting(hotel, scheduled_for=timezone.now(), metadata=policy)
    return claimed(slot, worker=KEY)


@pytest.mark.django_db
def test_what_a_worker_could_not_record_is_closed_and_retried_when_it_holds_nothing(
    left_running: JobExecution,
) -> None:
    """Its worker lives, so that nobody else would do it before the lease is over."""
    worker = Presence(lock=WorkerLock(key=KEY), concurrency=2, on_hang=mock.Mock())

    worker._close_unrecorded()

    left_running.refresh_from_db()
    assert (left_running.status, left_running.failure_kind) == (Status.FAILED, "interrupted")
    assert JobExecution.objects.get(status=Status.PENDING).attempt == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("key", "holds"), [(KEY, True), (KEY + 1, False)])
def test_what_a_worker_is_working_is_left_alone(
    left_running: JobExecution, key: int, holds: bool
) -> None:
    worker = Presence(lock=WorkerLock(key=key), concurrency=2, on_hang=mock.Mock())
    if holds:
        worker.take(message_id=1, job_name="greet-guests", held=1, group_id=None, threads=1)

    worker._close_unrecorded()

    left_running.refresh_from_db()
    assert left_running.status == Status.RUNNING
