"""What a list of executions is narrowed by. Wrong values are refused, never ignored."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.http import Http404
from drf_spectacular.utils import extend_schema_field

from hotels.roles import Action
from jobs import registry
from jobs.api.access import request_access
from jobs.models import JobExecutionQuerySet, Status, Trigger

FILTERS = frozenset({"jobName", "status", "startDate", "endDate", "hotelId", "trigger"})
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_WHOLE = re.compile(r"[1-9]\d{0,17}", re.ASCII)
NO_INSTANT = "It is a date such as 2026-07-01, or an instant such as 2026-07-01T03:30:00Z."
_WHEN = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}


class InstantField(forms.CharField):
    """A date, meaning the whole day in UTC, or an instant with its offset."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> Any:
        """`(first instant, first instant after it)`; None when it was not given."""
        text = super().to_python(value)
        return instants(text) if text else None


def instants(text: str) -> tuple[datetime, datetime]:
    """What a date or an instant covers, half-open; raises forms.ValidationError."""
    try:
        if _DATE.fullmatch(text):
            start = datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
            return start, start + timedelta(days=1)
        if _INSTANT.fullmatch(text.upper()):
            start = datetime.fromisoformat(text.upper()).astimezone(UTC)
            return start, start + timedelta(microseconds=1)
    except (ValueError, OverflowError):
        pass
    raise forms.ValidationError(NO_INSTANT)


class HotelField(forms.CharField):
    """The number of a hotel."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> Any:
        """The number; None when it was not given."""
        text = super().to_python(value)
        if text and not _WHOLE.fullmatch(text):
            raise forms.ValidationError("It is the number of a hotel.")
        return int(text) if text else None


@extend_schema_field(_WHEN)
class InstantFilter(django_filters.Filter):  # type: ignore[misc]  # no types
    """By time."""

    field_class = InstantField


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 10**18 - 1})
class HotelFilter(django_filters.Filter):  # type: ignore[misc]  # no types
    """By hotel."""

    field_class = HotelField


class _Form(forms.Form):
    def clean(self) -> dict[str, Any]:
        """Ends do not lie before beginnings."""
        cleaned = super().clean() or {}
        start, end = cleaned.get("startDate"), cleaned.get("endDate")
        if start and end and start[0] >= end[1]:
            self.add_error("startDate", "It is after endDate.")
        return cleaned


def job_choices() -> list[tuple[str, str]]:
    """The names jobs go by, other names included."""
    return [
        (name, str(job.title)) for job in registry.all_jobs() for name in (job.name, *job.aliases)
    ]


class JobAndHotel(django_filters.FilterSet):  # type: ignore[misc]  # no types
    """By job and hotel."""

    jobName = django_filters.ChoiceFilter(
        choices=job_choices, method="by_job", label="The job, also by another name of it."
    )
    hotelId = HotelFilter(method="by_hotel", label="One of your hotels.")

    def by_job(self, rows: JobExecutionQuerySet, name: str, value: str) -> JobExecutionQuerySet:
        """Other names stand for the job."""
        return rows.filter(job_name=registry.get(value).name)

    def by_hotel(self, rows: JobExecutionQuerySet, name: str, value: int) -> JobExecutionQuerySet:
        """A hotel of the caller; any other is as if it did not exist."""
        if not request_access(self.request).may(action=Action.SEE, hotel_id=value):
            raise Http404
        return rows.filter(hotel_id=value)


class ExecutionFilters(JobAndHotel):
    """By job, hotel, status, trigger, and when it was made."""

    status = django_filters.ChoiceFilter(choices=Status.choices, label="Where it is.")
    trigger = django_filters.ChoiceFilter(choices=Trigger.choices, label="What asked for it.")
    startDate = InstantFilter(
        method="since", label="Made at or after; a date means its first instant in UTC."
    )
    endDate = InstantFilter(
        method="until", label="Made at or before; a date means its whole day in UTC."
    )

    class Meta:
        form = _Form

    def since(
        self, rows: JobExecutionQuerySet, name: str, value: tuple[datetime, datetime]
    ) -> JobExecutionQuerySet:
        """From the beginning of what was named."""
        return rows.filter(created_at__gte=value[0])

    def until(
        self, rows: JobExecutionQuerySet, name: str, value: tuple[datetime, datetime]
    ) -> JobExecutionQuerySet:
        """To the end of what was named."""
        return rows.filter(created_at__lt=value[1])
