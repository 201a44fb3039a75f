"""A billing provider that is slow, broken or gone: its word comes in time or not at all, and no answer waits for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from skill.model.account import Account
from skill.model.preview import Billed
from skill.sources.billing import Change, NoPage, Page, Purchase, Unpriced
from skill.sources.billing_line import BillingLine
from skill.sources.source import FAILURES, REST
from tests.sources.told_by import NOON


def change(key: str = "team", seconds: float = 0) -> Change:
    at = NOON + timedelta(seconds=seconds)
    return Change(Account(id="acc_1"), ((key, 1),), "", "EUR", at)


class Provider:
    """Says why there is no price, or nothing until it is released; counts what it is asked."""

    name = "made-up"

    def __init__(self) -> None:
        self.fault = ""
        self.n_asked = 0
        self.release = threading.Event()

    def previews(self, changes: Sequence[Change]) -> Sequence[Billed | Unpriced]:
        self.n_asked += 1
        ((key, _),) = changes[0].steps
        if self.fault == "hang" or key == "slow":
            self.release.wait(10)
        if self.fault == "break":
            raise RuntimeError("sk_live_secret is wrong")
        return [Unpriced(f"no price of {key}", failed=self.fault == "down") for _ in changes]

    def open(self, purchase: Purchase) -> Page | NoPage:
        self.previews((purchase.change,))
        return Page("https://pay.example/1")


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.release.set()


def whys(line: BillingLine, *changes: Change) -> list[str]:
    said = line.previews(changes)
    assert all(isinstance(one, Unpriced) for one in said)
    return [one.why for one in said if isinstance(one, Unpriced)]


def test_every_change_has_its_own_answer_in_order(provider: Provider) -> None:
    line = BillingLine(provider, 5)
    assert whys(line, change("b"), change("a")) == ["no price of b", "no price of a"]
    assert whys(line) == []


def test_one_that_hangs_takes_no_price_from_another(provider: Provider) -> None:
    line = BillingLine(provider, 0.3)
    assert whys(line, change("slow"), change("a")) == [
        "it did not answer within 0.3 s",
        "no price of a",
    ]


def test_whatever_breaks_is_no_price_and_tells_no_secret(provider: Provider) -> None:
    provider.fault = "break"
    assert whys(BillingLine(provider, 5), change()) == ["it failed with RuntimeError"]


def test_one_that_hangs_never_takes_more_threads_than_it_has(provider: Provider) -> None:
    provider.fault = "hang"
    line = BillingLine(provider, 0.05, most=1)
    assert "did not answer" in whys(line, change())[0]
    assert "earlier questions" in whys(line, change())[0]
    assert provider.n_asked == 1


@pytest.mark.parametrize("fault", ["down", "break"])
def test_after_some_failures_it_rests_and_is_asked_again_later(
    provider: Provider, fault: str
) -> None:
    provider.fault = fault
    line = BillingLine(provider, 5)
    for _ in range(FAILURES):
        whys(line, change())
    assert "too often" in whys(line, change(seconds=1))[0]
    assert provider.n_asked == FAILURES
    provider.fault = ""
    assert whys(line, change(seconds=REST.total_seconds())) == ["no price of team"]


def test_knowing_no_price_is_no_failure(provider: Provider) -> None:
    line = BillingLine(provider, 5)
    for _ in range(FAILURES + 1):
        assert whys(line, change()) == ["no price of team"]


def test_a_page_is_waited_for_just_as_long(provider: Provider) -> None:
    bought = Purchase(change(), (), "team", "dec_1", "r1")
    assert BillingLine(provider, 5, sessions=provider).open(bought) == Page("https://pay.example/1")
    assert isinstance(BillingLine(provider, 5).open(bought), NoPage)
    provider.fault = "hang"
    page = BillingLine(provider, 0.05, sessions=provider).open(bought)
    assert page == NoPage("it did not answer within 0.05 s", failed=True)
