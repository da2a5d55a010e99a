"""Faults of connections and workers, played in this process: cut, hung, killed."""

from datetime import datetime

import pytest
from django.db import connection

from hotels import worker_locks
from jobs import dispatch, runner
from jobs.base import JobContext
from jobs.models import JobExecution, Status, Trigger
from tests.factories import HotelFactory
from tests.jobs import fakes

CUT_LOCK_SESSIONS = """
    SELECT pg_terminate_backend(pid, 60000) FROM pg_locks
    WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture
def _checked_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_locks, "CHECK_EVERY", 0)


def cut_lock_sessions() -> None:
    """Cut the connections that hold worker locks, as a firewall does with idle ones."""
    with connection.cursor() as cursor:
        cursor.execute(CUT_LOCK_SESSIONS)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_checked_always")
def test_a_living_worker_whose_lock_connection_was_cut_is_taken_for_dead_once_at_most(
    now: datetime,
) -> None:
    """SQLite's lock on a file has no connection that could be cut."""

    def service(context: JobContext) -> fakes.Greetings:
        runner.close_abandoned()  # as the ticks of other machines do
        cut_lock_sessions()
        return fakes.greet(context)

    dispatch.run(
        job=fakes.make_job(service),
        hotels=HotelFactory.create_batch(6),
        now=now,
        trigger=Trigger.COMMAND,
    )

    statuses = JobExecution.objects.values_list("status", flat=True)
    assert list(statuses) == [Status.COMPLETED] * 6


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_lock_that_is_held_is_looked_at_once_a_second_at_most(queries_of) -> None:
    """SQLite's lock on a file needs no look."""
    with worker_locks.hold_worker_lock() as lock:
        assert queries_of(lock.renew) == 0
