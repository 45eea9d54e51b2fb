"""Which network addresses are public: the guard that everything which is contacted has to pass."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address as IPv4
from ipaddress import IPv6Address as IPv6

# The IANA special-purpose registries. Spelled out, because what Python calls private differs between its versions.
_V4 = [
    (ipaddress.IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by carriers"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud metadata"),  # Azure's, on a public number
        ("169.254.0.0/16", "link-local"),  # with the metadata service of most clouds
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "reserved"),
        ("192.52.193.0/24", "reserved"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "reserved"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
]
_V6 = [
    (ipaddress.IPv6Network(network), kind)
    for network, kind in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "local translation"),
        ("100::/64", "discard"),
        ("2001::/23", "reserved"),  # Teredo, ORCHID, benchmarking among them
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "reserved"),
        ("3fff::/20", "documentation"),
        ("fc00::/7", "unique local"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
]
_GLOBAL = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NUMBER = r"(?:0[xX][0-9a-fA-F]*|[0-9]+)"
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_SPELLED = re.compile(rf"{_NUMBER}(?:\.{_NUMBER}){{0,3}}")


@lru_cache(maxsize=4096)
def refusal(address: str) -> str | None:
    """Why an address may not be contacted, as ``127.0.0.1 is loopback``; None for a public one.

    IPv4 addresses inside IPv6 ones (mapped, NAT64) are judged as what they lead to; 6to4 and Teredo are refused whole.

    Args:
        address: IPv4 or IPv6 in the standard notation, as resolvers return it.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return f"{address} is no address"
    kind = _kind(parsed)
    return f"{address} is {kind}" if kind else None


def _kind(address: IPv4 | IPv6) -> str | None:
    if isinstance(address, IPv4):
        return _named(address, _V4)
    if address.scope_id is not None:
        return "bound to an interface"
    if address.ipv4_mapped is not None:
        return _named(address.ipv4_mapped, _V4)
    if address in _NAT64:
        return _named(IPv4(int(address) & 0xFFFFFFFF), _V4)
    return _named(address, _V6) or (None if address in _GLOBAL else "reserved")


def _named(address: IPv4 | IPv6, networks: Iterable[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str]]) -> str | None:
    return next((kind for network, kind in networks if address in network), None)


def plain_host(host: str) -> str:
    """A URL's host in the one form that is compared and contacted: lower case, no dot at the end, addresses as usual.

    Hosts that the operating system would take for IPv4 in disguise (``2130706433``, ``0x7f.1``, ``0177.0.0.1``) become
    dotted quads.

    Raises:
        ValueError: a number that is no address, or characters that no host name has.
    """
    host = host.lower().rstrip(".")
    if ":" in host:
        return str(IPv6(host))
    if _SPELLED.fullmatch(host):
        try:
            return socket.inet_ntoa(socket.inet_aton(host))
        except OSError:
            raise ValueError(f"{host} is no IPv4 address") from None
    if not _NAME.fullmatch(host) or len(host) > 253:
        raise ValueError(f"{host[:100]} is no host name")
    return host
