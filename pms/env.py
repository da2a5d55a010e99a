"""The environment, read with one clear sentence for whatever is wrong with it."""

import sys
from pathlib import Path
from typing import Any, NoReturn, cast

import environ
from django.core.exceptions import ImproperlyConfigured

EXECUTORS = ("inline",)
_DATABASES = ("sqlite", "postgres", "postgresql")


def refuse(sentence: str) -> NoReturn:
    """End the process with exit code 2: a wrong setting is wrong usage, never a traceback."""
    sys.stderr.write(f"Setting error: {sentence}\n")
    raise SystemExit(2)


class Environment:
    """The settings of one process: the environment first, then the file `.env`."""

    def __init__(self, *, dotenv: Path) -> None:
        self._env = environ.Env()
        if dotenv.is_file():
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

    def whole(self, name: str, *, default: int, least: int) -> int:
        """A whole number of at least `least`."""
        raw = self.text(name, default=str(default))
        if not raw.strip().isdecimal() or int(raw) < least:
            refuse(f"{name} is {raw!r}; allowed is a whole number of at least {least}.")
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
            return cast("dict[str, Any]", self._env.email_url_config(url))
        except (ImproperlyConfigured, ValueError, KeyError):
            refuse(f"{name} is not an e-mail URL such as smtp://user:password@host:25.")

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
        config["OPTIONS"] = config.get("OPTIONS", {}) | (
            sqlite_options() if scheme == "sqlite" else {"pool": pool_options(size=pool_size)}
        )
        return config


def sqlite_options() -> dict[str, Any]:
    """Writers queue up for the lock at BEGIN instead of failing in the middle; readers go on."""
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }


def pool_options(*, size: int) -> dict[str, Any]:
    """One connection a worker thread, and two for the thread that fires them."""
    return {"min_size": 0, "max_size": size + 2, "timeout": 30}
