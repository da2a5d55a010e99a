"""Serializers of runs and their progress."""

from typing import Any

from rest_framework import serializers

from jobs.api.serializers.executions import ExecutionSerializer


class ProgressSerializer(serializers.Serializer[Any]):
    """Number of executions by status; `completedWithProblems` are part of `completed`."""

    total = serializers.IntegerField()
    pending = serializers.IntegerField()
    running = serializers.IntegerField()
    completed = serializers.IntegerField()
    completed_with_problems = serializers.IntegerField()
    failed = serializers.IntegerField()
    skipped = serializers.IntegerField()


class RunSerializer(serializers.Serializer[Any]):
    """One run, restricted to the executions of the caller's hotels."""

    id = serializers.IntegerField()
    job_name = serializers.CharField()
    trigger = serializers.CharField()
    scheduled_for = serializers.DateTimeField(allow_null=True)
    requested_by = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    done = serializers.BooleanField(help_text="Whether all executions have ended.")
    progress = ProgressSerializer()
    executions = ExecutionSerializer(many=True)
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
