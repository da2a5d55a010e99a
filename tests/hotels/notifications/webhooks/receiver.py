"""An HTTP server on loopback that answers webhooks as a test says."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from hotels.notifications.webhooks.addresses import parse_receivers
from hotels.notifications.webhooks.urls import Policy

# A policy of an operator who allows receivers on this machine, and one who allows none.
LOOPBACK = Policy(allowed=parse_receivers(["127.0.0.0/8", "localhost"]), plain_http=False)
PUBLIC = Policy(allowed=parse_receivers([]), plain_http=False)


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


Answering = Callable[[BaseHTTPRequestHandler], None]


@dataclass(kw_only=True)
class Receiver:
    """The server: where it is, what it received, how it answers."""

    port: int
    received: list[Received] = field(default_factory=list)
    answering: Answering

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


def answer(status: int, body: bytes = b"", **headers: str) -> Answering:
    """An answer with this status; `Retry_After="5"` is a header."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return send


@contextmanager
def receiving(
    answering: Answering | None = None, *, tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """Serve for the duration of the block; by default every request is accepted with 204."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(path=self.path, headers=headers, body=body))
            receiver.answering(self)

        def do_GET(self) -> None:
            self.do_POST()  # a redirect that is followed may arrive like this

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who went away
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        receiver = Receiver(port=server.server_port, answering=answering or answer(204))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
