"""OpenAPI descriptions of the routes below /api/webhook-endpoints and /api/webhook-deliveries."""

from drf_spectacular.utils import OpenApiResponse, extend_schema

from hotels.api.serializers.webhooks import (
    NewWebhookEndpointSerializer,
    ReplayedSerializer,
    ReplaySerializer,
    WebhookDeliveryDetailSerializer,
    WebhookDeliverySerializer,
    WebhookEndpointChangeSerializer,
    WebhookEndpointSerializer,
    WebhookSecretSerializer,
)
from hotels.http.openapi import (
    IF_NONE_MATCH,
    describe_actions,
    page_of,
    read_responses,
    with_problems,
)

TAGS = ["webhooks"]
DELETED = {204: OpenApiResponse(description="Deleted.")}

endpoints = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listWebhookEndpoints",
        summary="Webhook endpoints of the hotels you manage, and your own",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(page_of("endpoints", WebhookEndpointSerializer)),
    ),
    create=extend_schema(
        tags=TAGS,
        operation_id="createWebhookEndpoint",
        summary="Set up an endpoint: returns its secret, once",
        description=(
            "The chosen events of the hotel, or without `hotelId` of all hotels that you manage, "
            "are sent to the URL as Standard Webhooks 1.0.0 says."
        ),
        request=NewWebhookEndpointSerializer,
        responses=with_problems({201: WebhookSecretSerializer}, 404, 409, 413, 415),
    ),
    retrieve=extend_schema(
        tags=TAGS,
        operation_id="getWebhookEndpoint",
        summary="One endpoint",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(WebhookEndpointSerializer, 404),
    ),
    partial_update=extend_schema(
        tags=TAGS,
        operation_id="changeWebhookEndpoint",
        summary="Change an endpoint, or switch it off or on",
        request=WebhookEndpointChangeSerializer,
        responses=with_problems({200: WebhookEndpointSerializer}, 404, 413, 415),
    ),
    destroy=extend_schema(
        tags=TAGS,
        operation_id="deleteWebhookEndpoint",
        summary="Delete an endpoint with its deliveries",
        responses=with_problems({}, 404, 409) | DELETED,
    ),
    rotate=extend_schema(
        tags=TAGS,
        operation_id="rotateWebhookSecret",
        summary="Give an endpoint a new secret: returns it, once",
        description="For 24 hours each message has two signatures, of the new and the old secret.",
        request=None,
        responses=with_problems({200: WebhookSecretSerializer}, 404),
    ),
    test=extend_schema(
        tags=TAGS,
        operation_id="testWebhookEndpoint",
        summary="Send a test event",
        request=None,
        responses=with_problems({202: WebhookDeliverySerializer}, 404),
    ),
)

deliveries = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listWebhookDeliveries",
        summary="Messages to your webhook endpoints, newest first",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(page_of("deliveries", WebhookDeliverySerializer), 404),
    ),
    retrieve=extend_schema(
        tags=TAGS,
        operation_id="getWebhookDelivery",
        summary="One message, with its body and attempts",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(WebhookDeliveryDetailSerializer, 404),
    ),
    resend=extend_schema(
        tags=TAGS,
        operation_id="resendWebhookDelivery",
        summary="Send a message again, with the same ID and body",
        request=None,
        responses=with_problems({202: WebhookDeliverySerializer}, 404, 409),
    ),
    replay=extend_schema(
        tags=TAGS,
        operation_id="replayWebhookDeliveries",
        summary="Send an endpoint again what happened in a period",
        description=(
            "Messages that were not accepted, and events that the endpoint never got, as while it "
            "was switched off."
        ),
        request=ReplaySerializer,
        responses=with_problems({202: ReplayedSerializer}, 404, 409, 413, 415),
    ),
)
