"""The billing provider on the command line: examined, asked for prices, and read back, with no part of a key anywhere."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

pytest.importorskip("stripe", reason="the extra `stripe` is not installed")

from skill.agent.composer import Composer
from skill.cli.app import app
from skill.model.account import Customer, Past
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.model.preview import Billed
from skill.policy.decide import decide
from skill.sample import find_person
from skill.settings import Settings
from skill.store.engine import Store
from skill.store.ledger import Recorded, record
from tests.conftest import NOW
from tests.sources.fake_billing import FakeBilling, serving

ROOT = Path(__file__).parents[2]
KEY = "rk_live_secret"
Run = Callable[..., Result]


@pytest.fixture
def server() -> Iterator[FakeBilling]:
    with serving() as fake:
        yield fake


@pytest.fixture
def tactful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `tactful ...` with a database of its own, the sample company's Topics, and Stripe for prices."""
    for key in [key for key in os.environ if key.startswith("TACTFUL_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("TACTFUL_DATA_DIR", str(tmp_path / "d"))
    monkeypatch.setenv("TACTFUL_TOPICS", str(ROOT / "topics"))
    monkeypatch.setenv("TACTFUL_EMBEDDER", "wordllama")
    monkeypatch.setenv("TACTFUL_BILLING", "stripe")
    monkeypatch.setenv("TACTFUL_BILLING_STRIPE_KEY", KEY)
    runner = CliRunner()

    def run(*arguments: object, **environment: str) -> Result:
        for key, value in environment.items():
            monkeypatch.setenv(key, value)
        done = runner.invoke(app, [str(one) for one in arguments])
        assert KEY not in done.output
        return done

    return run


def row(done: Result) -> str:
    """The line of `tactful doctor` about billing."""
    return next(x for x in done.output.splitlines() if "TACTFUL_BILLING" in x)


def test_the_doctor_says_who_is_asked_for_prices(tactful: Run) -> None:
    said = row(tactful("doctor"))
    assert said.startswith("ok ")
    assert "for the tenant `default`, within 2 s; no pages to buy on" in said


def test_the_doctor_says_where_pages_lead_back_to(tactful: Run) -> None:
    back = {
        "TACTFUL_BILLING_SUCCESS_URL": "https://app.example/thanks",
        "TACTFUL_BILLING_CANCEL_URL": "https://app.example/plans",
    }
    assert "pages to buy on lead back to app.example" in row(tactful("doctor", **back))


@pytest.mark.parametrize(
    ("key", "value"),
    [("TACTFUL_BILLING", "paddle"), ("TACTFUL_BILLING_STRIPE_KEY", ""), ("TACTFUL_BILLING_SECONDS", "99"), ("TACTFUL_BILLING_CANCEL_URL", "https://app.example")],
)  # fmt: skip
def test_the_doctor_names_what_is_wrong(tactful: Run, key: str, value: str) -> None:
    assert row(tactful("doctor", **{key: value})).startswith("wrong ")


def test_without_a_provider_prices_are_the_topics_own(tactful: Run) -> None:
    assert row(tactful("doctor", TACTFUL_BILLING="")).startswith("unset ")


def somebody(folder: Path, **traits: str) -> Path:
    file = folder / "account.json"
    usual = {"plan": "starter", "region": "EU", "currency": "EUR"}
    account = {**usual, "traits": {"segment": "smb", "touch": "low", **traits}}
    facts = [{"name": "successful_runs", "value": 40, "as_of": NOW.isoformat()}]
    body = {"account": account, "person": {"role": "admin"}, "facts": facts, "now": NOW.isoformat()}
    file.write_text(json.dumps(body), "utf-8")
    return file


def test_a_question_is_answered_at_the_provider_s_price(
    tactful: Run, server: FakeBilling, tmp_path: Path
) -> None:
    who = somebody(tmp_path, **{"stripe customer": "cus_1"})
    asks = ("ask", "Can I use approval steps?", "--account", who, "--json")
    (offer,) = json.loads(tactful(*asks, TACTFUL_BILLING_STRIPE_URL=server.url).stdout)[
        "recommended_offers"
    ]
    assert offer["preview"]["billed"]["total"] == "144.19"


def test_where_there_is_no_price_it_is_said_why(
    tactful: Run, server: FakeBilling, tmp_path: Path
) -> None:
    asks = ("ask", "Can I use approval steps?", "--account", somebody(tmp_path))
    done = tactful(*asks, TACTFUL_BILLING_STRIPE_URL=server.url)
    assert "price on request" in done.output
    assert "no price of team: the account has no customer at Stripe" in done.output
    assert server.asked == []


def told() -> Billed:
    amounts = dict.fromkeys(("first", "subtotal", "total"), Decimal("22.17"))
    rest = {"further": Decimal("0.00"), "tax": Decimal("0.00"), "tax_is": "not_said"}
    said = {"source": "stripe", "as_of": "2026-11-21T09:00:00Z", "currency": "EUR"}
    return Billed.model_validate({**said, **rest, **amounts})


def keep(playbook: Playbook, who: Customer) -> None:
    meaning = Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",))
    made = decide(playbook, who, meaning, surface=Surface.IN_PRODUCT, now=NOW)
    answer = Composer(playbook, made, who).answer("dec_1")
    store = Store.open(Settings.from_env().database)
    entry = Recorded(
        id="dec_1", tenant="default", at=NOW, scope="end_user", question="Salesforce?", customer=who, surface=Surface.IN_PRODUCT,
        decision=made, answer=answer, billed={"connect-pack": told()}, unpriced={"team": "it failed with APIError"},
    )  # fmt: skip
    record(store, entry)
    store.close()


def test_a_decision_read_back_tells_what_the_provider_said_and_the_receipt_of_a_purchase(
    tactful: Run, fernway: Playbook
) -> None:
    taken = Past(kind="acceptance", offer="analytics-pack", at=NOW, receipt="in_1MxY")
    keep(fernway, find_person("ada", NOW).model_copy(update={"history": (taken,)}))
    said = tactful("decisions", "show", "dec_1").output
    assert "receipt in_1MxY" in said
    assert "stripe on connect-pack: 22.17 EUR on the next invoice" in said
    assert "no price of team: it failed with APIError" in said
    body = json.loads(tactful("decisions", "show", "dec_1", "--json").stdout)
    assert body["billed"]["connect-pack"]["total"] == "22.17"
    assert body["customer"]["history"][0]["receipt"] == "in_1MxY"
