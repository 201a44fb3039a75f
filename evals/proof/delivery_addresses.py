"""Inward addresses in every spelling that some program reads as one: none of them may be connected to.

`python -m evals.proof.delivery_addresses` prints how many were tried and how many were let through.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from evals.proof.table import Table
from skill.delivery.addresses import NotReachableError, resolved
from skill.errors import InputError

INWARD = (
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.5.4", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1", "2001:db8::1", "100::1",
    "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
    "2002:a9fe:a9fe::1", "::127.0.0.1", "64:ff9b:1::a00:1",
)  # fmt: skip
"""Addresses of one's own machine, network and cloud, plain and carried inside others."""

_NAMES = (
    "localhost", "LOCALHOST", "localhost.", "sub.localhost", "ip6-localhost", "metadata.google.internal",
    "kubernetes.default.svc",
)  # fmt: skip


def spellings() -> Iterator[str]:
    """Each inward address in every notation, as somebody would type it into a setting."""
    seen: set[str] = set()
    for host in _hosts():
        for scheme in ("https", "http"):
            for rest in ("/", ":8443/in"):
                url = f"{scheme}://{host}{rest}"
                if url not in seen:
                    seen.add(url)
                    yield url


def _hosts() -> Iterator[str]:
    yield from _NAMES
    for text in INWARD:
        ip = ipaddress.ip_address(text)
        if ip.version == 6:
            yield f"[{text}]"
            yield f"[{ip.exploded}]"
            yield f"[{text.upper()}]"
            continue
        a, b, c, d = ip.packed
        yield text
        yield f"{text}."
        yield str(int(ip))
        yield hex(int(ip))
        yield oct(int(ip)).replace("0o", "0")
        yield f"{a:#x}.{b:#x}.{c:#x}.{d:#x}"
        yield f"{a:04o}.{b:04o}.{c:04o}.{d:04o}"
        yield f"{a}.{(b << 16) + (c << 8) + d}"
        yield f"{a}.{b}.{(c << 8) + d}"
        yield f"[::ffff:{text}]"
        yield f"user@{text}"
        yield f"hooks.example@{text}"
        yield text.replace(".", "%2e")
        yield f"{text}.nip.example"


def let_through() -> tuple[int, int]:
    """How many spellings were tried, and how many of them led to an address; names lead to loopback."""
    tried = passed = 0
    for url in spellings():
        tried += 1
        try:
            resolved(url, resolver=lambda *_: ["127.0.0.1"])
        except (InputError, NotReachableError):
            continue
        passed += 1
    return tried, passed


def run(table: Table) -> None:
    """The row of the proof."""
    tried, passed = let_through()
    table.add("inward addresses let through, of all spellings", f"{passed} of {tried}", "0 of 300", passed == 0 and tried >= 300)  # fmt: skip


if __name__ == "__main__":
    print("{1} of {0} let through".format(*let_through()))
