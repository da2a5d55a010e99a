"""PgBouncer in transaction mode before the PostgreSQL of the tests: Debian's package pgbouncer."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.waiting import wait_until

CONFIG = """
[databases]
{name} = {server} dbname={name}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
"""


def program() -> str | None:
    """The path of the program; None where it is not installed."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def pooler(url: str, *, folder: Path) -> Iterator[str]:
    """The URL of a database through PgBouncer, while the block runs.

    Four sessions at the server serve all clients.
    """
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or "localhost"])[0]
    server = {"host": host, "port": parts.port or 5432, "user": parts.username or "postgres"}
    if parts.password:
        server["password"] = parts.password
    port = _free_port()
    config = folder / "pgbouncer.ini"
    words = " ".join(f"{name}={value}" for name, value in server.items())
    config.write_text(CONFIG.format(name=parts.path[1:], server=words, port=port))
    path = program()
    assert path, "the caller looked for it"
    # It refuses to be root, and the socket of the private server belongs to another user.
    user = ["-u", _owner(Path(host))] if os.geteuid() == 0 else []
    running = subprocess.Popen([path, *user, str(config)], stderr=subprocess.PIPE)
    try:
        wait_until(lambda: running.poll() is not None or _answers(port), what="PgBouncer answers")
        assert running.poll() is None, running.stderr and running.stderr.read()
        yield parts._replace(netloc=f"{server['user']}@127.0.0.1:{port}", query="").geturl()
    finally:
        running.terminate()
        running.communicate()


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port: int = listening.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _owner(folder: Path) -> str:
    return folder.owner() if folder.is_dir() else "nobody"
