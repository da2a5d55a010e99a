"""Serializers of messages and of sending one again."""

from typing import Any

from rest_framework import serializers

from hotels.http.strict_serializers import StrictSerializer, StrictText
from hotels.models import DeliveryAttempt, Message


class MessageSummarySerializer(serializers.Serializer[Any]):
    """A message in a list."""

    id = serializers.IntegerField(source="pk")
    public_id = serializers.UUIDField(help_text="Identifies the message at every attempt.")
    hotel_id = serializers.IntegerField(allow_null=True)
    channel = serializers.ChoiceField(choices=Message.Channel.values)
    template = serializers.CharField(help_text="Kind of message, such as `no-show`.")
    audience = serializers.CharField()
    recipient = serializers.CharField()
    status = serializers.ChoiceField(choices=Message.Status.choices)
    reason = serializers.CharField(help_text="Why it failed, was cancelled or cannot be sent.")
    attempts = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)


class DeliveryAttemptSerializer(serializers.Serializer[Any]):
    """One attempt to send a message."""

    number = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    duration_ms = serializers.SerializerMethodField()
    outcome = serializers.ChoiceField(choices=DeliveryAttempt.Outcome.choices)
    status_code = serializers.IntegerField(allow_null=True)
    detail = serializers.CharField()

    def get_duration_ms(self, attempt: DeliveryAttempt) -> int:
        """Duration in milliseconds."""
        return round(attempt.duration.total_seconds() * 1000)


class MessageSerializer(MessageSummarySerializer):
    """A message with its text and attempts."""

    subject = serializers.CharField()
    body = serializers.CharField(help_text="As sent; empty until the first attempt.")
    delivery_attempts = DeliveryAttemptSerializer(many=True)


class ResendSerializer(StrictSerializer):
    """The recipient of a message that is sent again."""

    recipient = StrictText(
        max_length=254,
        allow_blank=True,
        default="",
        help_text="Another e-mail address; empty: the same recipient.",
    )
