"""Home page: status of each job, and the items that need attention."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from hotels.action_items import ActionItem, ItemKind
from hotels.roles import Action
from jobs import registry
from jobs.alerts.item_marks import MarkedItem, marks_of, split
from jobs.base import Job
from jobs.console.filters import scope_of
from jobs.console.home.alert_links import with_alerts
from jobs.console.home.clock import HomeClock
from jobs.console.home.groups import KINDS, ActionGroup, grouped
from jobs.console.home.item_urls import item_url
from jobs.console.home.items import items_of, statuses_of
from jobs.console.home.job_status import JobStatus
from jobs.console.home.sparkline import points
from jobs.console.home.summaries import StatusLine, status_lines
from jobs.console.live_page import LivePage
from jobs.models import JobExecution
from jobs.roles import MARK_ITEMS, RUN_JOBS
from jobs.statistics.last_30_days import JobMonth, Last30Days, last_30_days

ITEMS_SHOWN = 5  # of each kind
ITEMS_OF_KIND = 1000  # where one kind is shown alone
MARKED_SHOWN = 50
HISTORY_SECONDS = 300
POLL_RUNNING, POLL_IDLE = 3000, 30_000  # milliseconds


@dataclass(frozen=True, kw_only=True)
class Card:
    """Status of one job over all hotels of the user; `month` is None while it is being counted."""

    job: Job
    lines: tuple[StatusLine, ...]
    last_run: SafeString | None
    next_run: SafeString | None
    month: JobMonth | None
    sparkline: str
    may_run: bool

    @property
    def tone(self) -> str:
        """Tone of the most serious line."""
        return self.lines[0].tone


class HomePage(LivePage):
    """The action items, then a row for each job. Polls faster while a job is running.

    With `?kind=` it shows all items of that kind, and no others.
    """

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
        """Progress and the current minute, which the overdue times depend on.

        While past days are being counted (`?counting=1`), each poll counts more of them.
        """
        form = "%Y-%m-%d %H:%M:%S" if "counting" in self.request.GET else "%Y-%m-%d %H:%M"
        return f"{self.progress} {self.now.strftime(form)}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the cards and the action items."""
        jobs = registry.all_jobs()
        statuses = statuses_of(hotels=self.hotels, access=self.access, now=self.now)
        clock = HomeClock.of(hotels=self.hotels, now=self.now)
        history = self._history()
        items = items_of(statuses, hotels=self.hotels, access=self.access, clock=clock)
        open_, marked = split(items, marks=marks_of(hotels=self.hotels, now=self.now))
        groups = with_alerts(self._groups(open_), user=self.user, access=self.access)
        return super().get_context_data(
            hotels=self.hotels,
            clock=clock,
            cards=[
                self._card(job, statuses[job.name], history, clock)
                for job in jobs
                if statuses[job.name]
            ],
            kind=self.kind,
            groups=[self._with_links(group) for group in groups],
            marked=[self._linked(each) for each in marked[:MARKED_SHOWN]],
            marked_count=len(marked),
            action_items=[item for group in groups for item in group.items],
            counting_mark=None if history.whole else 1,
            poll=POLL_RUNNING if self.progress["open"] or not history.whole else POLL_IDLE,
            **kwargs,
        )

    @property
    def kind(self) -> ItemKind | None:
        """The kind of items of `?kind=`, which is shown alone; None without one."""
        return next((kind for kind in KINDS if kind.key == self.request.GET.get("kind")), None)

    def _groups(self, items: Iterable[ActionItem]) -> list[ActionGroup]:
        if self.kind is None:
            return grouped(items, shown=ITEMS_SHOWN)
        of_kind = (item for item in items if item.kind == self.kind)
        return grouped(of_kind, shown=ITEMS_OF_KIND)

    def _with_links(self, group: ActionGroup) -> ActionGroup:
        return replace(group, items=[self._with_link(item) for item in group.items])

    def _with_link(self, item: ActionItem) -> ActionItem:
        """Return the item with the link to acknowledge or snooze it, if the user may."""
        may = item.hotel is not None and self.may(MARK_ITEMS, item.hotel)
        return replace(item, mark_url=item_url(item)) if may else item

    def _linked(self, marked: MarkedItem) -> MarkedItem:
        return replace(marked, item=self._with_link(marked.item))

    def _history(self) -> Last30Days:
        """Return the last 30 days, cached once all are counted because counting takes longest.

        A day of hundreds of hotels is left to the polls of the open page.
        """
        scope = scope_of(self.access)
        key = f"console-last-30-days-{scope.key}"
        found: Last30Days | None = cache.get(key)
        if found is None:
            is_poll = "counting" in self.request.GET
            found = last_30_days(scope=scope, now=self.now, quickly=not is_poll)
            if found.whole:
                cache.set(key, found, HISTORY_SECONDS)
        return found

    def _card(
        self, job: Job, of_job: Sequence[JobStatus], history: Last30Days, clock: HomeClock
    ) -> Card:
        month = history.by_job.get(job.name, JobMonth()) if history.whole else None
        ends = [each.last_run.completed_at for each in of_job if each.last_run]
        last = max((at for at in ends if at), default=None)
        upcoming = min((each.next_slot for each in of_job if each.next_slot), default=None)
        return Card(
            job=job,
            lines=status_lines(statuses=of_job, clock=clock),
            last_run=clock.element(last) if last else None,
            next_run=clock.element(upcoming) if upcoming else None,
            month=month,
            sparkline=points(month.durations) if month else "",
            may_run=self.access.somewhere(action=RUN_JOBS),
        )
