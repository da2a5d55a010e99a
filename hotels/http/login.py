"""Checks of passwords, the same for all doors: console, browsable API, API and password change."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels import audit
from hotels.audit import Verb, Via
from hotels.http.address import address_of
from hotels.http.attempts import Limit
from hotels.http.middleware import is_api

PER_ADDRESS = Limit(name="login-address", allowed=30, window=timedelta(minutes=5))
# A stranger who knows a user name closes the account at their own address. To close it everywhere
# takes five addresses.
PER_ACCOUNT_AND_ADDRESS = Limit(name="login-both", allowed=10, window=timedelta(minutes=15))
PER_ACCOUNT = Limit(name="login-account", allowed=50, window=timedelta(minutes=15))
# A hash takes a third of a second of CPU time. More at once, and more threads that wait for one,
# would leave none for other requests.
_hashing = BoundedSemaphore(2)
_admitted = BoundedSemaphore(4)
BUSY_SECONDS = 5
_log = logging.getLogger(__name__)


class LoginRefused(ValidationError):
    """The password was not checked: too many were wrong, or too many are being checked.

    `wait` is the number of seconds after which to try again.
    """

    def __init__(self, message: str, *, wait: int) -> None:
        super().__init__(message, code="throttled")
        self.wait = wait


class TooManyAttempts(LoginRefused):
    """Too many wrong passwords of this account or from this address."""


class TooBusy(LoginRefused):
    """Too many passwords are being checked at this moment."""


def check_password(
    *, request: HttpRequest | None, account: str, matches: Callable[[], bool]
) -> bool:
    """The answer of `matches`, which hashes a password; failures of account and address count.

    Raises TooManyAttempts or TooBusy without calling `matches`.
    """
    now = timezone.now()
    counted = []
    name = account.casefold()
    limits = [(PER_ACCOUNT, _digest(name))]
    if request is not None:
        address = address_of(request)
        limits = [
            (PER_ADDRESS, address),
            (PER_ACCOUNT_AND_ADDRESS, _digest(f"{address} {name}")),
            *limits,
        ]
    try:
        for limit, ident in limits:
            wait = limit.take(ident, now=now)
            if wait:
                _log.warning("Too many wrong passwords: %s", limit.name)
                raise TooManyAttempts(_too_many(wait), wait=wait)
            counted.append((limit, ident))
        with room_to_hash():
            right = matches()
    except LoginRefused:
        _give_back(counted)
        raise
    if right:
        _give_back(counted)
    return right


class GuardedBackend(ModelBackend):
    """Django's users and passwords, checked within the limits, with an entry in the audit trail."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> Any:
        """The user with this password, or None; raises TooManyAttempts or TooBusy."""
        model = get_user_model()
        account = more.get(model.USERNAME_FIELD) if username is None else username
        if account is None or password is None:
            return None
        user = model._default_manager.filter(**{model.USERNAME_FIELD: account}).first()

        def matches() -> bool:
            if user is None:
                model().set_password(password)  # takes as long as for a user who exists
                return False
            return user.check_password(password) and self.user_can_authenticate(user)

        right = check_password(request=request, account=account, matches=matches)
        if user is not None:
            audit.record(
                by=user if right else "",
                verb=Verb.LOG_IN if right else Verb.FAIL_LOGIN,
                row=user,
                via=Via.API if request is not None and is_api(request) else Via.ADMIN,
                now=timezone.now(),
            )
        return user if right else None


def _digest(ident: str) -> str:
    """A key of fixed length: user names may be longer than the column."""
    return sha256(ident.encode(errors="replace")).hexdigest()


def _give_back(counted: list[tuple[Limit, str]]) -> None:
    for limit, ident in counted:
        limit.give_back(ident)


@contextmanager
def room_to_hash() -> Iterator[None]:
    """One of the few places to hash a password; raises TooBusy if others wait already."""
    if not _admitted.acquire(blocking=False):
        raise TooBusy(_("Many people are logging in. Try again in a moment."), wait=BUSY_SECONDS)
    try:
        if not connection.in_atomic_block:
            connection.close()  # back to the pool, from which others work meanwhile
        with _hashing:
            yield
    finally:
        _admitted.release()


def _too_many(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return ngettext(
        "Too many wrong passwords. Try again in %(minutes)s minute.",
        "Too many wrong passwords. Try again in %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}
