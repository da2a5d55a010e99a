"""RabbitMQ of its own, on free ports of loopback, with what it stores in a temporary folder."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.waiting import wait_until

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
USER = "rabbitmq"
ENTRY = "epmd"  # the table of Erlang's nodes, a daemon that outlives them


def why_not() -> str:
    """The reason why there can be no broker here, in a sentence; empty if there can."""
    if not PROGRAM.exists():
        return "Debian's package rabbitmq-server is missing."
    return "" if os.geteuid() == 0 else "Only root can start RabbitMQ as its own user."


@contextmanager
def rabbitmq() -> Iterator[str]:
    """The URL of a broker, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="rabbitmq-") as made:
        folder = Path(made)
        shutil.chown(folder, USER, USER)
        port, own, entry = _free_ports()
        environment = os.environ | {
            "HOME": made,
            "RABBITMQ_NODENAME": f"bench{os.getpid()}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(own),
            "RABBITMQ_MNESIA_BASE": f"{made}/data",
            "RABBITMQ_LOG_BASE": f"{made}/logs",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{made}/plugins",
            "ERL_EPMD_PORT": str(entry),
        }
        running = subprocess.Popen(
            ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", PROGRAM],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until(lambda: running.poll() is not None or _answers(port), what="RabbitMQ runs")
            assert running.poll() is None, "RabbitMQ ended"
            yield f"pyamqp://guest:guest@127.0.0.1:{port}//"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGTERM)
            running.wait()
            subprocess.run([ENTRY, "-port", str(entry), "-kill"], capture_output=True, check=False)


def _free_ports() -> list[int]:
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = [each.getsockname()[1] for each in listening]
    for each in listening:
        each.close()
    return ports


def _answers(port: int) -> bool:
    """True once it greets as AMQP brokers do; only a wrong header makes it send its own."""
    try:
        with closing(socket.create_connection(("127.0.0.1", port))) as client:
            client.sendall(b"HTTP0000")
            return client.recv(4) == b"AMQP"
    except OSError:
        return False
