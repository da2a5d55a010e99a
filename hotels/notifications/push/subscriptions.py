"""A subscription of a browser: the address at its push service, and two keys."""

import json
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import ec
from django.utils.translation import gettext as _

from hotels.encryption import decrypt, encrypt
from hotels.errors import ActionRefused
from hotels.notifications.webhooks.endpoints import current_policy
from hotels.notifications.webhooks.urls import UrlRefused, check_url

_SECRET_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """A subscription of a browser: its address, its public key and its secret, in base64url."""

    endpoint: str
    p256dh: str
    auth: str

    @classmethod
    def of_browser(cls, given: Mapping[str, Any]) -> Self:
        """Read what a page sends. Raises ActionRefused for anything that cannot be used.

        The address must be as public as that of a webhook: users choose what the site connects to.
        """
        made = cls(**{name: str(given.get(name) or "") for name in cls.__dataclass_fields__})
        try:
            check_url(made.endpoint, policy=current_policy())
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(made.p256dh))
            if len(_bytes(made.auth)) != _SECRET_BYTES:
                raise ValueError(made.auth)
        except (UrlRefused, NotBase64, ValueError):
            raise ActionRefused(
                _("The browser gave no address to which notices can be sent.")
            ) from None
        return made

    @classmethod
    def of_stored(cls, encrypted: str) -> Self:
        """Read what `encrypted` returned. Raises CannotDecrypt."""
        return cls(**json.loads(decrypt(encrypted)))

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the address, by which a browser is found again."""
        return sha256(self.endpoint.encode()).hexdigest()

    def encrypted(self) -> str:
        """Return the subscription as it is stored, encrypted: its address is a secret."""
        return encrypt(json.dumps(asdict(self)))


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
