"""A receiver of webhooks and a mail server that fail, hang, redirect, refuse and hang up.

Both note what they accepted. What they do to a message depends on how often they have seen it, so
that every message that can arrive does so in the end.
"""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from standardwebhooks import Webhook

from tests.waiting import TIMEOUT

HANGING = 3.0  # seconds; the sender is killed or gives up meanwhile


@dataclass(kw_only=True)
class Accepted:
    """Messages by ID: how often each was accepted, and what was in it; how many requests came."""

    times: Counter[str] = field(default_factory=Counter)
    bodies: dict[str, set[bytes]] = field(default_factory=dict)
    wrong_signatures: int = 0
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, key: str, body: bytes) -> None:
        """Note an accepted message."""
        with self.lock:
            self.times[key] += 1
            self.bodies.setdefault(key, set()).add(body)

    @property
    def duplicates(self) -> int:
        """The number of deliveries beyond the first of each message."""
        return sum(self.times.values()) - len(self.times)


@contextmanager
def receiver() -> Iterator[tuple[str, Accepted, dict[str, str]]]:
    """Its URL, what it accepted, and the secrets of the paths, to be filled in."""
    accepted, secrets, seen = Accepted(), dict[str, str](), Counter[str]()
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the sender died in the middle
            behaviour, key = self.path.strip("/"), self.headers["webhook-id"]
            with accepted.lock:
                accepted.requests += 1
                seen[key] += 1
                times = seen[key]
            if behaviour == "gone":
                self._say(410)
            elif times == 1 and behaviour == "flaky":
                self._say(500)
            elif times == 1 and behaviour == "busy":
                self._say(429, retry_after="1")
            elif times == 1 and behaviour == "redirect":
                self._say(302, location="/ok")
            elif behaviour == "hang" and int(key[-2:], 16) < 8 and times == 1:
                stopped.wait(HANGING)
                self.close_connection = True
            else:
                self._accept(behaviour, key, body)

        def _accept(self, behaviour: str, key: str, body: bytes) -> None:
            try:
                Webhook(secrets[behaviour]).verify(body, dict(self.headers))
            except Exception:  # noqa: BLE001  any doubt about a signature is counted
                accepted.wrong_signatures += 1
            accepted.note(key, body)
            self._say(204)

        def _say(self, status: int, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda request, address: None  # type: ignore[method-assign]  # killed senders
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", accepted, secrets
        finally:
            stopped.set()
            server.shutdown()
            thread.join()


class _Handler:
    """Decides about an e-mail by the name in front of the @ and the times it came."""

    def __init__(self, accepted: Accepted) -> None:
        self._accepted = accepted
        self._seen: Counter[str] = Counter()

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address.startswith("gone@"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        content = envelope.content.decode(errors="replace")
        key = next(
            line.partition(":")[2].strip()
            for line in content.splitlines()
            if line.lower().startswith("message-id:")
        )
        with self._accepted.lock:
            self._accepted.requests += 1
            self._seen[key] += 1
        behaviour = envelope.rcpt_tos[0].partition("@")[0]
        if self._seen[key] == 1 and behaviour == "flaky":
            return "451 4.3.0 Try again later"
        if self._seen[key] == 1 and behaviour == "hang":
            server.transport.close()  # hangs up in the middle
            return "451 4.3.0 never read"
        self._accepted.note(key, b"")
        return "250 OK"


class _Controller(Controller):
    """A server on a free port: the library asks its own port 0 whether it is there."""

    def _trigger_server(self) -> None:
        socket.create_connection(self.server.sockets[0].getsockname(), timeout=TIMEOUT).close()


@contextmanager
def mail_server() -> Iterator[tuple[str, Accepted]]:
    """The EMAIL_URL of the server, and what it accepted."""
    accepted = Accepted()
    controller = _Controller(_Handler(accepted), hostname="127.0.0.1", port=0)
    controller.start()
    try:
        port = controller.server.sockets[0].getsockname()[1]
        yield f"smtp://127.0.0.1:{port}", accepted
    finally:
        controller.stop()
