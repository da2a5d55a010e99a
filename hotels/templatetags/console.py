"""Template filters and tags of the console."""

from collections.abc import Hashable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hotels import formats
from hotels.billing.quantities import unit_price_of
from hotels.billing.zero_tax import zero_tax_texts
from hotels.models import Hotel, Invoice, InvoiceLine

register = template.Library()

register.filter("number", formats.number)
register.filter("percent", formats.percent)
register.filter("tax_rate", formats.tax_rate)
register.filter("day", formats.day)
register.filter("date_of", formats.date_of)
register.filter("short_day", formats.short_day)
register.filter("minutes", formats.minutes)
register.filter("month", formats.month)
register.filter("weekday", formats.weekday)
register.filter("took", formats.format_duration)
register.filter("lateness", formats.lateness)
register.filter("zone_name", formats.zone_name)
register.filter("zero_tax_texts", zero_tax_texts)


@register.filter
def money(value: Decimal, currency: str) -> str:
    """Format an amount with its currency: `{{ fee|money:hotel.currency }}`."""
    return formats.amount(value, currency=currency)


@register.filter
def signed(value: Decimal, document: Invoice) -> str:
    """Format an amount of a document with its currency: below zero on a credit note."""
    credited = document.kind == Invoice.Kind.CREDIT_NOTE
    return formats.amount(-value if credited else value, currency=document.currency)


@register.filter
def quantity(line: InvoiceLine, document: Invoice) -> str:
    """Format quantity and unit price, empty for a quantity of 1: `{{ line|quantity:document }}`."""
    if line.quantity == 1:
        return ""
    price = formats.unit_price(unit_price_of(line, document=document), currency=document.currency)
    values = {
        "quantity": formats.exact_number(line.quantity),
        "price": f"{price}\u00a0{document.currency}",
    }
    if document.prices_include_tax:
        return _("%(quantity)s × %(price)s including tax") % values
    return _("%(quantity)s × %(price)s plus tax") % values


@register.filter
def whole_percent(value: float | Decimal) -> str:
    """Format a percentage without decimals, for narrow cells: `{{ rate|whole_percent }}`."""
    return formats.percent(value, digits=0)


@register.filter
def instant(value: datetime | None, place: Hotel | ZoneInfo) -> SafeString | str:
    """Format date and time at the hotel, with UTC as tooltip: `{{ at|instant:hotel }}`."""
    if value is None:
        return ""
    return _time_element(value, formats.format_instant(value, zone=_zone(place)))


@register.filter
def in_utc(value: datetime, text: str) -> SafeString:
    """Render a text about an instant, with UTC as tooltip: `{{ at|in_utc:text }}`."""
    return _time_element(value, text)


@register.filter
def clock(value: datetime | None, place: Hotel | ZoneInfo) -> SafeString | str:
    """Format the time of day at the hotel, with UTC as tooltip: `{{ at|clock:hotel }}`."""
    if value is None:
        return ""
    return _time_element(value, formats.time_of_day(value, zone=_zone(place)))


@register.filter
def long_instant(value: datetime, zone: ZoneInfo) -> str:
    """Format date with weekday and time in a zone: `{{ at|long_instant:hotel.zone }}`."""
    return formats.long_instant(value, zone=zone)


@register.filter
def local_and_name(value: datetime, zone: ZoneInfo) -> str:
    """Format date and time with the zone's present name: `Sun, 25 Oct 2026, 01:30 (WEST)`."""
    return f"{formats.long_instant(value, zone=zone)} ({value.astimezone(zone):%Z})"


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """Return the page's query string with some values changed: `{% query page=2 hotel=None %}`."""
    values = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            values.pop(name, None)
        else:
            values[name] = value.isoformat() if isinstance(value, date) else str(value)
    return f"?{values.urlencode()}" if values else "?"


@register.filter
def seconds(value: timedelta | None) -> float:
    """Return a duration in seconds, for charts; 0 for None."""
    return value.total_seconds() if value else 0.0


@register.filter
@lru_cache(maxsize=1024)
def state(badge: Hashable) -> SafeString:
    """Render a badge: `{{ row.status_badge|state }}`. Cached: a page repeats a few many times."""
    return render_to_string("hotels/console/badge.html", {"state": badge})


def _zone(place: Hotel | ZoneInfo) -> ZoneInfo:
    return place.zone if isinstance(place, Hotel) else place


def _time_element(value: datetime, text: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), formats.in_utc(value), text
    )
