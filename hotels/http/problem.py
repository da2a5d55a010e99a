"""Error responses as `application/problem+json` (RFC 9457), without internal details.

{"type": "about:blank", "title": "Bad Request", "status": 400, "code": "invalid",
 "detail": "limit: Must be a whole number from 1 to 200.", "instance": "/api/jobs",
 "errors": [{"field": "limit", "detail": "Must be a whole number from 1 to 200.",
             "code": "invalid"}]}
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from djangorestframework_camel_case.util import camelize
from psycopg_pool import PoolTimeout
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from hotels.database_errors import READ_ONLY, is_read_only
from hotels.deadlocks import is_deadlock

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 5
# Codes of temporary errors: the response says when to try again.
_TEMPORARY = frozenset({"unavailable", "conflict", "already_running"})
_log = logging.getLogger(__name__)


class Conflict(exceptions.APIException):
    """The request conflicts with the current state."""

    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


class Unprocessable(exceptions.APIException):
    """The request is well formed but cannot be carried out."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_code = "unprocessable"


class Unavailable(exceptions.APIException):
    """The database does not respond."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The database does not respond; try again."
    default_code = "unavailable"


class ReadOnly(Unavailable):
    """The database is read-only."""

    default_detail = READ_ONLY


class NotFoundError(exceptions.APIException):
    """The path names something that does not exist; the detail says what."""

    status_code = HTTPStatus.NOT_FOUND
    default_code = "not_found"


class WrongParameters(exceptions.ValidationError):
    """Wrong query parameters, under the names in which they were sent."""


def problem(
    *, status: int, detail: str, path: str, code: str, errors: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """The members of a problem; `errors` is left out when empty."""
    members: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        "instance": path,
    }
    return members | ({"errors": list(errors)} if errors else {})


def problem_response(
    *,
    request: HttpRequest,
    status: int,
    detail: str,
    code: str,
    errors: Sequence[Mapping[str, str]] = (),
) -> JsonResponse:
    """A problem from outside REST framework: middleware, plain views, Django's error handlers."""
    members = problem(status=status, detail=detail, path=request.path, code=code, errors=errors)
    return JsonResponse(members, status=status, content_type=CONTENT_TYPE)


def handle_exception(exception: Exception, context: dict[str, Any]) -> Response:
    """REST framework's exception handler: turn any exception into a problem response.

    A deadlock is raised again: the request is repeated (pms.deadlocks).
    """
    if is_deadlock(exception):
        raise exception
    request = context["request"]
    error = _as_api_exception(exception)
    if error is None:
        # The traceback goes into the log and never into the response.
        _log.error("%s %s failed", request.method, request.path, exc_info=exception)
        error = exceptions.APIException(
            "The server failed; the cause is in the server log.", code="error"
        )
    set_rollback()
    field_name = str if isinstance(error, WrongParameters) else _camel_case
    errors = list(_field_errors(error.detail, field_name)) if _is_invalid(error) else []
    members = problem(
        status=error.status_code,
        detail=_detail(error, errors),
        path=request.path,
        code=_code(error),
        errors=errors,
    )
    response = Response(members, status=error.status_code, headers=_headers(error))
    renderer = getattr(request, "accepted_renderer", None)
    if renderer is None or renderer.format != "api":  # the browsable page stays HTML
        response.content_type = CONTENT_TYPE
    return response


def _as_api_exception(exception: Exception) -> exceptions.APIException | None:
    if isinstance(exception, exceptions.APIException):
        return exception
    if isinstance(exception, Http404):
        return exceptions.NotFound()
    if isinstance(exception, PermissionDenied):
        return exceptions.PermissionDenied()
    if is_read_only(exception):
        _log.error("The database is read-only", exc_info=exception)
        return ReadOnly()
    if isinstance(exception, (OperationalError, InterfaceError, PoolTimeout)):
        _log.error("The database does not respond", exc_info=exception)
        return Unavailable()
    return None


def _is_invalid(error: exceptions.APIException) -> bool:
    return isinstance(error, exceptions.ValidationError)


def _detail(error: exceptions.APIException, errors: Sequence[Mapping[str, str]]) -> str:
    if not errors:
        return str(error.detail)
    first = errors[0]
    return f"{first['field']}: {first['detail']}" if first["field"] else first["detail"]


def _code(error: exceptions.APIException) -> str:
    if _is_invalid(error):
        return "invalid"
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    elif _code(error) in _TEMPORARY:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return headers


def _field_errors(
    detail: Any, field_name: Callable[[str], str], field: str = ""
) -> Iterator[dict[str, str]]:
    """Each message of a nested validation error, with the dotted path of its field."""
    if isinstance(detail, Mapping):
        for key, part in detail.items():
            own = "" if key in ("non_field_errors", "__all__") else field_name(str(key))
            yield from _field_errors(part, field_name, ".".join(filter(None, (field, own))))
    elif isinstance(detail, (list, tuple)):
        for part in detail:
            yield from _field_errors(part, field_name, field)
    else:
        code = getattr(detail, "code", "") or "invalid"
        yield {"field": field, "detail": str(detail), "code": code}


def _camel_case(name: str) -> str:
    (camel,) = camelize({name: None})
    return str(camel)
