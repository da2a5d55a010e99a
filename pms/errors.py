"""What a request that fails is answered: problem+json below /api, a plain page elsewhere.

Neither tells more than its status says: no stack trace, no SQL, no setting, no name of a host.
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt

from jobs.web.middleware import is_api
from jobs.web.problem import answer as problem

SENTENCES = {
    HTTPStatus.BAD_REQUEST: "The request cannot be understood.",
    HTTPStatus.FORBIDDEN: "You may not do this.",
    HTTPStatus.NOT_FOUND: "There is nothing here.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is too large.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side; it is in the log.",
}
CSRF = "The form is too old or came from elsewhere: go back, load the page again, and send it."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return answer(request, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return answer(request, HTTPStatus.FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token."""
    return answer(request, HTTPStatus.FORBIDDEN, detail=CSRF)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return answer(request, HTTPStatus.NOT_FOUND)


@csrf_exempt  # else a POST that leads nowhere would be told that it lacks a form's token
def nothing_there(request: HttpRequest) -> HttpResponse:
    """404 for a path below /api that no route takes."""
    return answer(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return answer(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def answer(request: HttpRequest, status: HTTPStatus, *, detail: str = "") -> HttpResponse:
    """The answer to a failed request, in the form its path asks for."""
    detail = detail or SENTENCES[status]
    if is_api(request):
        code = status.name.lower()
        return problem(request=request, status=status, detail=detail, code=code)
    # Without the request: a page about a failure must not need a session or the database.
    page = render_to_string("error.html", {"title": status.phrase, "detail": detail})
    return HttpResponse(page, status=status)
