"""One worker process: it takes messages until SIGTERM, then finishes its hotels."""

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from hotels.notifications.delivery import deliver_due
from hotels.worker_locks import WorkerLock
from jobs import dispatch, exports, queue, runner
from jobs.dispatch import WorkOptions
from jobs.models import JobExecution, JobExecutionQuerySet, Status, WorkerProcess
from jobs.queue import Limit
from jobs.runner import ClockDiffers, Outcome
from jobs.worker.presence import Presence

DELIVERY_TIME = timedelta(seconds=45)
# A receiver is given up after a minute and a half; one that took longer hangs.
LONGEST_DELIVERY = timedelta(minutes=5)
# Of the last hotel a job may take as long as its lease.
LONGEST_PREVIEWS = timedelta(minutes=20)
# A worker writes for a minute; of a large table, a part of few executions takes longer.
LONGEST_EXPORT = timedelta(minutes=20)
# What processes that died left behind is shown for so long.
DEAD_SHOWN = timedelta(hours=1)
LOOK_EVERY = 5.0  # seconds; a new message wakes a worker at once
# Behind a pooler that changes sessions nothing wakes it.
LOOK_EVERY_WITHOUT_SESSION = 1.0
TRY_AGAIN_AFTER = 1.0  # seconds
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ShardMessage:
    """A message about a shard: see `jobs.queue.Shard`."""

    stored: Any  # the message as the library has it
    job_name: str
    execution_ids: Sequence[int]
    group_id: int | None


def work_until_stopped(*, concurrency: int, parent: int) -> int:
    """Work messages, `concurrency` hotels at once, until SIGTERM or SIGINT; returns the exit code.

    The file descriptor `parent` is readable once the process that started this one has ended: then
    this one stops too. The hotels in progress are finished, the others left PENDING. Raises
    ClockDiffers if the clock of this machine is wrong.
    """
    with dispatch.hold_runs() as lock:
        WorkerProcess.objects.drop(older_than=DEAD_SHOWN)
        worker = Worker(lock=lock, concurrency=concurrency)
        worker.presence.begin()
        connection.close()  # this thread needs it again only at the end
        try:
            asyncio.run(worker.serve(parent=parent))
        finally:
            worker.presence.end()
    return worker.exit_code


