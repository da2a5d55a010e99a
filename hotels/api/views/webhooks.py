"""Views of webhook endpoints and of deliveries to them."""

import uuid
from typing import Any, ClassVar

from django.http import Http404
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.api.filters import DELIVERY_FILTERS, DeliveryFilters
from hotels.api.schema import webhooks as describe
from hotels.api.serializers.webhooks import (
    NewWebhookEndpointSerializer,
    ReplaySerializer,
    WebhookDeliveryDetailSerializer,
    WebhookDeliverySerializer,
    WebhookEndpointChangeSerializer,
    WebhookEndpointSerializer,
    secret_body,
)
from hotels.audit import Via
from hotels.errors import ActionRefused
from hotels.http.access import token_of
from hotels.http.pagination import CURSOR, PAGE, CursorPagination, OffsetPagination
from hotels.http.problem import Conflict
from hotels.http.view_sets import ApiGenericViewSet
from hotels.models import Message, WebhookEndpoint
from hotels.notifications.webhooks import deliveries, endpoints
from hotels.notifications.webhooks.access import deliveries_of, endpoints_of
from hotels.notifications.webhooks.endpoints import EndpointInvalid, NewSecret
from hotels.roles import Action


class _WebhookViewSet(ApiGenericViewSet):
    lookup_field = "public_id"

    @property
    def reach(self) -> dict[str, Any]:
        """User and access; a token limited to hotels reaches no endpoint for all hotels."""
        token = token_of(self.request)
        personal = token is None or not token.limited
        return {"user": self.current_user, "access": self.access, "personal": personal}

    @property
    def actor(self) -> dict[str, Any]:
        """The caller, for the audit trail."""
        return {"by": self.current_user, "via": Via.API, "now": timezone.now()}

    def endpoint(self, public_id: uuid.UUID) -> WebhookEndpoint:
        """An endpoint the caller manages; raises Http404 for any other."""
        rows = endpoints_of(**self.reach).select_related("hotel", "owner", "created_by")
        row = rows.filter(public_id=public_id).first()
        if row is None:
            raise Http404
        return row


@describe.endpoints
class WebhookEndpointViewSet(_WebhookViewSet):
    """Webhook endpoints of the hotels the caller manages, and the caller's own."""

    queryset = WebhookEndpoint.objects.all()
    serializer_class = WebhookEndpointSerializer
    pagination_class = OffsetPagination
    page_key = "endpoints"
    needs: ClassVar[dict[str, Action]] = dict.fromkeys(
        ("list", "create", "retrieve", "partial_update", "destroy", "rotate", "test"),
        Action.INTEGRATE,
    )
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE}

    def list(self, request: Request) -> Response:
        """A page of endpoints, without their secrets."""
        rows = endpoints_of(**self.reach).select_related("owner", "created_by").order_by("pk")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def create(self, request: Request) -> Response:
        """Set up an endpoint; the secret is shown only in this response."""
        body = NewWebhookEndpointSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        hotel_id = data.pop("hotel_id")
        hotel = None
        if hotel_id is not None:
            hotel = self.hotel(hotel_id)
            self.require(action=Action.INTEGRATE, hotel_id=hotel.pk)
        elif not self.reach["personal"]:
            raise ValidationError(
                {"hotelId": ["This token is limited to hotels: give one of them."]}
            )
        owner = None if hotel else self.current_user
        try:
            new = endpoints.create_endpoint(hotel=hotel, owner=owner, **data, **self.actor)
        except EndpointInvalid as invalid:
            raise ValidationError({invalid.field: [str(invalid)]}) from None
        except ActionRefused as refusal:
            raise Conflict(str(refusal)) from None
        return _secret_response(new, status=201)

    def retrieve(self, request: Request, public_id: uuid.UUID) -> Response:
        """One endpoint."""
        return Response(self.get_serializer(self.endpoint(public_id)).data)

    def partial_update(self, request: Request, public_id: uuid.UUID) -> Response:
        """Change an endpoint, or switch it off or on."""
        row = self.endpoint(public_id)
        body = WebhookEndpointChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            endpoints.change_endpoint(endpoint=row, **body.validated_data, **self.actor)
        except EndpointInvalid as invalid:
            raise ValidationError({invalid.field: [str(invalid)]}) from None
        except WebhookEndpoint.DoesNotExist:
            raise Http404 from None
        return Response(self.get_serializer(self.endpoint(public_id)).data)

    def destroy(self, request: Request, public_id: uuid.UUID) -> Response:
        """Delete an endpoint with its deliveries."""
        try:
            endpoints.delete_endpoint(endpoint=self.endpoint(public_id), **self.actor)
        except ActionRefused as refusal:
            raise Conflict(str(refusal)) from None
        except WebhookEndpoint.DoesNotExist:
            raise Http404 from None
        return Response(status=204)

    def rotate(self, request: Request, public_id: uuid.UUID) -> Response:
        """Give an endpoint a new secret, shown only in this response."""
        try:
            new = endpoints.rotate_secret(endpoint=self.endpoint(public_id), **self.actor)
        except WebhookEndpoint.DoesNotExist:
            raise Http404 from None
        return _secret_response(new, status=200)

    def test(self, request: Request, public_id: uuid.UUID) -> Response:
        """Send a test event."""
        message = deliveries.send_test(endpoint=self.endpoint(public_id), **self.actor)
        return Response(WebhookDeliverySerializer(message).data, status=202)


@describe.deliveries
class WebhookDeliveryViewSet(_WebhookViewSet):
    """Messages to the endpoints the caller manages."""

    queryset = Message.objects.all()
    serializer_class = WebhookDeliverySerializer
    pagination_class = CursorPagination
    filterset_class = DeliveryFilters
    page_key = "deliveries"
    needs: ClassVar[dict[str, Action]] = dict.fromkeys(
        ("list", "retrieve", "resend", "replay"), Action.INTEGRATE
    )
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE | CURSOR | DELIVERY_FILTERS}

    def get_queryset(self) -> Any:
        """The messages the caller may see, newest first."""
        return deliveries_of(**self.reach).select_related("endpoint").order_by("-pk")

    def list(self, request: Request) -> Response:
        """A page of messages."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, public_id: uuid.UUID) -> Response:
        """One message with its body and attempts."""
        return Response(WebhookDeliveryDetailSerializer(self._message(public_id)).data)

    def resend(self, request: Request, public_id: uuid.UUID) -> Response:
        """Send a message again."""
        try:
            row = deliveries.resend(message=self._message(public_id), **self.actor)
        except ActionRefused as refusal:
            raise Conflict(str(refusal)) from None
        return Response(self.get_serializer(row).data, status=202)

    def replay(self, request: Request) -> Response:
        """Send an endpoint again what happened in a period."""
        body = ReplaySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        endpoint = self.endpoint(data.pop("endpoint_id"))
        try:
            count = deliveries.replay(endpoint=endpoint, **data, **self.actor)
        except ActionRefused as refusal:
            raise Conflict(str(refusal)) from None
        return Response({"messages": count}, status=202)

    def _message(self, public_id: uuid.UUID) -> Message:
        row: Message | None = self.get_queryset().filter(public_id=public_id).first()
        if row is None:
            raise Http404
        return row


def _secret_response(new: NewSecret, *, status: int) -> Response:
    response = Response(secret_body(new), status=status)
    add_never_cache_headers(response)
    return response
