"""`manage.py worker`: the processes that take executions from the queue and work them."""

import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from hotels.i18n import counted
from jobs import queue, runner
from jobs.cli.arguments import UsageError, parse_option_number
from jobs.cli.system_checks import REQUIRED_BY_JOBS
from jobs.models import WorkerProcess
from jobs.worker import Supervisor, work_until_stopped

# Connections beside those of the hotels: messages, reports, the main thread.
FURTHER_CONNECTIONS = 7


class Command(BaseCommand):
    help = (
        "Work the jobs that the tick, the console and the API put into the queue. "
        "Run this command on as many machines as you like. SIGTERM stops it when its hotels are "
        "done."
    )
    requires_system_checks = REQUIRED_BY_JOBS

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--processes", default="1", metavar="N", help="Number of processes. Default: 1."
        )
        parser.add_argument(
            "--concurrency",
            metavar="N",
            help="Hotels that a process runs at the same time. Default: JOBS_CONCURRENCY.",
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help=(
                "For health probes: exit with 0 if a worker gets on with its work on this machine, "
                "else 1."
            ),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run workers until SIGTERM, or check those of this machine.

        Raises UsageError for wrong options or if the setting names no queue, CommandError if a
        process failed to stop or no worker gets on with its work here, and ClockDiffers.
        """
        if not queue.is_used():
            raise UsageError(
                f"JOBS_EXECUTOR is {settings.JOBS_EXECUTOR!r}; set it to 'queue' everywhere before "
                "starting workers."
            )
        if options["check"]:
            self._check()
            return
        processes = parse_option_number(
            options["processes"], option="--processes", smallest=1, largest=256
        )
        concurrency = settings.JOBS_CONCURRENCY
        if options["concurrency"] is not None:
            concurrency = parse_option_number(
                options["concurrency"], option="--concurrency", smallest=1, largest=1000
            )
        self._prepare(concurrency)
        self.stdout.write(
            f"{counted(processes, 'worker process', 'worker processes')} on "
            f"{socket.gethostname()}, each for {counted(concurrency, 'hotel')} at the same time."
        )
        self.stdout.flush()

        def work(parent: int) -> int:
            return work_until_stopped(concurrency=concurrency, parent=parent)

        if Supervisor(processes=processes, work=work).run():
            raise CommandError("A worker process did not stop cleanly.")

    def _prepare(self, concurrency: int) -> None:
        """Look for the tables and the right time, and leave no connection to the processes."""
        WorkerProcess.objects.exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM procrastinate_jobs LIMIT 0")
        runner.check_clock()
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # missing in the stubs
        pool = connection.settings_dict["OPTIONS"]["pool"]
        pool["max_size"] = max(pool["max_size"], concurrency + FURTHER_CONNECTIONS)
        if settings.TRANSACTION_POOLING:
            self.stderr.write(
                "Behind a transaction pooler worker locks are off: what a dead worker held is "
                "retried when its lease is over."
            )

    def _check(self) -> None:
        host = socket.gethostname()
        alive = WorkerProcess.here(host=host)
        if not alive:
            raise CommandError(f"No worker gets on with its work on {host}.")
        self.stdout.write(f"{counted(len(alive), 'worker process', 'worker processes')} on {host}.")
