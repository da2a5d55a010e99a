"""The installed crontab, read and written with the program `crontab`.

django-crontab reads the setting CRONJOBS and holds the table. This module replaces the way it
writes lines, and reads and writes the table (see docs/adr/0004-crontab-lines-in-utc.md).
"""

import difflib
import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime, tzinfo

from django.conf import settings
from django_crontab.crontab import Crontab

from jobs.crontab.lines import CannotInstall, Place, local_schedule


class CrontabFailed(Exception):
    """The program `crontab` failed, or did not store the table it was given."""


class JobsCrontab(Crontab):  # type: ignore[misc]  # django-crontab has no types
    """The crontab of the current user. Changes stay in memory until `write()`.

    `crontab_lines` is the table, without line endings. Raises CannotInstall when the program
    `crontab` is not installed.
    """

    def __init__(self, *, place: Place, zone: tzinfo, now: datetime) -> None:
        super().__init__(verbosity=0)
        self._place = place
        self._zone = zone
        self._now = now
        self._program = crontab_program()
        self.crontab_lines: list[str] = []

    def wanted(self) -> list[str]:
        """Return the lines that should be installed, one for each entry of CRONJOBS."""
        return [
            self._place.line(
                schedule=local_schedule(schedule=schedule, zone=self._zone, now=self._now),
                command=command,
            )
            for schedule, _, (command, *_) in self.settings.CRONJOBS
        ]

    def own(self) -> list[str]:
        """Return the lines in the table that belong to this project folder."""
        return [line for line in self.crontab_lines if self._place.owns(line)]

    def add_jobs(self) -> None:
        """Replace this project's lines in place; append them if there are none."""
        lines = self.crontab_lines
        first = next((n for n, line in enumerate(lines) if self._place.owns(line)), len(lines))
        after = [line for line in lines[first:] if not self._place.owns(line)]
        self.crontab_lines = [*lines[:first], *self.wanted(), *after]

    def remove_jobs(self) -> None:
        """Remove this project's lines; keep all others."""
        self.crontab_lines = [line for line in self.crontab_lines if not self._place.owns(line)]

    def read(self) -> None:
        """Read the installed table; raises CrontabFailed."""
        done = self._run("-l")
        if done.returncode and b"no crontab for" not in done.stderr:
            raise CrontabFailed(f"The crontab cannot be read: {_error_of(done)}")
        text = "" if done.returncode else _text(done.stdout)
        self.crontab_lines = text.removesuffix("\n").split("\n") if text else []

    def write(self) -> None:
        """Install the table, read it back and compare; raises CrontabFailed if they differ."""
        written = self.crontab_lines
        if written:
            table = "".join(f"{line}\n" for line in written)
            done = self._run("-", table.encode(errors="surrogateescape"))
        else:
            done = self._run("-r")
        if done.returncode:
            raise CrontabFailed(f"The program crontab rejected the new table: {_error_of(done)}")
        self.read()
        if self.crontab_lines != written:
            raise CrontabFailed(
                "The crontab differs from what was installed (- written, + found):\n"
                + difference(before=written, after=self.crontab_lines)
            )

    def _run(self, argument: str, table: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603
            [self._program, argument], input=table, capture_output=True, check=False
        )


def difference(*, before: Sequence[str], after: Sequence[str]) -> str:
    """Return removed lines marked -, added lines marked +, printable in any encoding."""
    changed = [line for line in difflib.ndiff(before, after) if line[0] in "-+"]
    return "\n".join(changed).encode(errors="backslashreplace").decode()


def crontab_program() -> str:
    """Return the path of the program `crontab` or of the setting CRONTAB_EXECUTABLE.

    Raises CannotInstall when it is not installed.
    """
    found = shutil.which(getattr(settings, "CRONTAB_EXECUTABLE", "crontab"))
    if found is None:
        raise CannotInstall("The program crontab is not installed: install Debian's package cron.")
    return found


def _text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


def _error_of(done: subprocess.CompletedProcess[bytes]) -> str:
    words = done.stderr.decode(errors="backslashreplace").split()
    return " ".join(words) or f"exit code {done.returncode}"
