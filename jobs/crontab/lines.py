"""The lines of the crontab: one for each registered job, and one for the tick (docs/adr/0004)."""

import re
import shlex
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from jobs import registry

LONGEST_LINE = 900  # bytes; Debian's cron cuts a command at 1,000 without a word
LOCALTIME = Path("/etc/localtime")
WRAPPER = Path("jobs", "crontab", "run.sh")
DAYS_SEEN = 2 * 366
ALWAYS_UTC = {timedelta()}

# What cron and CronSim both understand: CronSim alone also knows L, LW, 5#2 and 5/10.
_VALUE = r"(\d+|[A-Za-z]{3})"
_PART = rf"(\*(/\d+)?|{_VALUE}(-{_VALUE}(/\d+)?)?)"
_FIELD = re.compile(rf"{_PART}(,{_PART})*", re.ASCII)
_FIELD_NAMES = ("minute", "hour", "day of month", "month", "day of week")

EVERY_MINUTE = "* * * * *"
TICK = "run_due_jobs"

CronJob = tuple[str, str, list[str]]


class CannotInstall(Exception):
    """The machine or the project's place does not allow it; the message says why."""


def command_name(job_name: str) -> str:
    """The management command of a job: its name with underscores."""
    return job_name.replace("-", "_")


def cronjobs() -> list[CronJob]:
    """CRONJOBS as django-crontab reads it: the schedule in UTC, a callable and its arguments.

    A line for each job serves the hotels on its declared schedule; the tick serves the others, and
    what the lines missed.
    """
    lines = [(job.schedule, command_name(job.name)) for job in registry.all_jobs()]
    return [
        (schedule, "django.core.management.call_command", [command, "--scheduled"])
        for schedule, command in [*lines, (EVERY_MINUTE, TICK)]
    ]


def schedule_problem(schedule: str) -> str | None:
    """What is wrong with five cron fields, in words; None when cron will understand them."""
    fields = schedule.split()
    if len(fields) != len(_FIELD_NAMES):
        return f"it has {len(fields)} fields, not five"
    for name, field in zip(_FIELD_NAMES, fields, strict=True):
        if not _FIELD.fullmatch(field):
            return f"cron does not understand the {name} {field!r}"
    try:
        next(CronSim(schedule, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        return str(error).lower().replace("bad", "a bad", 1)
    except StopIteration:
        return "it never comes"
    return None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the project and its Python live. Raises CannotInstall where cron cannot name them."""

    project: Path
    python: Path

    def __post_init__(self) -> None:
        for path in (self.project, self.python):
            if "\\" in str(path) or any(unicodedata.category(c) == "Cc" for c in str(path)):
                raise CannotInstall(
                    f"The path {str(path)!r} has a backslash or a control character in it, "
                    "which a line of a crontab cannot hold."
                )

    @property
    def marker(self) -> str:
        """The end of every line of this checkout, and of no other's."""
        return for_cron(f" # hotel back office in {shlex.quote(str(self.project))}")

    def line(self, *, schedule: str, command: str) -> str:
        """One line of the crontab; raises CannotInstall when cron would cut it off."""
        words = ("/bin/sh", str(self.project / WRAPPER), str(self.python), command)
        line = f"{schedule} {for_cron(shlex.join(words))}{self.marker}"
        if len(line.encode(errors="surrogateescape")) > LONGEST_LINE:
            raise CannotInstall(
                f"The path of {self.project} is too long: cron cuts lines of more than "
                f"{LONGEST_LINE} bytes."
            )
        return line

    def owns(self, line: str) -> bool:
        """Whether a line was written for this checkout."""
        return line.endswith(self.marker)


def for_cron(command: str) -> str:
    """A shell command as cron wants it: a bare `%` would end the line there."""
    return command.replace("%", r"\%")


def machine_zone(*, localtime: Path = LOCALTIME) -> tzinfo:
    """The zone the cron daemon lives in; UTC, as for the C library, where none is set."""
    try:
        with localtime.open("rb") as file:
            return ZoneInfo.from_file(file)
    except (OSError, ValueError):
        return UTC


def offsets(*, zone: tzinfo, now: datetime) -> set[timedelta]:
    """How far the clocks of a zone are from UTC on the days of the next two years."""
    days = (now + timedelta(days=day) for day in range(DAYS_SEEN))
    return {day.astimezone(zone).utcoffset() or timedelta() for day in days}


def local_schedule(*, schedule: str, zone: tzinfo, now: datetime) -> str:
    """The fields with which a daemon living in `zone` meets every slot of a schedule in UTC.

    In UTC they are the schedule itself. Elsewhere the line fires every hour at the schedule's
    minutes: `--scheduled` works a slot once, so the firings between do nothing, and no change of
    clocks can move or lose a slot.
    """
    seen = offsets(zone=zone, now=now)
    if seen == ALWAYS_UTC:
        return schedule
    wanted = CronSim(schedule, now).minutes
    shifted = {
        (minute + offset // timedelta(minutes=1)) % 60 for minute in wanted for offset in seen
    }
    minutes = ",".join(map(str, sorted(shifted))) if shifted != wanted else schedule.split()[0]
    return f"{minutes} * * * *"
