"""Django's e-mail settings from one URL: an SMTP server, a hosted sender, or a folder."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

# Of each scheme: the port, and how the connection is secured.
_SMTP: dict[str, tuple[int, dict[str, bool]]] = {
    "smtp": (25, {}),
    "smtp+tls": (587, {"EMAIL_USE_TLS": True}),  # STARTTLS
    "smtps": (587, {"EMAIL_USE_TLS": True}),  # as django-environ reads it
    "smtp+ssl": (465, {"EMAIL_USE_SSL": True}),  # TLS from the first byte
}
_LOCAL = {
    "consolemail": "django.core.mail.backends.console.EmailBackend",
    "memorymail": "django.core.mail.backends.locmem.EmailBackend",
    "dummymail": "django.core.mail.backends.dummy.EmailBackend",
}
_HOSTED = "anymail+"
# The services of django-anymail, by the names of its backends.
SERVICES = (
    *("amazon_ses", "brevo", "mailersend", "mailgun", "mailjet", "mandrill", "postal"),
    *("postmark", "resend", "sendgrid", "sparkpost", "unisender_go"),
)
_OPTION = re.compile(r"[a-z][a-z_]*")


class EmailUrlError(Exception):
    """The URL cannot be used; the message is the end of a sentence, without secrets."""


def email_settings(url: str, *, folder: Path) -> dict[str, Any]:
    """The settings of an e-mail URL.

    `smtp://user:password@host:25`, `smtp+tls://…` (STARTTLS), `smtp+ssl://…` (TLS);
    `anymail+postmark://?server_token=…`, the options being those of django-anymail for the service
    in small letters; `filemail://outgoing`, a folder, relative to `folder`; `consolemail://`.
    Raises EmailUrlError.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise EmailUrlError("is not an e-mail URL such as smtp://user:password@host:25.") from None
    if parts.scheme in _SMTP:
        usual_port, security = _SMTP[parts.scheme]
        if not parts.hostname:
            raise EmailUrlError("has no mail server; use the form smtp://user:password@host:25.")
        return {
            "EMAIL_BACKEND": "hotels.notifications.email.smtp.EmailBackend",
            "EMAIL_HOST": parts.hostname,
            "EMAIL_PORT": port or usual_port,
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            **security,
        }
    if parts.scheme == "filemail":
        if not (parts.netloc or parts.path.strip("/")):
            raise EmailUrlError("has no folder; use the form filemail://outgoing.")
        return {
            "EMAIL_BACKEND": "hotels.notifications.email.eml_files.EmailBackend",
            "EMAIL_FILE_PATH": str(folder / unquote(parts.netloc + parts.path)),
        }
    if parts.scheme in _LOCAL:
        return {"EMAIL_BACKEND": _LOCAL[parts.scheme]}
    if parts.scheme.startswith(_HOSTED):
        return _hosted(parts.scheme.removeprefix(_HOSTED), parts.query)
    raise EmailUrlError("is not an e-mail URL such as smtp://user:password@host:25.")


def _hosted(service: str, query: str) -> dict[str, Any]:
    service = service.replace("-", "_")  # a scheme has no underscore
    if service not in SERVICES:
        known = ", ".join(each.replace("_", "-") for each in SERVICES)
        raise EmailUrlError(f"names the unknown service {service!r}; use one of: {known}.")
    options = dict(parse_qsl(query))
    if not options or not all(_OPTION.fullmatch(name) for name in options):
        raise EmailUrlError(
            "has no options; use the form anymail+postmark://?server_token=…&webhook_secret=…."
        )
    secret = options.pop("webhook_secret", "")
    if secret and not re.fullmatch(r"[^:]{4,}:[^:]{12,}", secret):
        raise EmailUrlError("has a webhook_secret that is not of the form user:password.")
    settings = {f"{service.upper()}_{name.upper()}": value for name, value in options.items()}
    return {
        "EMAIL_BACKEND": f"anymail.backends.{service}.EmailBackend",
        "ANYMAIL": settings
        | {"REQUESTS_TIMEOUT": 20}
        | ({"WEBHOOK_SECRET": secret} if secret else {}),
        "EMAIL_SERVICE": service,
    }
