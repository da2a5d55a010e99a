"""Filters of the lists of the API. Wrong values are refused, not ignored."""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.http import Http404

from hotels.http.access import request_access
from hotels.http.filters import HotelIdFilter, InstantFilter
from hotels.models import Message
from hotels.models.messages import MessageQuerySet
from hotels.roles import Action

DELIVERY_FILTERS = frozenset({"endpointId", "hotelId", "type", "status", "startDate", "endDate"})


class _PeriodForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        """Refuse a startDate after the endDate."""
        cleaned = super().clean() or {}
        start, end = cleaned.get("startDate"), cleaned.get("endDate")
        if start and end and start[0] >= end[1]:
            self.add_error("startDate", "Must not be after endDate.")
        return cleaned


class DeliveryFilters(django_filters.FilterSet):  # type: ignore[misc]  # no types
    """Filters by endpoint, hotel, type, status and time of creation."""

    endpointId = django_filters.UUIDFilter(
        field_name="endpoint__public_id", label="One of your endpoints."
    )
    hotelId = HotelIdFilter(method="by_hotel", label="One of your hotels.")
    type = django_filters.CharFilter(
        field_name="template", max_length=60, label="Name of an event type."
    )
    status = django_filters.ChoiceFilter(
        choices=Message.Status.choices, label="Status of the message."
    )
    startDate = InstantFilter(
        method="since", label="Created at or after; a date means the start of the day in UTC."
    )
    endDate = InstantFilter(
        method="until", label="Created at or before; a date includes the whole day in UTC."
    )

    class Meta:
        form = _PeriodForm

    def by_hotel(self, rows: MessageQuerySet, name: str, value: int) -> MessageQuerySet:
        """Messages about one hotel; raises Http404 unless the caller belongs to it."""
        if not request_access(self.request).may(action=Action.SEE, hotel_id=value):
            raise Http404
        return rows.filter(hotel_id=value)

    def since(
        self, rows: MessageQuerySet, name: str, value: tuple[datetime, datetime]
    ) -> MessageQuerySet:
        """Messages created at or after the start of the period."""
        return rows.filter(created_at__gte=value[0])

    def until(
        self, rows: MessageQuerySet, name: str, value: tuple[datetime, datetime]
    ) -> MessageQuerySet:
        """Messages created before the end of the period."""
        return rows.filter(created_at__lt=value[1])
