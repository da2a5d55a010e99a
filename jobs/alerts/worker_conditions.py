"""Conditions about the workers of the queue: none is at work, or they leave work waiting."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels import formats
from jobs import queue
from jobs.alerts.facts import JobFacts
from jobs.alerts.machine import Finding
from jobs.models import AlertRule, JobExecution


class WorkerFacts:
    """Facts about the workers and what waits for them, read when first used."""

    def __init__(self, *, jobs: JobFacts) -> None:
        self._jobs = jobs
        self.now = jobs.now

    @cached_property
    def unattended_since(self) -> datetime | None:
        """The time since which no worker is at work; None if one is, or without the queue."""
        return queue.unattended_since()

    def waiting(self, *, longer_than: timedelta) -> Mapping[int, int]:
        """The number of executions that have waited so long for a worker, by hotel.

        Those of jobs that a person switched off are left out, and those that wait for their turn
        because of a limit. Empty without the queue.
        """
        if not queue.is_used():
            return {}
        rows = JobExecution.objects.filter(hotel__in=list(self._jobs.hotels))
        rows = rows.ready(now=self.now).waiting_since(before=self.now - longer_than)
        rows = queue.without_limited(rows).order_by()
        counts: Counter[int] = Counter()
        found = rows.values_list("hotel_id", "job_name").annotate(Count("pk"))
        for hotel_id, job_name, count in found:
            if self._jobs.is_on((hotel_id, job_name)):
                counts[hotel_id] += count
        return counts


def silent_workers(rule: AlertRule, facts: WorkerFacts) -> Iterator[Finding]:
    """The workers, if none is at work for so long, and hotels whose executions wait for one."""
    limit = timedelta(minutes=rule.minutes)
    since = facts.unattended_since
    if since is not None and facts.now - since > limit:
        words = _("No worker at work for %(age)s: the tick runs the jobs itself.")
        cause = words % {"age": formats.lateness(facts.now - since)}
        yield Finding(group=f"{rule.kind}:none", hotel_id=None, cause=cause, detail=cause)
    for hotel_id, count in facts.waiting(longer_than=limit).items():
        text = ngettext(
            "%(count)s execution waits for a worker.",
            "%(count)s executions wait for a worker.",
            count,
        )
        detail = text % {"count": formats.number(count)}
        yield Finding(group=f"{rule.kind}:waiting", hotel_id=hotel_id, detail=detail)
