"""OpenAPI descriptions of the routes below /api/memberships."""

from drf_spectacular.utils import extend_schema

from hotels.api.serializers import (
    MembershipChangeSerializer,
    MembershipGrantSerializer,
    MembershipSerializer,
)
from hotels.http.openapi import (
    IF_NONE_MATCH,
    describe_actions,
    page_of,
    read_responses,
    with_problems,
)

TAGS = ["memberships"]

memberships = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listMemberships",
        summary="Memberships: which user has which role",
        description="Memberships of the hotels you administer.",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(page_of("memberships", MembershipSerializer)),
    ),
    retrieve=extend_schema(
        tags=TAGS,
        operation_id="getMembership",
        summary="One membership",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(MembershipSerializer, 404),
    ),
    create=extend_schema(
        tags=TAGS,
        operation_id="grantMembership",
        summary="Grant a role to a user by name: superusers only",
        description="Administrators of hotels invite people instead: `POST /api/invitations`.",
        request=MembershipGrantSerializer,
        responses=with_problems({201: MembershipSerializer}, 404, 409, 413, 415),
    ),
    partial_update=extend_schema(
        tags=TAGS,
        operation_id="changeMembership",
        summary="Change or end a membership",
        description="An ended membership becomes active again when the person accepts an "
        "invitation; superusers can set it.",
        request=MembershipChangeSerializer,
        responses=with_problems({200: MembershipSerializer}, 404, 409, 413, 415),
    ),
)
