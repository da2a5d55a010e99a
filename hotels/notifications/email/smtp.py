"""The e-mail backend for SMTP servers: Django's, with one deadline for a whole conversation.

EMAIL_TIMEOUT bounds the wait for the next bytes only. A server that sends a byte now and then, or
replies without end, would keep its thread for ever, and with it the tick.
"""

import smtplib
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Self

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend as DjangoBackend

CONVERSATION = 60.0  # seconds, from the connection to the end; a lease is longer
_REFUSALS = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)


class EmailBackend(DjangoBackend):
    """Sends by the server of EMAIL_URL, and closes each connection that it opened."""

    _watch: "_Watch"

    @property
    def connection_class(self) -> Any:
        """The client of smtplib, watched."""
        client = _SecureClient if self.use_ssl else _Client
        return type(client.__name__, (client,), {"_watch": self._watch})

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send the messages and return their number.

        Raises TimeoutError when the conversation has lasted too long, smtplib.SMTPException and
        OSError.
        """
        with _Watch(seconds=CONVERSATION) as watch:
            self._watch = watch
            try:
                return super().send_messages(email_messages) or 0
            except _REFUSALS:  # an answer counts, even if the end of the conversation drags on
                raise
            except (smtplib.SMTPException, OSError) as error:
                if watch.over:
                    raise TimeoutError("The conversation took too long.") from error
                raise
            finally:
                # Django leaves a connection open when the log-in fails.
                with suppress(smtplib.SMTPException, OSError):
                    self.close()


class _Watch:
    """Breaks a connection off when its time is over, whatever its thread waits for."""

    def __init__(self, *, seconds: float) -> None:
        self.over = False
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._break_off)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._forget()

    def watch(self, connection: socket.socket) -> None:
        """Break this connection off at the end; STARTTLS replaces its object, not our copy."""
        with self._lock:
            self._forget()
            self._connection = connection.dup()
            if self.over:
                self._shut()

    def _break_off(self) -> None:
        with self._lock:
            self.over = True
            self._shut()

    def _shut(self) -> None:
        if self._connection is not None:
            with suppress(OSError):  # closed already
                self._connection.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Client(smtplib.SMTP):
    _watch: _Watch

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._watch.watch(connection)
        return connection

    def getreply(self) -> tuple[int, bytes]:
        """Return the reply; smtplib would take the beginning of one that was broken off."""
        reply: tuple[int, bytes] = super().getreply()
        if self._watch.over:
            self.close()
            raise smtplib.SMTPServerDisconnected("The conversation took too long.")
        return reply


class _SecureClient(smtplib.SMTP_SSL, _Client):
    """TLS from the first byte: SMTP_SSL secures the connection that `_Client` watches."""
