"""Network backend that connects only to permitted addresses, and within a time limit.

The host is looked up once. Every address found must be permitted, and the connection is made to one
of these addresses, not to the name: a second look-up, to which a hostile name server gives another
answer (DNS rebinding), never happens.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore

from hotels.notifications.webhooks.addresses import Address, is_public, parse_address
from hotels.notifications.webhooks.urls import Policy

Resolve = Callable[[str, int], Sequence[str]]
Clock = Callable[[], float]


class ConnectionRefused(Exception):
    """The host may not be connected to. The message is one sentence for the user."""


def look_up(host: str, port: int) -> list[str]:
    """Return all addresses of the host, in the order in which to try them.

    Raises OSError when it is not found.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Deadline:
    """The instant at which everything about one request ends."""

    def __init__(self, *, seconds: float, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def remaining(self, timeout: float | None = None) -> float:
        """Return the seconds left, at most `timeout`. Raises httpcore.ReadTimeout at the end."""
        left = self._end - self._clock()
        if left <= 0:
            raise httpcore.ReadTimeout("The time is over.")
        return left if timeout is None else min(left, timeout)


class GuardedBackend(httpcore.NetworkBackend):
    """Backend for one request; see the module.

    `scheme` is that of the URL: without TLS only allowed receivers are connected to, except on a
    developer's machine.
    """

    def __init__(
        self, *, scheme: str, policy: Policy, deadline: Deadline, resolve: Resolve = look_up
    ) -> None:
        self._scheme = scheme
        self._policy = policy
        self._deadline = deadline
        self._resolve = resolve
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers.

        Raises ConnectionRefused unless all its addresses are permitted, httpcore.ConnectError when
        the host is not found or no address answers, httpcore.ReadTimeout at the end of the time.
        """
        addresses = self._permitted(host, self._addresses(host, port))
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, timeout)

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        """Refuse: no URL names one."""
        raise ConnectionRefused("Webhooks are not sent to Unix sockets.")

    def _connect(self, address: Address, port: int, timeout: float | None) -> "_TimedStream":
        timeout = self._deadline.remaining(timeout)
        # A numeric address: nothing is looked up.
        stream = self._inner.connect_tcp(str(address), port, timeout)
        return _TimedStream(stream, self._deadline)

    def _addresses(self, host: str, port: int) -> list[Address]:
        found = self._look_up_in_time(host, port)
        addresses = [parse_address(text) for text in found]
        usable = [address for address in addresses if address is not None]
        if len(usable) < len(found):  # with a zone: link-local
            raise ConnectionRefused("The host has an address that is not a public one.")
        if not usable:
            raise httpcore.ConnectError("The host has no address.")
        return usable

    def _look_up_in_time(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of the host; a slow name server does not exceed the deadline.

        The system's look-up cannot be interrupted: it ends by itself, in a thread of its own.
        """
        answer: list[Sequence[str] | OSError | UnicodeError] = []

        def resolve() -> None:
            try:
                answer.append(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                answer.append(error)

        thread = threading.Thread(target=resolve, name="webhook look-up", daemon=True)
        thread.start()
        thread.join(self._deadline.remaining())
        if not answer:
            raise httpcore.ConnectTimeout("The name server did not answer in time.")
        if isinstance(answer[0], Exception):
            raise httpcore.ConnectError("The host was not found.")
        return answer[0]

    def _permitted(self, host: str, addresses: list[Address]) -> list[Address]:
        allowed = self._policy.allowed
        if allowed.has_host(host) or all(allowed.has_address(each) for each in addresses):
            return addresses
        if self._scheme != "https" and not self._policy.plain_http:
            raise ConnectionRefused("The host may only be connected to over https.")
        if all(is_public(each) or allowed.has_address(each) for each in addresses):
            return addresses
        raise ConnectionRefused("The host has an address that is not a public one.")


class _TimedStream(httpcore.NetworkStream):
    """Stream whose every step ends with the deadline: drops of an answer do not extend it."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.remaining(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        timeout = self._deadline.remaining(timeout)
        return _TimedStream(
            self._inner.start_tls(ssl_context, server_hostname, timeout), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
