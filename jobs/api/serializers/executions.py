"""Executions as programs read them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobs.api.redaction import redacted_error, redacted_summary
from jobs.models import FailureKind, JobExecution, SkipReason

ATTENTION_IN_LISTS = 5


class ExecutionSerializer(serializers.ModelSerializer[JobExecution]):
    """One attempt at one job for one hotel."""

    hotel_code = serializers.CharField(source="hotel.code", read_only=True)
    requested_by = serializers.SerializerMethodField(
        help_text="Who asked; null for cron and the tick."
    )
    failure_kind = serializers.SerializerMethodField()
    skip_reason = serializers.SerializerMethodField()
    words = serializers.SerializerMethodField(help_text="The outcome in words.")
    error = serializers.SerializerMethodField(help_text="Why it failed; null otherwise.")
    duration_ms = serializers.SerializerMethodField()
    metadata = serializers.SerializerMethodField(
        help_text="Terms of retrying, and what a person should look at (in lists the first five)."
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
        """A name stays when its user is gone."""
        return execution.run.requested_by_name or None

    @extend_schema_field({"type": ["string", "null"], "enum": [*FailureKind.values, None]})
    def get_failure_kind(self, execution: JobExecution) -> str | None:
        """How it failed."""
        return execution.failure_kind or None

    @extend_schema_field({"type": ["string", "null"], "enum": [*SkipReason.values, None]})
    def get_skip_reason(self, execution: JobExecution) -> str | None:
        """Why it was not worked."""
        return execution.skip_reason or None

    def get_words(self, execution: JobExecution) -> str:
        """A crash is told without its inside."""
        return redacted_summary(execution)

    @extend_schema_field({"type": ["string", "null"]})
    def get_error(self, execution: JobExecution) -> str | None:
        """A crash is told without its inside."""
        return redacted_error(execution)

    @extend_schema_field({"type": ["integer", "null"]})
    def get_duration_ms(self, execution: JobExecution) -> int | None:
        """From start to end."""
        took = execution.duration
        return None if took is None else round(took.total_seconds() * 1000)

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_metadata(self, execution: JobExecution) -> dict[str, Any]:
        """Lists stay small: a job may find thousands of things to look at."""
        told = dict(execution.metadata)
        if "attention" in told:
            told["attention"] = told["attention"][:ATTENTION_IN_LISTS]
        return told


class ExecutionDetailSerializer(ExecutionSerializer):
    """One execution with everything, its metadata whole."""

    result = serializers.SerializerMethodField(help_text="What the job counted.")
    effects = serializers.SerializerMethodField(
        help_text="How many objects of each kind it changed; `…/effects` names them."
    )

    class Meta(ExecutionSerializer.Meta):
        fields = (*ExecutionSerializer.Meta.fields, "result", "effects")
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_metadata(self, execution: JobExecution) -> dict[str, Any]:
        """Whole."""
        return dict(execution.metadata)

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": True})
    def get_result(self, execution: JobExecution) -> dict[str, Any] | None:
        """As the service counted it."""
        result: dict[str, Any] | None = execution.result
        return result

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_effects(self, execution: JobExecution) -> dict[str, int]:
        """Counts by kind."""
        return {kind: effect["count"] for kind, effect in execution.effects.items()}


class EffectSerializer(serializers.Serializer[Any]):
    """One object an execution changed."""

    kind = serializers.CharField()
    model = serializers.CharField()
    id = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]  # a member of that name
    note = serializers.CharField(allow_blank=True)
    admin_url = serializers.CharField(allow_null=True, help_text="Its page in the console.")


class JobStatisticsSerializer(serializers.Serializer[Any]):
    """How one job went."""

    job_name = serializers.CharField()
    total_jobs = serializers.IntegerField()
    completed_jobs = serializers.IntegerField()
    failed_jobs = serializers.IntegerField()
    success_rate = serializers.FloatField(
        min_value=0,
        max_value=100,
        help_text="Percent of the finished ones that completed; 0 where none finished.",
    )
    average_duration_ms = serializers.IntegerField(allow_null=True)


class StatisticsSerializer(serializers.Serializer[Any]):
    """How all jobs went over the last 30 days."""

    total_jobs = serializers.IntegerField()
    completed_jobs = serializers.IntegerField()
    failed_jobs = serializers.IntegerField()
    success_rate = serializers.FloatField(
        min_value=0,
        max_value=100,
        help_text="Percent of the finished ones that completed; 0 where none finished.",
    )
    period = serializers.CharField(help_text="`30_days`")
    average_duration_ms = serializers.IntegerField(allow_null=True)
    by_job = JobStatisticsSerializer(many=True)
