"""OpenAPI descriptions of the routes below /api/invitations."""

from drf_spectacular.utils import extend_schema

from hotels.api.schema.auth import REVOKED
from hotels.api.serializers import (
    InvitationSerializer,
    InviteSerializer,
    NewInvitationSerializer,
)
from hotels.http.openapi import (
    IF_NONE_MATCH,
    describe_actions,
    page_of,
    read_responses,
    with_problems,
)

TAGS = ["memberships"]

invitations = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listInvitations",
        summary="Open invitations of the hotels you administer",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(page_of("invitations", InvitationSerializer)),
    ),
    create=extend_schema(
        tags=TAGS,
        operation_id="invite",
        summary="Invite a person: returns a link that works once, for seven days",
        request=InviteSerializer,
        responses=with_problems({201: NewInvitationSerializer}, 404, 409, 413, 415),
    ),
    destroy=extend_schema(
        tags=TAGS,
        operation_id="revokeInvitation",
        summary="Revoke an open invitation",
        responses=with_problems({}, 404) | REVOKED,
    ),
)
