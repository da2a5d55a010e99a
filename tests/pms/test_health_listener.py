"""HEALTH_ADDRESS: probes are answered while slow clients hold every thread of the site."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.pms.serving import PRODUCTION, ROOT, gunicorn
from tests.pms.slow_clients import HALF_A_HEADER, are_held, connected, get, slow_clients

pytestmark = [pytest.mark.once, pytest.mark.network]


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port at which only sockets that share it may listen, for the duration of the block."""
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """The ports of a site without tables and of its health listener."""
    url = f"sqlite:///{tmp_path_factory.mktemp('site') / 'db.sqlite3'}"
    with reserved_port() as health:
        address = f"127.0.0.1:{health}"
        with gunicorn(url=url, HEALTH_ADDRESS=address, ALLOWED_HOSTS="hotels.example") as site:
            yield site, health


def test_probes_are_answered_while_every_thread_is_held(ports: tuple[int, int]) -> None:
    site, health = ports
    with (
        slow_clients(port=site, sent=HALF_A_HEADER) as slow,
        connected(port=site, source="127.0.0.1", tls=False) as person,
    ):
        person.sendall(b"GET /healthz HTTP/1.1\r\nHost: hotels.example\r\n\r\n")

        live, _ = get(port=health, path="/healthz")
        ready, checks = get(port=health, path="/readyz")

        assert are_held([person, *slow])
    assert (live.status, ready.status) == (200, 503)
    assert json.loads(checks)["checks"]["migrations"] == "failed"


def test_slow_clients_do_not_hold_up_the_health_listener_itself(ports: tuple[int, int]) -> None:
    _, health = ports
    with slow_clients(port=health, sent=HALF_A_HEADER):
        assert get(port=health, path="/healthz")[0].status == 200


def test_the_health_listener_serves_nothing_else(ports: tuple[int, int]) -> None:
    answer, body = get(port=ports[1], path="/admin/login/")

    assert (answer.status, body) == (404, b"")
    assert answer.getheader("Server") == "health"


def test_an_address_that_is_in_use_stops_the_server_with_one_sentence(tmp_path: Path) -> None:
    options = f"--config python:pms.gunicorn --workers 1 --bind unix:{tmp_path}/site"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "gunicorn", *options.split(), "--no-control-socket", "pms.wsgi"],
            cwd=ROOT,
            env=os.environ | PRODUCTION | {"HEALTH_ADDRESS": f"127.0.0.1:{port}"},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 3
    assert f"HEALTH_ADDRESS: 127.0.0.1 port {port}: Address already in use." in done.stderr
    assert "Traceback" not in done.stderr
