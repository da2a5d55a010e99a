"""Filters of the list of executions. Wrong values are refused, not ignored."""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.http import Http404

from hotels.http.access import request_access
from hotels.http.filters import HotelIdFilter, InstantFilter, YesNoFilter
from hotels.models.literal import Literal
from hotels.roles import Action
from jobs import registry
from jobs.models import JobExecutionQuerySet, Status, Trigger

FILTERS = frozenset({"jobName", "status", "problems", "startDate", "endDate", "hotelId", "trigger"})


class _PeriodForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        """Refuse a startDate after the endDate."""
        cleaned = super().clean() or {}
        start, end = cleaned.get("startDate"), cleaned.get("endDate")
        if start and end and start[0] >= end[1]:
            self.add_error("startDate", "Must not be after endDate.")
        return cleaned


def job_choices() -> list[tuple[str, str]]:
    """Names and titles of the jobs, with a pair for each alias."""
    return [
        (name, str(job.title)) for job in registry.all_jobs() for name in (job.name, *job.aliases)
    ]


class JobAndHotelFilters(django_filters.FilterSet):  # type: ignore[misc]  # no types
    """Filters by job and hotel."""

    jobName = django_filters.ChoiceFilter(
        choices=job_choices, method="by_job", label="Name or alias of the job."
    )
    hotelId = HotelIdFilter(method="by_hotel", label="One of your hotels.")

    def by_job(self, rows: JobExecutionQuerySet, name: str, value: str) -> JobExecutionQuerySet:
        """Executions of the job with that name or alias."""
        return rows.filter(job_name=registry.get(value).name)

    def by_hotel(self, rows: JobExecutionQuerySet, name: str, value: int) -> JobExecutionQuerySet:
        """Executions of one hotel; raises Http404 unless the caller belongs to it."""
        if not request_access(self.request).may(action=Action.SEE, hotel_id=value):
            raise Http404
        return rows.filter(hotel_id=value)


class ExecutionFilters(JobAndHotelFilters):
    """Filters by job, hotel, status, problems, trigger and creation time."""

    status = django_filters.ChoiceFilter(choices=Status.choices, label="Status of the execution.")
    problems = YesNoFilter(
        method="by_problems",
        label="`true`: executions with problems, of any status; `false`: those without.",
    )
    trigger = django_filters.ChoiceFilter(
        choices=Trigger.choices, label="What started the execution."
    )
    startDate = InstantFilter(
        method="since", label="Created at or after; a date means the start of the day in UTC."
    )
    endDate = InstantFilter(
        method="until", label="Created at or before; a date includes the whole day in UTC."
    )

    class Meta:
        form = _PeriodForm

    def by_problems(
        self, rows: JobExecutionQuerySet, name: str, value: bool
    ) -> JobExecutionQuerySet:
        """Executions with at least one problem, or with none."""
        return rows.filter(problems__gt=Literal(0)) if value else rows.filter(problems=0)

    def since(
        self, rows: JobExecutionQuerySet, name: str, value: tuple[datetime, datetime]
    ) -> JobExecutionQuerySet:
        """Executions created at or after the start of the period."""
        return rows.filter(created_at__gte=value[0])

    def until(
        self, rows: JobExecutionQuerySet, name: str, value: tuple[datetime, datetime]
    ) -> JobExecutionQuerySet:
        """Executions created before the end of the period."""
        return rows.filter(created_at__lt=value[1])
