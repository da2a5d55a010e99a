"""Access of a request: the roles of its user, restricted by its token."""

from dataclasses import replace

from django.http import HttpRequest
from rest_framework.request import Request

from hotels.models import ApiToken, Membership
from hotels.roles import Access, access_of


def request_access(request: HttpRequest | Request) -> Access:
    """Roles of the request's user in each hotel: one query a request, however often it is called.

    Pages pass Django's request, API views REST framework's, which may carry a token.
    """
    access: Access | None = getattr(request, "hotel_access", None)
    if access is None:
        access = limited_to_token(access=access_of(request.user), token=token_of(request))
        request.hotel_access = access  # type: ignore[union-attr]
    return access


def token_of(request: HttpRequest | Request) -> ApiToken | None:
    """The API token sent with the request; None for a session."""
    token = getattr(request, "auth", None)
    return token if isinstance(token, ApiToken) else None


def limited_to_token(*, access: Access, token: ApiToken | None) -> Access:
    """The part of a user's access that the token grants.

    A superuser's token that is limited to hotels has the role of an administrator in those.
    """
    hotel_ids = token.hotel_ids() if token else None
    if hotel_ids is None:
        return access
    if access.everywhere:
        return Access(everywhere=False, roles=dict.fromkeys(hotel_ids, Membership.Role.ADMIN))
    return replace(
        access,
        roles={pk: role for pk, role in access.roles.items() if pk in hotel_ids},
    )
