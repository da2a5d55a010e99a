"""`manage.py demo`: load a demo group of hotels, run the five jobs, show the results."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from hotels.demo.loading import demo_hotels, load_group
from hotels.demo.users import ensure_users
from hotels.i18n import counted
from jobs import dispatch, registry
from jobs.cli import output
from jobs.cli.arguments import FailedHotels
from jobs.models import Trigger
from jobs.runner import Outcome

# No-shows free rooms, so availability is calculated after them; their fees are invoiced last.
ORDER = (
    "daily-housekeeping",
    "maintenance-schedule",
    "check-no-shows",
    "recalc-availability",
    "generate-invoices",
)


class Command(BaseCommand):
    help = "Load a demo group of four hotels, run the five jobs for them, show the results."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, run and report; raises FailedHotels if a job failed or had problems."""
        now = timezone.now()
        loaded = load_group(now=now)
        hotels = demo_hotels()
        names = ", ".join(hotel.name for hotel in loaded)
        self.stdout.write(f"Loaded {names}." if loaded else "The demo hotels are already loaded.")
        outcomes: list[Outcome] = []
        runs = [
            dispatch.run(
                job=registry.get(name),
                hotels=hotels,
                now=now,
                trigger=Trigger.COMMAND,
                concurrency=settings.JOBS_CONCURRENCY,
                on_outcome=outcomes.append,
            )
            for name in ORDER
        ]
        output.write_outcomes(outcomes, stream=self.stdout)
        self._show_logins()
        failed = sum(not run.success for run in runs)
        if failed:
            raise FailedHotels(
                f"{failed} of {counted(len(runs), 'job')} failed or had problems in a hotel."
            )

    def _show_logins(self) -> None:
        file = Path(settings.BASE_DIR) / ".demo.json"
        people, created = ensure_users(file=file)
        source = f"saved in {file.name}" if created else f"from {file.name}"
        self.stdout.write(f"\nLogins ({source}):")
        for person in people:
            self.stdout.write(
                f"  {person.username:<14} {person.password:<18} "
                f"{person.role} of {', '.join(person.hotels)}"
            )
