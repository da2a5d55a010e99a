"""Benchmark of the engine alone: executions of a job that does nothing, in two processes.

Beside it the least that a durable record of a task takes: a row is inserted and committed, then
updated and committed. On PostgreSQL, where several processes can write.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from unittest import mock

import django
from django.conf import settings
from django.db import connection
from django.utils import timezone

PROCESSES = 2
HOTELS = 10_000 if os.environ.get("LONG") == "yes" else 2_000
JOB = "do-nothing"
INSERT = """
    INSERT INTO jobs_jobexecution (run_id, hotel_id, job_name, trigger, status, failure_kind,
        skip_reason, scheduled_for, as_of, attempt, problems, effects, metadata, words, error,
        traceback, cancel_requested_by_name, created_at, updated_at, token, lease_expires_at,
        started_at)
    VALUES (%s, %s, 'do-nothing', 'CRON', 'RUNNING', '', '', %s, %s, 1, 0, '{}', '{}', '', '', '',
        '', %s, %s, gen_random_uuid(), %s, %s)
    RETURNING id
"""
UPDATE = """
    UPDATE jobs_jobexecution SET status = 'COMPLETED', completed_at = %s, updated_at = %s,
        words = 'nothing to do', result = '{}' WHERE id = %s AND status = 'RUNNING'
"""


def run() -> None:
    """Time the executions of all hotels, and rows that are inserted and updated."""
    from tests.bench import group, measuring

    if connection.vendor != "postgresql":
        return
    group.hotels(HOTELS)
    with empty_job(), processes() as workers:
        ours, floor, threads = measuring.interleaved(
            lambda: _work(workers),
            lambda: _record(workers),
            lambda: _work(workers[:1], threads=PROCESSES),
            before=_forget,
        )
    name = f"executions of an empty job in {HOTELS:,} hotels, {PROCESSES} processes"
    measuring.compare(
        name,
        ours=ours,
        floor=floor,
        of="an INSERT and an UPDATE each, with two commits",
        target=measuring.Target(at_most=0.8),
        note=f"{HOTELS / ours:,.0f} a second",
    )
    measuring.compare(
        f"one of them ({HOTELS / ours:,.0f} a second)",
        ours=ours / HOTELS,
        target=measuring.Target(milliseconds=1),
        note=f"in {PROCESSES} threads of one process {HOTELS / threads:,.0f} a second",
    )


def _do_nothing(context: Any) -> Any:
    return _result_class()(hotel_id=context.hotel.pk)


def _result_class() -> Any:
    from jobs.base import JobResult

    class Nothing(JobResult):
        def summary(self) -> str:
            return "nothing to do"

    return Nothing


@contextmanager
def empty_job() -> Iterator[Any]:
    """The empty job, registered in this process."""
    from jobs import registry
    from jobs.base import Job

    job = Job(name=JOB, title="Do nothing", schedule="0 0 * * *", service=_do_nothing)
    with mock.patch.dict(registry._jobs, {JOB: job}):
        yield job


def _forget() -> None:
    from jobs.models import JobExecution, JobRun

    with connection.cursor() as cursor:
        JobExecution.objects.all().delete()
        JobRun.objects.all().delete()
        cursor.execute("VACUUM ANALYZE jobs_jobexecution")


@contextmanager
def processes() -> Iterator[list["subprocess.Popen[str]"]]:
    """Processes that are started and wait for an order."""
    environment = os.environ | {"JOBS_CONCURRENCY": str(PROCESSES)}
    command = [sys.executable, "-m", "tests.bench.executing"]
    workers = [
        subprocess.Popen(
            [*command, str(number)],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a line for each execution
            text=True,
        )
        for number in range(PROCESSES)
    ]
    try:
        for worker in workers:
            _answer(worker.stdout)
        yield workers
    finally:
        for worker in workers:
            worker.communicate("")


def _work(workers: list["subprocess.Popen[str]"], *, threads: int = 1) -> None:
    """Open a slot of the empty job and let the workers work it."""
    now = timezone.now()
    work(workers, job_name=JOB, now=now, slot=now, threads=threads)


def work(
    workers: list["subprocess.Popen[str]"],
    *,
    job_name: str,
    now: datetime,
    slot: datetime | None = None,
    threads: int = 1,
) -> None:
    """Store an execution for each hotel and let the workers work them."""
    from hotels.models import Hotel
    from jobs import registry
    from jobs.dispatch import RunRequest, open_run
    from jobs.models import Trigger

    trigger = Trigger.COMMAND if slot is None else Trigger.CRON
    open_run(
        request=RunRequest(
            job=registry.get(job_name), now=now, trigger=trigger, slot=slot, worker=1
        ),
        hotel_ids=list(Hotel.objects.values_list("pk", flat=True)),
    )
    _order(workers, f"work {len(workers)} {threads} {job_name} {now.isoformat()}")


def _record(workers: list["subprocess.Popen[str]"]) -> None:
    _order(workers, f"record {len(workers)} 1 {JOB} {timezone.now().isoformat()}")


def _order(workers: list["subprocess.Popen[str]"], order: str) -> None:
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(f"{order}\n")
        worker.stdin.flush()
    for worker in workers:
        _answer(worker.stdout)


def _answer(stream: IO[str] | None) -> None:
    assert stream is not None
    assert stream.readline() == "ready\n", "a worker ended"


def main(number: int) -> None:
    """Carry out orders: work a part of the executions, or write rows for a part of the hotels."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    orders: dict[str, Callable[..., None]] = {"work": _work_part, "record": _record_part}
    print("ready", flush=True)  # noqa: T201  the answer to the parent
    for line in sys.stdin:
        order, parts, threads, job_name, at = line.split()
        orders[order](
            number,
            parts=int(parts),
            threads=int(threads),
            job_name=job_name,
            now=datetime.fromisoformat(at),
        )
        print("ready", flush=True)  # noqa: T201  the answer to the parent


def _work_part(number: int, *, parts: int, threads: int, job_name: str, now: datetime) -> None:
    from jobs import dispatch, registry
    from jobs.models import JobExecution

    with empty_job(), dispatch.hold_runs() as lock:
        waiting = dispatch.read_waiting(rows=JobExecution.objects.pending())
        mine = sorted(waiting)[number::parts]
        options = dispatch.WorkOptions(now=now, lock=lock, concurrency=threads)
        job = registry.get(job_name)
        tally = dispatch.work_job(job=job, waiting=mine, options=options)
    assert (tally.total, tally.failed) == (len(mine), 0)


def _record_part(number: int, *, parts: int, threads: int, job_name: str, now: datetime) -> None:
    import psycopg

    from hotels.models import Hotel
    from jobs.models import JobRun

    hotel_ids = sorted(Hotel.objects.values_list("pk", flat=True))[number::parts]
    run = JobRun.objects.create(job_name=JOB, trigger="CRON", created_at=now)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as session:
        for hotel_id in hotel_ids:
            row = session.execute(INSERT, [run.pk, hotel_id, *[now] * 6]).fetchone()
            assert row is not None
            session.execute(UPDATE, [now, now, row[0]])


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main(int(sys.argv[1]))
