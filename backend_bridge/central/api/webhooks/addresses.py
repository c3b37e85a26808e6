"""Where a delivery may go: to a public address over https, unless the operator lets it go further.

Names are judged by what they resolve to at the moment of sending, and the connection goes to the address
that was judged: a name that points inwards a moment later gets nothing.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

#: "1": deliveries may go to private addresses and over http. For tests and closed networks.
PRIVATE_VARIABLE = "TAPBON_WEBHOOKS_PRIVATE"
_LONGEST = 500

#: (host, port) → addresses; raises `OSError`.
Resolve = Callable[[str, int], list[str]]


class Refused(ValueError):
    """Nothing is sent to this address; `rule` says why, as a word."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a webhook is, in parts."""

    secure: bool
    host: str
    port: int
    path: str


def private_allowed() -> bool:
    """Whether the operator lets deliveries go to private addresses."""
    return os.environ.get(PRIVATE_VARIABLE) == "1"


def target(url: str, *, private: bool) -> Target:
    """The parts of `url`; raises `Refused` for one that deliveries cannot have."""
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Refused("form", f"An address has up to {_LONGEST} plain characters.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("form", "This is no address.") from None
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise Refused("https", "Deliveries go over https.")
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise Refused("form", "An address has a host, no user and no fragment.")
    if not private and _literal(parts.hostname) is not None and not _is_public(parts.hostname):
        raise Refused("public", "Deliveries go to public addresses.")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure=secure, host=parts.hostname, port=port or (443 if secure else 80), path=path)


def address_of(where: Target, *, private: bool, resolve: Resolve) -> str:
    """An address to connect to. Raises `Refused` where any that the name has is not public, and `OSError`."""
    found = resolve(where.host, where.port)
    if not found:
        raise OSError("the name has no address")
    if not private and not all(_is_public(one) for one in found):
        raise Refused("public", "Deliveries go to public addresses.")
    return found[0]


def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host` by the system's resolver."""
    return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _is_public(address: str) -> bool:
    found = _literal(address)
    if found is None:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        # Addresses that carry an IPv4 address inside are judged by that one.
        inner = found.ipv4_mapped or found.sixtofour or _translated(found)
        if inner is not None:
            found = inner
        elif found.teredo is not None:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that NAT64 (RFC 6052, 64:ff9b::/96) reaches."""
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
