"""Swagger and ReDoc pages of the API, served from local static files."""

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView

# Both pages generate styles; ReDoc also starts a worker from a blob to search.
_relaxed_policy = csp_update(
    {"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"], "img-src": [SELF, "data:"]}
)


def _page(view: Any) -> Any:
    """The view for signed-in users; others are redirected to the login."""
    return login_required(_relaxed_policy(view.as_view(url_name="api:schema")))


swagger = _page(SpectacularSwaggerSplitView)
redoc = _page(SpectacularRedocView)
