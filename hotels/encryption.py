"""Encryption of secrets that are stored and used again, such as those that sign webhooks.

A password or a token is only compared and is stored as a hash. A secret that signs or logs in
elsewhere has to be read again, so it is stored encrypted: a copy of the database alone does not
reveal it. The key is derived from SECRET_KEY; keys derived from SECRET_KEY_FALLBACKS still decrypt.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# Separates these keys from everything else that is derived from SECRET_KEY.
_PURPOSE = b"hotels.encryption, version 1"
_KEY_BYTES = 32  # as Fernet takes: half signs, half encrypts


class CannotDecrypt(Exception):
    """The text was encrypted under another SECRET_KEY, or it was changed."""


def encrypt(text: str) -> str:
    """Return `text` encrypted under SECRET_KEY, as ASCII; the same text gives another each time."""
    return _fernet().encrypt(text.encode()).decode("ascii")


def decrypt(encrypted: str) -> str:
    """Return the text that `encrypt` was given.

    Raises CannotDecrypt when neither SECRET_KEY nor one of SECRET_KEY_FALLBACKS encrypted it.
    """
    try:
        return _fernet().decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise CannotDecrypt(
            "A stored secret cannot be decrypted: it was encrypted under another SECRET_KEY. "
            "Add that key to SECRET_KEY_FALLBACKS, or enter the secret again."
        ) from None


def _fernet() -> MultiFernet:
    return _fernet_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _fernet_of(keys: Sequence[str]) -> MultiFernet:
    """Return a Fernet that encrypts under the first key and decrypts under each."""
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE)
    return urlsafe_b64encode(derivation.derive(key.encode()))
