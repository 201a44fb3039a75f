"""No receiver leads inward: not by its form, not by its notation, and not by what its name is turned into."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.proof.delivery_addresses import INWARD, let_through, spellings
from skill.delivery.addresses import NotReachableError, checked, may_connect, resolved
from skill.errors import InputError

PUBLIC = "93.184.216.34"


def leads_to(*ips: str):
    def resolver(_host: str, _port: int) -> Sequence[str]:
        return ips

    return resolver


def test_an_inward_address_is_refused_in_every_spelling() -> None:
    tried, passed = let_through()
    assert (passed, tried >= 300) == (0, True)


def test_a_naive_check_lets_some_of_the_spellings_through() -> None:
    def naive(url: str) -> bool:
        return "127.0.0.1" not in url and "localhost" not in url and "169.254" not in url

    assert sum(naive(url) for url in spellings()) > 100


@pytest.mark.parametrize("ip", INWARD)
def test_a_name_that_leads_inward_is_refused_though_another_address_is_public(ip: str) -> None:
    with pytest.raises(NotReachableError, match="not public"):
        resolved("https://hooks.fernway.example/x", resolver=leads_to(PUBLIC, ip))


def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    answers = iter(([PUBLIC], ["127.0.0.1"]))
    to = resolved("https://hooks.fernway.example:8443/in?a=b", resolver=lambda *_: next(answers))
    assert (to.url, to.host) == (f"https://{PUBLIC}:8443/in?a=b", "hooks.fernway.example")
    assert to.authority == "hooks.fernway.example:8443"


def test_a_name_without_an_address_may_have_one_later() -> None:
    def lost(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(NotReachableError, match="has no address"):
        resolved("https://gone.example/", resolver=lost)


def test_a_network_of_ones_own_is_reached_only_where_it_is_allowed_by_name() -> None:
    own = [ipaddress.ip_network("10.1.0.0/16")]
    assert resolved("http://10.1.2.3:8080/in", allowed=own).url == "http://10.1.2.3:8080/in"
    with pytest.raises(InputError):
        resolved("http://10.2.2.3:8080/in", allowed=own)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example/", "https"),
        ("ftp://hooks.example/", "https://"),
        ("https://user:secret@hooks.example/", "no user"),
        ("https://hooks.example/#part", "fragment"),
        ("https://hooks.example:port/", "cannot be read"),
        ("https://hooks .example/", "without blanks"),
        ("https://höoks.example/", "ASCII"),
        ("https:///path", "names a host"),
        ("https://hooks.example\\@127.0.0.1/", "without blanks"),
    ],
)
def test_an_address_of_another_form_is_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as told:
        checked(url)
    assert "secret" not in str(told.value)


@given(st.integers(0, 2**32 - 1))
def test_what_is_carried_inside_another_address_is_judged_by_itself(number: int) -> None:
    inner = ipaddress.IPv4Address(number)
    for outer in (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
    ):
        assert may_connect(outer) <= may_connect(inner)
