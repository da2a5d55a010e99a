"""Addresses to which webhooks may be sent: public ones, and internal ones that the operator allows.

Networks follow the IANA registries of special-purpose addresses (RFC 6890) and RFC 9637. Addresses
that carry an IPv4 address inside (mapped, 6to4, Teredo, NAT64) are refused as a whole: what they
reach depends on the network around the server.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
# Resolvers read such a last label as a number of an IPv4 address: 127.1, 0x7f.1, 2130706433.
_NUMBER = re.compile(r"([0-9]+|0x[0-9a-f]*)", re.IGNORECASE)

_GLOBAL_IPV6 = IPv6Network("2000::/3")
_NOT_PUBLIC: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network, unspecified
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a provider's customers (CGNAT)
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's own services, reached from inside its machines
        "169.254.0.0/16",  # link-local, with the metadata of cloud machines
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # protocol assignments, Teredo, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)


def is_public(address: Address) -> bool:
    """Return whether the address belongs to a host on the public internet."""
    if isinstance(address, IPv6Address) and address not in _GLOBAL_IPV6:
        return False  # also loopback, unique local, link-local, multicast, mapped, NAT64
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


def is_number(label: str) -> bool:
    """Return whether resolvers may read a last label of a host as a part of an IPv4 address."""
    return _NUMBER.fullmatch(label) is not None


def is_host_name(text: str) -> bool:
    """Return whether the text is a host name in lower case, and no address in any notation."""
    name = _HOST_NAME.fullmatch(text) is not None and len(text) <= 253
    return name and not is_number(text.rpartition(".")[2])


@dataclass(frozen=True, kw_only=True)
class AllowedReceivers:
    """Internal receivers that the operator allows: host names, and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def has_host(self, host: str) -> bool:
        """Return whether the host name is allowed, whatever its addresses."""
        return host.lower() in self.hosts

    def has_address(self, address: Address) -> bool:
        """Return whether one of the allowed networks has the address."""
        return any(address in network for network in self.networks)


def parse_receivers(entries: Iterable[str]) -> AllowedReceivers:
    """Return the receivers that a list of host names, addresses and networks allows.

    Raises ValueError with the first entry that is none of these, or a network with host bits set.
    """
    hosts: set[str] = set()
    networks: list[Network] = []
    for entry in entries:
        text = entry.lower()
        if is_host_name(text):
            hosts.add(text)
        elif (network := _network(text)) is not None:
            networks.append(network)
        else:
            raise ValueError(entry)
    return AllowedReceivers(hosts=frozenset(hosts), networks=tuple(networks))


@lru_cache(maxsize=8)
def receivers_of(entries: tuple[str, ...]) -> AllowedReceivers:
    """Return `parse_receivers` of a setting, parsed once."""
    return parse_receivers(entries)


def parse_address(text: str) -> Address | None:
    """Return the address in its usual notation, IPv6 without brackets and zone; None for others."""
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> Network | None:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return None if "%" in bare else ip_network(bare)
    except ValueError:
        return None
