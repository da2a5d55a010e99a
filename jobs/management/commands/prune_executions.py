"""`manage.py prune_executions --keep-days 400`: delete old executions in batches."""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from hotels.i18n import counted
from jobs import pruning
from jobs.cli.arguments import parse_option_number
from jobs.models import JobExecution

MIN_DAYS = 31  # the console's figures cover 30 days
MAX_DAYS = 36_500


class Command(BaseCommand):
    help = (
        "Delete executions that are older than a number of days, in batches. The latest "
        "completed execution of each job in each hotel is kept, and so are executions that are "
        "pending or running."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep-days",
            default="400",
            metavar="DAYS",
            help=f"Number of days to keep, {MIN_DAYS} to {MAX_DAYS}. Default: 400.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Count the executions. Delete nothing."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete or count; raises UsageError for an impossible number of days."""
        days = parse_option_number(
            str(options["keep_days"]), option="--keep-days", smallest=MIN_DAYS, largest=MAX_DAYS
        )
        before = timezone.now() - timedelta(days=days)
        if options["dry_run"]:
            self.stdout.write(
                f"{_executions(_count(before=before))} older than {days} days would be deleted. "
                "Nothing was deleted."
            )
            return
        deleted = sum(pruning.prune(before=before))
        self.stdout.write(f"{_executions(deleted)} older than {days} days deleted.")


def _count(*, before: datetime) -> int:
    first_attempts = pruning.prunable(before=before)
    retries = JobExecution.objects.filter(first_attempt__in=first_attempts)
    return first_attempts.count() + retries.count()


def _executions(number: int) -> str:
    return counted(number, "execution")
