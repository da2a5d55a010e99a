"""Serializers of invitations."""

from typing import Any

from rest_framework import serializers

from hotels.http.strict_serializers import StrictHotelId, StrictSerializer, StrictText
from hotels.models import Invitation, Membership


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """An open invitation."""

    invited_by = serializers.CharField(source="invited_by.username", default=None, read_only=True)

    class Meta:
        model = Invitation
        fields: tuple[str, ...] = (
            "id",
            "hotel_id",
            "role",
            "recipient",
            "invited_by",
            "created_at",
            "expires_at",
        )
        read_only_fields = fields


class InviteSerializer(StrictSerializer):
    """A new invitation."""

    hotel_id = StrictHotelId()
    role = serializers.ChoiceField(choices=Membership.Role.choices)
    recipient = StrictText(
        default="",
        allow_blank=True,
        max_length=254,
        help_text="A note on whom the invitation is for. No e-mail is sent.",
    )


class NewInvitationSerializer(InvitationSerializer):
    """A new invitation with its link."""

    link = serializers.SerializerMethodField(
        help_text="Shown only once: send it to the person, who accepts on that page."
    )

    class Meta(InvitationSerializer.Meta):
        fields = (*InvitationSerializer.Meta.fields, "link")
        read_only_fields = fields

    def get_link(self, invitation: Invitation) -> str:
        """The page on which the person accepts."""
        link: Any = self.context["link"]
        return str(link)
