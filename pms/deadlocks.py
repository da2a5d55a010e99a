"""Repeating requests that PostgreSQL rolled back to resolve a deadlock (docs/adr/0024)."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django.contrib.messages import get_messages
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from hotels import deadlocks
from hotels.http.problem import RETRY_SECONDS
from hotels.models import AttemptCount, KeptAnswer
from pms.error_pages import error_response

GetResponse = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]

NOTHING_SAVED = _("Someone else was changing the same records, so nothing was saved. Try again.")
PARTLY_SAVED = _(
    "Someone else was changing the same records, so only a part of this was saved. Check it "
    "before you try again."
)
_WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
# Rate limits, and keys of requests that a failed request releases by itself.
_BOOKKEEPING = frozenset({"jobs_cache", KeptAnswer._meta.db_table, AttemptCount._meta.db_table})


class DeadlockMiddleware:
    """Calls the view again after a deadlock, unless it has committed a change before.

    The last of the middleware, so that only the view is repeated. The routes of cron are left out:
    they run jobs in transactions of their own, which are repeated one by one.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Return the view's response; 503 with Retry-After once all tries have failed."""
        if request.path.startswith("/api/cron/"):
            return None
        _ = request.body  # kept: a view may read it from the connection, which works only once
        messages = len(_queued(request))
        with _watched() as commits:
            for tries in range(1, deadlocks.TRIES + 1):
                try:
                    return view(request, *args, **kwargs)
                except OperationalError as error:
                    if not deadlocks.is_deadlock(error):
                        raise
                del _queued(request)[messages:]
                if commits.any:
                    return _busy(request, saved=True)
                if tries < deadlocks.TRIES:
                    deadlocks.pause(after=tries)
        return _busy(request, saved=False)


class _Commits:
    """Notes whether a change was committed; an execute wrapper of the connection."""

    def __init__(self) -> None:
        self.any = False

    def __call__(self, execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        result = execute(sql, *rest)
        table = _WRITE.match(str(sql))
        if table and table[1] not in _BOOKKEEPING and not deadlocks.is_repeatable():
            connection.on_commit(self._note)  # at once, outside a transaction
        return result

    def _note(self) -> None:
        self.any = True


@contextmanager
def _watched() -> Iterator[_Commits]:
    commits = _Commits()
    with connection.execute_wrapper(commits):
        yield commits


def _queued(request: HttpRequest) -> list[Any]:
    """The messages that the view has added for the next page."""
    queued: list[Any] = getattr(get_messages(request), "_queued_messages", [])
    return queued


def _busy(request: HttpRequest, *, saved: bool) -> HttpResponse:
    detail = PARTLY_SAVED if saved else NOTHING_SAVED
    response = error_response(request, HTTPStatus.SERVICE_UNAVAILABLE, detail=detail)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response
