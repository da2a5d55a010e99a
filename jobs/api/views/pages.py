"""The schema as pages for people, everything from our own static files."""

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView

# Both draw with styles of their own making, and ReDoc searches in a worker it makes.
_drawing = csp_update(
    {"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"], "img-src": [SELF, "data:"]}
)


def _page(view: Any) -> Any:
    """Without a session it leads to the login."""
    return login_required(_drawing(view.as_view(url_name="api:schema")))


swagger = _page(SpectacularSwaggerSplitView)
redoc = _page(SpectacularRedocView)
