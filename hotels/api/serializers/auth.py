"""Serializers of logins and of the signed-in user."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from hotels.http.strict_serializers import (
    StrictBoolean,
    StrictChar,
    StrictHotelId,
    StrictInteger,
    StrictSerializer,
    StrictText,
)
from hotels.models.api_token import DEFAULT_LIFETIME, LONGEST_LIFETIME_DAYS


class LoginSerializer(StrictSerializer):
    """User name and password, and the restrictions of the token to issue."""

    username = StrictChar(max_length=150, trim_whitespace=False)
    password = StrictChar(max_length=4096, trim_whitespace=False, write_only=True)
    read_only = StrictBoolean(  # type: ignore[assignment]  # a member of that name
        default=False, help_text="Issue a read-only token."
    )
    hotel_ids = serializers.ListField(
        child=StrictHotelId(),
        required=False,
        min_length=1,
        max_length=100,
        help_text="Hotels to limit the token to; all your hotels if absent.",
    )
    expires_in_days = StrictInteger(
        default=DEFAULT_LIFETIME.days, min_value=1, max_value=LONGEST_LIFETIME_DAYS
    )
    label = StrictText(  # type: ignore[assignment]  # as above
        default="", allow_blank=True, max_length=80, help_text="What the token is used for."
    )


class NewTokenSerializer(serializers.Serializer[Any]):
    """A new token with its text."""

    token = serializers.CharField(help_text="Shown only once: the server stores just a hash.")
    id = serializers.UUIDField()
    expires_at = serializers.DateTimeField(allow_null=True)
    read_only = serializers.BooleanField(  # type: ignore[assignment]  # as above
    )
    hotel_ids = serializers.ListField(child=serializers.IntegerField(), allow_null=True)


@extend_schema_serializer(component_name="Place")
class HotelRoleSerializer(serializers.Serializer[Any]):
    """A hotel and the user's role in it."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    timezone = serializers.CharField()
    role = serializers.CharField(help_text="Role of the membership, or SUPERUSER.")


@extend_schema_serializer(component_name="Person")
class CurrentUserSerializer(serializers.Serializer[Any]):
    """The signed-in user, with the hotels and roles that the token reaches."""

    username = serializers.CharField()
    superuser = serializers.BooleanField()
    read_only = serializers.BooleanField(  # type: ignore[assignment]  # as above
        help_text="Whether the token is read-only."
    )
    hotels = HotelRoleSerializer(many=True)
