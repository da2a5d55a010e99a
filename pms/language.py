"""Language of a page: the user's choice, otherwise the language of the browser."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from hotels.http.middleware import is_api


class UserLanguageMiddleware(LocaleMiddleware):
    """Django's LocaleMiddleware for pages; the API always answers in English."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language of the request."""
        if is_api(request):
            translation.activate(settings.LANGUAGE_CODE)
        else:
            super().process_request(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Add the headers Content-Language and Vary to pages."""
        return response if is_api(request) else super().process_response(request, response)
