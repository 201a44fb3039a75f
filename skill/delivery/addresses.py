"""Where we may connect to: a public address, looked up once and then held to, so that no name can be turned inward.

Source: RFC 6890 and the IANA special-purpose registries, which `ipaddress` follows.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from skill.errors import InputError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Sequence[str]]
"""Every address of a name, as text."""

_LONGEST = 2_000
_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
"""Source: RFC 6052 and RFC 8215."""
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
"""Special purposes that not every Python of ours knows of. Source: the IANA special-purpose registries."""


class Address(NamedTuple):
    """A receiver whose name was looked up, and where it may be reached."""

    scheme: str
    host: str
    """The name, for the certificate and the `Host` header."""
    ip: str
    """The one address that is connected to."""
    port: int
    path: str
    """With the query, as it is requested."""

    @property
    def url(self) -> str:
        """The same receiver with the address in place of its name."""
        ip = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{self.scheme}://{ip}:{self.port}{self.path}"

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"


class NotReachableError(Exception):
    """The name has no address, or one that we may not connect to; never leaves this floor."""


def checked(url: str, *, allowed: Sequence[Network] = ()) -> tuple[str, str, int, str]:
    """Scheme, host, port and path of a receiver, from its form alone.

    Args:
        url: as it was configured.
        allowed: networks of our own that may be named; only to these `http` is let through.

    Raises:
        InputError: it is none that we would ever send to; says why, without the secret that may stand in it.
    """
    if len(url) > _LONGEST or not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise InputError("a receiver's address is plain ASCII without blanks, at most 2,000 long")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError(f"a receiver's address cannot be read: {error}") from error
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("https", "http") or not host:
        raise InputError("a receiver's address begins with https:// and names a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InputError("a receiver's address holds no user, password or fragment")
    _refuse_odd(host)
    literal = _literal(host)
    if parts.scheme == "http" and not (literal and _within(literal, allowed)):
        raise InputError(
            "a receiver is reached by https",
            help="http only within a network that is allowed by name",
        )
    if literal is not None and not may_connect(literal, allowed):
        raise InputError(f"`{host}` is no public address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, port or {"http": 80, "https": 443}[parts.scheme], path


def resolved(
    url: str, *, allowed: Sequence[Network] = (), resolver: Resolver | None = None
) -> Address:
    """The receiver with the address that is connected to: looked up now, and all of them public.

    One address that is not public refuses the whole name: whoever answers for it could choose.

    Raises:
        InputError: the form of the address is refused.
        NotReachableError: it has no address, or one that we may not connect to.
    """
    scheme, host, port, path = checked(url, allowed=allowed)
    literal = _literal(host)
    if literal is not None:
        return Address(scheme, host, str(literal), port, path)
    try:
        found = [
            ipaddress.ip_address(ip.partition("%")[0])
            for ip in (resolver or _looked_up)(host, port)
        ]
    except (OSError, UnicodeError, ValueError) as error:
        raise NotReachableError(f"`{host}` has no address") from error
    if not found:
        raise NotReachableError(f"`{host}` has no address")
    if any(not may_connect(ip, allowed) for ip in found):
        raise NotReachableError(f"`{host}` leads to an address that is not public")
    first = min(found, key=lambda ip: ip.version)  # the older protocol is there everywhere
    return Address(scheme, host, str(first), port, path)


def may_connect(ip: IPAddress, allowed: Sequence[Network] = ()) -> bool:
    """Whether an address is a public one of a single machine, or within a network that is allowed by name.

    An address that carries another one inside is judged by that one.
    """
    if _within(ip, allowed):
        return True
    inner = _carried(ip)
    if inner is not None:
        return may_connect(inner, allowed)
    if ip.is_multicast or ip.is_reserved or ip.is_unspecified or _within(ip, _SPECIAL):
        return False
    return ip.is_global


def _carried(ip: IPAddress) -> IPAddress | None:
    """The address that is carried inside: mapped, translated or tunnelled ones."""
    if ip.version == 4:
        return None
    if ip in _NAT64 or ip in _NAT64_LOCAL:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if int(ip) >> 32 == 0 and int(ip) > 1:  # the older form of a mapped address
        return ipaddress.IPv4Address(int(ip))
    return None


def _within(ip: IPAddress, networks: Sequence[Network]) -> bool:
    return any(ip.version == network.version and ip in network for network in networks)


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _refuse_odd(host: str) -> None:
    """Numbers in other notations (`0x7f.1`, `2130706433`, `0177.0.0.1`) name an address to some, and a host to nobody."""
    if _literal(host) is not None and "%" not in host:
        return
    last = host.rpartition(".")[2]
    if not _NAME.fullmatch(host) or last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last):
        raise InputError(f"`{host[:100]}` is no name of a host")


def _looked_up(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]
