"""Clients that begin requests and do not end them."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from http.client import HTTPConnection, HTTPResponse

from tests.waiting import TIMEOUT

HALF_A_HEADER = b"GET /healthz HTTP/1.1\r\nHost: hotels.example\r\nX-Slow: "
HALF_A_BODY = (
    b"POST /admin/login/ HTTP/1.1\r\nHost: hotels.example\r\nContent-Length: 1000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nusername="
)


@contextmanager
def slow_clients(
    *, port: int, sent: bytes, number: int = 40, source: str = "127.0.0.2", tls: bool = False
) -> Iterator[list[socket.socket]]:
    """Hold connections open that have sent only this, for the duration of the block."""
    with ExitStack() as stack:
        clients = []
        for _ in range(number):
            client = stack.enter_context(connected(port=port, source=source, tls=tls))
            client.sendall(sent)
            clients.append(client)
        yield clients


def connected(*, port: int, source: str, tls: bool) -> socket.socket:
    """A connection from an address on loopback."""
    plain = socket.create_connection(("127.0.0.1", port), TIMEOUT, source_address=(source, 0))
    return _context().wrap_socket(plain, server_hostname="hotels.example") if tls else plain


def are_held(clients: list[socket.socket]) -> bool:
    """True if the server has neither answered nor closed any of the connections."""
    for client in clients:
        client.setblocking(False)
        try:
            client.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            continue
        finally:
            client.settimeout(TIMEOUT)
        return False
    return True


def is_closed(client: socket.socket) -> bool:
    """True if the server closes the connection without an answer; waits for it."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def get(
    *, port: int, path: str, source: str = "127.0.0.1", tls: bool = False, **headers: str
) -> tuple[HTTPResponse, bytes]:
    """The answer of the site to one request, and its body."""
    connection = HTTPConnection("hotels.example", port, timeout=TIMEOUT)
    connection.sock = connected(port=port, source=source, tls=tls)
    try:
        connection.request("GET", path, headers={"Host": "hotels.example"} | headers)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


@cache
def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # the certificate is the test's own
    context.verify_mode = ssl.CERT_NONE
    return context
