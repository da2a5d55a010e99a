"""`manage.py install_crontab`: install the jobs in the crontab of the user who runs it."""

import sys
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from hotels.i18n import counted
from hotels.time_zones import known_zones
from jobs.cli.arguments import UsageError
from jobs.crontab.environment import check_environment
from jobs.crontab.lines import ALWAYS_UTC, CannotInstall, Place, machine_zone, offsets
from jobs.crontab.table import CrontabFailed, JobsCrontab, difference

NOT_UTC = (
    "The cron daemon's time zone is not UTC. The lines therefore start every hour, and each job "
    "runs only when it is due in UTC."
)


class Command(BaseCommand):
    help = "Install this project's jobs in your crontab. Other lines are not changed."

    def add_arguments(self, parser: CommandParser) -> None:
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--remove", action="store_true", help="Remove the lines.")
        mode.add_argument(
            "--show",
            action="store_true",
            help="Print the lines and whether they are installed. Exit code 1 if they differ.",
        )
        parser.add_argument(
            "--zone",
            metavar="NAME",
            help="The cron daemon's time zone, if it differs from the machine's.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Install, remove or show the lines.

        Raises UsageError when this machine or path does not allow it, CommandError when the
        program `crontab` fails or, with --show, when the lines differ.
        """
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
        check_environment(place=place, database=settings.DATABASES["default"])
        lines = counted(len(crontab.own()), "line")
        if crontab.crontab_lines == before:
            self.stdout.write(f"Already installed: {lines}. Nothing changed.")
            return
        crontab.write()
        self.stdout.write(difference(before=before, after=crontab.crontab_lines))
        self.stdout.write(f"Installed and verified {lines}.")

    def _remove(self, crontab: JobsCrontab) -> None:
        own = crontab.own()
        if not own:
            self.stdout.write("The crontab has no lines of this project. Nothing changed.")
            return
        crontab.remove_jobs()
        crontab.write()
        self.stdout.write(f"Removed {counted(len(own), 'line')}. Other lines were not changed.")

    def _show(self, crontab: JobsCrontab) -> None:
        wanted = crontab.wanted()
        self.stdout.write("\n".join(wanted))
        installed = crontab.own()
        if installed != wanted:
            changes = difference(before=wanted, after=installed)
            raise CommandError(
                f"The crontab differs (- missing, + unexpected):\n{changes}\n"
                "Run install_crontab to correct it."
            )
        self.stdout.write(f"Installed: {counted(len(wanted), 'line')}.")


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return machine_zone()
    if name not in known_zones():
        raise UsageError(f"{name!r} is not an IANA time zone such as Europe/Lisbon.")
    return ZoneInfo(name)
