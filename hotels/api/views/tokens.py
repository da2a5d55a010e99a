"""Views of stored tokens."""

import uuid
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.api.schema.tokens import tokens as describe
from hotels.api.serializers import TokenSerializer
from hotels.audit import Via
from hotels.http import tokens
from hotels.http.access import token_of
from hotels.http.pagination import PAGE, OffsetPagination
from hotels.http.view_sets import ApiGenericViewSet
from hotels.models import ApiToken, Membership
from hotels.roles import Action


@describe
class TokenViewSet(ApiGenericViewSet):
    """The caller's tokens; for administrators also those limited to hotels they administer."""

    queryset = ApiToken.objects.all()
    serializer_class = TokenSerializer
    pagination_class = OffsetPagination
    page_key = "tokens"
    lookup_field = "public_id"
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE}

    def get_queryset(self) -> Any:
        """The tokens the caller may see.

        Administrators see a token of a member only if they administer every hotel it is limited to:
        revoking any other would stop an integration of hotels that are not theirs. They do not see
        tokens of superusers. A limited token sees no other token of its own user.
        """
        rows = (
            ApiToken.objects.select_related("user").prefetch_related("hotels").order_by("-created")
        )
        if self.access.everywhere:
            return rows
        administered = self.access.hotel_ids(action=Action.GRANT)
        members = Membership.objects.filter(hotel__in=administered, active=True).values("user_id")
        limits = ApiToken.hotels.through.objects.filter(apitoken_id=OuterRef("pk"))
        of_members = Q(
            ~Exists(limits.exclude(hotel_id__in=administered)),
            limited=True,
            hotels__in=administered,
            user__in=members,
            user__is_superuser=False,
        )
        own = Q(user=self.request.user)
        token = token_of(self.request)
        if token is not None and token.limited:
            own = Q(pk=token.pk)
        keys = ApiToken.objects.filter(own | of_members).values("pk")
        return rows.filter(pk__in=keys)

    def list(self, request: Request) -> Response:
        """A page of tokens, without their text."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def destroy(self, request: Request, public_id: uuid.UUID) -> Response:
        """Revoke a token: it is refused from the next request on."""
        row = self.get_queryset().filter(public_id=public_id).first()
        if row is None:
            raise Http404
        tokens.revoke(token=row, by=self.current_user, via=Via.API, now=timezone.now())
        return Response(status=204)

    def get_serializer_context(self) -> dict[str, Any]:
        """The context, with a test for the hotels the caller may see."""
        access = self.access
        context = {"visible": lambda key: access.may(action=Action.SEE, hotel_id=key)}
        return {**super().get_serializer_context(), **context}