class Worker:
    """The messages a process works: one at a time of each queue.

    So an execution that runs alone has its process to itself.
    """

    def __init__(self, *, lock: WorkerLock, concurrency: int) -> None:
        self.presence = Presence(lock=lock, concurrency=concurrency, on_hang=self.stop)
        self.exit_code = 0
        self._lock = lock
        self._concurrency = concurrency
        self._stopping = threading.Event()
        self._stop_loop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Take no more messages, and begin no more hotels; in any thread."""
        self._stopping.set()
        if self._loop is not None and self._stop_loop is not None:
            self._loop.call_soon_threadsafe(self._stop_loop.set)

    async def serve(self, *, parent: int) -> None:
        """Take messages until `stop`; after an error of the database it tries again."""
        self._loop, self._stop_loop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self.stop)
        self._loop.add_reader(parent, self._orphaned, parent)
        names = (queue.SHARDS, queue.DELIVERIES, queue.PREVIEWS, queue.EXPORTS)
        await asyncio.gather(*map(self._read, names))

    async def _read(self, name: str) -> None:
        """Take the messages of one queue until `stop`. No queue waits for the other's messages."""
        assert self._stop_loop is not None
        while not self._stopping.is_set():
            try:
                await self._take_messages(name, stop=self._stop_loop)
            except Exception as error:  # noqa: BLE001  whatever it was, work goes on when it is over
                _log.warning("The queue %s could not be read: %s", name, error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop_loop.wait(), TRY_AGAIN_AFTER)

    def _orphaned(self, parent: int) -> None:
        assert self._loop is not None
        self._loop.remove_reader(parent)
        self.stop()

    async def _take_messages(self, name: str, *, stop: asyncio.Event) -> None:
        """Take messages until `stop` is set or the queue cannot be read."""
        app = self._app()
        async with app.open_async():
            reader = _reader(app, name)
            running = asyncio.create_task(reader.run())
            await asyncio.sleep(0)  # it has begun: it would forget a stop before
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait([running, stopped], return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            reader.stop()  # it ends when its message is done; a cancellation can get lost
            await running

    def _app(self) -> Any:
        """The library's application, with connections of its own to take messages."""
        from procrastinate import JobContext, PsycopgConnector
        from procrastinate.contrib.django import DjangoApp
        from procrastinate.contrib.django.utils import connector_params

        connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=2)
        app = DjangoApp(connector=connector)
        fetch = app.job_manager.fetch_job

        async def fetch_job(queues: Iterable[str] | None, worker_id: int) -> Any:
            found = await fetch(queues=queues, worker_id=worker_id)
            if queues is not None and queue.SHARDS in queues:
                self.presence.be_active()
            return found

        app.job_manager.fetch_job = fetch_job  # type: ignore[method-assign]

        @app.task(name=queue.WORK, queue=queue.SHARDS, pass_context=True)
        def work_shard(context: JobContext, /, **arguments: Any) -> None:
            # Machines with older or newer code may send other arguments.
            message = ShardMessage(
                stored=context.job,
                job_name=arguments["job_name"],
                execution_ids=arguments["execution_ids"],
                group_id=arguments.get("group_id"),
            )
            self.work_shard(message)

        @app.task(name=queue.DELIVER, queue=queue.DELIVERIES)
        def deliver() -> None:
            with self.presence.watch(limit=LONGEST_DELIVERY):
                deliver_due(within=DELIVERY_TIME, stop=self._stopping.is_set)

        @app.task(name=queue.PREVIEW, queue=queue.PREVIEWS)
        def preview(request_id: int) -> None:
            with self.presence.watch(limit=LONGEST_PREVIEWS):
                dispatch.make_previews(request_id=request_id, stop=self._stopping.is_set)

        @app.task(name=queue.EXPORT, queue=queue.EXPORTS)
        def export(export_id: int) -> None:
            with self.presence.watch(limit=LONGEST_EXPORT):
                exports.write_export(export_id=export_id, stop=self._stopping.is_set)

        return app

    def work_shard(self, message: ShardMessage) -> None:
        """Work those executions of a message that still wait; the message is done then.

        What is left when this process stops is handed to others. Raises DatabaseError.
        """
        rows = JobExecution.objects.filter(pk__in=message.execution_ids)
        try:
            runner.check_clock()
        except ClockDiffers as error:
            # It would take one message after the other.
            _log.error("%s", error)
            self.exit_code = 1
            self.stop()
        if not self._stopping.is_set():
            self._work(message)
        if self._stopping.is_set():
            self.presence.drain()
            dispatch.hand_out(rows=rows.ready(now=timezone.now()))

    def _work(self, message: ShardMessage) -> None:
        now = timezone.now()
        rows = JobExecution.objects.ready(now=now).filter(pk__in=message.execution_ids)
        # The tick skips those of inactive hotels, with the reason.
        waiting = [place for place in dispatch.read_waiting(rows=rows) if place.is_active]
        if not waiting:
            return
        if any(place.group_id != message.group_id for place in waiting):
            self._divide_again(rows)
            return
        limits: Sequence[Limit] = ()
        try:
            limits, threads = self._take(message, held=len(waiting))
            if threads < 1:
                return
            options = WorkOptions(
                now=now,
                lock=self._lock,
                concurrency=threads,
                stop=self._stopping.is_set,
                watch=self._watched,
            )
            dispatch.work(waiting=waiting, options=options, on_outcome=self._ended)
        finally:
            self.presence.release()
            if limits:
                self._release(limits)

    @transaction.atomic
    def _divide_again(self, rows: JobExecutionQuerySet) -> None:
        """Send messages by the groups of today, whose limits hold: hotels have changed theirs."""
        dispatch.hand_out(rows=rows)

    @transaction.atomic
    def _take(self, message: ShardMessage, *, held: int) -> tuple[Sequence[Limit], int]:
        """Report that this process works the message; gives its limits, and the hotels at once.

        If a limit leaves no hotel, the message is held back instead. Raises DatabaseError.
        """
        runner.limit_session()  # a process that hangs loses the lock that all who ask share
        limits = queue.limits_on(job_name=message.job_name, group_id=message.group_id)
        if used_up := [limit for limit in limits if limit.free < 1]:
            queue.hold_back(message=message.stored, limits=used_up)
            return (), 0
        threads = min([self._concurrency, *(limit.free for limit in limits)])
        self.presence.take(
            message_id=message.stored.id,
            job_name=message.job_name,
            group_id=message.group_id,
            threads=threads,
            held=held,
        )
        return limits, threads

    @transaction.atomic
    def _release(self, limits: Sequence[Limit]) -> None:
        runner.limit_session()
        queue.release(limits=limits)

    def _watched(self, execution: JobExecution) -> AbstractContextManager[None]:
        assert execution.lease_expires_at is not None, "it was claimed"
        assert execution.started_at is not None, "it was claimed"
        return self.presence.watch(limit=execution.lease_expires_at - execution.started_at)

    def _ended(self, outcome: Outcome) -> None:
        if outcome.status != Status.PENDING and not outcome.repeated:
            self.presence.count()


def _reader(app: Any, name: str) -> Any:
    """The library's reader of one queue, for one message at a time."""
    from procrastinate.worker import Worker as Reader

    has_session = not settings.TRANSACTION_POOLING
    return Reader(
        app=app,
        queues=[name],
        name=name,
        concurrency=1,
        delete_jobs="always",
        install_signal_handlers=False,
        listen_notify=has_session,
        fetch_job_polling_interval=LOOK_EVERY if has_session else LOOK_EVERY_WITHOUT_SESSION,
        **app.worker_defaults,
    )
