"""Worker processes, as they report themselves."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Count, Max, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotels import worker_locks


class WorkerProcessQuerySet(models.QuerySet["WorkerProcess"]):
    """Filters of worker processes."""

    def alive(self) -> list["WorkerProcess"]:
        """Processes that reported within `WorkerProcess.MAX_AGE` and have not died since.

        By the clock of the database. Takes two queries.
        """
        rows = list(self.filter(seen_at__gte=Now() - WorkerProcess.MAX_AGE))
        dead = worker_locks.dead_workers(row.key for row in rows)
        return [row for row in rows if row.key not in dead]

    def at_work(self) -> list["WorkerProcess"]:
        """Processes that are alive and get on with their work.

        One that holds nothing has looked for messages within `LOOKED_WITHIN`; one that holds
        executions has begun or ended one of them within `STUCK_AFTER`.
        """
        return self._getting_on().alive()

    def strength(self) -> tuple[int, int]:
        """The number of processes that take messages, and the most hotels one works at once.

        In one query: one that has died in the last seconds may be among them.
        """
        rows = self._getting_on().filter(seen_at__gte=Now() - WorkerProcess.MAX_AGE, draining=False)
        found = rows.aggregate(number=Count("pk"), at_once=Max("concurrency"))
        return found["number"], found["at_once"] or 0

    def _getting_on(self) -> Self:
        looks = Q(active_at__gte=Now() - WorkerProcess.LOOKED_WITHIN)
        works = Q(taken_at__isnull=False, active_at__gte=Now() - WorkerProcess.STUCK_AFTER)
        return self.filter(looks | works)

    def drop(self, *, older_than: timedelta) -> None:
        """Delete processes that have not reported for so long."""
        self.filter(seen_at__lt=Now() - older_than).delete()


class WorkerProcess(models.Model):
    """A process of `manage.py worker`: where it runs, since when, and what it holds.

    `key` is its worker lock, None where none can be held; `message_id` the number of the message
    whose executions it holds since `taken_at`, both None if it holds none. These are of one job and
    of the hotels of one group, and up to `threads` of them are worked at once. It last looked for
    messages, or began or ended an execution, at `active_at`. The times are those of the database.
    """

    # A process reports every ten seconds.
    MAX_AGE = timedelta(seconds=45)
    # An idle one looks for messages every five seconds, and says so with its report.
    LOOKED_WITHIN = timedelta(seconds=45)
    # Longer than any lease: `jobs.worker` ends a process whose execution hangs long before.
    STUCK_AFTER = timedelta(minutes=20)

    host = models.CharField(_("machine"), max_length=200)
    pid = models.PositiveIntegerField(_("process"))
    key = models.BigIntegerField(_("worker lock"), null=True, unique=True)
    concurrency = models.PositiveSmallIntegerField(_("hotels at once"))
    started_at = models.DateTimeField(_("started at"), db_default=Now())
    seen_at = models.DateTimeField(_("last report"), db_default=Now())
    active_at = models.DateTimeField(_("last active"), db_default=Now())
    message_id = models.BigIntegerField(_("message"), null=True)
    job_name = models.CharField(_("job"), max_length=60, blank=True)
    group_id = models.BigIntegerField(_("hotel group"), null=True)
    threads = models.PositiveSmallIntegerField(_("hotels at once now"), db_default=0)
    held = models.PositiveIntegerField(_("executions held"), default=0)
    taken_at = models.DateTimeField(_("held since"), null=True)
    done = models.PositiveBigIntegerField(_("executions done"), default=0)
    per_minute = models.PositiveIntegerField(_("executions in the last minute"), default=0)
    draining = models.BooleanField(pgettext_lazy("worker", "stopping"), default=False)

    objects = WorkerProcessQuerySet.as_manager()

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ["host", "pid", "pk"]

    def __str__(self) -> str:
        return f"{self.host} {self.pid}"

    @classmethod
    def here(cls, *, host: str) -> list[Self]:
        """Processes that get on with their work on a machine."""
        return [row for row in cls.objects.at_work() if row.host == host]  # type: ignore[misc]
