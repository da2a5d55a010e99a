"""The admin site of the console."""

import json
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold import fields
from unfold.sites import UnfoldAdminSite

from pms.last_tick import LastTick


def _plain_json(data: Any, encoder: Any) -> SafeString:
    """JSON in lines. The theme's colours are inline styles, which our content policy forbids."""
    text = json.dumps(data, sort_keys=True, indent=4, ensure_ascii=False, cls=encoder)
    return format_html('<pre class="whitespace-pre-wrap">{}</pre>', text)


fields.prettify_json = _plain_json  # the theme has no setting for it


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]  # the theme is untyped
    """The theme's site, with a list of models that is built only where a template reads it.

    The list costs a third of the time of a console page, and the console's own menu replaces it.
    """

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register the models, except the library's own lists of the queue's messages.

        They would offer to cancel and retry messages past roles and the audit trail.
        """
        models = (
            model_or_iterable
            if isinstance(model_or_iterable, list | tuple)
            else [model_or_iterable]
        )
        shown = [model for model in models if model._meta.app_label != "procrastinate"]
        super().register(shown, admin_class, **options)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the last tick, which is read only for pages that have a foot, and once."""
        read = partial(LastTick.read, now=timezone.now())
        return {**super().each_context(request), "last_tick": SimpleLazyObject(read)}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return the models the user may see, by app, as a list that is built when it is read."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))
