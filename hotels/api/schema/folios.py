"""OpenAPI descriptions of the routes below /api/folios."""

from drf_spectacular.utils import extend_schema

from hotels.api.serializers import UninvoicedFolioSerializer
from hotels.http.openapi import (
    HOTEL_ID,
    IF_NONE_MATCH,
    describe_actions,
    page_of,
    read_responses,
)

TAGS = ["folios"]

uninvoiced = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listUninvoicedFolios",
        summary="Folios that are not fully invoiced, with reason and age",
        description="Completed folios with charges on no invoice or credit note, the earliest "
        "completed first, then open folios with charges that no room will use.",
        parameters=[IF_NONE_MATCH, HOTEL_ID],
        responses=read_responses(page_of("folios", UninvoicedFolioSerializer), 404),
    ),
)
