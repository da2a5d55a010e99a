"""Page /admin/schedules/, its pause switch, and the next runs of a schedule being typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from hotels.console.base import ConsolePage
from hotels.console.query_params import own_path
from hotels.models import Hotel
from hotels.parsing import parse_key
from hotels.roles import Action
from jobs import cron_expressions, registry, scheduling
from jobs.console.filters import JobsPage
from jobs.cron_expressions import BadExpression
from jobs.models import JobSchedule
from jobs.scheduling import EffectiveSchedule
from jobs.scheduling.changes import says_default, switch_schedule

HOTELS_SHOWN = 50
RUNS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class ScheduleRow:
    """The schedule of one job in one hotel; `next_run` is None if it is paused or not valid."""

    job: str
    title: str
    description: str
    schedule: EffectiveSchedule
    next_run: datetime | None

    @property
    def own(self) -> JobSchedule | None:
        """The hotel's own schedule; None where the default schedule is in effect."""
        return self.schedule.own

    @property
    def follows_default(self) -> bool:
        """True if the default schedule is in effect, or was where it is paused."""
        if self.own is None:
            return True
        job = registry.get(self.job)
        return not self.own.enabled and says_default(schedule=self.own, job=job)

    @property
    def in_utc(self) -> bool:
        """True if the times of the description are in UTC, not in hotel time."""
        return self.own is None or self.own.clock == JobSchedule.Clock.UTC


@dataclass(frozen=True, kw_only=True)
class HotelSchedules:
    """The schedules in effect in one hotel, and whether the user may change them."""

    hotel: Hotel
    rows: tuple[ScheduleRow, ...]
    may_change: bool


class SchedulesPage(JobsPage):
    """The schedule in effect for each job in each hotel."""

    title = _("Schedules")
    template_name = "jobs/console/schedules/schedules.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the schedules of a page of hotels; takes two queries for them."""
        page: Page[Hotel] = Paginator(self.selected_hotels, HOTELS_SHOWN).get_page(
            self.request.GET.get("page")
        )
        titles = {job.name: str(job.title) for job in self.jobs}
        runs = _NextRuns(after=self.now)
        by_hotel: dict[int, list[ScheduleRow]] = {}
        for schedule in scheduling.effective_schedules(hotels=list(page), jobs=self.jobs):
            row = ScheduleRow(
                job=schedule.job_name,
                title=titles[schedule.job_name],
                description=described(schedule.expression),
                schedule=schedule,
                next_run=runs.of(schedule),
            )
            by_hotel.setdefault(schedule.hotel_id, []).append(row)
        return super().get_context_data(
            page=page,
            found=[
                HotelSchedules(
                    hotel=hotel,
                    rows=tuple(by_hotel.get(hotel.pk, ())),
                    may_change=self.may(Action.CONFIGURE, hotel),
                )
                for hotel in page
            ],
            utc=ZoneInfo("UTC"),
            **kwargs,
        )


class SwitchSchedulePage(ConsolePage):
    """The action: pause a job in a hotel, or resume it."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, *, pk: int, job_name: str) -> HttpResponse:
        """Switch the schedule and redirect to the page it was posted from.

        Raises Http404 for a hotel of others or an unknown job, PermissionDenied for a role that
        does not allow it.
        """
        hotel = get_object_or_404(Hotel.objects.visible_to(self.user), pk=pk)
        try:
            job = registry.get(job_name)
        except registry.UnknownJob:
            raise Http404 from None
        if not self.may(Action.CONFIGURE, hotel):
            raise PermissionDenied
        enabled = request.POST.get("enabled") == "yes"
        try:
            switch_schedule(hotel=hotel, job=job, enabled=enabled, now=self.now, by=self.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            text = (
                gettext("%(job)s is scheduled in %(hotel)s again.")
                if enabled
                else gettext("%(job)s is paused in %(hotel)s: no scheduled run will start.")
            )
            messages.success(request, text % {"job": job.title, "hotel": hotel.name})
        return redirect(own_path(request, request.POST.get("next", "")) or "jobs:schedules")


class NextRunsPage(ConsolePage):
    """Fragment: a schedule being typed in words, with its next runs, or what is wrong with it."""

    template_name = "jobs/console/schedules/next_runs.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the description and the runs, or the error; the hotel is optional for UTC."""
        hotel = self._hotel()
        zone = hotel.zone if hotel else None
        clock = self.request.GET.get("clock")
        within: tzinfo | None = UTC if clock == JobSchedule.Clock.UTC else zone
        expression = " ".join(self.request.GET.get("expression", "").split())
        return super().get_context_data(
            zone=zone, utc=ZoneInfo("UTC"), **_typed(expression, within, after=self.now), **kwargs
        )

    def _hotel(self) -> Hotel | None:
        key = parse_key(self.request.GET.get("hotel", ""))
        rows = self.access.narrow(Hotel.objects.all(), action=Action.SEE)
        return rows.filter(pk=key).first() if key else None


class _NextRuns:
    """Next runs of schedules after an instant, calculated once for each expression and zone."""

    def __init__(self, *, after: datetime) -> None:
        self._after = after
        self._known: dict[tuple[str, str], datetime | None] = {}

    def of(self, schedule: EffectiveSchedule) -> datetime | None:
        """Return the next run; None if the schedule is paused or not valid."""
        if not schedule.enabled:
            return None
        key = schedule.expression, str(schedule.zone)
        if key not in self._known:
            try:
                runs = scheduling.upcoming_slots(schedule=schedule, after=self._after, count=1)
            except BadExpression:
                runs = []  # the tick reports it
            self._known[key] = runs[0] if runs else None
        return self._known[key]


def described(expression: str) -> str:
    """Return a cron expression as a sentence in the reader's language."""
    return scheduling.describe_schedule(expression=expression, language=get_language() or "en")


def _typed(expression: str, zone: tzinfo | None, *, after: datetime) -> Mapping[str, Any]:
    if not expression:
        return {}
    if len(expression) > cron_expressions.LONGEST:
        return {"error": gettext("The schedule is too long.")}
    try:
        cron_expressions.validate(expression=expression)
        runs = cron_expressions.upcoming(expression=expression, zone=zone or UTC, after=after)
        return {
            "description": described(expression),
            "runs": list(islice(runs, RUNS_SHOWN)) if zone else [],
        }
    except BadExpression as error:
        return {"error": str(error)}
