"""Access to the items of the console's menu. Settings import the menu, and so not the models."""

from django.http import HttpRequest

from hotels.http.access import request_access
from hotels.roles import OFFICE, Action


def office_only(request: HttpRequest) -> bool:
    """Return whether the user has an office role, in at least one hotel."""
    return request_access(request).has_role_somewhere(roles=OFFICE)


def administrators_only(request: HttpRequest) -> bool:
    """Return whether the user may invite people to at least one hotel."""
    return request_access(request).somewhere(action=Action.GRANT)


def managers_only(request: HttpRequest) -> bool:
    """Return whether the user manages at least one hotel."""
    return request_access(request).somewhere(action=Action.CONFIGURE)


def integrators_only(request: HttpRequest) -> bool:
    """Return whether the user may manage webhooks in at least one hotel."""
    return request_access(request).somewhere(action=Action.INTEGRATE)
