"""Views for signing in and for the current session."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from rest_framework.exceptions import AuthenticationFailed, Throttled, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.api.schema import auth as schema
from hotels.api.serializers import CurrentUserSerializer, LoginSerializer, NewTokenSerializer
from hotels.audit import Via
from hotels.errors import ActionRefused
from hotels.http import tokens
from hotels.http.access import token_of
from hotels.http.login import TooBusy, TooManyAttempts
from hotels.http.permissions import IsSignedIn
from hotels.http.problem import Conflict, Unavailable
from hotels.http.view_sets import ApiViewSet
from hotels.models import Hotel
from hotels.roles import Action, access_of


@schema.login
class LoginViewSet(ApiViewSet):
    """Issues a token for a user name and password."""

    permission_classes = (AllowAny,)
    throttle_classes: Sequence[Any] = ()  # wrong passwords are limited, see hotels.http.login
    authentication_classes: Sequence[Any] = ()

    def create(self, request: Request) -> Response:
        """Issue a token; its text is shown only in this response."""
        body = LoginSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        try:
            user = authenticate(request, username=data["username"], password=data["password"])
        except TooManyAttempts as refused:
            raise Throttled(detail=refused.message, wait=refused.wait) from None
        except TooBusy as refused:
            raise Unavailable(refused.message) from None
        if user is None:
            raise AuthenticationFailed("Wrong user name or password.")
        try:
            row, text = tokens.issue(
                user=user,
                by=user,
                via=Via.API,
                now=timezone.now(),
                hotels=self._hotels(user, data.get("hotel_ids")),
                read_only=data["read_only"],
                lifetime=timedelta(days=data["expires_in_days"]),
                label=data["label"],
            )
        except ActionRefused as refusal:
            raise Conflict(str(refusal)) from None
        content = {
            "token": text,
            "id": row.public_id,
            "expires_at": row.expiry,
            "read_only": row.read_only,
            "hotel_ids": data.get("hotel_ids"),
        }
        response = Response(NewTokenSerializer(content).data, status=201)
        add_never_cache_headers(response)
        return response

    def get_authenticate_header(self, request: Request) -> str:
        """The scheme for WWW-Authenticate, so that a wrong password is answered with 401."""
        return "Token"

    def _hotels(self, user: AbstractBaseUser, keys: list[int] | None) -> list[Hotel] | None:
        if keys is None:
            return None
        own: Any = access_of(user).narrow(Hotel.objects.all(), action=Action.SEE)
        found = list(own.filter(pk__in=keys))
        if len(found) != len(set(keys)):
            raise ValidationError({"hotel_ids": "You do not belong to all of these hotels."})
        return found


@schema.session
class SessionViewSet(ApiViewSet):
    """Shows the current user, and revokes the token in use."""

    def get_permissions(self) -> Any:
        """Let a read-only token revoke itself."""
        return [IsSignedIn()] if self.action == "end" else super().get_permissions()

    def retrieve(self, request: Request) -> Response:
        """The user with the hotels and roles that the token reaches."""
        hotels = self.access.narrow(Hotel.objects.order_by("code"), action=Action.SEE)
        token = token_of(request)
        content = {
            "username": request.user.get_username(),
            "superuser": self.access.everywhere,
            "read_only": bool(token and token.read_only),
            "hotels": [
                {
                    "id": hotel.pk,
                    "code": hotel.code,
                    "name": hotel.name,
                    "timezone": hotel.timezone,
                    "role": self.access.roles.get(hotel.pk, "SUPERUSER"),
                }
                for hotel in hotels
            ],
        }
        return Response(CurrentUserSerializer(content).data)

    def end(self, request: Request) -> Response:
        """Revoke the token in use; raises ValidationError for a session."""
        token = token_of(request)
        if token is None:
            raise ValidationError("This request was sent with a session, not with a token.")
        tokens.revoke(token=token, by=self.current_user, via=Via.API, now=timezone.now())
        return Response(status=204)
