"""Sessions that know their user, browser and last use.

Django's database engine with another model, set as SESSION_ENGINE. The tick deletes what has
expired.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from hotels import audit
from hotels.audit import Verb, Via
from hotels.models import UserSession
from hotels.models.sessions import BROWSER_LENGTH

PRECISION = timedelta(minutes=5)  # of the last use: one write in this time
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


class SessionStore(DatabaseStore):
    """Django's store over `UserSession`; `browser` is set by the middleware below."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.browser = ""
        self.stored: UserSession | None = None

    @classmethod
    def get_model_class(cls) -> type[Any]:
        """Return the model of the rows."""
        return UserSession

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the row to store, with user, browser and times."""
        row: UserSession = super().create_model_instance(data)  # type: ignore[assignment]
        known, now = self.stored, timezone.now()
        row.user_id = int(data[SESSION_KEY]) if data.get(SESSION_KEY) else None
        row.browser = self.browser or (known.browser if known else "")
        row.created_at = known.created_at if known and known.user_id == row.user_id else now
        row.last_used_at = now
        self.stored = row
        return row

    def _get_session_from_db(self) -> Any:
        row = super()._get_session_from_db()  # type: ignore[misc]
        if row is not None:
            self.stored = row
        return row


class SessionUseMiddleware:
    """Notes browser and last use of the sessions of users, at most once in five minutes.

    Activity of the user is stored more often (`session_limits`), and its time with it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        store = request.session
        if isinstance(store, SessionStore) and store.accessed and SESSION_KEY in store:
            _note_use(store, browser=_printable(request.headers.get("User-Agent", "")))
        return response


def sessions_of(*, user: AbstractBaseUser, now: datetime) -> QuerySet[UserSession]:
    """Return the user's sessions that have not expired, the last used first."""
    return UserSession.objects.filter(user_id=user.pk, expire_date__gt=now)


def end_sessions(*, user: AbstractBaseUser, keep: str | None = None) -> int:
    """Delete the user's sessions except the one with the key `keep`; return their number."""
    ended, _ = UserSession.objects.filter(user_id=user.pk).exclude(pk=keep or "").delete()
    return ended


@transaction.atomic
def log_out_elsewhere(*, user: AbstractBaseUser, keep: str | None, via: Via, now: datetime) -> int:
    """Delete the user's other sessions and record it; return their number."""
    ended = end_sessions(user=user, keep=keep)
    if ended:
        audit.record(by=user, verb=Verb.LOG_OUT, row=user, via=via, now=now)
    return ended


@transaction.atomic
def log_out_session(*, user: AbstractBaseUser, public_id: str, via: Via, now: datetime) -> bool:
    """Delete the user's session with this `public_id_of` and record it; False if there is none."""
    for row in sessions_of(user=user, now=now):
        if public_id_of(row) == public_id:
            row.delete()
            audit.record(by=user, verb=Verb.LOG_OUT, row=user, via=via, now=now)
            return True
    return False


def public_id_of(session: UserSession) -> str:
    """Return a name of the session for pages: with its key anyone could use the session."""
    return sha256(session.session_key.encode()).hexdigest()


def browser_name(agent: str) -> str:
    """Return `Firefox, Windows` of a User-Agent header; its beginning if it is none we know."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(filter(None, (browser, system))) or agent[:60]


def _note_use(store: SessionStore, *, browser: str) -> None:
    store.browser = browser
    known, now = store.stored, timezone.now()
    if store.modified or known is None:
        return  # the session is stored with the response
    if now - known.last_used_at >= PRECISION or (browser and not known.browser):
        # Only these columns: another request may have changed the session's data meanwhile.
        rows = UserSession.objects.filter(pk=known.pk)
        rows.update(last_used_at=now, browser=browser)


def _printable(agent: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "", agent)[:BROWSER_LENGTH]
