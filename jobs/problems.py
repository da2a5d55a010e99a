"""Errors as programs read them: RFC 9457, `application/problem+json`."""

from http import HTTPStatus

from django.http import JsonResponse

CONTENT_TYPE = "application/problem+json"


def problem(*, status: HTTPStatus, detail: str) -> JsonResponse:
    """The answer to a request that came to nothing; `detail` is one sentence for its sender."""
    return JsonResponse(
        {
            "type": "about:blank",
            "title": status.phrase,
            "status": status.value,
            "detail": detail,
        },
        status=status,
        content_type=CONTENT_TYPE,
    )
