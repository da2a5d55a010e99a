"""`manage.py install_crontab`: the jobs' lines in the crontab of whoever calls it."""

import sys
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from jobs.cli.job_command import UsageError
from jobs.crontab.environment import rehearse
from jobs.crontab.lines import ALWAYS_UTC, CannotInstall, Place, machine_zone, offsets
from jobs.crontab.table import CrontabFailed, JobsCrontab, difference

NOT_UTC = (
    "The daemon's clock is not in UTC: the lines fire every hour, and a slot is worked once, when "
    "it is due in UTC."
)


class Command(BaseCommand):
    help = "Install the jobs of this checkout in your crontab; other lines are left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--remove", action="store_true", help="Take the lines out again.")
        what.add_argument(
            "--show",
            action="store_true",
            help="Print the lines and whether they are installed; exit 1 if they differ.",
        )
        parser.add_argument(
            "--zone",
            metavar="NAME",
            help="The time zone the cron daemon runs in, where it is not the machine's.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        zone = _zone(options["zone"])
        try:
            place = Place(project=Path(settings.BASE_DIR), python=Path(sys.executable))
            crontab = JobsCrontab(place=place, zone=zone, now=now)
            crontab.read()
            if options["show"]:
                self._show(crontab)
            elif options["remove"]:
                self._remove(crontab)
            else:
                self._install(crontab, place=place)
                if offsets(zone=zone, now=now) != ALWAYS_UTC:
                    self.stdout.write(NOT_UTC)
        except CannotInstall as error:
            raise UsageError(str(error)) from None
        except CrontabFailed as error:
            raise CommandError(str(error)) from None

    def _install(self, crontab: JobsCrontab, *, place: Place) -> None:
        before = list(crontab.crontab_lines)
        crontab.add_jobs()
        rehearse(place=place, database=settings.DATABASES["default"])
        if crontab.crontab_lines == before:
            self.stdout.write(f"The {len(crontab.own())} lines are installed; nothing changed.")
            return
        crontab.write()
        self.stdout.write(difference(before=before, after=crontab.crontab_lines))
        self.stdout.write(f"Installed {len(crontab.own())} lines and read them back.")

    def _remove(self, crontab: JobsCrontab) -> None:
        own = crontab.own()
        if not own:
            self.stdout.write("The crontab has no line of this checkout; nothing changed.")
            return
        crontab.remove_jobs()
        crontab.write()
        self.stdout.write(f"Removed {len(own)} lines; the others are as they were.")

    def _show(self, crontab: JobsCrontab) -> None:
        wanted = crontab.wanted()
        self.stdout.write("\n".join(wanted))
        if crontab.own() != wanted:
            raise CommandError("The crontab differs:\n" + _gap(crontab.own(), wanted))
        self.stdout.write(f"All {len(wanted)} lines are installed.")


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return machine_zone()
    if name not in available_timezones():
        raise UsageError(f"{name!r} is not an IANA time zone such as Europe/Lisbon.")
    return ZoneInfo(name)


def _gap(installed: list[str], wanted: list[str]) -> str:
    return difference(before=wanted, after=installed) + "\n(- missing, + not wanted)"
