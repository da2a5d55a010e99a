"""The installed crontab: read, changed and written with the program `crontab`.

django-crontab reads CRONJOBS and keeps the table; its lines, its reading and its writing are
replaced here (see docs/adr/0004-crontab-lines-in-utc.md).
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
    """The program `crontab` refused, or did not keep what it was given."""


class JobsCrontab(Crontab):  # type: ignore[misc]  # django-crontab has no types
    """django-crontab's table with lines that work. Nothing is written before `write()`.

    `crontab_lines` holds the table, without line ends. Raises CrontabFailed.
    """

    def __init__(self, *, place: Place, zone: tzinfo, now: datetime) -> None:
        super().__init__(verbosity=0)
        self._place = place
        self._zone = zone
        self._now = now
        self._program = crontab_program()
        self.crontab_lines: list[str] = []

    def wanted(self) -> list[str]:
        """The lines there should be, one for each of CRONJOBS."""
        return [
            self._place.line(
                schedule=local_schedule(schedule=schedule, zone=self._zone, now=self._now),
                command=command,
            )
            for schedule, _, (command, *_) in self.settings.CRONJOBS
        ]

    def own(self) -> list[str]:
        """The lines of this checkout that are in the table."""
        return [line for line in self.crontab_lines if self._place.owns(line)]

    def add_jobs(self) -> None:
        """Make the own lines what they should be, where they are; new ones come last."""
        lines = self.crontab_lines
        first = next((n for n, line in enumerate(lines) if self._place.owns(line)), len(lines))
        after = [line for line in lines[first:] if not self._place.owns(line)]
        self.crontab_lines = [*lines[:first], *self.wanted(), *after]

    def remove_jobs(self) -> None:
        """Take out the own lines; all others stay."""
        self.crontab_lines = [line for line in self.crontab_lines if not self._place.owns(line)]

    def read(self) -> None:
        """Read the table as it is now."""
        done = self._run("-l")
        if done.returncode and b"no crontab for" not in done.stderr:
            raise CrontabFailed(f"The crontab cannot be read: {_said(done)}")
        text = "" if done.returncode else _text(done.stdout)
        self.crontab_lines = text.removesuffix("\n").split("\n") if text else []

    def write(self) -> None:
        """Install the table, read it back and compare: a difference raises CrontabFailed."""
        given = self.crontab_lines
        if given:
            table = "".join(f"{line}\n" for line in given)
            done = self._run("-", table.encode(errors="surrogateescape"))
        else:
            done = self._run("-r")
        if done.returncode:
            raise CrontabFailed(f"The program crontab refused the new table: {_said(done)}")
        self.read()
        if self.crontab_lines != given:
            raise CrontabFailed(
                "The crontab does not hold what was installed (- given, + found):\n"
                + difference(before=given, after=self.crontab_lines)
            )

    def _run(self, argument: str, table: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603
            [self._program, argument], input=table, capture_output=True, check=False
        )


def difference(*, before: Sequence[str], after: Sequence[str]) -> str:
    """The lines that went and came, marked - and +, ready for a terminal of any encoding."""
    changed = [line for line in difflib.ndiff(before, after) if line[0] in "-+"]
    return "\n".join(changed).encode(errors="backslashreplace").decode()


def crontab_program() -> str:
    """The program of the setting CRONTAB_EXECUTABLE, or `crontab`; raises CannotInstall."""
    found = shutil.which(getattr(settings, "CRONTAB_EXECUTABLE", "crontab"))
    if found is None:
        raise CannotInstall(
            "There is no program crontab on this machine: install Debian's package cron."
        )
    return found


def _text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    words = done.stderr.decode(errors="backslashreplace").split()
    return " ".join(words) or f"exit code {done.returncode}"
