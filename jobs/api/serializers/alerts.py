"""Serializers of alert rules and alerts."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hotels.http.strict_serializers import (
    StrictBoolean,
    StrictChar,
    StrictHotelId,
    StrictInteger,
    StrictSerializer,
    StrictText,
)
from hotels.models import ChatChannel
from jobs.alerts.access import parts_of
from jobs.alerts.rules import MOST_ADDRESSES
from jobs.models import Alert, AlertKind, AlertPart, AlertRule

MOST_HOTELS = 10_000


class AlertRuleSerializer(serializers.ModelSerializer[AlertRule]):
    """An alert rule. Channels are named, their addresses never shown."""

    id = serializers.UUIDField(source="public_id")
    hotel_ids = serializers.SerializerMethodField()
    jobs = serializers.ListField(child=serializers.CharField())
    emails = serializers.ListField(child=serializers.CharField())
    escalation_emails = serializers.ListField(child=serializers.CharField())
    channel_ids = serializers.SerializerMethodField()
    escalation_channel_ids = serializers.SerializerMethodField()
    factor = serializers.FloatField()

    class Meta:
        model = AlertRule
        fields = (
            "id",
            "name",
            "kind",
            "enabled",
            "all_hotels",
            "hotel_ids",
            "jobs",
            "times",
            "factor",
            "minutes",
            "open_at",
            "close_after",
            "recovery",
            "critical",
            "quiet_from",
            "quiet_until",
            "emails",
            "channel_ids",
            "escalate_after",
            "escalation_emails",
            "escalation_channel_ids",
            "digest_at",
            "created_at",
        )

    def get_hotel_ids(self, rule: AlertRule) -> list[int]:
        """Keys of the chosen hotels."""
        return [hotel.pk for hotel in rule.hotels.all()]

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_channel_ids(self, rule: AlertRule) -> list[str]:
        """IDs of the channels."""
        return [str(channel.public_id) for channel in rule.channels.all()]

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_escalation_channel_ids(self, rule: AlertRule) -> list[str]:
        """IDs of the channels of the escalation."""
        return [str(channel.public_id) for channel in rule.escalation_channels.all()]


class _Time(serializers.TimeField):
    """A local time such as 22:00; numbers and other types are refused."""

    def to_internal_value(self, value: Any) -> Any:
        """The time; raises ValidationError for any other type."""
        if not isinstance(value, str):
            self.fail("invalid", format="hh:mm")
        return super().to_internal_value(value)


def _addresses() -> serializers.ListField:
    return serializers.ListField(
        child=StrictChar(max_length=254), required=False, max_length=MOST_ADDRESSES
    )


def _channels() -> serializers.ListField:
    return serializers.ListField(child=serializers.UUIDField(), required=False, max_length=25)


class AlertRuleChangeSerializer(StrictSerializer):
    """Values of a rule; what is left out stays as it is."""

    name = StrictText(max_length=80, required=False)
    kind = serializers.ChoiceField(choices=AlertKind.choices, required=False)
    enabled = StrictBoolean(required=False)
    all_hotels = StrictBoolean(required=False)
    hotel_ids = serializers.ListField(child=StrictHotelId(), required=False, max_length=MOST_HOTELS)
    jobs = serializers.ListField(child=StrictChar(max_length=60), required=False, max_length=50)
    times = StrictInteger(min_value=1, max_value=20, required=False)
    factor = serializers.DecimalField(
        max_digits=4, decimal_places=1, min_value=2, max_value=100, required=False
    )
    minutes = StrictInteger(min_value=1, max_value=43_200, required=False)
    open_at = StrictInteger(min_value=1, max_value=10_000, required=False)
    close_after = StrictInteger(min_value=0, max_value=1440, required=False)
    recovery = StrictBoolean(required=False)
    critical = StrictBoolean(required=False)
    quiet_from = _Time(required=False, allow_null=True)
    quiet_until = _Time(required=False, allow_null=True)
    emails = _addresses()
    channel_ids = _channels()
    escalate_after = StrictInteger(min_value=1, max_value=1440, required=False, allow_null=True)
    escalation_emails = _addresses()
    escalation_channel_ids = _channels()
    digest_at = _Time(required=False, allow_null=True)


class NewAlertRuleSerializer(AlertRuleChangeSerializer):
    """A new rule: its name and kind, and what differs from the defaults."""

    name = StrictText(max_length=80)
    kind = serializers.ChoiceField(choices=AlertKind.choices)


def channels_by_id(ids: list[Any], *, owner_id: int, field: str) -> list[ChatChannel]:
    """Return the owner's channels; raises ValidationError if one is unknown."""
    found = list(ChatChannel.objects.filter(owner_id=owner_id, public_id__in=ids))
    if len(found) != len(set(ids)):
        raise serializers.ValidationError({field: ["There is no such channel."]})
    return found


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """An alert in short."""

    id = serializers.UUIDField(source="public_id")
    rule_id = serializers.UUIDField(source="rule.public_id")
    rule = serializers.CharField(source="rule.name")
    kind = serializers.ChoiceField(source="rule.kind", choices=AlertKind.choices)
    open = serializers.BooleanField(source="is_open")

    class Meta:
        model = Alert
        fields: tuple[str, ...] = (
            "id",
            "rule_id",
            "rule",
            "kind",
            "open",
            "job_name",
            "cause",
            "opened_at",
            "closed_at",
            "acknowledged_at",
            "acknowledged_by_name",
            "note",
            "snoozed_until",
            "escalated_at",
        )


class AlertPartSerializer(serializers.ModelSerializer[AlertPart]):
    """One hotel of an alert."""

    hotel_code = serializers.CharField(source="hotel.code")

    class Meta:
        model = AlertPart
        fields = ("hotel_id", "hotel_code", "execution_id", "detail", "since", "recovered_at")


class AlertDetailSerializer(AlertSerializer):
    """An alert with its hotels."""

    hotels = serializers.SerializerMethodField()

    class Meta(AlertSerializer.Meta):
        fields = (*AlertSerializer.Meta.fields, "hotels")

    @extend_schema_field(AlertPartSerializer(many=True))
    def get_hotels(self, alert: Alert) -> Any:
        """The hotels that the caller may see."""
        parts = parts_of(alert, access=self.context["view"].access)
        return AlertPartSerializer(parts, many=True).data


class AcknowledgeSerializer(StrictSerializer):
    """A note for colleagues."""

    note = StrictText(max_length=300, required=False, allow_blank=True, default="")


class SnoozeSerializer(StrictSerializer):
    """For how long nothing is sent."""

    minutes = StrictInteger(min_value=1, max_value=7 * 24 * 60)
