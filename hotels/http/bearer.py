"""Authentication of a program by a secret of the settings, sent as a bearer token."""

import secrets
from collections.abc import Sequence
from hashlib import sha256


def is_authorised(*, header: str, allowed: Sequence[str]) -> bool:
    """Return True if an Authorization header contains one of the allowed secrets.

    Without allowed secrets it is always False. The time taken does not depend on which secret
    matches or how many of its characters do.
    """
    scheme, _, given = header.partition(" ")
    digest = _digest(given.strip(" ").encode("latin-1", "replace"))
    matches = [secrets.compare_digest(digest, _digest(each.encode())) for each in allowed]
    return scheme.lower() == "bearer" and any(matches)


def _digest(value: bytes) -> bytes:
    return sha256(value).digest()
