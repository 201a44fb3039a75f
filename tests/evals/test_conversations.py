"""The fixture conversations over the sample company, and scorers that are first shown to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.run import CLOCK, judge, load, sample_workspace
from evals.scorers import SCORERS, Conversation, Expect, scores
from skill.ask import Asked, Workspace, ask
from skill.sample import find_person

CONVERSATIONS = load()
WRONG: dict[str, object] = {
    "triggered": False,
    "access": "granted",
    "reason": "trial_ended",
    "names_feature": "Audit log",
    "offers": [],
    "quantity": 3,
    "steps": ["team"],
    "action": "contact",
    "signals": ["two-regions"],
    "no_offer_because": "Opted out",
    "quotes_contain": ["USD 1"],
    "never_says": ["connect pack"],
    "candidates_contain": ["Audit log"],
    "handed_to": "Lee",
    "missing": ["account"],
}
"""For each scorer something that is not so when Ada asks about Salesforce."""


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return sample_workspace()


@pytest.fixture(scope="module")
def answered(workspace: Workspace) -> Asked:
    return ask(workspace, "Can I export to Salesforce?", find_person("ada", CLOCK()), now=CLOCK())


@pytest.mark.parametrize("scripted", [False, True], ids=["plain", "scripted"])
@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda c: c.id)
def test_it_goes_as_expected(
    conversation: Conversation, workspace: Workspace, scripted: bool
) -> None:
    for judged in judge(conversation, workspace, scripted=scripted):
        wrong = [f"{s.name}: {s.reason}" for s in judged.scores if not s.value]
        assert not wrong, f"{judged.question}\n{judged.answer}"


@pytest.mark.parametrize("name", SCORERS)
def test_each_scorer_fails_where_something_else_is_expected(
    name: str, workspace: Workspace, answered: Asked
) -> None:
    expect = Expect.model_validate({name: WRONG[name]})
    found = {score.name: score for score in scores(answered, expect, workspace.playbook)}

    assert not found.pop(name).value
    assert all(score.value for score in found.values())


def test_every_field_of_an_expectation_has_its_scorer() -> None:
    assert set(Expect.model_fields) == set(SCORERS)


def test_a_conversation_says_why_it_exists() -> None:
    assert len(CONVERSATIONS) >= 12
    assert all(len(one.says) > 30 for one in CONVERSATIONS)


def test_a_misspelt_expectation_is_refused_with_the_name_of_its_file(tmp_path: Path) -> None:
    text = "id: a\nsays: b\nas: ada\nturns: [{question: c, expect: {offer: [x]}}]\n"
    (tmp_path / "a.yaml").write_text(text, "utf-8")

    with pytest.raises(ValueError, match=r"a\.yaml"):
        load(tmp_path)
