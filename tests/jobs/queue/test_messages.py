"""Sending messages through the library, whose tables the tests lack."""

from collections import Counter
from collections.abc import Callable
from unittest import mock

import psycopg
import pytest
from django.db import DatabaseError
from procrastinate.contrib.django.django_connector import DjangoConnector

from hotels.deadlocks import is_deadlock
from jobs import queue
from jobs.queue import Shard, messages
from jobs.queue.shards import Precedence

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
DEADLOCK = "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"
SHARD = Shard(job_name="greet-guests", execution_ids=(1,), precedence=Precedence.SCHEDULED)


@pytest.mark.parametrize("send", [lambda: queue.send_shards([SHARD]), queue.send_delivery])
def test_an_error_of_the_database_is_one_of_django(send: Callable[[], object]) -> None:
    """PostgreSQL only: the library wraps the errors of its driver."""
    manager = mock.Mock()
    manager.batch_defer_jobs = lambda _: DjangoConnector().execute_query(DEADLOCK)

    with (
        mock.patch.object(messages, "_waiting", return_value=Counter()),
        mock.patch.object(messages, "_manager", return_value=manager),
        pytest.raises(DatabaseError) as raised,
    ):
        send()

    assert is_deadlock(raised.value)
    assert isinstance(raised.value.__cause__, psycopg.errors.DeadlockDetected)
