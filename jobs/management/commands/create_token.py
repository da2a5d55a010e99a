"""`manage.py create_token USERNAME`: a token of the API, shown once."""

import getpass
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from hotels.audit import Via
from hotels.http import tokens
from hotels.models import Hotel
from hotels.models.api_token import DEFAULT_LIFETIME, LONGEST_LIFETIME_DAYS
from hotels.roles import Action, hotels_where
from jobs.cli.job_command import UsageError
from jobs.cli.output import iso


class Command(BaseCommand):
    help = "Make a token of the API for a user and show it once; only a hash of it is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USERNAME")
        parser.add_argument(
            "--hotel",
            action="append",
            metavar="CODE",
            help="Limit it to this hotel; may be given more than once.",
        )
        parser.add_argument("--read-only", action="store_true", help="It may only read.")
        parser.add_argument(
            "--expires",
            metavar="DAYS",
            default=str(DEFAULT_LIFETIME.days),
            help=f"Valid for so many days, 1 to {LONGEST_LIFETIME_DAYS}; "
            f"default {DEFAULT_LIFETIME.days}.",
        )
        parser.add_argument("--label", default="", metavar="TEXT", help="What it is for.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it and show it; raises UsageError for an unknown person or hotel."""
        days = _days(options["expires"])
        if len(options["label"]) > 80:
            raise UsageError("--label is longer than 80 characters.")
        user = _user(options["username"])
        row, text = tokens.issue(
            user=user,
            by=_account(),
            via=Via.COMMAND,
            now=timezone.now(),
            hotels=_hotels(user, options["hotel"]),
            read_only=options["read_only"],
            lifetime=timedelta(days=days),
            label=options["label"],
        )
        kind = "reads only" if row.read_only else "reads and writes"
        where = ", ".join(options["hotel"]) if row.limited else "all hotels of the user"
        self.stderr.write(f"For {user}: {kind}, {where}, until {iso(row.expiry)}. Shown once:")
        # Alone on standard output, so that a script can take it.
        self.stdout.write(text)


def _account() -> str:
    """Who runs the command, as the machine knows them: whose token it is does not say that."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""  # an account without a name, as in some containers


def _user(username: str) -> Any:
    user = get_user_model()._default_manager.filter(username=username, is_active=True).first()
    if user is None:
        raise UsageError(f"There is no active user {username!r}.")
    return user


def _hotels(user: Any, codes: list[str] | None) -> list[Hotel] | None:
    if codes is None:
        return None
    own = {hotel.code: hotel for hotel in hotels_where(user=user, action=Action.SEE)}
    for code in codes:
        if code not in own:
            raise UsageError(f"{user} has no hotel {code!r}.")
    return [own[code] for code in dict.fromkeys(codes)]


def _days(text: str) -> int:
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= days <= LONGEST_LIFETIME_DAYS:
        raise UsageError(
            f"--expires is a whole number from 1 to {LONGEST_LIFETIME_DAYS}, not {text!r}."
        )
    return days
