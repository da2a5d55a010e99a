"""`manage.py demo`: load a demo group of hotels with their history, show it, serve the site."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from hotels.demo.loading import demo_hotels, load_group
from hotels.demo.users import DemoUser, ensure_users
from hotels.i18n import counted
from hotels.models import Hotel, Membership
from jobs import dispatch, registry
from jobs.cli import output
from jobs.cli.arguments import FailedHotels, parse_option_number
from jobs.demo.history import LEAST_DAYS, DemoHistory, load_past_group
from jobs.demo.own_tick import ticking
from jobs.models import Tick, Trigger
from jobs.runner import Outcome

# No-shows free rooms, so availability is calculated after them; their fees are invoiced last.
ORDER = (
    "daily-housekeeping",
    "maintenance-schedule",
    "check-no-shows",
    "recalc-availability",
    "generate-invoices",
)
DAYS = 14
OUTGOING = "outgoing"
MOST_DAYS = 28  # the shifts of the demo hotels are planned for so long


class Command(BaseCommand):
    help = (
        "Load a demo group of four hotels. In a new database the five jobs make their history of "
        "a fortnight; in any other they are run once. Then show the results."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days",
            default=str(DAYS),
            metavar="NUMBER",
            help=f"The days of history in a new database. Default: {DAYS}.",
        )
        parser.add_argument(
            "--serve",
            metavar="ADDRESS",
            help="Then serve the site there, such as 127.0.0.1:8000, with a tick each minute.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, run, report and serve.

        Raises UsageError for wrong options, FailedHotels if a job failed or had problems.
        """
        days = parse_option_number(
            options["days"], option="--days", smallest=LEAST_DAYS, largest=MOST_DAYS
        )
        now = timezone.now()
        is_new = not (Hotel.objects.exists() or Tick.objects.exists())
        loaded = load_past_group(now=now, days=days) if is_new else load_group(now=now)
        names = ", ".join(hotel.name for hotel in loaded)
        self.stdout.write(f"Loaded {names}." if loaded else "The demo hotels are already loaded.")
        file = Path(settings.BASE_DIR) / ".demo.json"
        people, created = ensure_users(file=file)
        hotels = demo_hotels()
        outcomes = self._live(hotels, now=now, days=days) if is_new else _run_jobs(hotels, now=now)
        output.write_outcomes(outcomes, stream=self.stdout)
        self._show_logins(
            people, source=f"saved in {file.name}" if created else f"from {file.name}"
        )
        failed = sum(not (outcome.success or outcome.repeated) for outcome in outcomes)
        if failed:
            raise FailedHotels(
                f"{failed} of {counted(len(outcomes), 'run')} failed or had problems in a hotel."
            )
        if options["serve"]:
            self._serve(options["serve"])

    def _live(self, hotels: Sequence[Hotel], *, now: datetime, days: int) -> list[Outcome]:
        """Let the hotels live through their history; the runs that changed something last."""
        self.stdout.write(f"Making {days} days of history with the jobs …")
        history = DemoHistory(hotels=hotels, offices=_offices(hotels), now=now, days=days)
        history.make()
        keys = [(name, hotel.pk) for name in ORDER for hotel in hotels]
        return [history.outcomes[key] for key in keys if key in history.outcomes]

    def _show_logins(self, people: Sequence[DemoUser], *, source: str) -> None:
        self.stdout.write(f"\nLogins ({source}):")
        for person in people:
            self.stdout.write(
                f"  {person.username:<14} {person.password:<18} "
                f"{person.role} of {', '.join(person.hotels)}"
            )

    def _serve(self, address: str) -> None:
        self.stdout.write(f"Serving on http://{address}/ with a tick each minute, until Ctrl-C.")
        if _write_mails_to_files(address=address):
            self.stdout.write(f"E-mails are written to {OUTGOING}/, not sent.")
        self.stdout.flush()
        with ticking():
            call_command("runserver", address, use_reloader=False, insecure_serving=True)


def _write_mails_to_files(*, address: str) -> bool:
    """Write e-mails to files in this process, unless EMAIL_URL says where to send them."""
    if not settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return False
    settings.EMAIL_BACKEND = "hotels.notifications.email.eml_files.EmailBackend"
    settings.EMAIL_FILE_PATH = str(Path(settings.BASE_DIR) / OUTGOING)
    settings.SITE_URL = settings.SITE_URL or f"http://{address}"
    return True


def _run_jobs(hotels: Sequence[Hotel], *, now: datetime) -> list[Outcome]:
    """Run the five jobs once; an outcome for each job and hotel."""
    outcomes: list[Outcome] = []
    for name in ORDER:
        dispatch.run(
            job=registry.get(name),
            hotels=hotels,
            now=now,
            trigger=Trigger.COMMAND,
            concurrency=settings.JOBS_CONCURRENCY,
            on_outcome=outcomes.append,
        )
    return outcomes


def _offices(hotels: Sequence[Hotel]) -> dict[int, User]:
    """The user who acts in each hotel: its manager, else its administrator."""
    members = Membership.objects.filter(hotel__in=hotels, role__in=["ADMIN", "MANAGER"])
    rows = members.order_by("role").select_related("user")  # managers come last, and are kept
    return {member.hotel_id: member.user for member in rows}
