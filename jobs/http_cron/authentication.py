"""Who calls: the secret decides, the address is only counted, the user agent means nothing."""

import ipaddress
import secrets
from collections.abc import Sequence
from hashlib import sha256

from django.http import HttpRequest

UNKNOWN = "unknown"
IPV6_SITE = 64  # bits: one caller has all addresses below them


def is_authorised(*, header: str, allowed: Sequence[str]) -> bool:
    """Whether an Authorization header carries one of the secrets; no secret lets nobody in.

    It takes as long whichever of them it is, and however much of it is right.
    """
    scheme, _, given = header.partition(" ")
    digest = _digest(given.strip(" ").encode("latin-1", "replace"))
    matches = [secrets.compare_digest(digest, _digest(each.encode())) for each in allowed]
    return scheme.lower() == "bearer" and any(matches)


def address_of(*, request: HttpRequest, proxies: int) -> str:
    """The caller's address; `proxies` of our own stand in front and each adds what it saw.

    What stands further left in X-Forwarded-For anybody may write, so it is not read.
    """
    seen = request.META.get("REMOTE_ADDR", "")
    parts = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if proxies and len(parts) >= proxies:
        seen = parts[-proxies].strip()
    try:
        address = ipaddress.ip_address(seen)
    except ValueError:
        return UNKNOWN
    if address.version == 6:
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), IPV6_SITE), strict=False))
    return str(address)


def _digest(value: bytes) -> bytes:
    return sha256(value).digest()
