"""Checks of the URLs of webhook endpoints, without a look at the network.

The addresses of a host name are checked when the connection is made, each time (see `guard`): a
name may have other addresses by then.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import idna
from django.utils.translation import gettext as _

from hotels.notifications.webhooks.addresses import (
    AllowedReceivers,
    is_host_name,
    is_number,
    is_public,
    parse_address,
)

LONGEST_URL = 2000
_PORTS = {"http": 80, "https": 443}
_SYSTEM_PORTS = 1024  # below these are mail, directory and other servers
# Names that are reserved for machines in the own network (RFC 6761, 6762, 8375, and ICANN).
_INTERNAL_NAMES = ("localhost", "local", "internal", "home.arpa", "localdomain")
# Signs that a path and a query may have (RFC 3986); % is left to those who encoded something.
_PATH_SIGNS = "/%:@!$&'()*+,;="
_QUERY_SIGNS = _PATH_SIGNS + "?"


class UrlRefused(Exception):
    """No webhook may be sent to this URL. The message is one sentence for the user."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Receivers that the operator's settings permit."""

    allowed: AllowedReceivers
    plain_http: bool  # on a developer's machine


@dataclass(frozen=True, kw_only=True)
class Target:
    """A URL in its parts: the host in lower case, as it is looked up; path with query, encoded."""

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def check_url(text: str, *, policy: Policy) -> Target:
    """Return the parts of a URL to which webhooks may be sent.

    Raises UrlRefused, which gives the reason.
    """
    target = parse_url(text)
    _check_host(target.host, policy)
    _check_port(target, policy)
    return target


def parse_url(text: str) -> Target:
    """Return the parts of a URL. Raises UrlRefused for one that no webhook can have."""
    if len(text) > LONGEST_URL:
        raise UrlRefused(_("The URL has more than 2,000 characters."))
    if not text.isprintable() or any(sign in text for sign in " \\"):
        raise UrlRefused(_("The URL contains spaces or other characters that a URL cannot have."))
    try:
        parts = urlsplit(text)
        host, port = _host(parts.netloc, parts.hostname or ""), parts.port
    except ValueError:  # idna.IDNAError is one
        raise UrlRefused(_("This is not a valid URL.")) from None
    if parts.scheme not in _PORTS or not host:
        raise UrlRefused(_("Enter a URL that starts with https://."))
    if "@" in parts.netloc:
        raise UrlRefused(
            _("The URL contains a user name or password: use a secret path, or the signature.")
        )
    if port == 0:
        raise UrlRefused(_("This is not a valid URL."))
    if parts.fragment:
        raise UrlRefused(_("The URL contains a part after #, which is never sent."))
    path = quote(parts.path or "/", safe=_PATH_SIGNS)
    query = f"?{quote(parts.query, safe=_QUERY_SIGNS)}" if parts.query else ""
    return Target(
        scheme=parts.scheme, host=host, port=port or _PORTS[parts.scheme], path=path + query
    )


def _host(place: str, name: str) -> str:
    """Return the host as it is looked up. Raises ValueError for one that cannot be."""
    if "[" in place or "]" in place:
        address = parse_address(name)
        if address is None or address.version == 4:
            raise ValueError(name)
        return str(address)
    return name if name.isascii() else idna.encode(name).decode("ascii")


def _check_host(host: str, policy: Policy) -> None:
    allowed = policy.allowed
    address = parse_address(host)
    if address is not None:
        if not (allowed.has_address(address) or is_public(address)):
            raise UrlRefused(_("The address is not a public one."))
        return
    if is_number(host.rpartition(".")[2]):
        raise UrlRefused(_("Write the address in its usual form, such as 192.0.2.10."))
    if not is_host_name(host):
        raise UrlRefused(_("The host name is not valid."))
    if allowed.has_host(host):
        return
    if "." not in host or any(f".{host}".endswith(f".{name}") for name in _INTERNAL_NAMES):
        raise UrlRefused(_("The host is not a public one."))


def _check_port(target: Target, policy: Policy) -> None:
    allowed = policy.allowed
    address = parse_address(target.host)
    if allowed.has_host(target.host) or (address is not None and allowed.has_address(address)):
        return
    # Whether a name is in an allowed network is only known when the connection is made.
    perhaps = address is None and bool(allowed.networks)
    if target.scheme == "http" and not policy.plain_http and not perhaps:
        raise UrlRefused(_("Enter a URL that starts with https://."))
    if target.port < _SYSTEM_PORTS and target.port not in _PORTS.values():
        raise UrlRefused(_("Use port 443, or a port from 1024 on."))
