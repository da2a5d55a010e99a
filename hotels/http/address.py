"""The address of a caller, as limits count it."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

UNKNOWN = "unknown"
IPV6_SITE = 64  # bits; one caller usually owns all addresses with this prefix


def address_of(request: HttpRequest | Request) -> str:
    """Return the caller's IP address without a port; an IPv6 address as its /64 network.

    TRUSTED_PROXIES is the number of our own proxies; each appends the address it saw to
    X-Forwarded-For. Entries further left can be forged, so they are ignored.
    """
    text = str(request.META.get("REMOTE_ADDR", ""))
    parts = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    proxies: int = settings.TRUSTED_PROXIES
    if proxies and len(parts) >= proxies:
        text = parts[-proxies].strip()
    try:
        address = ipaddress.ip_address(_without_port(text))
    except ValueError:
        return UNKNOWN
    if address.version == 6:
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), IPV6_SITE), strict=False))
    return str(address)


def _without_port(text: str) -> str:
    """`192.0.2.1` of `192.0.2.1:4711`, `2001:db8::1` of `[2001:db8::1]:4711`: proxies differ."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
