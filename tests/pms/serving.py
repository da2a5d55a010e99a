"""A gunicorn on loopback, started as in production."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

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
    *, url: str, workers: int = 1, application: str = "pms.wsgi", log: Path, **environment: str
) -> Iterator[int]:
    """Run a server for the block; yields its port, and its output goes to `log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", "4"]
    arguments += ["--no-control-socket"]  # all servers of a user would share its path
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *arguments, application],
            cwd=ROOT,
            env=os.environ | PRODUCTION | {"DATABASE_URL": url} | environment,
            stdout=output,
            stderr=output,
        )
    try:
        _wait(server, port, log)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=40)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError(f"gunicorn did not start: {log.read_text()}")
