"""Filters of the list of executions. Wrong values are refused, not ignored."""

from dataclasses import replace
from typing import Any

import django_filters
from django import forms
from django.http import Http404

from hotels.http.access import request_access
from hotels.http.filters import HotelIdFilter, InstantFilter, YesNoFilter
from hotels.roles import Action
from jobs import registry
from jobs.counts import Selection
from jobs.models import Status, Trigger

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
        field_name="job_name", choices=job_choices, label="Name or alias of the job."
    )
    hotelId = HotelIdFilter(label="One of your hotels.")

    def selection(self) -> Selection:
        """The executions chosen, of the caller's hotels; call it when the filters are valid.

        Raises Http404 for a hotel to which the caller does not belong.
        """
        access = request_access(self.request)
        hotel_id = self.form.cleaned_data["hotelId"]
        if hotel_id is not None and not access.may(action=Action.SEE, hotel_id=hotel_id):
            raise Http404
        if hotel_id is not None:
            hotel_ids: frozenset[int] | None = frozenset({hotel_id})
        else:
            hotel_ids = None if access.everywhere else access.hotel_ids(action=Action.SEE)
        name = self.form.cleaned_data["jobName"]
        return Selection(hotel_ids=hotel_ids, job_name=registry.get(name).name if name else None)


class ExecutionFilters(JobAndHotelFilters):
    """Filters by job, hotel, status, problems, trigger and creation time."""

    status = django_filters.ChoiceFilter(choices=Status.choices, label="Status of the execution.")
    problems = YesNoFilter(
        label="`true`: executions with problems, of any status; `false`: those without.",
    )
    trigger = django_filters.ChoiceFilter(
        choices=Trigger.choices, label="What started the execution."
    )
    startDate = InstantFilter(
        label="Created at or after; a date means the start of the day in UTC."
    )
    endDate = InstantFilter(label="Created at or before; a date includes the whole day in UTC.")

    class Meta:
        form = _PeriodForm

    def selection(self) -> Selection:
        """The executions chosen, of the caller's hotels; call it when the filters are valid.

        Raises Http404 for a hotel to which the caller does not belong.
        """
        given = self.form.cleaned_data
        start, end = given["startDate"], given["endDate"]
        return replace(
            super().selection(),
            status=given["status"] or None,
            problems=given["problems"],
            trigger=given["trigger"] or None,
            since=start and start[0],
            until=end and end[1],
        )
