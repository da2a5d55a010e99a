"""One POST to a receiver: guarded, bounded in time and size, without redirects and proxies.

Uses httpcore, the part of httpx below redirects, cookies, proxies and other settings from the
environment, none of which a webhook may follow. httpx itself is not imported: it takes a quarter of
a second, and every command of cron would wait for it.
"""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import certifi
import httpcore

from hotels.notifications.webhooks.guard import (
    ConnectionRefused,
    Deadline,
    GuardedBackend,
    Resolve,
    look_up,
)
from hotels.notifications.webhooks.urls import Policy, parse_url

SECONDS = 15.0  # from the look-up of the host to the end of the answer
MOST_READ = 16 * 1024  # bytes of an answer
USER_AGENT = "HotelBackOffice-Webhooks/1"


@dataclass(frozen=True, kw_only=True)
class Response:
    """Answer of a receiver: status, the headers in lower case, the beginning of its body."""

    status: int
    headers: Mapping[str, str]
    text: str


class NoResponse(Exception):
    """The receiver did not answer. The message is one English sentence for the delivery log."""


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    policy: Policy,
    seconds: float = SECONDS,
    resolve: Resolve = look_up,
) -> Response:
    """Send the body and return the answer, whatever its status.

    Once the status has arrived it counts, even if the rest of the answer does not follow in time.
    Raises NoResponse when the connection is refused or fails, or the time is over before that,
    UrlRefused for a malformed URL.
    """
    target = parse_url(url)
    deadline = Deadline(seconds=seconds)
    backend = GuardedBackend(
        scheme=target.scheme, policy=policy, deadline=deadline, resolve=resolve
    )
    try:
        with (
            httpcore.ConnectionPool(
                ssl_context=_tls() if target.scheme == "https" else None,
                max_connections=1,
                retries=0,
                network_backend=backend,
            ) as pool,
            pool.stream(
                "POST",
                httpcore.URL(
                    scheme=target.scheme,
                    host=target.host,
                    port=target.port,
                    target=target.path,
                ),
                headers=_all_headers(headers),
                content=body,
            ) as answer,
        ):
            return Response(
                status=answer.status,
                headers={
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in answer.headers
                },
                text=_beginning(answer),
            )
    except ConnectionRefused as refusal:
        raise NoResponse(str(refusal)) from None
    except httpcore.TimeoutException:
        raise NoResponse(f"No answer within {seconds:.0f} seconds.") from None
    except httpcore.ConnectError as error:
        raise NoResponse(_connect_failure(error)) from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise NoResponse(f"The connection broke off: {_reason(error)}.") from None


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Verify certificates; SSL_CERT_FILE or SSL_CERT_DIR names an operator's own authorities."""
    own = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    return ssl.create_default_context(cafile=None if own else certifi.where())


def _all_headers(headers: Mapping[str, str]) -> dict[bytes | str, bytes | str]:
    own: dict[bytes | str, bytes | str] = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    return own | dict(headers.items())


def _beginning(answer: httpcore.Response) -> str:
    """Return what arrives of the body, up to MOST_READ bytes, as text a database can store."""
    received = b""
    try:
        for chunk in answer.iter_stream():
            received += chunk
            if len(received) >= MOST_READ:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        pass
    return received[:MOST_READ].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _connect_failure(error: httpcore.ConnectError) -> str:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"The certificate was refused: {cause.verify_message}."
    if isinstance(cause, ssl.SSLError):
        return "No TLS connection could be made."
    if isinstance(cause, OSError):
        return f"No connection: {cause.strerror or 'unknown reason'}."
    return str(error)


def _reason(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
