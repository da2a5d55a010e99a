"""Views of memberships."""

from typing import Any, ClassVar

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from hotels import audit
from hotels.api.schema.memberships import memberships as describe
from hotels.api.serializers import (
    MembershipChangeSerializer,
    MembershipGrantSerializer,
    MembershipSerializer,
)
from hotels.audit import Verb, Via
from hotels.http.pagination import PAGE, OffsetPagination
from hotels.http.problem import Conflict
from hotels.http.view_sets import ApiGenericViewSet
from hotels.models import Membership
from hotels.roles import Action


@describe
class MembershipViewSet(ApiGenericViewSet):
    """Memberships of the hotels the caller administers."""

    queryset = Membership.objects.all()
    serializer_class = MembershipSerializer
    pagination_class = OffsetPagination
    page_key = "memberships"
    needs: ClassVar[dict[str, Action]] = {
        "list": Action.GRANT,
        "retrieve": Action.GRANT,
        "create": Action.GRANT,
        "partial_update": Action.GRANT,
    }
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE}

    def get_queryset(self) -> Any:
        """The memberships of the hotels the caller administers."""
        rows = Membership.objects.select_related("user", "hotel").order_by("pk")
        return self.access.narrow(rows, action=Action.GRANT)

    def list(self, request: Request) -> Response:
        """A page of memberships."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One membership."""
        return Response(self.get_serializer(self._membership(pk)).data)

    def create(self, request: Request) -> Response:
        """Grant a role to a user.

        Raises PermissionDenied unless the caller is a superuser: others could try out which user
        names exist, and see what belongs to people who never agreed.
        """
        if not self.access.everywhere:
            raise PermissionDenied(
                "Only superusers add members by user name. "
                "Invite the person instead: POST /api/invitations."
            )
        body = MembershipGrantSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        hotel = self.hotel(body.validated_data["hotel_id"])
        self.require(action=Action.GRANT, hotel_id=hotel.pk)
        with transaction.atomic():
            row = body.create_membership(hotel=hotel)
            self._record(Verb.GRANT, row, after=audit.snapshot(row))
        return Response(self.get_serializer(row).data, status=201)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change the role, or end the membership with `active: false`.

        Raises Conflict when anyone but a superuser renews an ended membership: the person has to
        accept an invitation.
        """
        body = MembershipChangeSerializer(data=request.data)
        self._membership(pk)
        body.is_valid(raise_exception=True)
        with transaction.atomic():
            row = self._membership(pk, locked=True)
            if body.renews(row) and not self.access.everywhere:
                raise Conflict(
                    "The membership has ended. Invite the person: POST /api/invitations."
                )
            before = audit.snapshot(row)
            row = body.apply_to(row)
            after = audit.snapshot(row)
            if before != after:
                self._record(Verb.CHANGE, row, before=before, after=after)
        return Response(self.get_serializer(row).data)

    def _record(self, verb: Verb, row: Membership, **fields: Any) -> None:
        audit.record(
            by=self.current_user, verb=verb, row=row, via=Via.API, now=timezone.now(), **fields
        )

    def _membership(self, pk: int, *, locked: bool = False) -> Membership:
        rows = self.get_queryset().filter(pk=pk)
        row: Membership | None = (rows.locked() if locked else rows).first()
        if row is None:
            raise Http404
        return row
