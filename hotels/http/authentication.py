"""Token authentication of the API, and its description in the OpenAPI schema."""

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from hotels.http.tokens import note_use
from hotels.models import ApiToken


class ApiTokenAuthentication(TokenAuthentication):  # type: ignore[misc]  # knox has no types
    """Authentication by the header `Authorization: Token …`."""

    def authenticate_credentials(self, token: bytes) -> Any:
        """User and token, whose use is noted.

        Raises AuthenticationFailed for an unknown or malformed token.
        """
        if not token.isalnum():
            raise AuthenticationFailed("Invalid token.")
        user, row = super().authenticate_credentials(token)
        note_use(row, now=timezone.now())
        return user, row

    def _cleanup_token(self, auth_token: ApiToken) -> bool:
        """Return whether the token has expired.

        The library would read all tokens of the user at each request, to delete expired ones. Their
        owner sees them for a while: see `hotels.expired_rows`.
        """
        return auth_token.expiry is not None and auth_token.expiry < timezone.now()

    def authenticate_header(self, request: Request) -> str:
        """The scheme that a 401 response names in WWW-Authenticate."""
        return "Token"


class ApiTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Security scheme of the OpenAPI schema."""

    target_class = ApiTokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """An API key in a header: OpenAPI has no type for other Authorization schemes."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token …`, from `POST /api/auth/login` or `manage.py create_token`.",
        }
