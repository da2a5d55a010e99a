"""Calls to the cron routes, as schedulers send them."""

from typing import Any

from django.test import Client

SECRET = "a-secret-of-the-tests-0123456789"
OTHER = "the-one-before-it-0123456789abcd"
PATH = "/api/cron/greet-guests"


def call(
    path: str = PATH, *, secret: str | None = SECRET, method: str = "POST", **more: Any
) -> Any:
    """Send a call and return the response."""
    headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
    return Client().generic(method, path, headers=headers | more.pop("headers", {}), **more)
