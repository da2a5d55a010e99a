"""The end of a log-in: after some time without activity, and in any case after its lifetime."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

GetResponse = Callable[[HttpRequest], HttpResponse]
# In the data of the session, both in seconds since 1970.
STARTED_AT = "started_at"
SEEN_AT = "seen_at"
# Not every request writes to the database.
SEEN_EVERY = timedelta(minutes=1)
# A server whose clock is ahead may have written the times.
CLOCK_TOLERANCE = timedelta(minutes=2)


class SessionLimitsMiddleware:
    """Ends sessions past SESSION_IDLE_TIMEOUT or SESSION_LIFETIME: the user has to log in again.

    Loading a page and sending a form is activity. What an open page fetches by itself is not:
    otherwise a page that refreshes itself would keep a forgotten browser logged in.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        session = request.session
        key = session.session_key
        # Reading a session makes an answer depend on the cookie; most of the API has none.
        if key and SESSION_KEY in session and is_over(session, now=now):
            session.flush()
        response = self._get_response(request)
        if (key or session.modified) and SESSION_KEY in session:
            if session.session_key != key:  # a log-in or a new password
                session[STARTED_AT] = session[SEEN_AT] = now.timestamp()
            elif _is_activity(request):
                _note_activity(session, now=now)
        return response


def is_over(session: SessionBase, *, now: datetime) -> bool:
    """True if the session is past its lifetime, or was not used for too long."""
    limits = {STARTED_AT: settings.SESSION_LIFETIME, SEEN_AT: settings.SESSION_IDLE_TIMEOUT}
    # A session from before there were limits has no times. Django ends it after two weeks.
    ages = ((_age(session, name, now=now), limit) for name, limit in limits.items())
    return any(age and not -CLOCK_TOLERANCE <= age <= limit for age, limit in ages)


def _note_activity(session: SessionBase, *, now: datetime) -> None:
    age = _age(session, SEEN_AT, now=now)
    if age is not None and abs(age) >= SEEN_EVERY:
        session[SEEN_AT] = now.timestamp()


def _age(session: SessionBase, name: str, *, now: datetime) -> timedelta | None:
    at = session.get(name)
    return None if at is None else timedelta(seconds=now.timestamp() - at)


def _is_activity(request: HttpRequest) -> bool:
    """True unless a page fetches a part of itself, as pages that refresh themselves do."""
    part = request.headers.get("HX-Request") == "true"
    return not (part and request.method in ("GET", "HEAD"))
