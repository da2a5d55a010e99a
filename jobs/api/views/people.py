"""Signing in, tokens, and who may do what in a hotel."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth import authenticate
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from rest_framework.exceptions import AuthenticationFailed, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from hotels import audit
from hotels.audit import Verb, Via
from hotels.models import Hotel, Membership
from hotels.roles import Action, access_of
from jobs import tokens
from jobs.api.access import token_of
from jobs.api.base import ApiGenericViewSet, ApiViewSet
from jobs.api.pagination import PAGE, Pages
from jobs.api.permissions import IsKnown
from jobs.api.schema import people as described
from jobs.api.serializers import (
    LoginSerializer,
    MembershipChangeSerializer,
    MembershipGrantSerializer,
    MembershipSerializer,
    NewTokenSerializer,
    PersonSerializer,
    TokenSerializer,
)
from jobs.models import ApiToken
from jobs.web.throttles import LoginAttempts


@described.login
class LoginViewSet(ApiViewSet):
    """A token for a user name and password."""

    permission_classes = (AllowAny,)
    throttle_classes = (LoginAttempts,)
    authentication_classes: Sequence[Any] = ()

    def create(self, request: Request) -> Response:
        """Make a token, shown once."""
        body = LoginSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        user = authenticate(request, username=asked["username"], password=asked["password"])
        if user is None:
            raise AuthenticationFailed("User name or password are wrong.")
        row, text = tokens.issue(
            user=user,
            by=user,
            via=Via.API,
            now=timezone.now(),
            hotels=self._hotels(user, asked.get("hotel_ids")),
            read_only=asked["read_only"],
            lifetime=timedelta(days=asked["expires_in_days"]),
            label=asked["label"],
        )
        told = {
            "token": text,
            "id": row.public_id,
            "expires_at": row.expiry,
            "read_only": row.read_only,
            "hotel_ids": asked.get("hotel_ids"),
        }
        response = Response(NewTokenSerializer(told).data, status=201)
        add_never_cache_headers(response)
        return response

    def get_authenticate_header(self, request: Request) -> str:
        """A wrong password is a 401, and a 401 says what would be right."""
        return "Token"

    def _hotels(self, user: AbstractBaseUser, keys: list[int] | None) -> list[Hotel] | None:
        if keys is None:
            return None
        own: Any = access_of(user).narrow(Hotel.objects.all(), action=Action.SEE)
        found = list(own.filter(pk__in=keys))
        if len(found) != len(set(keys)):
            raise ValidationError({"hotel_ids": "Not all of them are hotels of yours."})
        return found


@described.session
class SessionViewSet(ApiViewSet):
    """Who asks, and the end of the token in use."""

    def get_permissions(self) -> Any:
        """A read-only token may end itself."""
        return [IsKnown()] if self.action == "end" else super().get_permissions()

    def retrieve(self, request: Request) -> Response:
        """The person, their hotels and roles, no further than the token goes."""
        hotels = self.access.narrow(Hotel.objects.order_by("code"), action=Action.SEE)
        token = token_of(request)
        places = [
            {
                "id": hotel.pk,
                "code": hotel.code,
                "name": hotel.name,
                "timezone": hotel.timezone,
                "role": self.access.roles.get(hotel.pk, "SUPERUSER"),
            }
            for hotel in hotels
        ]
        told = {
            "username": request.user.get_username(),
            "superuser": self.access.everywhere,
            "read_only": bool(token and token.read_only),
            "hotels": places,
        }
        return Response(PersonSerializer(told).data)

    def end(self, request: Request) -> Response:
        """Revoke the token in use."""
        token = token_of(request)
        if token is None:
            raise ValidationError("This request came with a session, not with a token.")
        tokens.revoke(token=token, by=self.person, via=Via.API, now=timezone.now())
        return Response(status=204)


@described.tokens
class TokenViewSet(ApiGenericViewSet):
    """One's own tokens, and for administrators those that reach their hotels."""

    queryset = ApiToken.objects.all()
    serializer_class = TokenSerializer
    pagination_class = Pages
    page_key = "tokens"
    lookup_field = "public_id"
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE}

    def get_queryset(self) -> Any:
        """A superuser's tokens are nobody else's business, and a limited token sees its like."""
        rows = (
            ApiToken.objects.select_related("user").prefetch_related("hotels").order_by("-created")
        )
        if self.access.everywhere:
            return rows
        run = self.access.hotel_ids(action=Action.GRANT)
        reaches = Q(limited=False) | Q(hotels__in=run)
        members = Membership.objects.filter(hotel__in=run, active=True).values("user_id")
        of_members = Q(reaches, user__in=members, user__is_superuser=False)
        own = Q(user=self.request.user)
        token = token_of(self.request)
        if token is not None and token.limited:
            own = Q(pk=token.pk)
        keys = ApiToken.objects.filter(own | of_members).values("pk")
        return rows.filter(pk__in=keys)

    def list(self, request: Request) -> Response:
        """The tokens there are, without their text."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def destroy(self, request: Request, public_id: uuid.UUID) -> Response:
        """Revoke one: it is wrong from the next request on."""
        row = self.get_queryset().filter(public_id=public_id).first()
        if row is None:
            raise Http404
        tokens.revoke(token=row, by=self.person, via=Via.API, now=timezone.now())
        return Response(status=204)

    def get_serializer_context(self) -> dict[str, Any]:
        """Which hotels the caller knows of."""
        access = self.access
        context = {"visible": lambda key: access.may(action=Action.SEE, hotel_id=key)}
        return {**super().get_serializer_context(), **context}


@described.memberships
class MembershipViewSet(ApiGenericViewSet):
    """The members of the hotels the caller administers."""

    queryset = Membership.objects.all()
    serializer_class = MembershipSerializer
    pagination_class = Pages
    page_key = "memberships"
    needs: ClassVar[dict[str, Action]] = {
        "list": Action.GRANT,
        "retrieve": Action.GRANT,
        "create": Action.GRANT,
        "partial_update": Action.GRANT,
    }
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE}

    def get_queryset(self) -> Any:
        """Of hotels the caller administers, and of no others."""
        rows = Membership.objects.select_related("user", "hotel").order_by("pk")
        return self.access.narrow(rows, action=Action.GRANT)

    def list(self, request: Request) -> Response:
        """Who may do what."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One membership."""
        return Response(self.get_serializer(self._membership(pk)).data)

    def create(self, request: Request) -> Response:
        """Grant a role."""
        body = MembershipGrantSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        hotel = self.hotel(body.validated_data["hotel_id"])
        self.require(action=Action.GRANT, hotel_id=hotel.pk)
        with transaction.atomic():
            row = body.granted(hotel=hotel)
            self._record(Verb.GRANT, row, after=audit.snapshot(row))
        return Response(self.get_serializer(row).data, status=201)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change a role, or end the membership with `active: false`."""
        body = MembershipChangeSerializer(data=request.data)
        self._membership(pk)
        body.is_valid(raise_exception=True)
        with transaction.atomic():
            row = self._membership(pk, locked=True)
            before = audit.snapshot(row)
            row = body.applied_to(row)
            after = audit.snapshot(row)
            if before != after:
                self._record(Verb.CHANGE, row, before=before, after=after)
        return Response(self.get_serializer(row).data)

    def _record(self, verb: Verb, row: Membership, **fields: Any) -> None:
        audit.record(by=self.person, verb=verb, row=row, via=Via.API, now=timezone.now(), **fields)

    def _membership(self, pk: int, *, locked: bool = False) -> Membership:
        rows = self.get_queryset().filter(pk=pk)
        row: Membership | None = (
            rows.select_for_update(of=("self",), no_key=True) if locked else rows
        ).first()
        if row is None:
            raise Http404
        return row
