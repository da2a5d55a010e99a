"""A choice of executions: by hotels, job, status, problems, source and time of creation."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from hotels.models.literal import KeyList, Literal
from jobs.models import JobExecution, JobExecutionQuerySet


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Executions of some hotels, all for None, created from `since` until before `until`.

    Without a value they are not restricted by it. `before` leaves those with lower keys.
    """

    hotel_ids: frozenset[int] | None = None
    job_name: str | None = None
    status: str | None = None
    problems: bool | None = None
    trigger: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None

    @property
    def has_dates(self) -> bool:
        """True if the time of creation is restricted."""
        return self.since is not None or self.until is not None

    @property
    def is_limited(self) -> bool:
        """True if it leaves off the newest or the oldest executions."""
        return self.has_dates or self.before is not None

    def rows(self) -> JobExecutionQuerySet:
        """The executions, newest first."""
        rows = JobExecution.objects.filter(self._of_group())
        if self.hotel_ids is not None:
            rows = rows.filter(hotel__in=KeyList(self.hotel_ids))
        if self.problems is not None:
            rows = (
                rows.filter(problems__gt=Literal(0)) if self.problems else rows.filter(problems=0)
            )
        if self.since is not None:
            rows = rows.filter(created_at__gte=self.since)
        if self.until is not None:
            rows = rows.filter(created_at__lt=self.until)
        if self.before is not None:
            rows = rows.filter(pk__lt=self.before)
        return rows

    def groups(self) -> Q:
        """The condition on stored counts, apart from hotels and times."""
        problems = Q() if self.problems is None else Q(has_problems=self.problems)
        return self._of_group() & problems

    def _of_group(self) -> Q:
        chosen = {"job_name": self.job_name, "status": self.status, "trigger": self.trigger}
        return Q(**{name: value for name, value in chosen.items() if value is not None})
