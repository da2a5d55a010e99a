"""`manage.py demo`: a group of hotels, the five jobs run for them, and what they did."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from hotels.demo.loading import demo_hotels, load_group
from hotels.demo.users import ensure_users
from jobs import dispatch, registry
from jobs.cli import output
from jobs.cli.job_command import FailedHotels
from jobs.models import Trigger

# The order of the night: rooms are freed before stock is counted, charged before invoiced.
ORDER = (
    "daily-housekeeping",
    "maintenance-schedule",
    "check-no-shows",
    "recalc-availability",
    "generate-invoices",
)


class Command(BaseCommand):
    help = "Load a demo group of four hotels, run the five jobs for it, and show what they did."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        loaded = load_group(now=now)
        hotels = demo_hotels()
        names = ", ".join(hotel.name for hotel in loaded)
        self.stdout.write(
            f"Loaded {names}."
            if loaded
            else "The demo group is there already; nothing was loaded again."
        )
        firings = [
            dispatch.run(
                job=registry.get(name),
                hotels=hotels,
                now=now,
                trigger=Trigger.COMMAND,
                concurrency=settings.JOBS_CONCURRENCY,
            )
            for name in ORDER
        ]
        self.stdout.write(output.printed(output.run_table(firings), on=self.stdout), ending="")
        self._say_users()
        failed = sum(not firing.success for firing in firings)
        if failed:
            raise FailedHotels(f"{failed} of the {len(firings)} jobs failed for a hotel.")

    def _say_users(self) -> None:
        file = Path(settings.BASE_DIR) / ".demo.json"
        people, made = ensure_users(file=file)
        self.stdout.write(
            f"\nLogins (kept in {file.name}):" if made else f"\nLogins, as kept in {file.name}:"
        )
        for person in people:
            self.stdout.write(
                f"  {person.username:<14} {person.password:<18} "
                f"{person.role} of {', '.join(person.hotels)}"
            )
