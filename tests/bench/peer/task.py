"""The task of every peer: a row of an execution is inserted, then updated, each with its commit."""

import os
import threading
from datetime import UTC, datetime

import psycopg

from tests.bench.executing import INSERT, UPDATE

_of_thread = threading.local()
_RUN = """
    INSERT INTO jobs_jobrun (job_name, trigger, created_at, requested_by_name)
    VALUES ('do-nothing', 'CRON', now(), '') RETURNING id
"""


def record(hotel_id: int, run_id: int) -> None:
    """Write the row; the connection is kept, as a worker would keep it."""
    now = datetime.now(UTC)
    row = _session().execute(INSERT, [run_id, hotel_id, *[now] * 6]).fetchone()
    assert row is not None
    _session().execute(UPDATE, [now, now, row[0]])


def hotels_and_run() -> tuple[list[int], int]:
    """The keys of all hotels, and of a new run."""
    run = _session().execute(_RUN).fetchone()
    assert run is not None
    hotels = _session().execute("SELECT id FROM hotels_hotel ORDER BY id").fetchall()
    return [key for (key,) in hotels], run[0]


def _session() -> psycopg.Connection:
    if not hasattr(_of_thread, "session"):
        _of_thread.session = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    session: psycopg.Connection = _of_thread.session
    return session
