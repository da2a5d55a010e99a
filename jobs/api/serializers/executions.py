"""Serializers of executions, their effects and their statistics."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobs.api.listing import ATTENTION_IN_LISTS
from jobs.models import FailureKind, JobExecution, SkipReason


class ExecutionSerializer(serializers.ModelSerializer[JobExecution]):
    """One attempt at one job for one hotel. `jobs.api.listing` makes the rows of lists."""

    hotel_code = serializers.CharField(source="hotel.code", read_only=True)
    requested_by = serializers.SerializerMethodField(
        help_text="User who started it; null for scheduled runs."
    )
    failure_kind = serializers.SerializerMethodField()
    skip_reason = serializers.SerializerMethodField()
    problems = serializers.IntegerField(
        read_only=True,
        min_value=0,
        help_text="Number of objects that could not be processed. A COMPLETED execution with "
        "problems is not a success; the result lists them.",
    )
    words = serializers.CharField(read_only=True, help_text="Summary of the outcome.")
    error = serializers.SerializerMethodField(help_text="Reason of the failure; null otherwise.")
    duration_ms = serializers.SerializerMethodField()
    metadata = serializers.SerializerMethodField(
        help_text="What the job counted (the result without its lists), such as `tasksCreated`; "
        "beside it `retry`, the retry settings, and `attention`, the items that need attention (in "
        "lists only the first five). A failed execution's changes were rolled back."
    )

    class Meta:
        model = JobExecution
        fields: tuple[str, ...] = (
            "id",
            "job_name",
            "hotel_id",
            "hotel_code",
            "status",
            "trigger",
            "problems",
            "metadata",
            "words",
            "error",
            "failure_kind",
            "skip_reason",
            "requested_by",
            "run_id",
            "attempt",
            "first_attempt_id",
            "scheduled_for",
            "as_of",
            "not_before",
            "cancel_requested_at",
            "started_at",
            "completed_at",
            "duration_ms",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"]})
    def get_requested_by(self, execution: JobExecution) -> str | None:
        """Name of the user who started the run; it is kept when the user is deleted."""
        return execution.run.requested_by_name or None

    @extend_schema_field({"type": ["string", "null"], "enum": [*FailureKind.values, None]})
    def get_failure_kind(self, execution: JobExecution) -> str | None:
        """Kind of the failure; None unless it failed."""
        return execution.failure_kind or None

    @extend_schema_field({"type": ["string", "null"], "enum": [*SkipReason.values, None]})
    def get_skip_reason(self, execution: JobExecution) -> str | None:
        """Reason for skipping; None unless it was skipped."""
        return execution.skip_reason or None

    @extend_schema_field({"type": ["string", "null"]})
    def get_error(self, execution: JobExecution) -> str | None:
        """Reason of the failure; None without one."""
        return execution.error or None

    @extend_schema_field({"type": ["integer", "null"]})
    def get_duration_ms(self, execution: JobExecution) -> int | None:
        """Milliseconds from start to end; None unless it has started and ended."""
        duration = execution.duration
        return None if duration is None else round(duration.total_seconds() * 1000)

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_metadata(self, execution: JobExecution) -> dict[str, Any]:
        """The metadata with at most five attention items, of which there can be thousands."""
        metadata = execution.full_metadata
        if "attention" in metadata:
            metadata["attention"] = metadata["attention"][:ATTENTION_IN_LISTS]
        return metadata


class ExecutionDetailSerializer(ExecutionSerializer):
    """One execution with its full metadata, result and counts of effects."""

    result = serializers.SerializerMethodField(help_text="Result of the job.")
    effects = serializers.SerializerMethodField(
        help_text="Number of changed objects by kind; `…/effects` lists the objects."
    )

    class Meta(ExecutionSerializer.Meta):
        fields = (*ExecutionSerializer.Meta.fields, "result", "effects")
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_metadata(self, execution: JobExecution) -> dict[str, Any]:
        """The full metadata."""
        return execution.full_metadata

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": True})
    def get_result(self, execution: JobExecution) -> dict[str, Any] | None:
        """Result of the job as stored; None without one."""
        result: dict[str, Any] | None = execution.result
        return result

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_effects(self, execution: JobExecution) -> dict[str, int]:
        """Number of changed objects by kind."""
        return {kind: effect["count"] for kind, effect in execution.effects.items()}


class EffectSerializer(serializers.Serializer[Any]):
    """One object that an execution changed."""

    kind = serializers.CharField()
    model = serializers.CharField()
    id = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]  # a member of that name
    note = serializers.CharField(allow_blank=True)
    admin_url = serializers.CharField(
        allow_null=True, help_text="Page of the object in the admin console."
    )


class JobStatisticsSerializer(serializers.Serializer[Any]):
    """Statistics of one job."""

    job_name = serializers.CharField()
    total_jobs = serializers.IntegerField()
    completed_jobs = serializers.IntegerField(help_text="Completed, with or without problems.")
    completed_with_problems = serializers.IntegerField(help_text="Part of `completedJobs`.")
    failed_jobs = serializers.IntegerField()
    success_rate = serializers.FloatField(
        min_value=0,
        max_value=100,
        help_text="Percentage of finished executions that completed without problems; 0 if none "
        "finished.",
    )
    average_duration_ms = serializers.IntegerField(allow_null=True)


class StatisticsSerializer(serializers.Serializer[Any]):
    """Statistics of all jobs over the last 30 days."""

    total_jobs = serializers.IntegerField()
    completed_jobs = serializers.IntegerField(help_text="Completed, with or without problems.")
    completed_with_problems = serializers.IntegerField(help_text="Part of `completedJobs`.")
    failed_jobs = serializers.IntegerField()
    success_rate = serializers.FloatField(
        min_value=0,
        max_value=100,
        help_text="Percentage of finished executions that completed without problems; 0 if none "
        "finished.",
    )
    period = serializers.CharField(help_text="`30_days`")
    average_duration_ms = serializers.IntegerField(allow_null=True)
    by_job = JobStatisticsSerializer(many=True)
