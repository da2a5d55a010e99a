"""Serializers of memberships."""

from django.contrib.auth import get_user_model
from rest_framework import serializers

from hotels.http.problem import Conflict
from hotels.http.strict_serializers import (
    StrictBoolean,
    StrictChar,
    StrictHotelId,
    StrictSerializer,
)
from hotels.models import Hotel, Membership


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    """A user's role in a hotel."""

    username = serializers.CharField(source="user.username", read_only=True)

    class Meta:
        model = Membership
        fields = ("id", "username", "hotel_id", "role", "active")
        read_only_fields = fields


class MembershipGrantSerializer(StrictSerializer):
    """A new membership; the user is named by the exact user name."""

    username = StrictChar(max_length=150)
    hotel_id = StrictHotelId()
    role = serializers.ChoiceField(choices=Membership.Role.choices)

    def create_membership(self, *, hotel: Hotel) -> Membership:
        """The stored membership.

        Raises ValidationError for an unknown user, Conflict when the user already has a membership.
        """
        users = get_user_model()._default_manager.filter(is_active=True)
        user = users.filter(username=self.validated_data["username"]).first()
        if user is None:
            raise serializers.ValidationError({"username": "No active user has this name."})
        row, new = Membership.objects.get_or_create(
            user=user, hotel=hotel, defaults={"role": self.validated_data["role"]}
        )
        if not new:
            raise Conflict("The user already has a membership of this hotel; change its role.")
        return row


class MembershipChangeSerializer(StrictSerializer):
    """Changes of a membership: its user and hotel are fixed."""

    role = serializers.ChoiceField(choices=Membership.Role.choices, required=False)
    active = StrictBoolean(required=False)

    def renews(self, row: Membership) -> bool:
        """True if the change makes an ended membership active again."""
        return not row.active and self.validated_data.get("active") is True

    def apply_to(self, row: Membership) -> Membership:
        """The membership with the changes, stored."""
        for name, value in self.validated_data.items():
            setattr(row, name, value)
        if self.validated_data:
            row.save(update_fields=list(self.validated_data))
        return row
