"""Views of invitations."""

from typing import Any, ClassVar

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.api.schema.invitations import invitations as describe
from hotels.api.serializers import (
    InvitationSerializer,
    InviteSerializer,
    NewInvitationSerializer,
)
from hotels.audit import Via
from hotels.errors import ActionRefused
from hotels.http.pagination import PAGE, OffsetPagination
from hotels.http.problem import Conflict
from hotels.http.view_sets import ApiGenericViewSet
from hotels.memberships.invitations import InvitationInvalid, invite, revoke
from hotels.models import Invitation
from hotels.roles import Action


@describe
class InvitationViewSet(ApiGenericViewSet):
    """Open invitations of the hotels the caller administers."""

    queryset = Invitation.objects.all()
    serializer_class = InvitationSerializer
    pagination_class = OffsetPagination
    page_key = "invitations"
    needs: ClassVar[dict[str, Action]] = {
        "list": Action.GRANT,
        "create": Action.GRANT,
        "destroy": Action.GRANT,
    }
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE}

    def get_queryset(self) -> Any:
        """The open invitations of the hotels the caller administers."""
        rows = Invitation.open_at(timezone.now()).select_related("hotel", "invited_by")
        return self.access.narrow(rows, action=Action.GRANT)

    def list(self, request: Request) -> Response:
        """A page of open invitations, without their links."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def create(self, request: Request) -> Response:
        """Invite a person; the link is shown only in this response."""
        body = InviteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        hotel = self.hotel(data["hotel_id"])
        self.require(action=Action.GRANT, hotel_id=hotel.pk)

        def link_of(secret: str) -> str:
            return request.build_absolute_uri(reverse("hotels:answer-invitation", args=[secret]))

        try:
            made = invite(
                hotel=hotel,
                role=data["role"],
                recipient=data["recipient"],
                link_of=link_of,
                by=self.current_user,
                via=Via.API,
                now=timezone.now(),
            )
        except ActionRefused as refusal:
            raise Conflict(str(refusal)) from None
        context = {"link": link_of(made.secret)}
        content = NewInvitationSerializer(made.invitation, context=context).data
        response = Response(content, status=201)
        add_never_cache_headers(response)
        return response

    def destroy(self, request: Request, pk: int) -> Response:
        """Revoke an invitation: its link is refused from now on."""
        row = self.get_queryset().filter(pk=pk).first()
        if row is None:
            raise Http404
        try:
            revoke(invitation=row, by=self.current_user, via=Via.API, now=timezone.now())
        except InvitationInvalid:
            raise Http404 from None  # answered in the same moment
        return Response(status=204)
