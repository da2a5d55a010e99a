"""A gunicorn on loopback, started as in production."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import IO

from tests.waiting import TIMEOUT

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "nKq0Vb8e1ZsT5yWcR2mGx9JpLh4UdFa7iOo3XtEgCzBvYwQrNj",
    "DEBUG": "false",
    "HTTPS": "false",
    "DJANGO_SETTINGS_MODULE": "pms.settings",
    "EMAIL_URL": "memorymail://",
}


@contextmanager
def gunicorn(
    *, url: str, workers: int = 1, application: str = "pms.wsgi", **environment: str
) -> Iterator[int]:
    """Serve `application` on the database `url` for the duration of the block; gives the port."""
    with tempfile.TemporaryFile("w+") as log:
        # The server inherits the listening socket, so that nobody can take its port before.
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
            port: int = listener.getsockname()[1]
            server = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", *_arguments(listener, workers), application],
                cwd=ROOT,
                env=os.environ | PRODUCTION | {"DATABASE_URL": url} | environment,
                pass_fds=[listener.fileno()],
                stdout=log,
                stderr=log,
            )
        try:
            _wait_until_it_answers(port, log)
            yield port
        finally:
            server.terminate()
            server.wait(TIMEOUT)


def _arguments(listener: socket.socket, workers: int) -> list[str]:
    return [
        *("--config", "python:pms.gunicorn"),
        *("--bind", f"fd://{listener.fileno()}"),
        *("--workers", str(workers), "--threads", "4", "--timeout", f"{TIMEOUT:.0f}"),
        "--no-control-socket",  # it has one path for all servers of a person
    ]


def _wait_until_it_answers(port: int, log: IO[str]) -> None:
    """The request waits in the queue of the socket, and fails when the server ends."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        status: object = connection.getresponse().status
    except OSError as error:
        status = error
    finally:
        connection.close()
    log.seek(0)
    assert status == 200, f"gunicorn did not start: {status}\n{log.read()}"


@contextmanager
def unused_port() -> Iterator[int]:
    """A port on loopback at which every connection is refused for the duration of the block."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, so that nobody else gets it; it does not listen
        yield taken.getsockname()[1]
