"""Headers of every response that Django has no setting for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]
# The site uses none of these features of browsers.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
)


class ResponseHeadersMiddleware:
    """Switches off unused features of browsers, and keeps personal pages out of every cache."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        # Static files are answered before this, and say how long they may be kept.
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response
