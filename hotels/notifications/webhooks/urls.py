"""Checks of the URLs of webhook endpoints, without a look at the network.

The addresses of a host name are checked when the connection is made, each time (see `guard`): a
name may have other addresses by then.
"""

from dataclasses import dataclass

import httpx
from django.utils.translation import gettext as _

from hotels.notifications.webhooks.addresses import (
    AllowedReceivers,
    is_host_name,
    is_number,
    is_public,
    parse_address,
)

LONGEST_URL = 2000
_WEB_PORTS = (80, 443)
_SYSTEM_PORTS = 1024  # below these are mail, directory and other servers
# Names that are reserved for machines in the own network (RFC 6761, 6762, 8375, and ICANN).
_INTERNAL_NAMES = ("localhost", "local", "internal", "home.arpa", "localdomain")


class UrlRefused(Exception):
    """No webhook may be sent to this URL. The message is one sentence for the user."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Receivers that the operator's settings permit."""

    allowed: AllowedReceivers
    plain_http: bool  # on a developer's machine


def check_url(text: str, *, policy: Policy) -> httpx.URL:
    """Return the URL in its normal form: the host in lower case, as it is looked up.

    Raises UrlRefused, which gives the reason.
    """
    if len(text) > LONGEST_URL:
        raise UrlRefused(_("The URL has more than 2,000 characters."))
    if not text.isprintable() or any(sign in text for sign in " \\"):
        raise UrlRefused(_("The URL contains spaces or other characters that a URL cannot have."))
    try:
        url = httpx.URL(text)
        host = url.raw_host.decode("ascii").lower()
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise UrlRefused(_("This is not a valid URL.")) from None
    _check_form(url, host)
    _check_host(host, policy)
    _check_port(url, host, policy)
    return url


def _check_form(url: httpx.URL, host: str) -> None:
    if url.scheme not in ("http", "https") or not host:
        raise UrlRefused(_("Enter a URL that starts with https://."))
    if url.userinfo:
        raise UrlRefused(
            _("The URL contains a user name or password: use a secret path, or the signature.")
        )
    if url.port is not None and not 0 < url.port < 2**16:
        raise UrlRefused(_("The port must be a number from 1 to 65535."))
    if url.fragment:
        raise UrlRefused(_("The URL contains a part after #, which is never sent."))


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


def _check_port(url: httpx.URL, host: str, policy: Policy) -> None:
    allowed = policy.allowed
    address = parse_address(host)
    internal = allowed.has_host(host) or (address is not None and allowed.has_address(address))
    if internal:
        return
    # Whether a name is in an allowed network is only known when the connection is made.
    perhaps = address is None and bool(allowed.networks)
    if url.scheme == "http" and not policy.plain_http and not perhaps:
        raise UrlRefused(_("Enter a URL that starts with https://."))
    if url.port is not None and url.port < _SYSTEM_PORTS and url.port not in _WEB_PORTS:
        raise UrlRefused(_("Use port 443, or a port from 1024 on."))
