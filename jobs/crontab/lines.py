"""Crontab lines: one for each registered job and one for the tick (docs/adr/0004)."""

import re
import shlex
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from hotels.i18n import counted
from jobs import registry

LONGEST_LINE = 900  # bytes; Debian's cron silently cuts off a command after 1,000
LOCALTIME = Path("/etc/localtime")
WRAPPER = Path("jobs", "crontab", "run.sh")
DAYS_CHECKED = 2 * 366
ALWAYS_UTC = {timedelta()}

# The syntax that both cron and CronSim accept. L, LW, 5#2 and 5/10 are known to CronSim only.
_VALUE = r"(\d+|[A-Za-z]{3})"
_PART = rf"(\*(/\d+)?|{_VALUE}(-{_VALUE}(/\d+)?)?)"
_FIELD = re.compile(rf"{_PART}(,{_PART})*", re.ASCII)
_FIELD_NAMES = ("minute", "hour", "day of month", "month", "day of week")

EVERY_MINUTE = "* * * * *"
TICK = "run_due_jobs"

CronJob = tuple[str, str, list[str]]


class CannotInstall(Exception):
    """The machine or the path of the project does not allow it; the message says why."""


def command_name(job_name: str) -> str:
    """Return the management command of a job: the job's name with underscores."""
    return job_name.replace("-", "_")


def cronjobs() -> list[CronJob]:
    """Return the setting CRONJOBS of django-crontab: UTC schedule, callable, its arguments.

    The line of a job runs the hotels on its default schedule. The tick runs the hotels with their
    own schedule, and everything that the lines missed.
    """
    lines = [(job.schedule, command_name(job.name)) for job in registry.all_jobs()]
    return [
        (schedule, "django.core.management.call_command", [command, "--scheduled"])
        for schedule, command in [*lines, (EVERY_MINUTE, TICK)]
    ]


def schedule_problem(schedule: str) -> str | None:
    """Return the reason why cron does not accept five fields, or None if it does."""
    fields = schedule.split()
    if len(fields) != len(_FIELD_NAMES):
        return f"it has {counted(len(fields), 'field')} instead of five"
    for name, field in zip(_FIELD_NAMES, fields, strict=True):
        if not _FIELD.fullmatch(field):
            return f"cron does not understand the {name} {field!r}"
    try:
        next(CronSim(schedule, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        return str(error).lower().replace("bad", "a bad", 1)
    except StopIteration:
        return "no date matches it"
    return None


@dataclass(frozen=True, kw_only=True)
class Place:
    """The paths of the project and its Python.

    Raises CannotInstall for a path that a crontab line cannot contain.
    """

    project: Path
    python: Path

    def __post_init__(self) -> None:
        for path in (self.project, self.python):
            if "\\" in str(path) or any(unicodedata.category(c) == "Cc" for c in str(path)):
                raise CannotInstall(
                    f"The path {str(path)!r} contains a backslash or a control character, "
                    "which a crontab line cannot contain. Move the project."
                )

    @property
    def marker(self) -> str:
        """The comment at the end of every line that belongs to this project folder."""
        return for_cron(f" # hotel back office in {shlex.quote(str(self.project))}")

    def line(self, *, schedule: str, command: str) -> str:
        """Return a crontab line; raises CannotInstall when it is too long for cron."""
        words = ("/bin/sh", str(self.project / WRAPPER), str(self.python), command)
        line = f"{schedule} {for_cron(shlex.join(words))}{self.marker}"
        if len(line.encode(errors="surrogateescape")) > LONGEST_LINE:
            raise CannotInstall(
                f"The path {self.project} is too long: a crontab line can have at most "
                f"{LONGEST_LINE} bytes. Move the project."
            )
        return line

    def owns(self, line: str) -> bool:
        """Return True if the line belongs to this project folder."""
        return line.endswith(self.marker)


def for_cron(command: str) -> str:
    """Escape a shell command for cron, which ends a command at a bare `%`."""
    return command.replace("%", r"\%")


def machine_zone(*, localtime: Path = LOCALTIME) -> tzinfo:
    """Return the machine's time zone; UTC, as in the C library, when none is set."""
    try:
        with localtime.open("rb") as file:
            return ZoneInfo.from_file(file)
    except (OSError, ValueError):
        return UTC


def offsets(*, zone: tzinfo, now: datetime) -> set[timedelta]:
    """Return the UTC offsets of a zone on the days of the next two years."""
    days = (now + timedelta(days=day) for day in range(DAYS_CHECKED))
    return {day.astimezone(zone).utcoffset() or timedelta() for day in days}


def local_schedule(*, schedule: str, zone: tzinfo, now: datetime) -> str:
    """Return five fields that start a daemon in `zone` at every slot of a UTC schedule.

    In UTC these are the schedule itself. In another zone the line starts every hour at the
    schedule's minutes. `--scheduled` runs each slot once, so the extra starts do nothing, and no
    clock change can move or lose a slot.
    """
    zone_offsets = offsets(zone=zone, now=now)
    if zone_offsets == ALWAYS_UTC:
        return schedule
    wanted = CronSim(schedule, now).minutes
    shifted = {
        (minute + offset // timedelta(minutes=1)) % 60
        for minute in wanted
        for offset in zone_offsets
    }
    minutes = ",".join(map(str, sorted(shifted))) if shifted != wanted else schedule.split()[0]
    return f"{minutes} * * * *"
