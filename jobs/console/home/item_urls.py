"""Addresses of the pages of items."""

from urllib.parse import urlencode

from django.urls import reverse

from hotels.action_items import ActionItem


def item_url(item: ActionItem) -> str:
    """Return the URL of the page of an item; empty for an item of many hotels."""
    if item.hotel is None:
        return ""
    page = reverse("jobs:home-item", args=[item.hotel.pk, item.kind.key])
    return f"{page}?{urlencode({'subject': item.subject})}" if item.subject else page
