"""Reader of environment variables and `.env`; a wrong setting is reported in one sentence."""

import re
import sys
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from hotels.notifications.webhooks.addresses import parse_receivers
from pms.email_url import EmailUrlError, email_settings

EXECUTORS = ("inline", "queue")
POSTGRESQL = ("postgres", "postgresql")
_DATABASES = ("sqlite", *POSTGRESQL)
# A server without power is noticed: in a connection after half a minute instead of two hours, and
# by a new connection after five seconds, which then tries the next of several hosts. Threads wait
# ten seconds for a connection of the pool.
SILENT_SERVER = {
    "connect_timeout": 5,  # seconds, for each host
    "keepalives_idle": 10,  # seconds
    "keepalives_interval": 5,  # seconds
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}
# In the same units: a reader has the primary as well, and does not wait long for a replica.
SILENT_REPLICA = {
    "connect_timeout": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 4_000,
}
# `*`, `.example.org`, a host name, an IPv4 or IPv6 address; Django compares it without the port.
_HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]")


def refuse(sentence: str) -> NoReturn:
    """Print the sentence and exit with code 2, without a traceback."""
    sys.stderr.write(f"Setting error: {sentence}\n")
    raise SystemExit(2)


class Environment:
    """Settings of one process: the environment takes precedence over the file `.env`.

    Every method ends the process through `refuse` when the value is wrong.
    """

    def __init__(self, *, dotenv: Path) -> None:
        self._env = environ.Env()
        self._folder = dotenv.parent
        if dotenv.is_file():
            _refuse_unreadable(dotenv)
            self._env.read_env(str(dotenv))

    def text(self, name: str, *, default: str | None = None) -> str:
        """The value of `name`; without a default it must be set and not empty."""
        value = cast("str", self._env.str(name, default=default or ""))
        if not value and default is None:
            refuse(f"{name} is not set; set it in the environment or in .env.")
        return value

    def boolean(self, name: str, *, default: bool) -> bool:
        """True or false, from 1/0, true/false, yes/no or on/off."""
        raw = self.text(name, default="").strip().lower()
        if raw in {"1", "true", "yes", "on"}:
            return True
        if raw in {"0", "false", "no", "off"}:
            return False
        if raw:
            refuse(f"{name} is {raw!r}; it must be true or false.")
        return default

    def strings(self, name: str, *, default: list[str]) -> list[str]:
        """A comma-separated list, without surrounding spaces and empty parts."""
        raw = self.text(name, default=",".join(default))
        return [part.strip() for part in raw.split(",") if part.strip()]

    def hosts(self, name: str, *, default: list[str]) -> list[str]:
        """Host names; one with a scheme, port or path is refused, as it would match no request."""
        hosts = self.strings(name, default=default)
        for host in hosts:
            if not _HOST.fullmatch(host):
                refuse(f"{name} contains {host!r}; give host names such as hotel.example.org.")
        return hosts

    def receivers(self, name: str) -> list[str]:
        """Host names, addresses and networks of internal receivers of webhooks."""
        entries = self.strings(name, default=[])
        try:
            parse_receivers(entries)
        except ValueError as error:
            refuse(
                f"{name} contains {str(error)!r}; give host names such as hooks.internal, "
                "addresses such as 10.1.2.3, or networks such as 10.1.0.0/16."
            )
        return entries

    def integer(
        self, name: str, *, default: int, least: int, most: int, or_zero: bool = False
    ) -> int:
        """A whole number from `least` to `most`, or 0 where that is allowed."""
        raw = self.text(name, default=str(default)).strip()
        number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 20 else -1
        if not (least <= number <= most or (or_zero and number == 0)):
            zero = "0 or " if or_zero else ""
            refuse(f"{name} is {raw!r}; it must be {zero}a whole number from {least} to {most}.")
        return number

    def address(self, name: str) -> tuple[str, int] | None:
        """An IP address and port to listen on; None if it is not set."""
        raw = self.text(name, default="").strip()
        if not raw:
            return None
        host, _, port = raw.rpartition(":")
        try:
            bracketed = host.startswith("[") and host.endswith("]")
            ip = ip_address(host[1:-1] if bracketed else host)
            valid = bracketed == (ip.version == 6) and port.isascii() and port.isdigit()
        except ValueError:
            valid = False
        if not (valid and 0 < int(port) < 2**16):
            refuse(
                f"{name} is {raw!r}; it must be an IP address and a port, "
                "such as 127.0.0.1:8001 or [::1]:8001."
            )
        return str(ip), int(port)

    def web_address(self, name: str) -> str:
        """An http or https URL; empty if it is not set. It may hold a secret: it is never printed.

        A fragment is refused, as it is never sent.
        """
        raw = self.text(name, default="").strip()
        if not raw:
            return ""
        try:
            parts = urlsplit(raw)
            _port = parts.port
        except ValueError:
            parts = None
        valid = (
            parts is not None
            and parts.scheme in ("http", "https")
            and parts.hostname
            and not parts.fragment
            and raw.isascii()
            and raw.isprintable()
            and " " not in raw
        )
        if not valid:
            refuse(f"{name} is not a web address such as https://hc-ping.com/your-check-id.")
        return raw

    def sentry_dsn(self, name: str) -> str:
        """The address at which Sentry receives crashes, with its key; empty if it is not set."""
        raw = self.web_address(name)
        parts = urlsplit(raw)
        if raw and not (parts.username and re.fullmatch(r"(/[^/]+)*/[0-9]+", parts.path)):
            refuse(f"{name} is not a DSN such as https://key@sentry.example/1.")
        return raw

    def seconds(self, name: str, *, default: str, most: int) -> float:
        """A number of seconds above 0 and at most `most`, whole or decimal."""
        raw = self.text(name, default=default).strip()
        if not re.fullmatch(r"\d+(\.\d+)?", raw, re.ASCII) or not 0 < float(raw) <= most:
            refuse(
                f"{name} is {raw!r}; it must be a number of seconds above 0 and at most {most}, "
                "such as 4 or 2.5."
            )
        return float(raw)

    def secrets(self, name: str, *, shortest: int) -> list[str]:
        """A comma-separated list of secrets of at least `shortest` characters; never printed."""
        values = self.strings(name, default=[])
        if any(len(value) < shortest for value in values):
            refuse(f"{name} contains a secret of fewer than {shortest} characters; make it longer.")
        return values

    def choice(self, name: str, *, allowed: tuple[str, ...]) -> str:
        """One of the allowed values; the first is the default."""
        value = self.text(name, default=allowed[0])
        if value not in allowed:
            refuse(f"{name} is {value!r}; it must be one of: {', '.join(allowed)}.")
        return value

    def limits(self, name: str) -> dict[str, int]:
        """Numbers from 1 to 999,999 by job, from a list such as `generate-invoices=20`."""
        limits: dict[str, int] = {}
        for part in self.strings(name, default=[]):
            job_name, _, number = (each.strip() for each in part.partition("="))
            if not (job_name and re.fullmatch(r"[1-9]\d{0,5}", number, re.ASCII)):
                refuse(
                    f"{name} contains {part!r}; write the name of a job and a number of hotels "
                    "from 1 to 999,999, such as generate-invoices=20."
                )
            if job_name in limits:
                refuse(f"{name} has two limits for {job_name!r}; write one.")
            limits[job_name] = int(number)
        return limits

    def email(self, name: str, *, default: str) -> dict[str, Any]:
        """Django's e-mail settings from an e-mail URL."""
        try:
            return email_settings(self.text(name, default=default), folder=self._folder)
        except EmailUrlError as error:
            refuse(f"{name} {error}")

    def site(self, name: str) -> str:
        """The address of a web site without a slash at its end; empty if it is not set."""
        value = self.text(name, default="").strip().rstrip("/")
        parts = urlsplit(value)
        host = _HOST.fullmatch(parts.netloc.partition(":")[0]) if parts.netloc else None
        if value and not (parts.scheme in ("http", "https") and host and not parts.query):
            refuse(f"{name} is {value!r}; it must be an address such as https://hotel.example.")
        return value

    def sender(self, name: str, *, default: str) -> str:
        """A sender address, such as `desk@hotel.example` or `Desk <desk@hotel.example>`."""
        value = self.text(name, default=default)
        mailbox, at, domain = parseaddr(value)[1].rpartition("@")
        if not (mailbox and at and domain and value.isprintable()):
            refuse(f"{name} is {value!r}; it must be an address such as desk@hotel.example.")
        return value

    def database(
        self, name: str, *, default: str, pool_size: int, schemes: tuple[str, ...] = _DATABASES
    ) -> dict[str, Any]:
        """Django's database settings from a URL: SQLite in WAL mode or pooled PostgreSQL."""
        url = self.text(name, default=default)
        scheme = url.partition(":")[0]
        if scheme not in schemes:
            refuse(f"{name} begins with {scheme!r}; use one of: {', '.join(schemes)}.")
        try:
            config = cast("dict[str, Any]", self._env.db_url_config(url))
        except (ImproperlyConfigured, ValueError, KeyError):
            refuse(f"{name} is not a database URL such as postgres://user:password@host:5432/name.")
        if not config.get("NAME"):
            refuse(f"{name} has no database name after the last slash.")
        if scheme == "sqlite":
            return config | self._sqlite(name, config)
        options = SILENT_SERVER | config.get("OPTIONS", {}) | {"pool": pool_options(size=pool_size)}
        return config | {"OPTIONS": options}

    def _sqlite(self, name: str, config: dict[str, Any]) -> dict[str, Any]:
        """Options of SQLite, with the absolute path of the file.

        A relative path is relative to the folder of `.env`. Relative to the current folder, jobs
        started by cron would open a second, empty database.
        """
        if config.get("OPTIONS"):
            refuse(f"{name} has options after the question mark; a SQLite database takes none.")
        if config["NAME"] == ":memory:":
            return {"OPTIONS": sqlite_options()}
        file = self._folder / config["NAME"]
        if not file.parent.is_dir():
            refuse(f"{name}: the folder {str(file.parent)!r} does not exist.")
        if file.is_dir():
            refuse(f"{name}: {str(file)!r} is a folder, not a file.")
        return {"NAME": str(file), "OPTIONS": sqlite_options()}


def _refuse_unreadable(dotenv: Path) -> None:
    """Refuse a file that cannot be read: all its settings would seem to be missing."""
    try:
        dotenv.read_text(encoding="utf-8")
    except OSError as error:
        refuse(f"{dotenv} cannot be read: {error.strerror or error}.")
    except UnicodeDecodeError:
        refuse(f"{dotenv} is not UTF-8 text.")


def sqlite_options() -> dict[str, Any]:
    """WAL mode, and transactions that wait for the write lock at BEGIN instead of failing later."""
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }


def pool_options(*, size: int) -> dict[str, Any]:
    """A connection for each worker thread, and two for the thread that starts them."""
    return {"min_size": 0, "max_size": size + 2, "timeout": 10}
