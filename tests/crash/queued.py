"""Workers of the queue, as processes: `python -m tests.crash.queued SCENARIO …`.

    build HOTELS   the tables, and so many hotels whose job is due once
    report         what became of the executions, as JSON

Each other scenario starts workers on the database of DATABASE_URL and does something to them; what
it saw is printed as JSON, by its name. The job greets one guest in each hotel, whose name is the
process that did it. While the file HELD exists, a hotel that was begun does not end.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import uuid4

import django

# The environment has to be said before anything of the project is imported.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ |= {"JOBS_EXECUTOR": "queue", "JOBS_CONCURRENCY": "2", "JOBS_SHARD_SIZE": "4"}
django.setup()

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager

from hotels.audit import Via
from hotels.models import Guest, Hotel, HotelGroup
from jobs import dispatch, exports, queue, registry, tick
from jobs.backfill import backfill, past_slots
from jobs.base import JobContext, JobFailed
from jobs.dispatch import running
from jobs.exports import ExportFilters, lines, writing
from jobs.http_cron.delivery import deliver_slot
from jobs.models import ExecutionExport, JobExecution, Status, Tick, Trigger, WorkerProcess
from jobs.queue import recovery
from jobs.queue.messages import HELD as HELD_QUEUE
from jobs.worker import presence
from tests.jobs import fakes
from tests.waiting import TIMEOUT, wait_until

HELD = Path(os.environ.get("HELD", "/nowhere"))
LATE = timedelta(minutes=10)
TIME_LIMIT = timedelta(minutes=10)


def greet(context: JobContext) -> fakes.Greetings:
    """Greet a guest under the name of this process, and wait while HELD exists."""
    Guest.objects.create(hotel=context.hotel, name=str(os.getpid()))
    HELD.with_suffix(f".{context.hotel.pk}").touch()
    wait_until(lambda: not HELD.exists(), what="the hotel may end")
    if context.hotel.code == "fails":
        raise JobFailed("the lobby is closed", retry=False)
    return fakes.Greetings(hotel_id=context.hotel.pk, guests_greeted=1, done=1)


def register() -> None:
    """Let `greet-guests` be the only job: due once a year, some minutes ago."""
    due = (Tick.objects.get().looked_until if Tick.objects.exists() else timezone.now()).replace(
        second=0, microsecond=0
    ) + timedelta(minutes=1)
    job = replace(
        fakes.make_job(greet),
        schedule=f"{due.minute} {due.hour} {due.day} {due.month} *",
        backoff=timedelta(0),
        timeout=TIME_LIMIT,
    )
    registry._jobs.clear()
    registry._jobs[job.name] = job


def build(hotels: int) -> None:
    """Make the tables and the hotels, as of a tick before the slot."""
    call_command("migrate", verbosity=0)
    Hotel.objects.bulk_create(Hotel(code=f"h{n}", name=f"Hotel {n}") for n in range(hotels))
    at = timezone.now() - LATE
    Tick.objects.create(looked_until=at, ticked_at=at)


@contextmanager
def workers(*options: str) -> Iterator[int]:
    """The process of `manage.py worker`, which is stopped at the end; its processes have begun."""
    register()
    connection.close()
    connection.close_pool()
    pid = os.fork()
    if pid == 0:
        os.setsid()  # a group of its own, so that none of its processes is left behind
        try:
            call_command("worker", *options, stdout=sys.stderr)
        except BaseException as error:  # noqa: BLE001  said to who started us
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
        os._exit(0)
    try:
        wait_until(WorkerProcess.objects.exists, what="a worker has begun")
        yield pid
    finally:
        HELD.unlink(missing_ok=True)
        stop(pid)
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


_codes: dict[int, int] = {}


def stop(pid: int) -> int:
    """Stop the workers as a container is stopped; the exit code."""
    if pid not in _codes:
        os.kill(pid, signal.SIGTERM)
        _codes[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return _codes[pid]


def beat() -> tick.TickResult:
    """One tick at the present time."""
    return tick.run_tick(now=timezone.now())


def begun() -> bool:
    """True once as many hotels are in progress as a process takes."""
    return JobExecution.objects.running().count() == 2 and len(greeted_here()) >= 2


def greeted_here() -> list[Path]:
    """The files of the hotels that were begun."""
    return list(HELD.parent.glob(f"{HELD.stem}.[0-9]*"))


def finish() -> None:
    """Tick until every execution has ended."""

    def ended() -> bool:
        beat()
        return not JobExecution.objects.unfinished().exists()

    wait_until(ended, what="every execution has ended")


def lose_messages() -> dict[str, Any]:
    """Empty the tables of the queue while a worker is in the middle of its shard."""
    HELD.touch()
    with workers():
        first = beat()
        wait_until(begun, what="hotels are in progress")
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
        HELD.unlink()
        finish()
        return {"handed_out": first.handed_out, "due": first.opened.due} | report()


def kill_worker() -> dict[str, Any]:
    """Kill a worker in the middle of its shard; the supervisor starts another one."""
    HELD.touch()
    with workers():
        beat()
        wait_until(begun, what="hotels are in progress")
        (victim,) = WorkerProcess.objects.all()
        os.kill(victim.pid, signal.SIGKILL)
        HELD.unlink()
        wait_until(
            lambda: [row for row in WorkerProcess.objects.alive() if row.pid != victim.pid],
            what="another worker has begun",
        )
        finish()
    return {"killed": victim.pid} | report()


def drain() -> dict[str, Any]:
    """Stop the only worker in the middle of its shard."""
    HELD.touch()
    with workers() as pid:
        beat()
        wait_until(begun, what="hotels are in progress")
        os.kill(pid, signal.SIGTERM)
        HELD.unlink()
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        _codes[pid] = code
    return {"code": code, "workers": WorkerProcess.objects.count()} | report()


def request() -> dict[str, Any]:
    """Run now, run over the API, and retry: by a worker, not by the process that was asked."""
    admin.autodiscover()
    user = User.objects.create(username="owner")
    hotel = Hotel.objects.create(code="fails", name="Fails")
    with workers():
        job = registry.get("greet-guests")
        outcome = dispatch.run_now(
            job=job, hotel=hotel, now=timezone.now(), trigger=Trigger.API, requested_by=user
        )
        row = JobExecution.objects.get(pk=outcome.execution_id)
        hotel.code = "open"
        hotel.save()
        _, retried = dispatch.retry_now(execution=row, by=user, via=Via.API, wait=True)
        opening = dispatch.open_run_once(
            request=dispatch.RunRequest(
                job=job,
                now=timezone.now(),
                trigger=Trigger.ADMIN,
                requested_by=user,
                request_key=uuid4(),
            ),
            hotels=[hotel],
        )
        run = opening.run
        wait_until(lambda: not run.executions.unfinished().exists(), what="the run has ended")
        HELD.touch()
        with mock.patch.object(running, "PATIENCE", timedelta()):
            late = dispatch.run_now(
                job=job, hotel=hotel, now=timezone.now(), trigger=Trigger.API, requested_by=user
            )
        HELD.unlink()
        result = dispatch.run(
            job=job,
            hotels=list(Hotel.objects.filter(code__in=("h0", "h1"))),
            now=timezone.now(),
            trigger=Trigger.COMMAND,
        )
    return {
        "ran": outcome.status,
        "retried": retried.status if retried else None,
        "handed_out": opening.handed_out,
        "late": late.status,
        "of_two": result.tally.total,
        "lists": sum(model._meta.app_label == "procrastinate" for model in admin.site._registry),
        "here": Guest.objects.filter(name=str(os.getpid())).count(),
    } | report()


def lose_supervisor() -> dict[str, Any]:
    """Kill the process that supervises; the workers stop by themselves."""
    with workers("--processes", "2") as pid:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        _codes[pid] = -signal.SIGKILL
        wait_until(lambda: not WorkerProcess.objects.exists(), what="the workers have stopped")
    return {"workers": WorkerProcess.objects.count()}


def cut_connections() -> dict[str, Any]:
    """End all sessions of an idle worker, as a restart of the server does."""
    presence.BEAT = 0.2
    with workers():
        (before,) = WorkerProcess.objects.all()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        wait_until(queue.is_attended, what="the worker is back")
        handed_out = beat().handed_out
        finish()
        (after,) = WorkerProcess.objects.all()
    return {"same": before.pid == after.pid, "handed_out": handed_out} | report()


def cut_deliveries() -> dict[str, Any]:
    """The reader of deliveries ends while the worker is in the middle of a shard."""
    listen, cut = JobManager.listen_for_jobs, HELD.with_suffix(".cut")

    async def listen_once(self: JobManager, *, on_notification: Any, queues: Any) -> None:
        if queue.DELIVERIES not in queues or cut.exists():
            await listen(self, on_notification=on_notification, queues=queues)
            return
        await asyncio.to_thread(
            wait_until, lambda: len(greeted_here()) >= 2, what="two hotels are greeted"
        )
        cut.touch()
        raise ConnectorException("the session was cut")

    HELD.touch()
    with mock.patch.object(JobManager, "listen_for_jobs", listen_once), workers():
        beat()
        wait_until(cut.exists, what="the session was cut")
        queue.send_delivery()
        asked = "SELECT id FROM procrastinate_jobs WHERE task_name = %s"
        wait_until(lambda: not rows(asked, queue.DELIVER), what="the outbox is sent")
        running = JobExecution.objects.running().count()
        HELD.unlink()
        finish()
    return {"running": running} | report()


def leave_message() -> dict[str, Any]:
    """The library cannot delete the first message about a job that may run in one hotel at once."""
    settings.JOBS_LIMITS = {"greet-guests": 1}
    finish_job, failed = JobManager.finish_job, HELD.with_suffix(".failed")

    async def fail_once(self: JobManager, *arguments: Any, **options: Any) -> None:
        if not failed.exists():
            failed.touch()
            raise ConnectorException("the database is shutting down")
        await finish_job(self, *arguments, **options)

    with (
        mock.patch.object(JobManager, "finish_job", fail_once),
        mock.patch.object(recovery, "REPORTED_AFTER", 1),
        workers(),
    ):
        beat()
        wait_until(failed.exists, what="a message could not be deleted")
        finish()
        wait_until(lambda: beat() and not messages(), what="no message is left")
    return report()


def delete_finishing() -> dict[str, Any]:
    """A tick deletes a message that its worker is just about to delete itself."""
    finish_job = JobManager.finish_job

    async def finish_deleted(self: JobManager, *, job: Any, **options: Any) -> None:
        await self.connector.execute_query_async(
            "DELETE FROM procrastinate_jobs WHERE id = %(pk)s", pk=job.id
        )
        await finish_job(self, job=job, **options)

    with mock.patch.object(JobManager, "finish_job", finish_deleted), workers():
        (before,) = WorkerProcess.objects.all()
        beat()
        finish()
        (after,) = WorkerProcess.objects.all()
    return {"same": before.pid == after.pid} | report()


def hang() -> dict[str, Any]:
    """The service of a hotel never returns the first time; it waits for nothing in the database."""
    hung, greet_guest = HELD.with_suffix(".hung"), greet

    def hang_once(context: JobContext) -> fakes.Greetings:
        if context.hotel.code == "h0" and not hung.exists():
            hung.touch()
            threading.Event().wait()
        return greet_guest(context)

    with (
        mock.patch.object(sys.modules[__name__], "greet", hang_once),
        mock.patch.object(sys.modules[__name__], "TIME_LIMIT", timedelta(seconds=2)),
        mock.patch.multiple(presence, BEAT=0.2, GRACE=0.5),
        workers(),
    ):
        (before,) = WorkerProcess.objects.all()
        beat()
        wait_until(hung.exists, what="a hotel hangs")
        finish()
        wait_until(WorkerProcess.objects.at_work, what="another worker has begun")
        hangs = before.pid in {row.pid for row in WorkerProcess.objects.alive()}
    return {"hangs": hangs} | report()


def cannot_read() -> dict[str, Any]:
    """The only worker is alive, but the queue gives it no messages."""
    WorkerProcess.LOOKED_WITHIN = timedelta(seconds=1)
    presence.BEAT = 0.2
    with workers():
        with connection.cursor() as cursor:
            cursor.execute("ALTER FUNCTION procrastinate_fetch_job_v2 RENAME TO none_such")
        wait_until(lambda: not queue.is_attended(), what="the worker counts no more")
        result = beat()
        alive = len(WorkerProcess.objects.alive())
    return {"alive": alive, "worked": result.tally.total} | report()


def catch_up() -> dict[str, Any]:
    """Past slots on request, and a call of cron over HTTP, by a worker."""
    with workers():
        job, now = registry.get("greet-guests"), timezone.now()
        half = list(Hotel.objects.order_by("pk")[: Hotel.objects.count() // 2])
        slots = list(past_slots(job=job, hotels=half, start=now - 2 * LATE, end=now))
        tally = backfill(job=job, slots=slots, now=now)
        delivered = deliver_slot(job=job, now=now, budget=TIMEOUT, concurrency=1)
    return {
        "caught_up": tally.total,
        "delivered": delivered.progress.done,
        "here": Guest.objects.filter(name=str(os.getpid())).count(),
    } | report()


def without_workers() -> dict[str, Any]:
    """A tick works the executions itself while no worker is alive."""
    register()
    result = beat()
    return {"worked": result.tally.total, "handed_out": result.handed_out} | report()


def deliver() -> dict[str, Any]:
    """The tick asks the workers twice to send the outbox, and they read that once."""
    queue.send_delivery()
    queue.send_delivery()
    asked = messages()
    with workers():
        wait_until(lambda: not messages(), what="a worker has sent the outbox")
    return {"asked": asked}


def limit() -> dict[str, Any]:
    """A job that may run in one hotel at once, in some messages; two processes are free for it."""
    settings.JOBS_LIMITS = {"greet-guests": 1}
    settings.JOBS_SHARD_SIZE = 2  # all of one size, whichever worker asks first
    return _limited()


def limit_of_group() -> dict[str, Any]:
    """Jobs may run in one hotel of a group at once; one hotel belongs to no group."""
    group = HotelGroup.objects.create(name="Chain", hotels_at_once=1)
    Hotel.objects.exclude(code="h0").update(group=group)
    return _limited(Hotel.objects.get(code="h0").pk)


def _limited(*others: int) -> dict[str, Any]:
    """What is in progress when a limit is used up, but in the other hotels; then all is worked."""
    HELD.touch()
    with workers("--processes", str(2 + len(others))):
        beat()
        wait_until(lambda: 0 < held() == messages("todo"), what="the limit holds back messages")
        wait_until(lambda: len(greeted_here()) == 1 + len(others), what="hotels are in progress")
        seen = {
            "waiting": messages("todo") - held(),
            "running": JobExecution.objects.running().exclude(hotel_id__in=others).count(),
            "held_back": queue.held_back(),
            "others": JobExecution.objects.running().filter(hotel_id__in=others).count(),
        }
        HELD.unlink()
        wait_until(lambda: not JobExecution.objects.unfinished().exists(), what="all has ended")
        seen["held"] = held()
    return seen | report()


def lose_limited() -> dict[str, Any]:
    """The worker that had all that a limit allows is killed, and every message is gone."""
    settings.JOBS_LIMITS = {"greet-guests": 1}
    HELD.touch()
    with workers():
        beat()
        wait_until(greeted_here, what="a hotel is in progress")
        (victim,) = WorkerProcess.objects.all()
        os.kill(victim.pid, signal.SIGKILL)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
        HELD.unlink()
        wait_until(
            lambda: [row for row in WorkerProcess.objects.alive() if row.pid != victim.pid],
            what="another worker has begun",
        )
        finish()
    return report()


def make_previews() -> dict[str, Any]:
    """Previews in all hotels are made by a worker that also works a shard."""
    user = User.objects.create(username="owner")
    HELD.touch()
    with workers():
        beat()
        wait_until(begun, what="hotels are in progress")
        HELD.rename(HELD.with_suffix(".away"))
        request = dispatch.request_previews(
            job=registry.get("greet-guests"),
            hotels=list(Hotel.objects.all()),
            by=user,
            now=timezone.now(),
        )

        def made() -> bool:
            request.refresh_from_db()
            return request.finished_at is not None

        wait_until(made, what="the previews are made")
        wait_until(lambda: not JobExecution.objects.unfinished().exists(), what="all has ended")
    return {"made": [each["summary"] for each in request.result]} | report()


def write_export() -> dict[str, Any]:
    """A worker is killed in the middle of an export; the page of its user asks again."""
    user = User.objects.create(username="owner", is_superuser=True)
    register()
    dispatch.run(
        job=registry.get("greet-guests"),
        hotels=list(Hotel.objects.all()),
        now=timezone.now(),
        trigger=Trigger.COMMAND,
    )
    HELD.touch()
    read = lines.next_batch

    def held_after_the_first(*args: Any, last_key: int | None) -> Any:
        if last_key is not None:
            HELD.with_suffix(".middle").touch()
            wait_until(lambda: not HELD.exists(), what="the export may go on")
        return read(*args, last_key=last_key)

    with (
        mock.patch.object(lines, "BATCH", 3),
        mock.patch.object(writing, "BATCH", 3),
        mock.patch.object(writing, "next_batch", held_after_the_first),
        workers(),
    ):
        export = exports.request_export(filters=ExportFilters(), by=user, now=timezone.now())
        wait_until(HELD.with_suffix(".middle").exists, what="the export is in progress")
        (victim,) = WorkerProcess.objects.all()
        os.kill(victim.pid, signal.SIGKILL)
        HELD.unlink()
        later = timezone.now() + ExecutionExport.LOST_AFTER
        asked = exports.ask_again_if_lost(export=export, now=later)

        def complete() -> bool:
            export.refresh_from_db()
            return export.finished_at is not None

        wait_until(complete, what="the file is complete")
    rows = b"".join(exports.file_of(export)).decode().splitlines()[1:]
    keys = [int(row.partition(",")[0]) for row in rows]
    return {"asked": asked, "parts": export.parts_written, "keys": keys, "in_order": sorted(keys)}


def held() -> int:
    """How many messages a limit holds back."""
    return len(rows("SELECT id FROM procrastinate_jobs WHERE queue_name = %s", HELD_QUEUE))


def take_turns() -> dict[str, Any]:
    """A chain has all hotels but two, and its requests come first; the order of the work."""
    chain, small = (HotelGroup.objects.create(name=name) for name in ("Chain", "Small"))
    Hotel.objects.update(group=chain)
    Hotel.objects.filter(code__in=("h8", "h9")).update(group=small)
    user = User.objects.create(username="owner")
    with workers("--concurrency", "1"):
        HELD.touch()
        for hotel in Hotel.objects.order_by("group__name", "pk"):
            dispatch.open_run(
                request=dispatch.RunRequest(
                    job=registry.get("greet-guests"),
                    now=timezone.now(),
                    trigger=Trigger.API,
                    requested_by=user,
                ),
                hotel_ids=[hotel.pk],
            )
        HELD.unlink()
        wait_until(lambda: not JobExecution.objects.unfinished().exists(), what="all has ended")
    in_order = JobExecution.objects.order_by("started_at").values_list("hotel__group__name")
    return {"in_order": [name for (name,) in in_order]} | report()


def repeat_request() -> dict[str, Any]:
    """A request waits, loses its message, and meanwhile the job is run in one of its two hotels."""
    user = User.objects.create(username="owner")
    hotels = list(Hotel.objects.filter(code__in=("h0", "h1")).order_by("pk"))
    with workers():
        job = registry.get("greet-guests")
        with mock.patch.object(queue, "send_shards", return_value=2):
            run = dispatch.open_run(
                request=dispatch.RunRequest(
                    job=job, now=timezone.now(), trigger=Trigger.ADMIN, requested_by=user
                ),
                hotel_ids=[hotel.pk for hotel in hotels],
            )
        dispatch.run(job=job, hotels=hotels[:1], now=timezone.now(), trigger=Trigger.COMMAND)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE jobs_tick SET looked_until = now(), ticked_at = now()")
        finish()
    reasons = run.executions.order_by("hotel_id").values_list("status", "skip_reason")
    return {"of_request": list(reasons)} | report()


def all_through_pooler() -> dict[str, Any]:
    """A slot from the tick to its end, where sessions change with each transaction."""
    with workers("--processes", "2"):
        handed_out = beat().handed_out
        finish()
    keys = JobExecution.objects.exclude(worker=None).count()
    return {"handed_out": handed_out, "keys": keys} | report()


def report() -> dict[str, Any]:
    """What became of the executions, and how often each hotel was greeted."""
    executions = JobExecution.objects.all()
    greetings = Counter(Guest.objects.values_list("hotel_id", flat=True))
    ended = executions.filter(status=Status.COMPLETED).values_list("hotel_id", "scheduled_for")
    return {
        "status": Counter(executions.values_list("status", flat=True)),
        "kinds": Counter(
            executions.exclude(failure_kind="").values_list("failure_kind", flat=True)
        ),
        "most_greeted": max(greetings.values(), default=0),
        "greeted": len(greetings),
        "completed_twice": len(ended) - len(set(ended)),
        "messages": messages(),
    }


def messages(status: str = "%") -> int:
    """How many messages of a status the queue holds."""
    return len(rows("SELECT id FROM procrastinate_jobs WHERE status::text LIKE %s", status))


def rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows that a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


SCENARIOS: dict[str, Callable[[], dict[str, Any]]] = {
    "lose_messages": lose_messages,
    "kill_worker": kill_worker,
    "drain": drain,
    "request": request,
    "lose_supervisor": lose_supervisor,
    "cut_connections": cut_connections,
    "cut_deliveries": cut_deliveries,
    "leave_message": leave_message,
    "delete_finishing": delete_finishing,
    "hang": hang,
    "cannot_read": cannot_read,
    "catch_up": catch_up,
    "without_workers": without_workers,
    "deliver": deliver,
    "limit": limit,
    "limit_of_group": limit_of_group,
    "lose_limited": lose_limited,
    "take_turns": take_turns,
    "repeat_request": repeat_request,
    "make_previews": make_previews,
    "write_export": write_export,
    "all_through_pooler": all_through_pooler,
    "report": report,
}


def main(arguments: list[str]) -> None:
    """Do the scenario and print what it saw as JSON."""
    if arguments[0] == "build":
        build(int(arguments[1]))
    else:
        sys.stdout.write(json.dumps({name: SCENARIOS[name]() for name in arguments}))


if __name__ == "__main__":
    main(sys.argv[1:])
