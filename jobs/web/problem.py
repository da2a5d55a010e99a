"""Errors as `application/problem+json` (RFC 9457): one sentence, the fields, and nothing inside.

{"type": "about:blank", "title": "Bad Request", "status": 400, "code": "invalid",
 "detail": "limit: at most 200 are given at once.", "instance": "/api/jobs",
 "errors": [{"field": "limit", "detail": "at most 200 are given at once.", "code": "invalid"}]}
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

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 5
# What is over in a moment: asking again makes sense.
_PASSING = frozenset({"unavailable", "conflict", "already_running"})
_log = logging.getLogger("jobs.web")


class Conflict(exceptions.APIException):
    """What is asked for does not go together with what is."""

    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


class Unprocessable(exceptions.APIException):
    """The request is well formed and cannot be followed."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_code = "unprocessable"


class Unavailable(exceptions.APIException):
    """The database does not answer."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The database does not answer; try again."
    default_code = "unavailable"


class WrongParameters(exceptions.ValidationError):
    """Query parameters, named as they were sent."""


def problem(
    *, status: int, detail: str, path: str, code: str, errors: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """The members of a problem."""
    told: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        "instance": path,
    }
    return told | ({"errors": list(errors)} if errors else {})


def problem_response(*, request: HttpRequest, status: int, detail: str, code: str) -> JsonResponse:
    """A problem told outside of REST framework: by middleware and Django's error handlers."""
    told = problem(status=status, detail=detail, path=request.path, code=code)
    return JsonResponse(told, status=status, content_type=CONTENT_TYPE)


def handle(exception: Exception, context: dict[str, Any]) -> Response:
    """REST framework's exception handler: whatever is raised becomes a problem."""
    request = context["request"]
    error = _as_api_exception(exception)
    if error is None:
        # The traceback belongs into the log and nowhere else.
        _log.error("%s %s failed", request.method, request.path, exc_info=exception)
        error = exceptions.APIException("The server failed; the log says why.", code="error")
    set_rollback()
    name = str if isinstance(error, WrongParameters) else _camel
    errors = list(_field_errors(error.detail, name)) if _is_invalid(error) else []
    told = problem(
        status=error.status_code,
        detail=_sentence(error, errors),
        path=request.path,
        code=_code(error),
        errors=errors,
    )
    response = Response(told, status=error.status_code, headers=_headers(error))
    renderer = getattr(request, "accepted_renderer", None)
    if renderer is None or renderer.format != "api":  # the browsable page stays a page
        response.content_type = CONTENT_TYPE
    return response


def _as_api_exception(exception: Exception) -> exceptions.APIException | None:
    if isinstance(exception, exceptions.APIException):
        return exception
    if isinstance(exception, Http404):
        return exceptions.NotFound()
    if isinstance(exception, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exception, (OperationalError, InterfaceError, PoolTimeout)):
        _log.error("the database does not answer", exc_info=exception)
        return Unavailable()
    return None


def _is_invalid(error: exceptions.APIException) -> bool:
    return isinstance(error, exceptions.ValidationError)


def _sentence(error: exceptions.APIException, errors: Sequence[Mapping[str, str]]) -> str:
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
    elif _code(error) in _PASSING:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return headers


def _field_errors(
    detail: Any, name: Callable[[str], str], field: str = ""
) -> Iterator[dict[str, str]]:
    if isinstance(detail, Mapping):
        for key, part in detail.items():
            own = "" if key in ("non_field_errors", "__all__") else name(str(key))
            yield from _field_errors(part, name, ".".join(filter(None, (field, own))))
    elif isinstance(detail, (list, tuple)):
        for part in detail:
            yield from _field_errors(part, name, field)
    else:
        code = getattr(detail, "code", "") or "invalid"
        yield {"field": field, "detail": str(detail), "code": code}


def _camel(name: str) -> str:
    (told,) = camelize({name: None})
    return str(told)
