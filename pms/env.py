"""The environment, read with one clear sentence for whatever is wrong with it."""

import re
import sys
from email.utils import parseaddr
from pathlib import Path
from typing import Any, NoReturn, cast

import environ
from django.core.exceptions import ImproperlyConfigured

EXECUTORS = ("inline",)
_DATABASES = ("sqlite", "postgres", "postgresql")
# `*`, `.example.org`, a name, an address of either kind; Django looks at it without the port.
_HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]")


def refuse(sentence: str) -> NoReturn:
    """End the process with exit code 2: a wrong setting is wrong usage, never a traceback."""
    sys.stderr.write(f"Setting error: {sentence}\n")
    raise SystemExit(2)


class Environment:
    """The settings of one process: the environment first, then the file `.env`."""

    def __init__(self, *, dotenv: Path) -> None:
        self._env = environ.Env()
        self._folder = dotenv.parent
        if dotenv.is_file():
            _refuse_unreadable(dotenv)
            self._env.read_env(str(dotenv))

    def text(self, name: str, *, default: str | None = None) -> str:
        """The value of `name`; without a default it must be there and not empty."""
        value = cast("str", self._env.str(name, default=default or ""))
        if not value and default is None:
            refuse(f"{name} is not set; put it into the environment or into .env.")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false, from the words 1/0, true/false, yes/no, on/off."""
        raw = self.text(name, default="").strip().lower()
        if raw in {"1", "true", "yes", "on"}:
            return True
        if raw in {"0", "false", "no", "off"}:
            return False
        if raw:
            refuse(f"{name} is {raw!r}; allowed are true and false.")
        return default

    def names(self, name: str, *, default: list[str]) -> list[str]:
        """A comma-separated list, without blanks and empty parts."""
        raw = self.text(name, default=",".join(default))
        return [part.strip() for part in raw.split(",") if part.strip()]

    def hosts(self, name: str, *, default: list[str]) -> list[str]:
        """Names of hosts: one with a scheme, a port or a path would match no request, ever."""
        hosts = self.names(name, default=default)
        for host in hosts:
            if not _HOST.fullmatch(host):
                refuse(f"{name} holds {host!r}; allowed are host names such as hotel.example.org.")
        return hosts

    def secrets(self, name: str) -> list[str]:
        """A comma-separated list of secrets that a header can carry."""
        found = self.names(name, default=[])
        if not all(secret.isascii() and secret.isprintable() for secret in found):
            refuse(f"{name} has a secret with signs that no header carries; allowed is ASCII.")
        return found

    def whole(self, name: str, *, default: int, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        raw = self.text(name, default=str(default)).strip()
        if not (raw.isascii() and raw.isdigit() and least <= int(raw) <= most):
            refuse(f"{name} is {raw!r}; allowed is a whole number from {least} to {most}.")
        return int(raw)

    def choice(self, name: str, *, allowed: tuple[str, ...]) -> str:
        """One of the allowed words; the first is the default."""
        value = self.text(name, default=allowed[0])
        if value not in allowed:
            refuse(f"{name} is {value!r}; allowed are {', '.join(allowed)}.")
        return value

    def email(self, name: str, *, default: str) -> dict[str, Any]:
        """Django's e-mail settings from an e-mail URL."""
        url = self.text(name, default=default)
        try:
            config = cast("dict[str, Any]", self._env.email_url_config(url))
        except (ImproperlyConfigured, ValueError, KeyError):
            refuse(f"{name} is not an e-mail URL such as smtp://user:password@host:25.")
        if url.startswith("smtp") and not config.get("EMAIL_HOST"):
            refuse(f"{name} names no host to send through, as smtp://user:password@host:25 does.")
        return config

    def sender(self, name: str, *, default: str) -> str:
        """An address to send from, such as `desk@hotel.example` or `Desk <desk@hotel.example>`."""
        value = self.text(name, default=default)
        mailbox, at, domain = parseaddr(value)[1].rpartition("@")
        if not (mailbox and at and domain and value.isprintable()):
            refuse(f"{name} is {value!r}; allowed is an address such as desk@hotel.example.")
        return value

    def database(self, name: str, *, default: str, pool_size: int) -> dict[str, Any]:
        """Django's database settings from a URL: SQLite in WAL mode or pooled PostgreSQL."""
        url = self.text(name, default=default)
        scheme = url.partition(":")[0]
        if scheme not in _DATABASES:
            refuse(f"{name} begins with {scheme!r}; allowed are {', '.join(_DATABASES)}.")
        try:
            config = cast("dict[str, Any]", self._env.db_url_config(url))
        except (ImproperlyConfigured, ValueError, KeyError):
            refuse(f"{name} is not a database URL such as postgres://user:password@host:5432/name.")
        if not config.get("NAME"):
            refuse(f"{name} names no database: the part after the last slash is empty.")
        if scheme == "sqlite":
            return config | self._sqlite(name, config)
        pool = {"pool": pool_options(size=pool_size)}
        return config | {"OPTIONS": config.get("OPTIONS", {}) | pool}

    def _sqlite(self, name: str, config: dict[str, Any]) -> dict[str, Any]:
        """The file in full: a path without a leading slash is meant beside `.env`, from anywhere.

        Read from the folder one happens to be in, the jobs would find a second, empty database.
        """
        if config.get("OPTIONS"):
            refuse(f"{name} has options after the ?; a SQLite database takes none.")
        if config["NAME"] == ":memory:":
            return {"OPTIONS": sqlite_options()}
        file = self._folder / config["NAME"]
        if not file.parent.is_dir():
            refuse(f"{name} names a file in {str(file.parent)!r}, which is not a folder.")
        if file.is_dir():
            refuse(f"{name} names the folder {str(file)!r}, not a file in it.")
        return {"NAME": str(file), "OPTIONS": sqlite_options()}


def _refuse_unreadable(dotenv: Path) -> None:
    """Without it every setting of the file would seem to be missing."""
    try:
        dotenv.read_text(encoding="utf-8")
    except OSError as error:
        refuse(f"{dotenv} cannot be read: {error.strerror or error}.")
    except UnicodeDecodeError:
        refuse(f"{dotenv} is not UTF-8 text.")


def sqlite_options() -> dict[str, Any]:
    """Writers queue up for the lock at BEGIN instead of failing in the middle; readers go on."""
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }


def pool_options(*, size: int) -> dict[str, Any]:
    """One connection a worker thread, and two for the thread that fires them."""
    return {"min_size": 0, "max_size": size + 2, "timeout": 10}
