"""Benchmark beside other task queues: executions of a job that does nothing, two workers each.

Theirs write the same row of an execution as ours by two bare statements, one task a hotel; ours do
all their bookkeeping. The time is that from sending the first task to the end of the last one, with
workers that run already. On PostgreSQL; what is not installed is left out with a sentence.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.bench import broker, executing, group, measuring
from tests.waiting import wait_until

HOTELS = executing.HOTELS
WORKERS = executing.PROCESSES
_PEER = "tests.bench.peer"
# The packages of requirements-bench.txt, which no test sees.
PACKAGES = Path(os.environ.get("PEERS", settings.BASE_DIR / ".venv/peers"))
_ENDED = "SELECT count(*) FROM jobs_jobexecution WHERE status = 'COMPLETED'"
_READY = """
    SELECT count(*) FROM jobs_workerprocess
    WHERE NOT draining AND seen_at > now() - interval '1 minute'
"""


def run() -> None:
    """Time our workers and our pool, and each peer that is installed."""
    if connection.vendor != "postgresql":
        return
    group.hotels(HOTELS)
    _python("manage.py", "migrate", "--verbosity=0", JOBS_EXECUTOR="queue")
    with ExitStack() as stack, executing.empty_job():
        names, calls = ["manage.py worker", "the pool"], [stack.enter_context(_our_workers())]
        pool = stack.enter_context(executing.processes())
        calls.append(lambda: executing._work(pool))
        for name, peer in (
            ("Celery on RabbitMQ, acks late", _celery),
            ("Procrastinate", _procrastinate),
            ("django-tasks-db", _django_tasks),
        ):
            if call := peer(stack):
                names.append(name)
                calls.append(call)
            else:
                measuring.console.print(f"{name} is left out: requirements-bench.txt names it.")
        ours, in_pool, *theirs = measuring.interleaved(*calls, before=executing._forget)
    measuring.compare(
        f"one of {HOTELS:,} executions through the queue, {WORKERS} worker processes",
        ours=ours / HOTELS,
        target=measuring.Target(milliseconds=1),
        note=f"{HOTELS / ours:,.0f} a second; in the pool {HOTELS / in_pool:,.0f}",
    )
    best = min(theirs, default=None)
    for name, seconds in zip(names[2:], theirs, strict=True):
        measuring.compare(
            f"{HOTELS:,} executions beside {name}",
            ours=ours,
            floor=seconds,
            of=f"{name}, {WORKERS} workers: {HOTELS / seconds:,.0f} a second",
            target=measuring.Target(at_most=0.5) if seconds == best else None,
            note=f"ours {HOTELS / ours:,.0f} a second",
        )


@contextmanager
def _our_workers() -> Iterator[Callable[[], None]]:
    with _started("-m", f"{_PEER}.ours"), _sender("ours") as send:
        wait_until(lambda: _count(_READY) == WORKERS, what="our workers run")
        yield send


def _celery(stack: ExitStack) -> Callable[[], None] | None:
    if not _is_installed("celery"):
        return None
    if reason := broker.why_not():
        measuring.console.print(reason)
        return None
    url = stack.enter_context(broker.rabbitmq())
    worker = ("-m", "celery", "-A", f"{_PEER}.celery_app", "worker", f"--concurrency={WORKERS}")
    stack.enter_context(_started(*worker, "--loglevel=ERROR", BROKER_URL=url))
    return stack.enter_context(_sender("celery_app", BROKER_URL=url))


def _procrastinate(stack: ExitStack) -> Callable[[], None] | None:
    worker = ("-m", "procrastinate", "--app", f"{_PEER}.procrastinate_app.app", "worker")
    for _ in range(WORKERS):
        stack.enter_context(_started(*worker, "--queues", "peer"))
    return stack.enter_context(_sender("procrastinate_app"))


def _django_tasks(stack: ExitStack) -> Callable[[], None] | None:
    if not _is_installed("django_tasks_db"):
        return None
    own = {"DJANGO_SETTINGS_MODULE": f"{_PEER}.tasks_settings"}
    _python("-m", "django", "migrate", "--verbosity=0", **own)
    for _ in range(WORKERS):
        stack.enter_context(_started("-m", "django", "db_worker", **own))
    return stack.enter_context(_sender("tasks_app", **own))


@contextmanager
def _sender(module: str, **environment: str) -> Iterator[Callable[[], None]]:
    """A process that sends the tasks of all hotels at each call, which waits for their ends."""
    sender = subprocess.Popen(
        [sys.executable, "-m", f"{_PEER}.send", module],
        cwd=settings.BASE_DIR,
        env=_environment(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def send() -> None:
        assert sender.stdin is not None
        sender.stdin.write("all\n")
        sender.stdin.flush()
        executing._answer(sender.stdout)
        wait_until(lambda: _count(_ENDED) == HOTELS, what=f"{module} has ended all executions")

    try:
        executing._answer(sender.stdout)
        yield send
    finally:
        sender.communicate("")


@contextmanager
def _started(*arguments: str, **environment: str) -> Iterator[None]:
    """A worker, which is stopped at the end with all its processes."""
    worker = subprocess.Popen(
        _command(arguments),
        cwd=settings.BASE_DIR,
        env=_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # a line for each execution
        start_new_session=True,
    )
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


def _python(*arguments: str, **environment: str) -> None:
    subprocess.run(
        _command(arguments), cwd=settings.BASE_DIR, env=_environment(environment), check=True
    )


def _is_installed(package: str) -> bool:
    return (PACKAGES / package).is_dir()


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(PACKAGES), "JOBS_CONCURRENCY": str(WORKERS)} | more


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, *arguments]


def _count(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])
