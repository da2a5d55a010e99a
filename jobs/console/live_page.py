"""Base of pages that poll: the whole page first, then only its changing fragment."""

from functools import wraps
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import get_language

from hotels.console.base import ConsolePage


class LivePage(ConsolePage):
    """Page that sends only the template `fragment_name` to requests with `HX-Request`.

    The response is 304 as long as `version()` is unchanged; it then costs only the queries of
    `version()`.
    """

    fragment_name: str

    @classmethod
    def as_page(cls, **options: Any) -> Any:
        """Return the view; the browser may store the fragment for revalidation, not the page.

        The admin marks all pages as uncacheable; without this, no ETag would ever be sent back.
        """
        view = super().as_page(**options)

        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response: HttpResponseBase = view(request, *args, **kwargs)
            patch_vary_headers(response, ["HX-Request"])
            if response.has_header("ETag"):
                response.headers["Cache-Control"] = "private, no-cache"
            return response

        return page

    def version(self) -> str:
        """Return a text that changes whenever the fragment does."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page, its fragment, or 304 if the fragment is unchanged."""
        if request.headers.get("HX-Request") != "true":
            return super().get(request, *args, **kwargs)
        etag = quote_etag(self._digest())
        conditional = get_conditional_response(request, etag=etag)
        if isinstance(conditional, HttpResponseNotModified):
            conditional["ETag"] = etag
            return conditional
        self.template_name = self.fragment_name
        self.extra_context = {"is_fragment": True}
        response = super().get(request, *args, **kwargs)
        response["ETag"] = etag
        return response

    def _digest(self) -> str:
        """Hash of the version, the language, the session and the roles the fragment depends on."""
        roles = sorted(self.access.roles.items())
        parts = (self.version(), get_language(), self.request.session.session_key, roles)
        return sha256(repr(parts).encode()).hexdigest()
