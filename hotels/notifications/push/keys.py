"""The site's key, with which push services recognise it (VAPID, RFC 8292)."""

from base64 import urlsafe_b64encode
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from hotels.encryption import encrypt
from hotels.models import PushKey


def site_key(*, now: datetime) -> PushKey:
    """Return the key of the site, which the first call makes."""
    found = PushKey.objects.filter(pk=PushKey.KEY).first()
    if found is not None:
        return found
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    made = PushKey(
        pk=PushKey.KEY,
        private=encrypt(pem.decode()),
        public=urlsafe_b64encode(point).decode().rstrip("="),
        created_at=now,
    )
    # Of two that make one at the same time, one is kept.
    PushKey.objects.bulk_create([made], ignore_conflicts=True)
    return PushKey.objects.get(pk=PushKey.KEY)
