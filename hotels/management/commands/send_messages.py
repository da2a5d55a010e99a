"""`manage.py send_messages`: send what waits in the outbox now, without waiting for the tick."""

import json
import re
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hotels.i18n import counted
from hotels.notifications.delivery import deliver_due

MOST_SECONDS = 3600


class Command(BaseCommand):
    """Send due messages; exit with 1 if one failed for good."""

    help = (
        "Send the messages that are due: e-mails, webhooks and alerts. The tick does this once a "
        "minute. Exit code 0: none failed; 1: a message failed for good; 2: wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --within and --json."""
        parser.add_argument(
            "--within",
            default="300",
            metavar="SECONDS",
            help=f"Start no message after this time, 1 to {MOST_SECONDS}. Default: 300.",
        )
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send and report; raises CommandError for a failed message or a wrong option."""
        delivered = deliver_due(within=_seconds(str(options["within"])))
        sent, failed, waiting = delivered.sent, delivered.failed, delivered.waiting
        if options["json"]:
            self.stdout.write(json.dumps({"sent": sent, "failed": failed, "waiting": waiting}))
        else:
            self.stdout.write(
                f"{counted(sent, 'message')} sent, {failed:,} failed, {waiting:,} waiting."
            )
        if failed:
            raise CommandError(f"{counted(failed, 'message')} could not be sent.", returncode=1)


def _seconds(text: str) -> timedelta:
    """Raises CommandError for anything but a whole number of seconds within the limits."""
    if re.fullmatch("[0-9]{1,5}", text) and 1 <= int(text) <= MOST_SECONDS:
        return timedelta(seconds=int(text))
    raise CommandError(
        f"--within {text!r}: give a number of seconds from 1 to {MOST_SECONDS}.", returncode=2
    )
