"""Asking for a job, and what it came to."""

from typing import Any

from rest_framework import serializers

from jobs.api.serializers.strict import HotelNumber, StrictBoolean, StrictSerializer


class TriggerSerializer(StrictSerializer):
    """Which hotel, and whether for good."""

    hotel_id = HotelNumber(
        required=False, help_text="One of your hotels; may be left out if you have only one."
    )
    dry_run = StrictBoolean(
        default=False, help_text="Show what would be done; nothing at all is written."
    )


class TriggeredSerializer(serializers.Serializer[Any]):
    """What a job came to; the same members when it failed (status 500)."""

    success = serializers.BooleanField()
    job = serializers.CharField(help_text="The job's name.")
    result = serializers.JSONField(allow_null=True, help_text="What the job counted.")
    hotel_id = serializers.IntegerField()
    status = serializers.CharField()
    words = serializers.CharField(help_text="The outcome in words.")
    error = serializers.CharField(allow_null=True)
    attention = serializers.ListField(
        child=serializers.CharField(), help_text="What a person should look at."
    )
    dry_run = serializers.BooleanField()
    execution_id = serializers.IntegerField(allow_null=True)
    run_id = serializers.IntegerField(allow_null=True)
