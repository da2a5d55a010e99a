"""How logins, tokens and memberships describe themselves."""

from drf_spectacular.utils import OpenApiResponse, extend_schema

from jobs.api.schema.parts import IF_NONE_MATCH, described, page_of, polled, tagged
from jobs.api.serializers import (
    LoginSerializer,
    MembershipChangeSerializer,
    MembershipGrantSerializer,
    MembershipSerializer,
    NewTokenSerializer,
    PersonSerializer,
    TokenSerializer,
)
from jobs.web.described import answers

_GONE = {204: OpenApiResponse(description="It is revoked.")}

login = described(
    create=extend_schema(
        **tagged("auth", operation_id="login", summary="A token for a name and password"),
        auth=[],
        request=LoginSerializer,
        responses=answers({201: NewTokenSerializer}, 413, 415),
    )
)
session = described(
    retrieve=extend_schema(
        **tagged("auth", operation_id="whoAmI", summary="Who asks, and what they may do where"),
        parameters=[IF_NONE_MATCH],
        responses=polled(PersonSerializer),
    ),
    end=extend_schema(
        **tagged("auth", operation_id="logout", summary="Revoke the token in use"),
        request=None,
        responses=answers({}) | _GONE,
    ),
)
tokens = described(
    list=extend_schema(
        **tagged("tokens", operation_id="listTokens", summary="Tokens, without their text"),
        description="Your own; for an administrator also those that reach their hotels.",
        parameters=[IF_NONE_MATCH],
        responses=polled(page_of("tokens", TokenSerializer)),
    ),
    destroy=extend_schema(
        **tagged("tokens", operation_id="revokeToken", summary="Revoke one"),
        responses=answers({}, 404) | _GONE,
    ),
)
memberships = described(
    list=extend_schema(
        **tagged("memberships", operation_id="listMemberships", summary="Who may do what"),
        description="Of the hotels you administer.",
        parameters=[IF_NONE_MATCH],
        responses=polled(page_of("memberships", MembershipSerializer)),
    ),
    retrieve=extend_schema(
        **tagged("memberships", operation_id="getMembership", summary="One membership"),
        parameters=[IF_NONE_MATCH],
        responses=polled(MembershipSerializer, 404),
    ),
    create=extend_schema(
        **tagged("memberships", operation_id="grantMembership", summary="Grant a role"),
        request=MembershipGrantSerializer,
        responses=answers({201: MembershipSerializer}, 404, 409, 413, 415),
    ),
    partial_update=extend_schema(
        **tagged("memberships", operation_id="changeMembership", summary="Change or end one"),
        request=MembershipChangeSerializer,
        responses=answers({200: MembershipSerializer}, 404, 413, 415),
    ),
)
