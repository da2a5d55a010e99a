"""Authentication of a call by its secret, and the address of the caller."""

import ipaddress
import secrets
from collections.abc import Sequence
from hashlib import sha256

from django.http import HttpRequest

UNKNOWN = "unknown"
IPV6_SITE = 64  # bits; one caller usually owns all addresses with this prefix


def is_authorised(*, header: str, allowed: Sequence[str]) -> bool:
    """Return True if an Authorization header contains one of the allowed secrets.

    Without allowed secrets it is always False. The time taken does not depend on which secret
    matches or how many of its characters do.
    """
    scheme, _, given = header.partition(" ")
    digest = _digest(given.strip(" ").encode("latin-1", "replace"))
    matches = [secrets.compare_digest(digest, _digest(each.encode())) for each in allowed]
    return scheme.lower() == "bearer" and any(matches)


def address_of(*, request: HttpRequest, proxies: int) -> str:
    """Return the caller's IP address; an IPv6 address as its /64 network.

    `proxies` is the number of our own proxies; each appends the address it saw to
    X-Forwarded-For. Entries further left can be forged, so they are ignored.
    """
    address_text = request.META.get("REMOTE_ADDR", "")
    parts = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if proxies and len(parts) >= proxies:
        address_text = parts[-proxies].strip()
    try:
        address = ipaddress.ip_address(address_text)
    except ValueError:
        return UNKNOWN
    if address.version == 6:
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), IPV6_SITE), strict=False))
    return str(address)


def _digest(value: bytes) -> bytes:
    return sha256(value).digest()
