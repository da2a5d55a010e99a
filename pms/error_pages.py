"""Responses to failed requests: problem+json below /api, HTML pages elsewhere.

They reveal nothing beyond the status: no stack trace, SQL, setting or host name.
"""

import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from hotels.database_errors import is_read_only
from hotels.http.middleware import is_api
from hotels.http.problem import problem_response as problem
from hotels.i18n import in_english

TITLES = {
    HTTPStatus.BAD_REQUEST: _("Bad request"),
    HTTPStatus.FORBIDDEN: _("Not allowed"),
    HTTPStatus.NOT_FOUND: _("Not found"),
    HTTPStatus.LENGTH_REQUIRED: _("Length required"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("Request too large"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _("Server error"),
    HTTPStatus.SERVICE_UNAVAILABLE: _("Try again in a moment"),
}
SENTENCES = {
    HTTPStatus.BAD_REQUEST: _("The request is malformed."),
    HTTPStatus.FORBIDDEN: _("You do not have permission to do this."),
    HTTPStatus.NOT_FOUND: _("This address does not exist."),
    HTTPStatus.LENGTH_REQUIRED: _("Send the request with a Content-Length."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("The request is too large."),
    HTTPStatus.INTERNAL_SERVER_ERROR: _(
        "The server failed to answer. Try again, or contact your administrator."
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: _(
        "The database is read-only at the moment. Try again later, or contact your administrator."
    ),
}
# Codes that differ from the name of the status.
CODES = {HTTPStatus.SERVICE_UNAVAILABLE: "unavailable"}
CSRF = _("This form has expired. Go back, reload the page and send the form again.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return error_response(request, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return error_response(request, HTTPStatus.FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without a valid CSRF token."""
    return error_response(request, HTTPStatus.FORBIDDEN, detail=CSRF)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return error_response(request, HTTPStatus.NOT_FOUND)


@csrf_exempt  # otherwise a POST to an unknown path would get a CSRF error instead of a 404
def unknown_path(request: HttpRequest) -> HttpResponse:
    """404 for a path that no route matches."""
    return error_response(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 if the database is read-only."""
    error = sys.exc_info()[1]  # Django calls its handler while it handles the exception
    if error is not None and is_read_only(error):
        return error_response(request, HTTPStatus.SERVICE_UNAVAILABLE)
    return error_response(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def error_response(
    request: HttpRequest, status: HTTPStatus, *, detail: Promise | None = None
) -> HttpResponse:
    """Response to a failed request: a page in the user's language, or a problem below /api."""
    detail = detail or SENTENCES[status]
    if is_api(request):
        code = CODES.get(status, status.name.lower())
        with in_english():
            return problem(request=request, status=status, detail=str(detail), code=code)
    # Read from the request: it may have failed before the middleware that sets the language.
    with translation.override(translation.get_language_from_request(request)):
        # Rendered without the request: an error page must not need a session or the database.
        page = render_to_string("error.html", {"title": TITLES[status], "detail": detail})
    return HttpResponse(page, status=status)
