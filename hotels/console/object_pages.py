"""The page of an object of any model, and which objects a user may open."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.urls import NoReverseMatch, reverse

from hotels.models.scoping import HotelScoped
from hotels.roles import Access, Action

# Models with a console page; all others have their admin page.
_PAGES = {"hotels.invoice": "hotels:invoice", "hotels.message": "hotels:message"}

ObjectKey = tuple[str, int]  # the label of the model in lower case, and the key


def object_page(model: str, key: Any) -> str:
    """Return the URL of the page of an object; empty for a model without one."""
    name = _PAGES.get(model.lower(), f"admin:{model.lower().replace('.', '_')}_change")
    try:
        return reverse(name, args=[key])
    except NoReverseMatch:
        return ""


def pages_of(keys: Iterable[ObjectKey], *, access: Access) -> Mapping[ObjectKey, str]:
    """Return the pages of those objects that exist in hotels of the user.

    Takes a query for each model.
    """
    by_model: dict[str, set[int]] = {}
    for model, key in keys:
        by_model.setdefault(model, set()).add(key)
    return {
        (model, key): page
        for model, wanted in by_model.items()
        for key in _visible(model, wanted, access=access)
        if (page := object_page(model, key))
    }


def _visible(label: str, keys: set[int], *, access: Access) -> set[int]:
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return set()  # of an older version
    if not issubclass(model, HotelScoped):
        return set()
    rows = access.narrow(model.objects.filter(pk__in=keys), action=Action.SEE)
    return set(rows.order_by().values_list("pk", flat=True))
