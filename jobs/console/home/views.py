"""The console's home: whether last night went well, and what it left for a person."""

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
from jobs.console.home.action_items import items_left_by_jobs
from jobs.console.home.job_status import JobStatus, job_statuses
from jobs.console.home.sparkline import points
from jobs.console.home.summaries import Sentence, sentences
from jobs.console.live_page import LivePage
from jobs.models import JobExecution
from jobs.roles import RUN_JOBS
from jobs.statistics.last_30_days import JobMonth, last_30_days

NEEDS_SHOWN = 60
HISTORY_KEPT = 300  # seconds
POLL_RUNNING, POLL_IDLE = 3000, 30_000  # milliseconds


@dataclass(frozen=True, kw_only=True)
class Card:
    """One job over all the person's hotels."""

    job: Job
    said: tuple[Sentence, ...]
    last: JobStatus | None
    following: JobStatus | None
    month: JobMonth
    sparkline: str
    may_run: bool

    @property
    def tone(self) -> str:
        """The worst of what is said."""
        return self.said[0].tone


class HomePage(LivePage):
    """A card for each job; below, what needs a person. Asks again, faster while something runs."""

    template_name = "jobs/console/home/home.html"
    fragment_name = "jobs/console/home/fragment.html"
    title = gettext_lazy("Last night")

    @cached_property
    def moving(self) -> dict[str, Any]:
        """What tells that something has changed: unfinished executions, the newest one."""
        mine = {hotel.pk for hotel in self.hotels}
        # By the index of unfinished ones; in the order of keys SQLite would go through all.
        rows = JobExecution.objects.unfinished().order_by()
        open_ = sorted(
            (status, at)
            for hotel_id, status, at in rows.values_list("hotel", "status", "updated_at")
            if hotel_id in mine
        )
        newest = self.access.narrow(JobExecution.objects.order_by("-pk"), action=Action.SEE)
        last = newest.values_list("pk", "updated_at").first()
        return {"open": open_, "last": last}

    def version(self) -> str:
        """With the minute: "12 min late" and "next run" are told by the clock."""
        return f"{self.moving} {self.now:%Y-%m-%d %H:%M}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Cards and needs."""
        jobs = registry.all_jobs()
        standing = job_statuses(hotels=self.hotels, jobs=jobs, now=self.now)
        history = self._history()
        left = [*items_left_by_jobs(standing), *action_items(hotels=self.hotels, now=self.now)]
        return super().get_context_data(
            hotels=self.hotels,
            cards=[
                self._card(job, standing[job.name], history.get(job.name, JobMonth()))
                for job in jobs
            ],
            needs=left[:NEEDS_SHOWN],
            needs_more=max(len(left) - NEEDS_SHOWN, 0),
            poll=POLL_RUNNING if self.moving["open"] else POLL_IDLE,
            **kwargs,
        )

    def _history(self) -> Mapping[str, JobMonth]:
        """Thirty days change little in five minutes, and take the longest to add up."""
        scope = scope_of(self.access)
        key = f"console-months-{scope.key}"
        known: Mapping[str, JobMonth] | None = cache.get(key)
        if known is None:
            found = last_30_days(scope=scope, now=self.now)
            known = found.by_job
            if found.whole:
                cache.set(key, known, HISTORY_KEPT)
        return known

    def _card(self, job: Job, of_job: Sequence[JobStatus], month: JobMonth) -> Card:
        ran = [each for each in of_job if each.newest and each.newest.completed_at]
        due = [each for each in of_job if each.next_slot]
        return Card(
            job=job,
            said=sentences(standings=of_job, now=self.now),
            last=max(ran, key=_ended, default=None),
            following=min(due, key=_comes, default=None),
            month=month,
            sparkline=points(month.durations),
            may_run=self.access.somewhere(action=RUN_JOBS),
        )


def _ended(each: JobStatus) -> datetime:
    assert each.newest is not None
    assert each.newest.completed_at is not None
    return each.newest.completed_at


def _comes(each: JobStatus) -> datetime:
    assert each.next_slot is not None
    return each.next_slot
