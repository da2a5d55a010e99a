"""What a request that fails is answered: problem+json below /api, a plain page elsewhere.

Neither tells more than its status says: no stack trace, no SQL, no setting, no name of a host.
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from hotels.http.middleware import is_api
from hotels.http.problem import problem_response as problem
from hotels.i18n import in_english

TITLES = {
    HTTPStatus.BAD_REQUEST: _("Bad request"),
    HTTPStatus.FORBIDDEN: _("Not allowed"),
    HTTPStatus.NOT_FOUND: _("Not found"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("Too large"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _("Something went wrong"),
}
SENTENCES = {
    HTTPStatus.BAD_REQUEST: _("The request cannot be understood."),
    HTTPStatus.FORBIDDEN: _("You may not do this."),
    HTTPStatus.NOT_FOUND: _("There is nothing here."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("The request is too large."),
    HTTPStatus.INTERNAL_SERVER_ERROR: _("Something went wrong on our side; it is in the log."),
}
CSRF = _("The form is too old or came from elsewhere: go back, load the page again, and send it.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return error_response(request, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return error_response(request, HTTPStatus.FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token."""
    return error_response(request, HTTPStatus.FORBIDDEN, detail=CSRF)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return error_response(request, HTTPStatus.NOT_FOUND)


@csrf_exempt  # else a POST that leads nowhere would be told that it lacks a form's token
def nothing_there(request: HttpRequest) -> HttpResponse:
    """404 for a path below /api that no route takes."""
    return error_response(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return error_response(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def error_response(
    request: HttpRequest, status: HTTPStatus, *, detail: Promise | None = None
) -> HttpResponse:
    """The answer to a failed request: for people a page in their language, else a problem."""
    detail = detail or SENTENCES[status]
    if is_api(request):
        code = status.name.lower()
        with in_english():
            return problem(request=request, status=status, detail=str(detail), code=code)
    # Asked anew: some requests fail before the middleware that chooses the language.
    with translation.override(translation.get_language_from_request(request)):
        # Without the request: a page about a failure must not need a session or the database.
        page = render_to_string("error.html", {"title": TITLES[status], "detail": detail})
    return HttpResponse(page, status=status)
