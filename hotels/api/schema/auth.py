"""OpenAPI descriptions of the routes below /api/auth."""

from drf_spectacular.utils import OpenApiResponse, extend_schema

from hotels.api.serializers import CurrentUserSerializer, LoginSerializer, NewTokenSerializer
from hotels.http.openapi import IF_NONE_MATCH, describe_actions, read_responses, with_problems

TAGS = ["auth"]
REVOKED = {204: OpenApiResponse(description="The token is revoked.")}

login = describe_actions(
    create=extend_schema(
        tags=TAGS,
        operation_id="login",
        summary="Issue a token for a user name and password",
        auth=[],
        request=LoginSerializer,
        responses=with_problems({201: NewTokenSerializer}, 413, 415),
    )
)
session = describe_actions(
    retrieve=extend_schema(
        tags=TAGS,
        operation_id="whoAmI",
        summary="The current user, with hotels and roles",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(CurrentUserSerializer),
    ),
    end=extend_schema(
        tags=TAGS,
        operation_id="logout",
        summary="Revoke the token in use",
        description="The token is refused from the next request on.",
        request=None,
        responses=with_problems({}) | REVOKED,
    ),
)
