"""One attempt at one job for one hotel, from PENDING to its end."""

from datetime import timedelta
from typing import Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone

from hotels.models import Hotel
from hotels.models.scoping import HotelScoped, HotelScopedQuerySet
from jobs.models.run import TRIGGERS, JobRun, Trigger


class Status(models.TextChoices):
    """Where an execution is; the last three are ends."""

    PENDING = "PENDING", "waiting"
    RUNNING = "RUNNING", "running"
    COMPLETED = "COMPLETED", "completed"
    FAILED = "FAILED", "failed"
    SKIPPED = "SKIPPED", "skipped"


class FailureKind(models.TextChoices):
    """How a failed one failed (design, invariant 6)."""

    FAILED = "failed", "failed: a foreseen reason"
    ERRORED = "errored", "errored: a crash in the code"
    INTERRUPTED = "interrupted", "interrupted: its worker died"
    TIMED_OUT = "timed_out", "timed out"


class SkipReason(models.TextChoices):
    """Why a slot was not worked."""

    OVERLAPPED = "overlapped", "overlapped: the one before still ran"
    DISABLED = "disabled", "disabled for the hotel"
    MISSED = "missed", "missed: too late to catch up"
    CANCELLED = "cancelled", "cancelled by a person"


class JobExecutionQuerySet(HotelScopedQuerySet["JobExecution"]):
    """Executions, asked for in words."""

    def pending(self) -> Self:
        """Those that wait for a worker."""
        return self.filter(status=Status.PENDING)

    def running(self) -> Self:
        """Those a worker holds."""
        return self.filter(status=Status.RUNNING)

    def finished(self) -> Self:
        """Those that were worked to an end: completed or failed, not skipped."""
        return self.filter(status__in=[Status.COMPLETED, Status.FAILED])


class JobExecution(HotelScoped):
    """One attempt at one job for one hotel. Only `jobs.runner` writes its status."""

    run = models.ForeignKey(JobRun, on_delete=models.PROTECT, related_name="executions")
    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="job_executions")
    job_name = models.CharField(max_length=60)
    trigger = models.CharField(max_length=9, choices=Trigger.choices)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    failure_kind = models.CharField(max_length=11, choices=FailureKind.choices, blank=True)
    skip_reason = models.CharField(max_length=10, choices=SkipReason.choices, blank=True)

    scheduled_for = models.DateTimeField(
        "due", null=True, blank=True, help_text="The slot; empty when a person or program asked."
    )
    as_of = models.DateTimeField("as of", help_text="The instant the job took for now.")
    attempt = models.PositiveSmallIntegerField(default=1)
    first_attempt = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="further_attempts"
    )

    not_before = models.DateTimeField(
        null=True, blank=True, help_text="Waits until then: the backoff of a retry."
    )
    token = models.UUIDField(null=True, blank=True, help_text="Fences off a worker that lost it.")
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    worker = models.BigIntegerField(
        null=True, blank=True, help_text="Who holds it; tells a dead worker before the lease does."
    )
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_by_name = models.CharField(max_length=150, blank=True)

    result = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    effects = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    metadata = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    words = models.CharField(max_length=400, blank=True, help_text="The outcome in words.")
    error = models.TextField(blank=True)
    traceback = models.TextField(blank=True)

    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = JobExecutionQuerySet.as_manager()  # type: ignore[misc]  # narrows the base's manager

    class Meta:
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
            models.UniqueConstraint(
                fields=["first_attempt", "attempt"], name="execution_attempt_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["PENDING", "RUNNING", "COMPLETED", "FAILED", "SKIPPED"]),
                name="execution_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="RUNNING")
                | Q(token__isnull=False, lease_expires_at__isnull=False, started_at__isnull=False),
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
            models.Index(fields=["hotel", "completed_at"], name="execution_by_end"),
            models.Index(
                fields=["-id"], condition=Q(status="FAILED"), name="execution_failed_newest"
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
    def is_ready(self) -> bool:
        """Whether its backoff, if it has one, is over."""
        return self.not_before is None or self.not_before <= timezone.now()

    @property
    def duration(self) -> timedelta | None:
        """From start to end; None while it has not ended, or was never started."""
        if self.started_at is None or self.completed_at is None:
            return None
        return self.completed_at - self.started_at
