"""Permission classes of the API: closed by default, checked before the view runs."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from hotels.http.access import request_access, token_of
from hotels.roles import Action


class IsSignedIn(BasePermission):
    """Allow signed-in, active users."""

    message = "Sign in first."

    def has_permission(self, request: Request, view: Any) -> bool:
        """True if the request has an active user."""
        return bool(request.user and request.user.is_authenticated and request.user.is_active)


class TokenMayWrite(BasePermission):
    """Refuse requests that write with a read-only token."""

    message = "This token is read-only."

    def has_permission(self, request: Request, view: Any) -> bool:
        """True unless a read-only token is sent with a method that writes."""
        token = token_of(request)
        return token is None or not token.read_only or request.method in SAFE_METHODS


class RoleAllows(BasePermission):
    """Allow users whose role permits the view's action in some hotel.

    The view itself checks the hotel in question.
    """

    message = "Your role does not allow this."

    def has_permission(self, request: Request, view: Any) -> bool:
        """True if the caller may do the view's action in at least one hotel."""
        needed: Action | None = getattr(view, "needs", {}).get(view.action)
        return needed is None or request_access(request).somewhere(action=needed)
