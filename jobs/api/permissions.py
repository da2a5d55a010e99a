"""Closed by default: who is let in at all, before a view looks at the hotel at hand."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from hotels.roles import Action
from jobs.api.access import request_access, token_of


class IsKnown(BasePermission):
    """Somebody who has signed in and is not locked."""

    message = "You must sign in."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the request has a person."""
        return bool(request.user and request.user.is_authenticated and request.user.is_active)


class TokenMayWrite(BasePermission):
    """A read-only token reads, and may end itself."""

    message = "This token may only read."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the token, if it is one, goes with the method."""
        token = token_of(request)
        return token is None or not token.read_only or request.method in SAFE_METHODS


class RoleAllows(BasePermission):
    """The role allows the action of the view in some hotel; the view asks for the hotel at hand."""

    message = "Your role does not allow this."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether there is a hotel in which the caller may do it."""
        needed: Action | None = getattr(view, "needs", {}).get(view.action)
        return needed is None or request_access(request).somewhere(action=needed)
