"""Ending of tokens and sessions with the password."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from hotels.audit import By, Via
from hotels.http import tokens
from hotels.http.sessions import end_sessions


@transaction.atomic
def end_all(
    *, user: AbstractBaseUser, by: By, via: Via, now: datetime, keep_session: str | None = None
) -> None:
    """End the tokens and sessions of a user whose password was changed: it may have been stolen.

    `keep_session` is the key of the session in which the user changed it.
    """
    tokens.revoke_all(user=user, by=by, via=via, now=now)
    end_sessions(user=user, keep=keep_session)
