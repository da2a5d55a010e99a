"""What happens to machines that share the work: see `tests.machines` and `tests.crash.machines`."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import postgres
from tests.clusters import DATABASE, Cluster
from tests.crash.databases import Databases, python
from tests.machines import Machine, network
from tests.waiting import wait_until

EVERYTHING = 10**6  # a quota nobody reaches
# Seconds after which a silent machine is given up, where a test does not wait for half a minute.
SHORT = 1
# For clients the same in the URL.
_SHORT_LIMITS = "keepalives_idle=1&keepalives_interval=1&keepalives_count=3&tcp_user_timeout=3000"

_AT_REST = """
    SELECT count(*) FROM jobs_workerprocess
    WHERE host = '{name}' AND held = 0 AND seen_at > now() - interval '15 seconds'
"""


class Site:
    """Database hosts and worker hosts with their hotels, whose job is due in all of them."""

    def __init__(
        self, *, databases: Sequence[Cluster], workers: Sequence[Machine], folder: Path, short: bool
    ) -> None:
        self.databases = databases
        self.workers = {machine.name: machine for machine in workers}
        self._folder = folder
        self._short = short
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def begin(self, *, quota: dict[str, int]) -> None:
        """Start the worker and the tick of each machine of `quota`; wait for all workers."""
        for name, number in quota.items():
            self.allow(name, number)
            command = self.workers[name].command(
                sys.executable, "-m", "tests.crash.machines", "live"
            )
            with (self._folder / f"{name}.log").open("wb") as log:
                self._running[name] = subprocess.Popen(
                    command, env=self._environment(), stdout=log, stderr=log
                )
        wait_until(
            lambda: all((self._folder / f"{name}.begun").is_dir() for name in quota),
            what="the machines have begun",
        )

    def end(self) -> None:
        """Kill what the machines of the workers run."""
        for machine in self.workers.values():
            machine.kill_all()
        for process in self._running.values():
            process.wait()

    def allow(self, name: str, number: int) -> None:
        """Let a machine end so many hotels since it was started."""
        file = self._folder / f"{name}.quota"
        new = file.with_suffix(".new")
        new.write_text(str(number))
        new.replace(file)  # a worker reads all of it or none

    def begun(self, name: str) -> int:
        """The number of hotels that a machine has begun."""
        return len(list((self._folder / f"{name}.begun").glob("*")))

    def begun_guests(self, name: str, *, since: int) -> list[str]:
        """The guests that a machine greets in the hotels it began after the first `since`."""
        files = (self._folder / f"{name}.begun").glob("*")
        return [file.read_text() for file in files if int(file.name) >= since]

    def wait_for_failures(self, *names: str) -> None:
        """Wait until machines have given up recording how the hotels they had begun ended."""
        for name in names:
            wait_until(
                lambda name=name: (
                    len(list((self._folder / f"{name}.ended").glob("*"))) >= self.begun(name)
                ),
                what=f"{name} has given up",
            )

    def wait_for_middle(self, **quota: int) -> None:
        """Wait until each machine is in the middle of the two hotels after its quota."""
        for name, number in quota.items():
            wait_until(
                lambda name=name, number=number: self.begun(name) >= number + 2,
                what=f"{name} is in the middle of two hotels",
            )

    def tell(self, database: Cluster) -> dict[str, Any]:
        """What `tests.crash.machines` tells of a database, through its socket."""
        told: dict[str, Any] = json.loads(
            python("tests.crash.machines", database.url, "tell", FOLDER=str(self._folder))
        )
        return told

    def read(self, name: str) -> dict[str, Any]:
        """What `tests.crash.machines` reads on a machine where the second database is a replica."""
        primary, replica = (each.machine.address for each in self.databases)
        urls = {"DATABASE_URL": primary, "DATABASE_REPLICA_URL": replica}
        done = subprocess.run(
            self.workers[name].command(sys.executable, "-m", "tests.crash.machines", "read"),
            env=self._environment()
            | {key: f"postgres://postgres@{host}/{DATABASE}" for key, host in urls.items()},
            stdout=subprocess.PIPE,
            check=True,
        )
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def wait_for_end(self, database: Cluster) -> dict[str, Any]:
        """Wait until every hotel is done, and tell."""
        unfinished = "SELECT count(*) FROM jobs_jobexecution WHERE status IN ('PENDING', 'RUNNING')"
        wait_until(lambda: database.ask(unfinished) == 0, what="every hotel is done")
        return self.tell(database)

    def wait_for_rest(self, *names: str, database: Cluster) -> None:
        """Wait until the workers of these machines have reported lately that they hold nothing."""
        for name in names:
            wait_until(
                lambda name=name: database.ask(_AT_REST.format(name=name)),
                what=f"the worker of {name} is at rest",
            )

    def logs(self) -> str:
        """What the machines have said, for the message of a failure."""
        return "\n".join(
            f"== {file.name}\n{file.read_text()[-4000:]}" for file in self._folder.glob("*.log")
        )

    def _environment(self) -> dict[str, str]:
        addresses = ",".join(database.machine.address for database in self.databases)
        options = ["target_session_attrs=read-write"] if len(self.databases) > 1 else []
        options += [_SHORT_LIMITS] if self._short else []
        return os.environ | {
            "DATABASE_URL": f"postgres://postgres@{addresses}/{DATABASE}?{'&'.join(options)}",
            "SECRET_KEY": "of-the-crash-test" * 4,
            "FOLDER": str(self._folder),
            "TEST_POOL_TIMEOUT": "10",  # as in production
            **({"SILENCE": str(SHORT)} if self._short else {}),
        }


@contextmanager
def site(
    *,
    hotels: int,
    workers: Sequence[str],
    standby: bool = False,
    synchronous: bool = False,
    empty: int = 0,
    short: bool = False,
) -> Iterator[Site]:
    """A site with one database host, or two of which the second follows; all on a new network.

    The database is built on the server of DATABASE_URL and copied. With `synchronous`, a commit
    waits for the standby; each `empty`th hotel has nothing to do. `short`: a silent machine is
    given up after seconds instead of half a minute, and the server keeps nothing on the disk.
    """
    names = (*(("db", "standby") if standby else ("db",)), *workers)
    place = postgres.quick() if short else None
    with (
        tempfile.TemporaryDirectory(prefix="machines-", dir=place) as made,
        network(*names) as machines,
    ):
        folder = Path(made)
        hosts = machines[: len(names) - len(workers)]
        clusters = [Cluster(machine=each, folder=folder) for each in hosts]
        _fill(clusters[0], folder=folder, hotels=hotels, empty=empty, durable=not short)
        if standby:
            clusters[1].follow(clusters[0], synchronous=synchronous)
        played = Site(
            databases=clusters, workers=machines[len(hosts) :], folder=folder, short=short
        )
        try:
            yield played
        except BaseException:
            sys.stderr.write(played.logs())
            raise
        finally:
            played.end()


def _fill(database: Cluster, *, folder: Path, hotels: int, empty: int, durable: bool) -> None:
    books = Databases(folder, vendor="postgresql")
    url = books.url("books")
    try:
        built = ("build", str(hotels), str(empty))
        python("tests.crash.machines", url, *built, FOLDER=str(folder))
        database.make(durable=durable)
        database.load(url)
    finally:
        books.drop()
