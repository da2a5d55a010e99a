"""`manage.py changepassword USERNAME`: Django's command, which ends tokens and sessions too."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.management.commands import changepassword
from django.db import transaction
from django.utils import timezone

from hotels import audit
from hotels.audit import Verb, Via
from hotels.http import credentials
from hotels.server_account import server_account


class Command(changepassword.Command):
    """Change a password and end the user's API tokens and sessions."""

    help = "Change a user's password. The user's API tokens and sessions end with the old password."

    def handle(self, *args: Any, **options: Any) -> str:
        """Change the password; returns the sentence to print."""
        username = options["username"] = options["username"] or server_account()
        done = str(super().handle(*args, **options))
        user = get_user_model()._default_manager.get_by_natural_key(username)
        by, now = server_account(), timezone.now()
        with transaction.atomic():
            audit.record(
                by=by,
                verb=Verb.CHANGE,
                row=user,
                before={"password": "old"},
                after={"password": "new"},
                via=Via.COMMAND,
                now=now,
            )
            credentials.end_all(user=user, by=by, via=Via.COMMAND, now=now)
        return done
