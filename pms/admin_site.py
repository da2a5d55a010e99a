"""The admin site of the console."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from pms.last_tick import LastTick


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]  # the theme is untyped
    """The theme's site, with a list of models that is built only where a template reads it.

    The list costs a third of the time of a console page, and the console's own menu replaces it.
    """

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the last tick, which is read only for pages that have a foot, and once."""
        read = partial(LastTick.read, now=timezone.now())
        return {**super().each_context(request), "last_tick": SimpleLazyObject(read)}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return the models the user may see, by app, as a list that is built when it is read."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))
