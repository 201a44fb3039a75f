"""What is said of plans as wholes, what a thing is, and a message that asks several things at once."""

from __future__ import annotations

import copy
from datetime import date, datetime
from typing import Any

import pytest

from skill.agent.grounding import Prover
from skill.ask import Workspace, ask, workspace_of
from skill.compiler.folder import Compiler, read_folder
from skill.model.account import Customer
from skill.model.answer import Answer
from skill.model.decision import Surface
from skill.sample import sample_topics
from skill.testing import customer


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    compiled = Compiler().compile_sources(read_folder(sample_topics()), date(2026, 11, 21))
    return workspace_of(compiled, data_dir=None)


def said(
    workspace: Workspace, question: str, now: datetime, who: Customer | None = None, **more: Any
) -> Answer:
    return ask(workspace, question, who or customer(plan="starter"), now=now, **more).answer


@pytest.mark.parametrize(
    "question",
    ["What is on my plan?", "what do we have", "Show me everything that is included in our plan"],
)
def test_who_asks_what_they_have_is_told_and_offered_nothing(
    workspace: Workspace, now: datetime, question: str
) -> None:
    answer = said(workspace, question, now)
    assert answer.answer.text.startswith("You are on Starter. It includes ")
    assert "10 seats" in answer.answer.text
    assert answer.triggered
    assert answer.recommended_offers == ()


def test_who_asks_for_the_name_of_their_plan_hears_the_name_alone(
    workspace: Workspace, now: datetime
) -> None:
    assert said(workspace, "which plan am I on?", now).answer.text == "You are on Starter."


def test_who_holds_no_plan_hears_which_plans_there_are(workspace: Workspace, now: datetime) -> None:
    answer = said(workspace, "which plan am I on?", now, customer(plan=None))
    assert answer.answer.text == "The plans are Free, Starter, Team and Business."


def test_where_anybody_reads_along_nobodys_plan_is_told(
    workspace: Workspace, now: datetime
) -> None:
    answer = said(workspace, "What is on my plan?", now, surface=Surface.PUBLIC_DIRECTORY)
    assert answer.answer.text == "The plans are Free, Starter, Team and Business."
    assert answer.facts == ()


def test_two_plans_are_told_apart_by_what_one_adds_and_by_their_limits(
    workspace: Workspace, now: datetime
) -> None:
    text = said(workspace, "Compare Starter with Team", now).answer.text
    assert "Team adds Shared workspaces" in text
    assert text.index("On Starter: 10 seats.") < text.index("On Team: 25 seats.")


def test_plans_are_compared_in_german_with_figures_written_as_germans_do(
    workspace: Workspace, now: datetime
) -> None:
    text = said(workspace, "Compare Starter with Team", now, locale="de").answer.text
    assert "Team hat zusätzlich zu Starter:" in text
    assert "In Team: 25.000" in text


def test_what_is_it_is_answered_before_whether_they_have_it(
    workspace: Workspace, now: datetime
) -> None:
    answer = said(workspace, "What is a webhook?", now)
    first, second = answer.answer.sentences[:2]
    assert first.text.startswith("Webhooks: Sends a message to another system")
    assert answer.quotes[1].label == "Have it"
    assert second.kind == "quote"


def test_a_message_with_several_questions_says_that_not_all_are_answered(
    workspace: Workspace, now: datetime
) -> None:
    letter = (
        "1. Do we have SSO?\n2. Is our data kept in the EU?\n3. Who waters the plants at night?"
    )
    answer = said(workspace, letter, now)
    assert {f.key for f in answer.features} == {"single-sign-on", "eu-data-residency"}
    assert "You asked more than that." in answer.answer.text


def test_what_was_not_found_is_not_denied(workspace: Workspace, now: datetime) -> None:
    answer = said(workspace, "¿Tenemos algo para los gráficos bonitos de nuestra empresa?", now)
    assert "does not offer" not in answer.answer.text
    assert answer.feature is None or answer.feature.reason != "unknown_feature"


@pytest.mark.parametrize(
    ("label", "slot", "forged"),
    [
        ("Plan adds", "features", "Single sign-on"),
        ("Plan adds", "lower", "Business"),
        ("Plan adds", "bundle", "Starter"),
        ("Plan limit", "limit", "99"),
        ("Plan limit", "bundle", "Business"),
        ("Plan limit", "meter", "runs"),
    ],
)
def test_a_plan_that_is_told_wrongly_is_refused(
    workspace: Workspace, now: datetime, label: str, slot: str, forged: str
) -> None:
    body = said(workspace, "Compare Starter with Team", now).body()
    assert Prover(workspace.playbook).prove(body).holds
    at = [i for i, q in enumerate(body["quotes"]) if q["label"] == label][-1]
    for index in (at, next(i for i, q in enumerate(body["quotes"]) if q["label"] == label)):
        tampered = copy.deepcopy(body)
        quote = tampered["quotes"][index]
        before = filled(quote)
        quote["slots"][slot] = forged
        rewrite(tampered, before, filled(quote))
        assert not Prover(workspace.playbook).prove(tampered).holds


def filled(quote: dict[str, Any]) -> str:
    return str(quote["template"].format(**quote["slots"]))


def rewrite(body: dict[str, Any], before: str, after: str) -> None:
    """The same forgery wherever it shows, so that only its content can give it away."""
    for sentence in body["answer"]["sentences"]:
        if sentence["text"] == before:
            sentence["text"] = after
    body["answer"]["text"] = "\n\n".join(s["text"] for s in body["answer"]["sentences"])


@pytest.mark.parametrize(
    "question", ["What is in the Business plan?", "Compare Team with Business"]
)
def test_a_plan_that_is_sold_to_others_is_told_to_nobody_else(now: datetime, question: str) -> None:
    files = dict(read_folder(sample_topics()))
    bundles = files["product-bundles.md"]
    at = bundles.index("## Business\n")
    sold = bundles[at:].replace(
        "| Sold as | plan |\n", "| Sold as | plan |\n| Sold to | Schools and universities |\n", 1
    )
    files["product-bundles.md"] = bundles[:at] + sold
    workspace = workspace_of(Compiler().compile_sources(files, date(2026, 11, 21)), data_dir=None)
    text = said(workspace, question, now).answer.text
    assert "Business includes" not in text
    assert "Business adds" not in text
