"""Every file of tests/cases/cost_words: what is sold and who asks in, the sentences about its cost out; each is proven."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from skill.agent.composer import Composer
from skill.agent.cost_words import LABELS, money_said, of_cost
from skill.agent.grounding import Prover
from skill.agent.grounding_offers import Problem
from skill.compiler.folder import Compiler
from skill.compiler.labels import split_label
from skill.model.account import Customer
from skill.model.common import slug
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.model.preview import CostPreview
from skill.policy.decide import decide
from skill.sample import sample_customers
from tests.policy.test_costs import COMPANY, sold_topic

HERE = Path(__file__).parents[1] / "cases" / "cost_words"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
FILES = {p.stem: yaml.safe_load(p.read_text("utf-8")) for p in sorted(HERE.glob("*.yaml"))}
CASES = [
    pytest.param(file, one, id=f"{name}: {one['says']}")
    for name, file in FILES.items()
    for one in file["accounts"]
]
VIEWS = (
    "\n## Board views\n\n| Field | Value |\n|---|---|\n| What it does | Shows cards otherwise. |\n"
)
COUNTED = "| What it does | Shows work as cards. |\n| Kind | metered api_calls, seats |\n"
WORDS = "---\nkind: features\nowner: w@harbour.example\nreview_by: 2030-12-31\n---\n# Words\n\n"


@cache
def playbook_of(file: str) -> Playbook:
    told = json.loads(file)
    features = COMPANY["features.md"].replace("| What it does | Shows work as cards. |\n", COUNTED)
    account = COMPANY["account.md"] + "| billing contact | yes | yes |\n"
    topics = {**COMPANY, "features.md": features + VIEWS, "account.md": account}
    topics["product-bundles.md"] = sold_topic(told["sold"])
    said = [f"> **{label}:** {one}" for label, many in told["words"].items() for one in many]
    if said:
        topics["words.md"] = WORDS + "### What customers can read\n\n" + "\n>\n".join(said) + "\n"
    made = Compiler().compile_sources(topics, NOW.date())
    assert [d.message for d in made.diagnostics if d.severity == "error"] == []
    return made.playbook


def company(file: dict[str, Any]) -> Playbook:
    return playbook_of(json.dumps({"sold": file["sold"], "words": file.get("words", {})}))


def answered(file: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    playbook = company(file)
    account = {k: one[k] for k in ("limits", "traits") if k in one} | {"currency": "EUR"}
    if one["plan"] is not None:
        account["plan"] = slug(one["plan"])
    told = one.get("usage", {}).items()
    who = Customer.model_validate(
        {
            "account": account,
            "person": {"role": one.get("role", "admin"), "locale": one.get("locale", "en")},
            "usage": [{"meter": slug(m), "at": NOW, "value": n} for m, n in told],
        }
    )
    meaning = Meaning(
        outcome=Outcome.FEATURE,
        features=(one["asks"],),
        meter=one.get("meter"),
        wants="more" if "meter" in one else "access",
    )
    surface = Surface(one.get("surface", "in_product"))
    made = decide(playbook, who, meaning, surface=surface, now=NOW)
    body = Composer(playbook, made, who).answer("dec_1").body()
    return json.loads(json.dumps(body))  # type: ignore[no-any-return]


def heard(body: dict[str, Any]) -> list[str]:
    """The sentences of an answer that stand under one of the labels of a cost."""
    labels = {q["id"]: split_label(q["label"])[0] for q in body["quotes"]}
    return [
        s["text"]
        for s in body["answer"]["sentences"]
        if any(labels.get(e) in LABELS for e in s["evidence"])
    ]


def problems(file: dict[str, Any], body: dict[str, Any]) -> list[Problem]:
    return list(Prover(company(file)).prove(body).problems)


@pytest.mark.parametrize(("file", "one"), CASES)
def test_a_case_is_told_as_it_says(file: dict[str, Any], one: dict[str, Any]) -> None:
    body = answered(file, one)
    assert [text.replace("\xa0", " ") for text in heard(body)] == one["hears"]
    assert problems(file, body) == []
    if one.get("surface") != "public_directory":
        assert len(body["recommended_offers"]) == 1
    if "price" in one:
        price = body["recommended_offers"][0]["price"]
        assert (price["text"], price["from"]) == (one["price"], one["from"])


# -- what is refused ------------------------------------------------------------------------------------


def forged(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Copies of an answer, each with one thing about a cost that is not so."""
    for i, fact in enumerate(body["facts"]):
        if not fact["name"].startswith("cost."):
            continue
        text = str(fact["value"])
        other = text.replace("2", "1") if "2" in text else f"{text} 1"
        copied = json.loads(json.dumps(body).replace(json.dumps(text)[1:-1], other))
        copied["recommended_offers"] = copy.deepcopy(body["recommended_offers"])
        yield f"{fact['name']} is {other} throughout", copied
        for key, value in (
            ("value", other),
            ("source", "account"),
            ("as_of", "2026-11-20T09:00:00Z"),
        ):
            copied = copy.deepcopy(body)
            copied["facts"][i][key] = value
            yield f"{key} of {fact['name']}", copied
        copied = copy.deepcopy(body)
        copied["facts"][i]["name"] = fact["name"].replace("cost.", "cost.x-", 1)
        yield f"{fact['name']} of another offer", copied
    by_label = {split_label(q["label"])[0]: q["id"] for q in body["quotes"]}
    for label in ("Tax on top", "Tax inside"):
        if label in by_label:
            yield f"no {label}", without(body, by_label[label])


