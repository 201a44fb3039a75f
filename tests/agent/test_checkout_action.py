"""A checkout of the host's in an answer: the very address of the bundle's Topic, for one purchase, and passed on to nobody."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from typing import Any

import pytest

from skill.ask import Asked, Workspace, ask, workspace_of
from skill.compiler.folder import Compiler
from skill.model.account import Customer
from skill.packets import proven_packet
from tests.policy.offer_cases import COMPANY

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LINK = "| Link | /add/connect |"


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    sources = dict(COMPANY)
    bundles = sources["product-bundles.md"].replace(LINK, f"{LINK}\n| Checkout | /buy/connect |")
    sources["product-bundles.md"] = bundles
    return workspace_of(Compiler().compile_sources(sources, date(2026, 11, 21)), data_dir=None)


def somebody() -> Customer:
    account = {"plan": "starter", "region": "EU", "currency": "EUR",
               "traits": {"segment": "smb", "touch": "low"}}  # fmt: skip
    facts = [{"name": "boards_shared", "value": 5, "as_of": NOW.isoformat()}]
    body = {"account": account, "person": {"id": "u_1", "role": "admin"}, "facts": facts}
    return Customer.model_validate(body).at(NOW)


def asked(workspace: Workspace) -> Asked:
    return ask(workspace, "Can I export to Salesforce?", somebody(), now=NOW)


def test_an_answer_with_a_checkout_is_proven(workspace: Workspace) -> None:
    (offer,) = asked(workspace).answer.recommended_offers
    assert (offer.action.kind, offer.action.href) == ("checkout", "/buy/connect")
    assert offer.action.label == "Add it"


@pytest.mark.parametrize("href", ["/add/connect", "/buy/team", "https://evil.example/", ""])
def test_a_checkout_that_leads_anywhere_else_is_not(workspace: Workspace, href: str) -> None:
    body: dict[str, Any] = copy.deepcopy(asked(workspace).answer.body())
    body["recommended_offers"][0]["action"]["href"] = href
    assert any("href" in p.where for p in workspace.prover.prove(body).problems)


def test_a_link_never_leads_to_the_checkout(workspace: Workspace) -> None:
    body: dict[str, Any] = copy.deepcopy(asked(workspace).answer.body())
    body["recommended_offers"][0]["action"] |= {"kind": "link", "label": "See details"}
    assert any("href" in p.where for p in workspace.prover.prove(body).problems)


def test_what_is_passed_on_names_the_page_and_no_checkout(workspace: Workspace) -> None:
    made = asked(workspace)
    packet = proven_packet(workspace.playbook, somebody(), made.decision, made.answer, "finance")
    said = {piece.text for piece in packet.pieces()}
    assert "/add/connect" in said
    assert "/buy/connect" not in said
