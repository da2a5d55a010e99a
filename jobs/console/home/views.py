"""Home page: status of each job, and the items that need attention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext_lazy

from hotels.console.action_items import action_items
from hotels.roles import Action
from jobs import registry
from jobs.base import Job
from jobs.console.filters import scope_of
from jobs.console.home.action_items import job_action_items
from jobs.console.home.job_status import JobStatus, job_statuses
from jobs.console.home.schedule_items import schedule_action_items
from jobs.console.home.sparkline import points
from jobs.console.home.summaries import StatusLine, status_lines
from jobs.console.live_page import LivePage
from jobs.models import JobExecution
from jobs.roles import RUN_JOBS
from jobs.statistics.last_30_days import JobMonth, last_30_days

ITEMS_SHOWN = 60
HISTORY_SECONDS = 300
POLL_RUNNING, POLL_IDLE = 3000, 30_000  # milliseconds


@dataclass(frozen=True, kw_only=True)
class Card:
    """Status of one job over all hotels of the user."""

    job: Job
    lines: tuple[StatusLine, ...]
    latest: JobStatus | None
    upcoming: JobStatus | None
    month: JobMonth
    sparkline: str
    may_run: bool

    @property
    def tone(self) -> str:
        """Tone of the most serious line."""
        return self.lines[0].tone


class HomePage(LivePage):
    """A card for each job, then the action items. Polls faster while a job is running."""

    template_name = "jobs/console/home/home.html"
    fragment_name = "jobs/console/home/fragment.html"
    title = gettext_lazy("Home")

    @cached_property
    def progress(self) -> dict[str, Any]:
        """Unfinished executions and the latest one; changes whenever an execution does."""
        own = {hotel.pk for hotel in self.hotels}
        # Unordered, so that SQLite uses the partial index instead of scanning by key.
        rows = JobExecution.objects.unfinished().order_by()
        open_ = sorted(
            (status, at)
            for hotel_id, status, at in rows.values_list("hotel", "status", "updated_at")
            if hotel_id in own
        )
        newest = self.access.narrow(JobExecution.objects.order_by("-pk"), action=Action.SEE)
        last = newest.values_list("pk", "updated_at").first()
        return {"open": open_, "last": last}

    def version(self) -> str:
        """Progress and the current minute, which the overdue times depend on."""
        return f"{self.progress} {self.now:%Y-%m-%d %H:%M}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the cards and the action items."""
        jobs = registry.all_jobs()
        statuses = job_statuses(hotels=self.hotels, jobs=jobs, now=self.now)
        history = self._history()
        items = [
            *job_action_items(statuses),
            *action_items(hotels=self.hotels, now=self.now),
            *schedule_action_items(statuses, hotels=self.hotels, now=self.now),
        ]
        return super().get_context_data(
            hotels=self.hotels,
            cards=[
                self._card(job, statuses[job.name], history.get(job.name, JobMonth()))
                for job in jobs
            ],
            action_items=items[:ITEMS_SHOWN],
            more_items=max(len(items) - ITEMS_SHOWN, 0),
            poll=POLL_RUNNING if self.progress["open"] else POLL_IDLE,
            **kwargs,
        )

    def _history(self) -> Mapping[str, JobMonth]:
        """Return the last 30 days by job name, cached because adding them up takes longest."""
        scope = scope_of(self.access)
        key = f"console-months-{scope.key}"
        cached: Mapping[str, JobMonth] | None = cache.get(key)
        if cached is None:
            found = last_30_days(scope=scope, now=self.now)
            cached = found.by_job
            if found.whole:
                cache.set(key, cached, HISTORY_SECONDS)
        return cached

    def _card(self, job: Job, of_job: Sequence[JobStatus], month: JobMonth) -> Card:
        ended = [each for each in of_job if each.newest and each.newest.completed_at]
        due = [each for each in of_job if each.next_slot]
        return Card(
            job=job,
            lines=status_lines(statuses=of_job, now=self.now),
            latest=max(ended, key=_ended_at, default=None),
            upcoming=min(due, key=_due_at, default=None),
            month=month,
            sparkline=points(month.durations),
            may_run=self.access.somewhere(action=RUN_JOBS),
        )


def _ended_at(each: JobStatus) -> datetime:
    assert each.newest is not None
    assert each.newest.completed_at is not None
    return each.newest.completed_at


def _due_at(each: JobStatus) -> datetime:
    assert each.next_slot is not None
    return each.next_slot
