"""Serializers of webhook endpoints and of deliveries to them."""

from typing import Any

from rest_framework import serializers

from hotels.http.strict_serializers import (
    StrictBoolean,
    StrictChar,
    StrictHotelId,
    StrictSerializer,
    StrictText,
)
from hotels.models import DeliveryAttempt, Message, WebhookEndpoint
from hotels.notifications.webhooks.channel import webhook_id
from hotels.notifications.webhooks.endpoints import NewSecret
from hotels.notifications.webhooks.urls import LONGEST_URL

_DESCRIPTION: dict[str, Any] = {"max_length": 120, "allow_blank": True}


class EventsField(serializers.ListField):
    """Names of event types."""

    child = StrictChar(max_length=60)

    def __init__(self, **options: Any) -> None:
        help_text = "Names of event types: the `webhooks` of this document."
        super().__init__(min_length=1, max_length=100, help_text=help_text, **options)


class WebhookEndpointSerializer(serializers.ModelSerializer[WebhookEndpoint]):
    """A webhook endpoint, without its secret."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    hotel_id = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Null: all hotels that the owner manages."
    )
    owner = serializers.CharField(source="owner.username", default=None, read_only=True)
    events = serializers.ListField(child=serializers.CharField(), read_only=True)
    created_by = serializers.CharField(source="created_by.username", default=None, read_only=True)

    class Meta:
        model = WebhookEndpoint
        fields: tuple[str, ...] = (
            "id",
            "hotel_id",
            "owner",
            "url",
            "description",
            "events",
            "active",
            "disabled_reason",
            "disabled_at",
            "failing_since",
            "previous_secret_until",
            "created_by",
            "created_at",
        )
        read_only_fields = fields


class WebhookSecretSerializer(WebhookEndpointSerializer):
    """A webhook endpoint with its new secret, which is shown only in this response."""

    secret = serializers.SerializerMethodField(help_text="Shown only once: `whsec_` and Base64.")

    class Meta(WebhookEndpointSerializer.Meta):
        fields = (*WebhookEndpointSerializer.Meta.fields, "secret")
        read_only_fields = fields

    def get_secret(self, endpoint: WebhookEndpoint) -> str:
        """The secret in clear, from the context."""
        return str(self.context["secret"])


def secret_body(new: NewSecret) -> dict[str, Any]:
    """The members of an endpoint with its new secret."""
    return dict(WebhookSecretSerializer(new.endpoint, context={"secret": new.secret}).data)


class NewWebhookEndpointSerializer(StrictSerializer):
    """A new endpoint."""

    hotel_id = StrictHotelId(
        required=False,
        allow_null=True,
        default=None,
        help_text="One of your hotels; without it, all hotels that you manage, now or later.",
    )
    url = StrictChar(max_length=LONGEST_URL, help_text="Public, and https.")
    events = EventsField()
    description = StrictText(default="", **_DESCRIPTION)


class WebhookEndpointChangeSerializer(StrictSerializer):
    """A change of an endpoint; a member that is absent stays as it is."""

    url = StrictChar(required=False, max_length=LONGEST_URL)
    events = EventsField(required=False)
    description = StrictText(required=False, **_DESCRIPTION)
    active = StrictBoolean(
        required=False, help_text="False: switch off, and cancel what waits. True: switch on."
    )


class WebhookDeliverySerializer(serializers.ModelSerializer[Message]):
    """A message to an endpoint."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    webhook_id = serializers.SerializerMethodField(
        help_text="The header webhook-id, the same at every attempt."
    )
    endpoint_id = serializers.UUIDField(source="endpoint.public_id", read_only=True)
    type = serializers.CharField(source="template", read_only=True)
    status = serializers.ChoiceField(choices=Message.Status.choices, read_only=True)

    class Meta:
        model = Message
        fields: tuple[str, ...] = (
            "id",
            "webhook_id",
            "endpoint_id",
            "hotel_id",
            "type",
            "status",
            "reason",
            "attempts",
            "next_attempt_at",
            "created_at",
            "sent_at",
            "ended_at",
        )
        read_only_fields = fields

    def get_webhook_id(self, message: Message) -> str:
        """The ID that receivers get."""
        return webhook_id(message)


class WebhookAttemptSerializer(serializers.ModelSerializer[DeliveryAttempt]):
    """One attempt: what was sent, and what the receiver answered."""

    duration_ms = serializers.SerializerMethodField()
    outcome = serializers.ChoiceField(choices=DeliveryAttempt.Outcome.choices, read_only=True)
    request = serializers.JSONField(read_only=True, help_text="Without the signature.")
    response = serializers.CharField(
        read_only=True, help_text="The first 2,000 characters of the answer."
    )

    class Meta:
        model = DeliveryAttempt
        fields = (
            "number",
            "started_at",
            "duration_ms",
            "outcome",
            "status_code",
            "detail",
            "request",
            "response",
        )
        read_only_fields = fields

    def get_duration_ms(self, attempt: DeliveryAttempt) -> int:
        """The duration in milliseconds."""
        return int(attempt.duration.total_seconds() * 1000)


class WebhookDeliveryDetailSerializer(WebhookDeliverySerializer):
    """A message to an endpoint, with its body and attempts."""

    body = serializers.CharField(
        read_only=True, help_text="As sent; empty before the first attempt."
    )
    delivery_attempts = WebhookAttemptSerializer(many=True, read_only=True)

    class Meta(WebhookDeliverySerializer.Meta):
        fields = (*WebhookDeliverySerializer.Meta.fields, "body", "delivery_attempts")
        read_only_fields = fields


class ReplaySerializer(StrictSerializer):
    """The events to send again."""

    endpoint_id = serializers.UUIDField()
    since = serializers.DateTimeField(help_text="Events that happened at or after this time.")
    until = serializers.DateTimeField(help_text="Events that happened before this time.")
    accepted_too = StrictBoolean(
        default=False, help_text="Also what the receiver accepted; it gets the same IDs again."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        if attrs["since"] >= attrs["until"]:
            raise serializers.ValidationError({"until": ["Must be after since."]})
        return attrs


class ReplayedSerializer(serializers.Serializer[Any]):
    """Result of a replay."""

    messages = serializers.IntegerField(help_text="Number of messages that are sent now.")
