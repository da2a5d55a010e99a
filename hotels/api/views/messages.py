"""Views of messages: list, detail, send again, cancel."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.api.schema.messages import messages as describe
from hotels.api.serializers import MessageSerializer, MessageSummarySerializer, ResendSerializer
from hotels.audit import Via
from hotels.errors import ActionRefused
from hotels.http.pagination import PAGE, OffsetPagination
from hotels.http.problem import Conflict
from hotels.http.view_sets import ApiGenericViewSet
from hotels.i18n import in_english
from hotels.models import Message
from hotels.notifications.delivery.actions import action_needed, cancel, resend
from hotels.roles import Action

_CHOICES = {"status": Message.Status.values, "channel": Message.Channel.values}


@describe
class MessageViewSet(ApiGenericViewSet):
    """Messages of the caller's hotels."""

    queryset = Message.objects.all()
    serializer_class = MessageSummarySerializer
    pagination_class = OffsetPagination
    page_key = "messages"
    needs: ClassVar[dict[str, Action]] = {"resend": Action.SEND, "cancel": Action.SEND}
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE | {"hotelId", *_CHOICES}}

    def get_queryset(self) -> Any:
        """The messages of the caller's hotels."""
        return self.access.narrow(Message.objects.all(), action=Action.SEE)

    def list(self, request: Request) -> Response:
        """A page of messages, the newest first."""
        rows = self.get_queryset().order_by("-pk")
        hotel_id = self.hotel_id_filter()
        if hotel_id is not None:
            rows = rows.filter(hotel=hotel_id)
        for name, choices in _CHOICES.items():
            value = request.query_params.get(name)
            if value is not None and value not in choices:
                raise ValidationError({name: [f"Choose one of {', '.join(choices)}."]})
            if value is not None:
                rows = rows.filter(**{name: value})
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One message with its text and attempts."""
        return self._shown(self._found(self.get_queryset(), pk))

    def resend(self, request: Request, pk: int) -> Response:
        """Send an ended message again."""
        body = ResendSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        recipient = body.validated_data["recipient"]
        return self._changed(pk, lambda row, **by: resend(message=row, recipient=recipient, **by))

    def cancel(self, request: Request, pk: int) -> Response:
        """Cancel a message that waits."""
        return self._changed(pk, lambda row, **by: cancel(message=row, **by))

    @in_english()
    def _changed(self, pk: int, change: Callable[..., Message]) -> Response:
        message = self._found(self.get_queryset(), pk)
        if message.hotel_id is None:
            raise Http404
        self.require(action=action_needed(message), hotel_id=message.hotel_id)
        with transaction.atomic():
            row = self._found(self.get_queryset().locked(), pk)
            try:
                change(row, by=self.current_user, now=timezone.now(), via=Via.API)
            except ActionRefused as refusal:
                raise Conflict(str(refusal)) from None
        return self._shown(row)

    def _shown(self, message: Message) -> Response:
        return Response(MessageSerializer(message).data)

    def _found(self, rows: Any, pk: int) -> Message:
        found: Message | None = next(iter(rows.filter(pk=pk)), None)
        if found is None:
            raise Http404
        return found
