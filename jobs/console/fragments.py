"""Pages that ask again while something runs: whole at first, then only the part that moves."""

from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language

from hotels.console.pages import ConsolePage


class LivePage(ConsolePage):
    """A page whose `fragment_name` is sent alone to whoever asks with `HX-Request`.

    `version()` names what the fragment shows; as long as it stays, the answer is 304, and costs no
    more queries than the version.
    """

    fragment_name: str

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
            return unchanged
        self.template_name = self.fragment_name
        response = super().get(request, *args, **kwargs)
        response["ETag"] = etag
        return response

    def _digest(self) -> str:
        """The version as this person is shown it: in their language, with their forms."""
        parts = (self.version(), get_language(), self.request.session.session_key)
        return sha256(repr(parts).encode()).hexdigest()
