"""OpenAPI descriptions of the routes below /api/tokens."""

from drf_spectacular.utils import extend_schema

from hotels.api.schema.auth import REVOKED
from hotels.api.serializers import TokenSerializer
from hotels.http.openapi import (
    IF_NONE_MATCH,
    describe_actions,
    page_of,
    read_responses,
    with_problems,
)

TAGS = ["tokens"]

tokens = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listTokens",
        summary="Tokens, without their text",
        description=(
            "Your own tokens; administrators also see the tokens of members that are limited to "
            "hotels they administer."
        ),
        parameters=[IF_NONE_MATCH],
        responses=read_responses(page_of("tokens", TokenSerializer)),
    ),
    destroy=extend_schema(
        tags=TAGS,
        operation_id="revokeToken",
        summary="Revoke a token",
        responses=with_problems({}, 404) | REVOKED,
    ),
)
