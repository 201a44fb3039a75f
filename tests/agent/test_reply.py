"""What a model may answer: only ids that stand for something, and a reply is read however it is cut or bent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.agent.reply import NONE, Figure, Listening, Prose, Quoted, Unreadable, read, schema


def test_the_schema_names_the_evidence_of_this_decision_and_nothing_else() -> None:
    made = schema(["q1", "q2"], ["f1"])
    kinds = made["properties"]["sentences"]["items"]["anyOf"]
    assert [list(kind["properties"]) for kind in kinds] == [
        ["quote"],
        ["fact"],
        ["prose", "evidence"],
    ]
    assert kinds[0]["properties"]["quote"]["enum"] == ["q1", "q2"]


def test_strict_composition_leaves_no_place_for_prose() -> None:
    assert "prose" not in json.dumps(schema(["q1"], [], composition="strict"))


def test_one_of_the_candidates_is_chosen_or_none_of_them() -> None:
    made = schema(["q1"], [], ["sso", "audit-log"])
    assert made["properties"]["choice"]["enum"] == ["sso", "audit-log", NONE]


def closed(part: Any) -> bool:
    if isinstance(part, dict) and part.get("type") == "object":
        open_ = part.get("additionalProperties") is not False
        if open_ or set(part["required"]) != set(part["properties"]):
            return False
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return all(closed(one) for one in parts)


@pytest.mark.parametrize("choices", [(), ("sso",)])
def test_every_object_is_closed_and_asks_for_all_it_has(choices: tuple[str, ...]) -> None:
    assert closed(schema(["q1"], ["f1"], choices))


SAID = {
    "sentences": [
        {"quote": "q1"},
        {"prose": 'Here: "it" is {so}.', "evidence": ["q1"]},
        {"fact": "f1"},
    ]
}
PIECES = (Quoted("q1"), Prose('Here: "it" is {so}.', ("q1",)), Figure("f1"))


@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```", "Sure! {}"])
def test_a_reply_is_read_out_of_a_fence_or_a_preface(around: str) -> None:
    assert read(around.replace("{}", json.dumps(SAID))).pieces == PIECES


@pytest.mark.parametrize(
    "nonsense", ["", "hello", "[]", '{"sentences": 7}', '{"sentences": [', "{" * 50_000, "null"]
)
def test_what_is_no_reply_is_said_to_be_none(nonsense: str) -> None:
    with pytest.raises(Unreadable):
        read(nonsense)


def test_an_entry_that_is_no_sentence_keeps_its_place_empty() -> None:
    odd = {"sentences": [{"quote": "q1"}, {"offer": "gold"}, 7, {"quote": 3}]}
    assert read(json.dumps(odd)).pieces == (Quoted("q1"), None, None, None)


@given(st.lists(st.integers(1, 40), max_size=40), st.booleans())
def test_however_a_reply_is_cut_the_same_sentences_are_heard(cuts: list[int], spaced: bool) -> None:
    text = json.dumps(SAID, indent=1 if spaced else None)
    listening, heard, at = Listening(), [], 0
    for size in (*cuts, len(text)):
        heard += list(listening.hear(text[at : at + size]))
        at += size
    assert tuple(heard) == PIECES
    assert listening.n_heard == 3


def test_half_a_sentence_is_not_heard() -> None:
    listening = Listening()
    whole = json.dumps(SAID)
    assert list(listening.hear(whole[: whole.index("Here") + 3])) == [Quoted("q1")]
