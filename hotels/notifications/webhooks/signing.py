"""Signatures of webhooks, as Standard Webhooks 1.0.0 defines them.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
_SECRET_BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """Return a random secret: `whsec_` and 256 bits in Base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def signed_headers(
    *, message_id: str, body: str, secrets: Sequence[str], now: datetime
) -> dict[str, str]:
    """Return the three headers of a message that is sent at `now`.

    The signature covers id, time and body. There is one for each secret: while a secret is being
    replaced, receivers verify with the old one or the new one.
    """
    at = now.astimezone(UTC)  # the library takes any other zone for UTC
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
