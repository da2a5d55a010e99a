"""Serializers of triggers and their outcomes."""

from typing import Any

from rest_framework import serializers

from hotels.http.strict_serializers import StrictBoolean, StrictHotelId, StrictSerializer
from jobs.api.serializers.executions import ExecutionDetailSerializer


class TriggerSerializer(StrictSerializer):
    """The hotel to run the job for, and whether only to preview it."""

    hotel_id = StrictHotelId(
        required=False, help_text="One of your hotels; may be omitted if you have only one."
    )
    dry_run = StrictBoolean(
        default=False, help_text="Preview: show the result without storing anything."
    )


class TriggeredSerializer(serializers.Serializer[Any]):
    """Outcome of a job; the same members when it failed (status 500)."""

    success = serializers.BooleanField(
        help_text="True if the job completed without problems; false if it completed with "
        "problems, failed, was skipped or is still waiting."
    )
    job = ExecutionDetailSerializer(
        allow_null=True,
        help_text="The execution, as `GET /api/jobs/{id}` shows it; null for a preview, which "
        "stores none.",
    )
    job_name = serializers.CharField(help_text="Name of the job.")
    result = serializers.JSONField(allow_null=True, help_text="Result of the job.")
    hotel_id = serializers.IntegerField()
    status = serializers.CharField()
    problems = serializers.IntegerField(
        min_value=0, help_text="Number of objects that could not be processed."
    )
    words = serializers.CharField(help_text="Summary of the outcome.")
    error = serializers.CharField(allow_null=True)
    attention = serializers.ListField(
        child=serializers.CharField(), help_text="Items that need attention."
    )
    dry_run = serializers.BooleanField()
    execution_id = serializers.IntegerField(allow_null=True)
    run_id = serializers.IntegerField(allow_null=True)
