"""Answers of e-mail servers, and their silence, as outcomes of an attempt."""

import smtplib
import ssl
from typing import Any

from hotels.models import DeliveryAttempt
from hotels.notifications.delivery import Answer

Outcome = DeliveryAttempt.Outcome
_TOO_BIG = 552
_NOT_AVAILABLE = 421
_RESPONSE_KEPT = 2000


def answer_to(error: Exception) -> Answer:
    """The answer for an exception of a sending attempt.

    A 5xx about the recipient or the text is final. Whatever is wrong with the server, the log-in or
    the sender's address would fail every message: it is tried again, and others wait. Raises the
    exception again if it is none of a mail server's.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()), (0, b""))
        return _by_code(code, _text(text), what="The recipient was refused")
    if isinstance(error, smtplib.SMTPSenderRefused):
        if error.smtp_code == _TOO_BIG:
            return _by_code(_TOO_BIG, _text(error.smtp_error), what="The message is too big")
        return _server(error.smtp_code, _text(error.smtp_error), what="The sender was refused")
    if isinstance(error, smtplib.SMTPDataError):
        return _by_code(error.smtp_code, _text(error.smtp_error), what="The message was refused")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        what = "The e-mail server refused user name or password"
        return _server(error.smtp_code, _text(error.smtp_error), what=what)
    if isinstance(error, smtplib.SMTPResponseException):
        return _server(error.smtp_code, _text(error.smtp_error), what="The e-mail server refused")
    # smtplib reports a time-out in the middle as a closed connection.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return _server(None, "", what="The e-mail server did not answer in time")
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return _server(None, str(error), what="The e-mail server closed the connection")
    if isinstance(error, smtplib.SMTPException):
        return _server(None, str(error), what="The e-mail server cannot be used")
    if _is_hosted_error(error):
        return _hosted(error)
    if isinstance(error, ssl.SSLError):
        return _server(None, str(error), what="No secure connection to the e-mail server")
    if isinstance(error, OSError):
        return _server(None, str(error), what="No connection to the e-mail server")
    if isinstance(error, ValueError):  # an address that cannot be written in a header
        return Answer(
            outcome=Outcome.REFUSED, detail=f"The message cannot be written as an e-mail: {error}"
        )
    raise error


def _by_code(code: int, text: str, *, what: str) -> Answer:
    return Answer(
        outcome=Outcome.REFUSED if 500 <= code < 600 else Outcome.RETRY,
        status=code or None,
        detail=f"{what}: {code} {_one_line(text)}",
        response=text[:_RESPONSE_KEPT],
        destination_failed=code == _NOT_AVAILABLE,
    )


def _server(code: int | None, text: str, *, what: str) -> Answer:
    words = " ".join(filter(None, (str(code) if code else "", _one_line(text))))
    return Answer(
        outcome=Outcome.RETRY,
        status=code if code and code > 0 else None,
        detail=f"{what}: {words}" if words else f"{what}.",
        response=text[:_RESPONSE_KEPT],
        destination_failed=True,
    )


def _is_hosted_error(error: Exception) -> bool:
    # Imported with the project's settings it would need a hosted sender.
    return type(error).__module__.startswith("anymail.")


def _hosted(error: Any) -> Answer:
    """The answer of a hosted sender: refused recipients and 4xx are final, all else is not."""
    code: int | None = getattr(error, "status_code", None)
    response = getattr(error, "response", None)
    text = getattr(response, "text", "") or str(error)
    mine = code is None or code in (401, 403, 407, 408, 429) or code >= 500
    refused = type(error).__name__ == "AnymailRecipientsRefused"
    final = refused or not mine or type(error).__name__ == "AnymailSerializationError"
    return Answer(
        outcome=Outcome.REFUSED if final else Outcome.RETRY,
        status=code,
        detail=f"The hosted sender refused: {_one_line(str(error).splitlines()[0])}"[:300],
        response=text[:_RESPONSE_KEPT],
        destination_failed=not final,
    )


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)


def _one_line(text: str) -> str:
    return " ".join(text.split())
