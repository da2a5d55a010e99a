"""`manage.py prune_executions --keep-days 400`: old executions go, in batches."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from jobs import pruning
from jobs.cli.job_command import UsageError
from jobs.models import JobExecution

LEAST = 31
MOST = 36_500


class Command(BaseCommand):
    help = (
        "Delete executions older than some days, in batches. The newest success of every job in "
        "every hotel stays, and so does what waits or runs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep-days",
            default="400",
            metavar="DAYS",
            help=f"How many days are kept, {LEAST} to {MOST}; default 400.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Count what would go; delete nothing."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prune or count; raises UsageError for a number of days that cannot be."""
        days = _days(str(options["keep_days"]))
        before = timezone.now() - timedelta(days=days)
        if options["dry_run"]:
            self._count(before=before, days=days)
            return
        deleted = sum(pruning.prune(before=before))
        self.stdout.write(f"{deleted} executions older than {days} days deleted.")

    def _count(self, *, before: Any, days: int) -> None:
        heads = pruning.prunable(before=before)
        count = heads.count() + JobExecution.objects.filter(first_attempt__in=heads).count()
        self.stdout.write(
            f"{count} executions older than {days} days would be deleted; nothing was written."
        )


def _days(text: str) -> int:
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not LEAST <= days <= MOST:
        # The console's figures cover 30 days.
        raise UsageError(f"--keep-days is a whole number from {LEAST} to {MOST}, not {text!r}.")
    return days
