"""What the sender of a request may do: the person's roles, no further than the token goes."""

from dataclasses import replace

from rest_framework.request import Request

from hotels.models import Membership
from hotels.roles import Access, access_of
from jobs.models import ApiToken


def request_access(request: Request) -> Access:
    """The roles of whoever asks, read once a request."""
    known: Access | None = getattr(request, "hotel_access", None)
    if known is None:
        known = limited_to_token(access=access_of(request.user), token=token_of(request))
        request.hotel_access = known  # type: ignore[attr-defined]
    return known


def token_of(request: Request) -> ApiToken | None:
    """The token that came with the request; None for a session."""
    return request.auth if isinstance(request.auth, ApiToken) else None


def limited_to_token(*, access: Access, token: ApiToken | None) -> Access:
    """The part of a person's access that a token carries.

    A superuser's token that is limited to hotels acts as an administrator of those.
    """
    within = token.hotel_ids() if token else None
    if within is None:
        return access
    if access.everywhere:
        return Access(everywhere=False, roles=dict.fromkeys(within, Membership.Role.ADMIN))
    return replace(
        access,
        roles={pk: role for pk, role in access.roles.items() if pk in within},
    )
