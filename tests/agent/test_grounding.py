"""What the verifier proves, and that it refuses every tampered copy."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from typing import Any

import pytest

from evals.proof.tamper import tampered_prices, tampered_quotes
from skill.agent.composer import Composer
from skill.agent.grounding import Prover
from skill.model.account import Customer
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.policy.decide import decide


@pytest.fixture
def body(fernway: Playbook, now: datetime) -> dict[str, Any]:
    """A true answer with an offer, its price, a reason in figures, and a free way."""
    days = (9, 10, 11, 12, 16, 17, 18, 19)
    customer = Customer.model_validate(
        {
            "account": {
                "plan": "starter",
                "region": "EU",
                "currency": "EUR",
                "traits": {"segment": "smb", "touch": "low"},
            },
            "person": {"role": "admin"},
            "events": [
                {"id": f"e{d}", "name": "csv_export", "at": f"2026-11-{d:02}T10:00:00Z"}
                for d in days
            ],
        }
    )
    meaning = Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",))
    made = decide(fernway, customer, meaning, surface=Surface.IN_PRODUCT, now=now)
    answer = Composer(fernway, made, customer).answer("dec_1").body()
    return json.loads(json.dumps(answer))  # type: ignore[no-any-return]


def problems(fernway: Playbook, body: dict[str, Any]) -> list[str]:
    return [p.where for p in Prover(fernway).prove(body).problems]


def test_a_true_answer_is_proven(fernway: Playbook, body: dict[str, Any]) -> None:
    proof = Prover(fernway).prove(body)
    assert proof.holds
    assert proof.n_quotes >= 3
    assert proof.n_prices == 1
    assert body["recommended_offers"][0]["signals"] == ["manual-export"]


def test_every_tampered_quote_is_refused(fernway: Playbook, body: dict[str, Any]) -> None:
    prover = Prover(fernway)
    copies = list(tampered_quotes(body))
    assert len(copies) >= 12
    assert [name for name, copied in copies if prover.prove(copied).holds] == []


def test_every_tampered_price_is_refused(fernway: Playbook, body: dict[str, Any]) -> None:
    prover = Prover(fernway)
    copies = list(tampered_prices(body))
    assert len(copies) == 4
    assert [name for name, copied in copies if prover.prove(copied).holds] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("feature", "access"), "granted"),
        (("feature", "name"), "Salesforce exports"),
        (("feature", "unlocked_by"), ["starter"]),
        (("feature", "alternatives"), ["audit-log"]),
        (("recommended_offers", 0, "name"), "Connect Pack Pro"),
        (("recommended_offers", 0, "kind"), "plan"),
        (("recommended_offers", 0, "unlocks"), ["audit-log"]),
        (("recommended_offers", 0, "unlocks"), []),
        (("recommended_offers", 0, "action", "href"), "https://elsewhere.example/pay"),
        (("recommended_offers", 0, "signals"), ["api-near-limit"]),
        (("recommended_offers", 0, "why", "text"), "Everybody buys it."),
        (("answer", "text"), "All free today."),
        (("answer", "sentences", 0, "evidence"), []),
        (("answer", "sentences", 0, "evidence"), ["q99"]),
        (("topics_version",), "sha256:0"),
        (("facts", 0, "value"), "Platinum"),
        (("quotes",), []),
    ],
)
def test_a_changed_claim_is_refused(
    fernway: Playbook, body: dict[str, Any], path: tuple[str | int, ...], value: object
) -> None:
    forged = copy.deepcopy(body)
    place: Any = forged
    for step in path[:-1]:
        place = place[step]
    assert place[path[-1]] != value
    place[path[-1]] = value
    assert problems(fernway, forged)


def test_a_sentence_that_nobody_wrote_is_refused(fernway: Playbook, body: dict[str, Any]) -> None:
    for kind in ("quote", "fact", "connective"):
        forged = copy.deepcopy(body)
        forged["answer"]["sentences"].append(
            {"text": "The Connect Pack costs 5.", "kind": kind, "evidence": ["q1"]}
        )
        forged["answer"]["text"] += "\n\nThe Connect Pack costs 5."
        assert problems(fernway, forged)


def test_an_internal_note_dressed_as_a_quote_is_refused(
    fernway: Playbook, body: dict[str, Any]
) -> None:
    note = next(n for b in fernway.bundles.values() for n in b.notes)
    forged = copy.deepcopy(body)
    forged["quotes"].append(
        {
            "id": "q77",
            "topic": note.topic,
            "heading": note.heading,
            "label": "Answer",
            "lines": [note.span.line, note.span.end_line],
            "template": note.text,
            "slots": {},
            "digest": note.digest,
            "lang": "en",
        }
    )
    forged["answer"]["sentences"].append({"text": note.text, "kind": "quote", "evidence": ["q77"]})
    forged["answer"]["text"] += "\n\n" + note.text
    assert problems(fernway, forged)


@pytest.mark.parametrize("nonsense", [None, [], 3, "answer", {}, {"quotes": 7}, {"answer": {}}])
def test_what_is_no_answer_is_refused_and_never_raises(fernway: Playbook, nonsense: Any) -> None:
    assert not Prover(fernway).prove(nonsense).holds
