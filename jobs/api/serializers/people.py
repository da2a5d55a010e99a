"""Logins, tokens and memberships."""

from typing import Any

from django.contrib.auth import get_user_model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hotels.models import Hotel, Membership
from jobs.api.serializers.strict import (
    HotelNumber,
    StrictBoolean,
    StrictChar,
    StrictInteger,
    StrictSerializer,
)
from jobs.models import ApiToken
from jobs.models.token import DEFAULT_LIFETIME, LONGEST_LIFETIME_DAYS
from jobs.web.problem import Conflict


class LoginSerializer(StrictSerializer):
    """Who signs in, and how far the token shall go."""

    username = StrictChar(max_length=150, trim_whitespace=False)
    password = StrictChar(max_length=4096, trim_whitespace=False, write_only=True)
    read_only = StrictBoolean(  # type: ignore[assignment]  # a member of that name
        default=False, help_text="The token may only read."
    )
    hotel_ids = serializers.ListField(
        child=HotelNumber(),
        required=False,
        min_length=1,
        max_length=100,
        help_text="Hotels the token is limited to; all of yours unless said.",
    )
    expires_in_days = StrictInteger(
        default=DEFAULT_LIFETIME.days, min_value=1, max_value=LONGEST_LIFETIME_DAYS
    )
    label = StrictChar(  # type: ignore[assignment]  # as above
        default="", allow_blank=True, max_length=80, help_text="What it is for."
    )


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token without its text. Of its hotels those are named that the reader has."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    username = serializers.CharField(source="user.username", read_only=True)
    begins_with = serializers.CharField(source="token_key", read_only=True)
    hotel_ids = serializers.SerializerMethodField(help_text="null: not limited to hotels.")
    created_at = serializers.DateTimeField(source="created", read_only=True)
    expires_at = serializers.DateTimeField(source="expiry", read_only=True, allow_null=True)

    class Meta:
        model = ApiToken
        fields: tuple[str, ...] = (
            "id",
            "username",
            "label",
            "begins_with",
            "read_only",
            "hotel_ids",
            "created_at",
            "expires_at",
        )
        read_only_fields = fields

    @extend_schema_field({"type": ["array", "null"], "items": {"type": "integer"}})
    def get_hotel_ids(self, token: ApiToken) -> list[int] | None:
        """Only hotels of the reader: a token does not tell of others."""
        if not token.limited:
            return None
        visible = self.context["visible"]
        return [hotel.pk for hotel in token.hotels.all() if visible(hotel.pk)]


class NewTokenSerializer(serializers.Serializer[Any]):
    """A token, shown this once."""

    token = serializers.CharField(help_text="Shown once: only a hash of it is kept.")
    id = serializers.UUIDField()
    expires_at = serializers.DateTimeField(allow_null=True)
    read_only = serializers.BooleanField(  # type: ignore[assignment]  # as above
    )
    hotel_ids = serializers.ListField(child=serializers.IntegerField(), allow_null=True)


class PlaceSerializer(serializers.Serializer[Any]):
    """A hotel and the caller's role in it."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    timezone = serializers.CharField()
    role = serializers.CharField(help_text="A role of memberships, or SUPERUSER.")


class PersonSerializer(serializers.Serializer[Any]):
    """Who asks, and where they may do what."""

    username = serializers.CharField()
    superuser = serializers.BooleanField()
    read_only = serializers.BooleanField(  # type: ignore[assignment]  # as above
        help_text="Whether the token may only read."
    )
    hotels = PlaceSerializer(many=True)


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    """Who may do what in a hotel."""

    username = serializers.CharField(source="user.username", read_only=True)

    class Meta:
        model = Membership
        fields = ("id", "username", "hotel_id", "role", "active")
        read_only_fields = fields


class MembershipGrantSerializer(StrictSerializer):
    """A person, by the exact user name, becomes a member of a hotel."""

    username = StrictChar(max_length=150)
    hotel_id = HotelNumber()
    role = serializers.ChoiceField(choices=Membership.Role.choices)

    def granted(self, *, hotel: Hotel) -> Membership:
        """The stored membership; raises ValidationError, naming the field."""
        users = get_user_model()._default_manager.filter(is_active=True)
        user = users.filter(username=self.validated_data["username"]).first()
        if user is None:
            told = {"username": "There is no active user of that name."}
            raise serializers.ValidationError(told)
        row, new = Membership.objects.get_or_create(
            user=user, hotel=hotel, defaults={"role": self.validated_data["role"]}
        )
        if not new:
            raise Conflict("The person is a member of the hotel already; change the role.")
        return row


class MembershipChangeSerializer(StrictSerializer):
    """Only role and state change: whose and where is settled when it is granted."""

    role = serializers.ChoiceField(choices=Membership.Role.choices, required=False)
    active = StrictBoolean(required=False)

    def applied_to(self, row: Membership) -> Membership:
        """The stored membership with the change."""
        for name, value in self.validated_data.items():
            setattr(row, name, value)
        if self.validated_data:
            row.save(update_fields=list(self.validated_data))
        return row
