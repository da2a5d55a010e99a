"""Query parameters that filter by time, hotel, and yes or no. Wrong values are refused."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from drf_spectacular.utils import extend_schema_field

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_HOTEL_ID = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_YES_NO = {"true": True, "false": False}
INVALID_INSTANT = (
    "Must be a date such as 2026-07-01, or a date and time such as 2026-07-01T03:30:00Z."
)
_INSTANT_SCHEMA = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}


class InstantField(forms.CharField):
    """A date, meaning the whole day in UTC, or a date and time with a UTC offset."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> Any:
        """Start and end of the period, the end excluded; None for an empty value."""
        text = super().to_python(value)
        return period(text) if text else None


def period(text: str) -> tuple[datetime, datetime]:
    """Start and end in UTC, the end excluded: a day for a date, a microsecond for an instant.

    Raises forms.ValidationError when the text is neither.
    """
    try:
        if _DATE.fullmatch(text):
            start = datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
            return start, start + timedelta(days=1)
        if _INSTANT.fullmatch(text.upper()):
            start = datetime.fromisoformat(text.upper()).astimezone(UTC)
            return start, start + timedelta(microseconds=1)
    except (ValueError, OverflowError):
        pass
    raise forms.ValidationError(INVALID_INSTANT)


class HotelIdField(forms.CharField):
    """Key of a hotel."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> Any:
        """The key; None for an empty value."""
        text = super().to_python(value)
        if text and not _HOTEL_ID.fullmatch(text):
            raise forms.ValidationError("Must be the id of a hotel.")
        return int(text) if text else None


class YesNoField(forms.CharField):
    """`true` or `false`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> Any:
        """The boolean; None for an empty value."""
        text = super().to_python(value)
        if text and text not in _YES_NO:
            raise forms.ValidationError("Must be true or false.")
        return _YES_NO[text] if text else None


@extend_schema_field(_INSTANT_SCHEMA)
class InstantFilter(django_filters.Filter):  # type: ignore[misc]  # no types
    """Filter by a date or an instant."""

    field_class = InstantField


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 10**18 - 1})
class HotelIdFilter(django_filters.Filter):  # type: ignore[misc]  # no types
    """Filter by a hotel's key."""

    field_class = HotelIdField


@extend_schema_field({"type": "boolean"})
class YesNoFilter(django_filters.Filter):  # type: ignore[misc]  # no types
    """Filter by `true` or `false`."""

    field_class = YesNoField
