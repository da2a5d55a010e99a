"""Pages that ask again while something runs: whole at first, then only the part that moves."""

from functools import wraps
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import get_language

from hotels.console.base import ConsolePage


class LivePage(ConsolePage):
    """A page whose `fragment_name` is sent alone to whoever asks with `HX-Request`.

    `version()` names what the fragment shows; as long as it stays, the answer is 304, and costs no
    more queries than the version.
    """

    fragment_name: str

    @classmethod
    def as_page(cls, **options: Any) -> Any:
        """A fragment is kept by the browser, to ask whether it holds; the whole page is not.

        What the admin marks as not to be kept is asked for without an ETag each time.
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
        """What changes when the fragment does."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or its fragment, or that nothing has changed."""
        if request.headers.get("HX-Request") != "true":
            return super().get(request, *args, **kwargs)
        etag = quote_etag(self._digest())
        unchanged = get_conditional_response(request, etag=etag)
        if isinstance(unchanged, HttpResponseNotModified):
            unchanged["ETag"] = etag
            return unchanged
        self.template_name = self.fragment_name
        response = super().get(request, *args, **kwargs)
        response["ETag"] = etag
        return response

    def _digest(self) -> str:
        """The version as this person is shown it: in their language, with their forms."""
        roles = sorted(self.access.roles.items())
        parts = (self.version(), get_language(), self.request.session.session_key, roles)
        return sha256(repr(parts).encode()).hexdigest()
