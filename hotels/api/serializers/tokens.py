"""Serializer of stored tokens."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hotels.models import ApiToken


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token without its text."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    username = serializers.CharField(source="user.username", read_only=True)
    begins_with = serializers.CharField(source="token_key", read_only=True)
    hotel_ids = serializers.SerializerMethodField(
        help_text="Hotels the token is limited to, as far as you may see them; null: no limit."
    )
    created_at = serializers.DateTimeField(source="created", read_only=True)
    expires_at = serializers.DateTimeField(source="expiry", read_only=True, allow_null=True)

    last_used_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="To within five minutes; null: never used."
    )

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
            "last_used_at",
        )
        read_only_fields = fields

    @extend_schema_field({"type": ["array", "null"], "items": {"type": "integer"}})
    def get_hotel_ids(self, token: ApiToken) -> list[int] | None:
        """Keys of the token's hotels that the reader may see; None for an unlimited token."""
        if not token.limited:
            return None
        visible = self.context["visible"]  # a function of a hotel's key
        return [hotel.pk for hotel in token.hotels.all() if visible(hotel.pk)]
