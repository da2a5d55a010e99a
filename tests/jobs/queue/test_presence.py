"""A worker ends when something hangs in it; how it does is tested in tests/crash/test_queue.py."""

from collections.abc import Iterator
from datetime import timedelta
from unittest import mock

import pytest

from hotels.worker_locks import WorkerLock
from jobs.worker import presence
from jobs.worker.presence import Presence

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
