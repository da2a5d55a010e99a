"""OpenAPI descriptions of the routes below /api/messages."""

from drf_spectacular.utils import OpenApiParameter, extend_schema

from hotels.api.serializers import MessageSerializer, MessageSummarySerializer, ResendSerializer
from hotels.http.openapi import (
    HOTEL_ID,
    IF_NONE_MATCH,
    describe_actions,
    page_of,
    read_responses,
    with_problems,
)
from hotels.models import Message

TAGS = ["messages"]

_FILTERS = [
    OpenApiParameter("status", {"type": "string", "enum": [*Message.Status.values]}),
    OpenApiParameter("channel", {"type": "string", "enum": [*Message.Channel.values]}),
]

messages = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listMessages",
        summary="Messages of your hotels",
        description="E-mails, webhooks and alerts, the newest first.",
        parameters=[IF_NONE_MATCH, HOTEL_ID, *_FILTERS],
        responses=read_responses(page_of("messages", MessageSummarySerializer), 404),
    ),
    retrieve=extend_schema(
        tags=TAGS,
        operation_id="getMessage",
        summary="One message",
        description="With its text as sent and its attempts.",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(MessageSerializer, 404),
    ),
    resend=extend_schema(
        tags=TAGS,
        operation_id="resendMessage",
        summary="Send a message again",
        description="With the same ID. For managers, administrators and the front desk of the "
        "hotel. 409 if it is still to be sent, or cannot be sent to the recipient.",
        request=ResendSerializer,
        responses=with_problems({200: MessageSerializer}, 404, 409, 413, 415),
    ),
    cancel=extend_schema(
        tags=TAGS,
        operation_id="cancelMessage",
        summary="Cancel a message that waits",
        request=None,
        responses=with_problems({200: MessageSerializer}, 404, 409),
    ),
)