def without(body: dict[str, Any], quote: str) -> dict[str, Any]:
    """The same answer without a sentence and without its quote, all else in order."""
    copied = copy.deepcopy(body)
    kept = [s for s in copied["answer"]["sentences"] if quote not in s["evidence"]]
    copied["answer"] |= {"sentences": kept, "text": "\n\n".join(s["text"] for s in kept)}
    copied["quotes"] = [q for q in copied["quotes"] if q["id"] != quote]
    return copied


@pytest.mark.parametrize(("file", "one"), CASES)
def test_whatever_is_forged_about_a_cost_is_refused(
    file: dict[str, Any], one: dict[str, Any]
) -> None:
    body = answered(file, one)
    copies = list(forged(body))
    assert bool(copies) == bool(one["hears"])
    assert [name for name, copied in copies if not problems(file, copied)] == []


def test_words_for_tax_on_top_beside_prices_that_include_it_are_refused() -> None:
    file = FILES["tax"]
    net, gross = (answered(file, file["accounts"][i]) for i in (0, 1))
    copied = copy.deepcopy(gross)
    theirs = next(q for q in net["quotes"] if q["label"] == "Tax on top")
    wrong = next(q for q in copied["quotes"] if q["label"] == "Tax inside")
    said = next(s for s in copied["answer"]["sentences"] if wrong["id"] in s["evidence"])
    wrong |= {**theirs, "id": wrong["id"], "slots": wrong["slots"]}
    said["text"] = theirs["template"].replace("{bundle}", wrong["slots"]["bundle"])
    copied["answer"]["text"] = "\n\n".join(s["text"] for s in copied["answer"]["sentences"])
    assert [p.said for p in problems(file, copied)] == [
        "is not what these prices say of tax",
        "an amount without what its price says of tax",
    ]


TWO = {
    "Starter": {"Sold as": "plan", "Price": "EUR 20 per month"},
    "Team": {"Sold as": "plan", "Unlocks": "Boards, Reports", "Price": "EUR 60 per month"},
    "Views": {"Sold as": "add-on", "Unlocks": "Board views", "Price": "EUR 9 per month"},
}
"""Two things that are asked about in one message, and offered together."""


def answered_twice(file: dict[str, Any]) -> dict[str, Any]:
    playbook = company(file)
    account = {"plan": "starter", "currency": "EUR"}
    who = Customer.model_validate({"account": account, "person": {"role": "admin"}})
    meaning = Meaning(outcome=Outcome.FEATURE, features=("reports", "board-views"))
    made = decide(playbook, who, meaning, surface=Surface.IN_PRODUCT, now=NOW)
    body = json.loads(json.dumps(Composer(playbook, made, who).answer("dec_1").body()))
    assert len(body["recommended_offers"]) == 2
    return body  # type: ignore[no-any-return]


def test_beside_another_offer_words_that_do_not_say_of_which_one_they_speak_are_not_said() -> None:
    nameless = {"Cost": ["{cost_now}, then {cost_then}."]}
    file: dict[str, Any] = {"sold": TWO, "words": nameless}
    body = answered_twice(file)
    assert ["with Team" in heard(body)[0], "with Views" in heard(body)[1]] == [True, True]
    assert problems(file, body) == []
    alone = {**file, "accounts": [{"plan": "Starter", "asks": "reports"}]}
    assert heard(answered(alone, alone["accounts"][0])) == ["EUR 20, then EUR 60."]


def test_the_cost_of_one_offer_is_not_told_of_another() -> None:
    file = {"sold": TWO}
    body = answered_twice(file)
    assert len(heard(body)) == 2
    assert problems(file, body) == []
    first, second = (q for q in body["quotes"] if q["label"] == "Cost")
    for one, other in ((first, second), (second, first)):
        copied = copy.deepcopy(body)
        quote = next(q for q in copied["quotes"] if q["id"] == one["id"])
        quote["slots"]["bundle"] = other["slots"]["bundle"]
        said = next(s for s in copied["answer"]["sentences"] if one["id"] in s["evidence"])
        said["text"] = said["text"].replace(one["slots"]["bundle"], other["slots"]["bundle"])
        copied["answer"]["text"] = "\n\n".join(s["text"] for s in copied["answer"]["sentences"])
        assert any("cost_then" in p.where for p in problems(file, copied))


def test_nothing_is_told_of_a_price_that_is_not_todays() -> None:
    file = FILES["months"]
    body = answered(file, file["accounts"][0])
    cost = CostPreview.model_validate(body["recommended_offers"][0]["preview"])
    assert set(of_cost(company(file), cost)) == {
        "cost_now", "cost_then", "cost_added", "break_even.api-calls", "undo",
    }  # fmt: skip
    assert of_cost(company(file), cost.model_copy(update={"fresh": False})) == {}


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [("29.00", "EUR", "EUR 29"), ("1490.5", "EUR", "EUR 1,490.50"), ("41", "JPY", "JPY 41"), ("0.125", "KWD", "KWD 0.125")],
)  # fmt: skip
def test_money_is_written_as_topics_write_it(amount: str, currency: str, said: str) -> None:
    assert money_said(Decimal(amount), currency) == said


def test_no_answer_of_the_sample_company_says_more_than_two_things_of_a_cost(
    fernway: Playbook, now: datetime
) -> None:
    most = 0
    for who in sample_customers(now):
        for asked in (("salesforce-export",), ("single-sign-on", "workflow-analytics")):
            meaning = Meaning(outcome=Outcome.FEATURE, features=asked)
            made = decide(fernway, who, meaning, surface=Surface.IN_PRODUCT, now=now)
            body = Composer(fernway, made, who).answer("dec_1").body()
            assert Prover(fernway).prove(json.loads(json.dumps(body))).problems == ()
            n_offers = len(body["recommended_offers"])
            most = max(most, len(heard(body)))
            assert len(heard(body)) <= 2 * n_offers
    assert most > 2
