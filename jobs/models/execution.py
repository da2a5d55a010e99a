"""Executions: one attempt at one job for one hotel, with its status and result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotels.models import Hotel
from hotels.models.literal import Literal
from hotels.models.scoping import HotelScoped, HotelScopedQuerySet
from hotels.parsing import parse_key
from jobs.models.run import TRIGGERS, JobRun, Trigger

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# An execution is stored at most this long after its request; a user chose any other effective time.
START_DELAY = timedelta(minutes=5)
# The clocks of two machines may differ by this. A stored time further in the future was written by
# a clock that ran ahead, and means nothing.
CLOCK_TOLERANCE = timedelta(minutes=2)


class Status(models.TextChoices):
    """Status of an execution; COMPLETED, FAILED and SKIPPED are final.

    COMPLETED with `problems` above 0 means *completed with problems*: some objects could not be
    processed. It is never shown as a success.
    """

    PENDING = "PENDING", pgettext_lazy("execution", "waiting")
    RUNNING = "RUNNING", pgettext_lazy("execution", "running")
    COMPLETED = "COMPLETED", pgettext_lazy("execution", "completed")
    FAILED = "FAILED", pgettext_lazy("execution", "failed")
    SKIPPED = "SKIPPED", pgettext_lazy("execution", "skipped")


COMPLETED_WITH_PROBLEMS = pgettext_lazy("execution", "completed with problems")


def status_label(status: str, *, problems: int) -> _StrOrPromise:
    """The label of a status; raises ValueError for an unknown one."""
    known = Status(status)
    return COMPLETED_WITH_PROBLEMS if known == Status.COMPLETED and problems else known.label


class FailureKind(models.TextChoices):
    """Kind of a failure: anticipated, unexpected, worker stopped, or too slow."""

    FAILED = "failed", _("Failed")
    ERRORED = "errored", _("Unexpected error")
    INTERRUPTED = "interrupted", _("Interrupted (worker stopped)")
    TIMED_OUT = "timed_out", _("Timed out")


class SkipReason(models.TextChoices):
    """Reason why an execution was skipped."""

    OVERLAPPED = "overlapped", _("Previous run still in progress")
    DISABLED = "disabled", _("Switched off for this hotel")
    INACTIVE = "inactive", _("Hotel not active")
    MISSED = "missed", _("Missed")
    CANCELLED = "cancelled", _("Cancelled")


def figures_of(result: Mapping[str, Any] | None) -> dict[str, Any]:
    """The figures of a stored result; see `JobExecution.figures`."""
    return {
        key: value
        for key, value in (result or {}).items()
        if key != "hotelId" and not isinstance(value, list)
    }


class JobExecutionQuerySet(HotelScopedQuerySet["JobExecution"]):
    """Filters of executions by status."""

    def unfinished(self) -> Self:
        """PENDING and RUNNING executions; a partial index covers them."""
        return self.filter(status__in=[Literal("PENDING"), Literal("RUNNING")])

    def pending(self) -> Self:
        """Executions waiting for a worker."""
        return self.unfinished().filter(status=Status.PENDING)

    def ready(self, *, now: datetime) -> Self:
        """PENDING executions whose backoff, if they have one, is over at `now`.

        So is a backoff that was stored by a clock that ran ahead.
        """
        over = Q(not_before__isnull=True) | Q(not_before__lte=now)
        return self.pending().filter(over | Q(created_at__gt=timezone.now() + CLOCK_TOLERANCE))

    def waiting_since(self, *, before: datetime) -> Self:
        """Executions that could have been started at `before`; see `JobExecution.waits_since`."""
        own_time = Q(not_before__isnull=True, updated_at__lte=before)
        return self.filter(Q(not_before__lte=before) | own_time)

    def running(self) -> Self:
        """Executions a worker is running."""
        return self.filter(status=Literal("RUNNING"))

    def finished(self) -> Self:
        """Completed and failed executions, without the skipped ones."""
        return self.filter(status__in=[Status.COMPLETED, Status.FAILED])

    def clean(self) -> Self:
        """Executions completed without problems."""
        return self.filter(status=Status.COMPLETED, problems=0)

    def with_problems(self) -> Self:
        """Executions completed with problems; a partial index covers them."""
        return self.filter(status=Status.COMPLETED, problems__gt=Literal(0))

    def found_by(self, term: str) -> Self:
        """The execution with this number, or failed ones with this text in their error.

        All of them for a term of nothing but spaces.
        """
        term = term.strip()
        if key := parse_key(term):
            return self.filter(pk=key)
        return self.filter(status=Status.FAILED, error__icontains=term) if term else self


class JobExecution(HotelScoped):
    """One attempt at one job for one hotel. Only `jobs.runner` writes its status."""

    run = models.ForeignKey(
        JobRun, on_delete=models.PROTECT, related_name="executions", verbose_name=_("run")
    )
    # `execution_newest` begins with the hotel, `execution_attempt_once` with the first attempt.
    hotel = models.ForeignKey(
        Hotel,
        on_delete=models.PROTECT,
        related_name="job_executions",
        db_index=False,
        verbose_name=_("hotel"),
    )
    job_name = models.CharField(_("job name"), max_length=60)
    trigger = models.CharField(_("started by"), max_length=9, choices=Trigger.choices)
    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.PENDING
    )
    failure_kind = models.CharField(
        _("failure kind"), max_length=11, choices=FailureKind.choices, blank=True
    )
    skip_reason = models.CharField(
        _("skip reason"), max_length=10, choices=SkipReason.choices, blank=True
    )

    scheduled_for = models.DateTimeField(
        # Translators: heads the time at which an execution was due
        _("due"),
        null=True,
        blank=True,
        help_text=_("Scheduled time; empty if started by hand or over the API."),
    )
    as_of = models.DateTimeField(
        _("effective time"), help_text=_("The job was calculated for this time.")
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    first_attempt = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="further_attempts",
        verbose_name=_("first attempt"),
    )

    not_before = models.DateTimeField(
        _("not before"),
        null=True,
        blank=True,
        help_text=_("A retry waits until this time."),
    )
    token = models.UUIDField(
        _("token"),
        null=True,
        blank=True,
        help_text=_("Only the worker with this token may write the result."),
    )
    lease_expires_at = models.DateTimeField(_("lease expires at"), null=True, blank=True)
    worker = models.BigIntegerField(
        _("worker"),
        null=True,
        blank=True,
        help_text=_("Worker lock key; detects a dead worker before the lease expires."),
    )
    cancel_requested_at = models.DateTimeField(_("cancel requested at"), null=True, blank=True)
    cancel_requested_by_name = models.CharField(
        _("cancel requested by name"), max_length=150, blank=True
    )

    result = models.JSONField(_("result"), null=True, blank=True, encoder=DjangoJSONEncoder)
    problems = models.PositiveIntegerField(
        _("problems"), default=0, help_text=_("Number of objects that could not be processed.")
    )
    effects = models.JSONField(_("effects"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    words = models.CharField(
        _("summary"), max_length=400, blank=True, help_text=_("One-line summary of the result.")
    )
    error = models.TextField(_("error"), blank=True)
    traceback = models.TextField(_("traceback"), blank=True)

    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = JobExecutionQuerySet.as_manager()  # type: ignore[misc]  # narrows the base's manager

    class Meta:
        verbose_name = _("job execution")
        verbose_name_plural = _("job executions")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "job_name"],
                condition=Q(status="RUNNING"),
                name="execution_never_two_at_once",
            ),
            models.UniqueConstraint(
                fields=["hotel", "job_name", "scheduled_for", "attempt"],
                name="execution_slot_runs_once",
            ),
            # First attempts have none: without the condition each of them would be in the index.
            models.UniqueConstraint(
                fields=["first_attempt", "attempt"],
                condition=Q(first_attempt__isnull=False),
                name="execution_attempt_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["PENDING", "RUNNING", "COMPLETED", "FAILED", "SKIPPED"]),
                name="execution_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="RUNNING")
                | Q(token__isnull=False, lease_expires_at__isnull=False),
                name="execution_running_holds_lease",
            ),
            models.CheckConstraint(
                condition=Q(status="FAILED") & ~Q(failure_kind="")
                | ~Q(status="FAILED") & Q(failure_kind=""),
                name="execution_failed_has_kind",
            ),
            models.CheckConstraint(
                condition=Q(status="SKIPPED") & ~Q(skip_reason="")
                | ~Q(status="SKIPPED") & Q(skip_reason=""),
                name="execution_skipped_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["PENDING", "RUNNING"]) | Q(completed_at__isnull=False),
                name="execution_ended_when",
            ),
            models.CheckConstraint(
                condition=Q(trigger__in=TRIGGERS), name="execution_trigger_known"
            ),
        ]
        indexes = [
            models.Index(fields=["hotel", "-created_at"], name="execution_by_hotel"),
            models.Index(fields=["job_name", "-created_at"], name="execution_by_job"),
            models.Index(fields=["job_name", "scheduled_for"], name="execution_by_slot"),
            models.Index(fields=["hotel", "job_name", "-id"], name="execution_newest"),
            models.Index(fields=["hotel", "completed_at"], name="execution_by_end"),
            models.Index(
                fields=["-id"], condition=Q(status="FAILED"), name="execution_failed_newest"
            ),
            models.Index(
                fields=["-id"], condition=Q(problems__gt=0), name="execution_problems_newest"
            ),
            models.Index(
                fields=["-id"], condition=Q(status="SKIPPED"), name="execution_skipped_newest"
            ),
            models.Index(
                fields=["trigger", "-id"],
                condition=Q(trigger__in=["ADMIN", "API", "COMMAND", "CATCH_UP", "RETRY"]),
                name="execution_unscheduled_newest",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["PENDING", "RUNNING"]),
                name="execution_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_name} {self.hotel} #{self.pk}"

    @property
    def completed_with_problems(self) -> bool:
        """True if it completed, but some objects could not be processed."""
        return self.status == Status.COMPLETED and self.problems > 0

    @property
    def figures(self) -> dict[str, Any]:
        """Return the values of the result by key, without its lists and the hotel's id.

        Those of a failed execution were counted before its changes were rolled back.
        """
        return figures_of(self.result)

    @property
    def full_metadata(self) -> dict[str, Any]:
        """Return the figures of the result beside the stored metadata, as shown to programs.

        They are not stored twice, so executions of any age have them.
        """
        stored: dict[str, Any] = self.metadata
        return self.figures | stored

    @property
    def is_ready(self) -> bool:
        """Return whether the backoff of a retry is over, or there is none; see `ready`."""
        now = timezone.now()
        over = self.not_before is None or self.not_before <= now
        return over or self.created_at > now + CLOCK_TOLERANCE

    @property
    def runs_alone(self) -> bool:
        """Return whether its worker runs no other hotel meanwhile, as one of several killed it."""
        return bool(self.metadata.get("retry", {}).get("alone"))

    @property
    def is_answered(self) -> bool:
        """Return whether its outcome may be the answer to a request of a user or program.

        A further attempt at a slot may have been requested too.
        """
        return self.scheduled_for is None or self.trigger == Trigger.RETRY

    @property
    def waits_since(self) -> datetime:
        """Return the time since which a PENDING execution could have been started."""
        return self.not_before or self.updated_at

    @property
    def has_chosen_time(self) -> bool:
        """Return whether a user chose the effective time; else it is the time of the request."""
        if self.scheduled_for is not None:
            return False  # a slot is worked at the time it is claimed
        return abs(self.as_of - self.created_at) > START_DELAY

    @property
    def duration(self) -> timedelta | None:
        """Time from start to end; None if it was never started or has not ended."""
        if self.started_at is None or self.completed_at is None:
            return None
        return self.completed_at - self.started_at
