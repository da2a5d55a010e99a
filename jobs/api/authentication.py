"""Who asks: a token in the header, or the session of the browsable pages."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request


class ApiTokenAuthentication(TokenAuthentication):  # type: ignore[misc]  # knox has no types
    """`Authorization: Token …`; anything that cannot be a token is a wrong one."""

    def authenticate_credentials(self, token: bytes) -> Any:
        """Whose token it is; raises AuthenticationFailed."""
        if not token.isalnum():
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Token"


class ApiTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema says it."""

    target_class = ApiTokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A header; OpenAPI knows no other word for a scheme of its own."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token …`, from `POST /api/auth/login` or `manage.py create_token`.",
        }
