"""The language a person reads: what they chose, else what their browser asks for."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from hotels.http.middleware import is_api


class PeoplesLanguage(LocaleMiddleware):
    """Django's, for people only: programs are answered in one language, whatever they send."""

    def process_request(self, request: HttpRequest) -> None:
        """Choose the language of the request."""
        if is_api(request):
            translation.activate(settings.LANGUAGE_CODE)
        else:
            super().process_request(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Say which language it was."""
        return response if is_api(request) else super().process_response(request, response)
