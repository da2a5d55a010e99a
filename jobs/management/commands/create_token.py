"""`manage.py create_token USERNAME`: create an API token and print it once."""

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from hotels.audit import Via
from hotels.calendar import iso
from hotels.errors import ActionRefused
from hotels.http import tokens
from hotels.models import Hotel
from hotels.models.api_token import DEFAULT_LIFETIME, LONGEST_LIFETIME_DAYS
from hotels.roles import Action, hotels_where
from hotels.server_account import server_account
from jobs.cli.arguments import UsageError, parse_option_number

LONGEST_LABEL = 80


class Command(BaseCommand):
    help = "Create an API token for a user and print it once. Only a hash of it is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USERNAME")
        parser.add_argument(
            "--hotel",
            action="append",
            metavar="CODE",
            help="Limit the token to this hotel. Can be given several times.",
        )
        parser.add_argument(
            "--read-only", action="store_true", help="The token can read but not change data."
        )
        parser.add_argument(
            "--expires",
            metavar="DAYS",
            default=str(DEFAULT_LIFETIME.days),
            help=f"Number of days the token is valid, 1 to {LONGEST_LIFETIME_DAYS}. "
            f"Default: {DEFAULT_LIFETIME.days}.",
        )
        parser.add_argument(
            "--label", default="", metavar="TEXT", help="A note on what the token is used for."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Create and print the token.

        Raises UsageError for an unknown user or hotel, and for too many tokens.
        """
        days = parse_option_number(
            options["expires"], option="--expires", smallest=1, largest=LONGEST_LIFETIME_DAYS
        )
        if len(options["label"]) > LONGEST_LABEL:
            raise UsageError(f"--label is longer than {LONGEST_LABEL} characters.")
        user = _user(options["username"])
        try:
            token, text = tokens.issue(
                user=user,
                by=server_account(),
                via=Via.COMMAND,
                now=timezone.now(),
                hotels=_hotels(user, options["hotel"]),
                read_only=options["read_only"],
                lifetime=timedelta(days=days),
                label=options["label"],
            )
        except ActionRefused as refusal:
            raise UsageError(str(refusal)) from None
        rights = "read only" if token.read_only else "read and write"
        hotels = ", ".join(options["hotel"]) if token.limited else "all hotels of the user"
        self.stderr.write(
            f"API token for {user}: {rights}, {hotels}, valid until {iso(token.expiry)}. "
            "Copy it now, it is not shown again:"
        )
        # Standard output holds nothing but the token, so that a script can read it.
        self.stdout.write(text)


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
            raise UsageError(f"{user} has no access to a hotel {code!r}.")
    return [own[code] for code in dict.fromkeys(codes)]
