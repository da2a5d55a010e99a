"""The site served by gunicorn, in separate processes with a separate database."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[3]
SECRET = "the-cron-secret-of-a-live-server"


def environment(database: str, **more: str) -> dict[str, str]:
    """Environment variables of a process of the site."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "SECRET_KEY": "of-the-live-server-and-no-secret" * 2,
        "DATABASE_URL": database,
        "CRON_SECRET": SECRET,
        "HTTPS": "false",
    } | more


def manage(database: str, *arguments: str) -> str:
    """Standard output of a management command; raises AssertionError when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(database),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def serving(database: str, *, site: str = "pms.wsgi", **more: str) -> Iterator[str]:
    """Run gunicorn with two worker processes for the block; yields its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--config", "python:pms.gunicorn"),
            *("--bind", address, "--log-level", "warning", site),
        ],
        cwd=ROOT,
        env=environment(database, **more),
    )
    try:
        _wait_for(f"http://{address}/healthz", server)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(timeout=40)


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:  # refused, or no answer within the timeout on a busy machine
            time.sleep(0.05)
    raise AssertionError("The server did not start.")
