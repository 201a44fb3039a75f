"""Which typed sentences may leave: cases that a product manager can read, laws, and what a naive verifier would let through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.proof.claim_frames import HOSTS, INVISIBLE
from evals.proof.claims import evidence_rows, honest, mutations
from skill.agent.claims import Claim, Ground, Names, names_of, unit, unproven
from skill.agent.grounding import customer_quotes
from skill.model.playbook import Playbook

CASES = Path(__file__).parents[1] / "cases" / "claims"
Case = tuple[str, list[str], str, str]


def _cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text("utf-8")):
            evidence, asked = group["evidence"], group.get("asked", "")
            for sentence in group["may leave"]:
                yield pytest.param(sentence, evidence, asked, "", id=f"{path.stem}: {sentence}")
            for what, refused in group["may not leave"].items():
                for sentence in refused:
                    name = f"{path.stem}: {what}: {sentence}"
                    yield pytest.param(sentence, evidence, asked, what, id=name)


ALL = list(_cases())


@pytest.fixture(scope="module")
def names(fernway: Playbook) -> Names:
    return names_of(fernway)


@pytest.fixture(scope="module")
def quoted(fernway: Playbook) -> list[str]:
    """Sentences of the sample company's own quotes that have no slots to fill."""
    return sorted({q.template for q in customer_quotes(fernway) if not q.slots})


@pytest.mark.parametrize(("sentence", "evidence", "asked", "what"), ALL)
def test_a_sentence_leaves_only_with_its_proof(
    names: Names, sentence: str, evidence: list[str], asked: str, what: str
) -> None:
    found = unproven(sentence, evidence, names, asked=asked)
    if what:
        assert what in {claim.what for claim in found}, found
    else:
        assert found == ()


def test_the_cases_stand_on_both_sides() -> None:
    refused = [case for case in ALL if case.values[3]]
    assert len(ALL) >= 150
    assert len(refused) >= 100
    assert len(ALL) - len(refused) >= 50


def _naive(sentence: str, evidence: list[str]) -> bool:
    """A verifier that asks whether each figure and capitalised word is somewhere in the evidence."""
    text = " ".join(evidence)
    return all(
        w.strip(".,") in text for w in sentence.split()[1:] if w[0].isdigit() or w[0].isupper()
    )


def _share(sentence: str, evidence: list[str]) -> bool:
    """A verifier that asks whether six words of ten are in the evidence."""
    there = set(" ".join(evidence).lower().replace(".", "").split())
    words = sentence.lower().replace(".", "").split()
    return sum(w in there for w in words) >= 0.6 * len(words)


@pytest.mark.parametrize("naive", [_naive, _share])
@pytest.mark.parametrize(
    "what",
    ["figure", "triple", "negation", "comparison", "commitment", "discount", "availability", "content", "urgency"],
)  # fmt: skip
def test_a_naive_verifier_lets_forgeries_of_each_kind_through(naive: Any, what: str) -> None:
    forged = [c.values for c in ALL if c.values[3] == what]
    if naive is _share and what == "urgency":
        pytest.skip("haste has few words of the evidence")
    assert any(naive(sentence, evidence) for sentence, evidence, _, _ in forged)


# -- laws ----------------------------------------------------------------------------------------------------


@given(data=st.data())
def test_a_quote_always_passes_when_it_is_cited(names: Names, quoted: list[str], data: Any) -> None:
    quote = data.draw(st.sampled_from(quoted))
    assert unproven(quote, [quote], names) == ()


@given(data=st.data())
def test_another_digit_never_passes(names: Names, fernway: Playbook, data: Any) -> None:
    row = data.draw(st.sampled_from(evidence_rows(fernway)))
    text = data.draw(st.sampled_from([t for t in (row.texts[2], row.limit) if t]))
    places = [i for i, c in enumerate(text) if c.isdigit()]
    if not places:
        return
    at = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "123456789" if d != text[at]]))
    assert unproven(text[:at] + digit + text[at + 1 :], [text], names)


@given(data=st.data())
def test_a_denial_put_in_never_passes(names: Names, quoted: list[str], data: Any) -> None:
    quote = data.draw(st.sampled_from(quoted))
    words = quote.split(" ")
    at = data.draw(st.integers(0, len(words)))
    assert unproven(" ".join([*words[:at], "not", *words[at:]]), [quote], names)


@given(data=st.data())
def test_another_plan_never_passes(names: Names, fernway: Playbook, data: Any) -> None:
    row = data.draw(st.sampled_from(evidence_rows(fernway)))
    own = row.bundle.removesuffix(" plan")
    other = data.draw(st.sampled_from([n for n in (*names.plans, *names.add_ons) if n != own]))
    text = data.draw(st.sampled_from([row.texts[0], row.texts[2]]))
    assert unproven(text.replace(own, other), row.texts, names)


@given(data=st.data(), host=st.sampled_from(HOSTS))
def test_a_link_never_passes(names: Names, quoted: list[str], host: str, data: Any) -> None:
    quote = data.draw(st.sampled_from(quoted))
    assert unproven(f"{quote} {host}", [quote], names)


@given(data=st.data(), odd=st.sampled_from(INVISIBLE))
def test_an_invisible_character_never_passes(
    names: Names, quoted: list[str], odd: str, data: Any
) -> None:
    quote = data.draw(st.sampled_from(quoted))
    at = data.draw(st.integers(0, len(quote)))
    assert unproven(quote[:at] + odd + quote[at:], [quote], names)


@given(sentence=st.text(max_size=700), evidence=st.lists(st.text(max_size=200), max_size=3))
def test_it_never_raises(names: Names, sentence: str, evidence: list[str]) -> None:
    assert isinstance(unproven(sentence, evidence, names, asked=sentence), tuple)


@settings(max_examples=300)
@given(sentence=st.text(max_size=700), data=st.data())
def test_any_text_beside_real_evidence_is_judged_without_raising(
    names: Names, fernway: Playbook, sentence: str, data: Any
) -> None:
    row = data.draw(st.sampled_from(evidence_rows(fernway)))
    assert isinstance(unproven(sentence, row.texts, names, asked=sentence), tuple)


@settings(max_examples=300)
@given(data=st.data())
def test_words_of_the_evidence_in_any_order_never_raise(
    names: Names, fernway: Playbook, quoted: list[str], data: Any
) -> None:
    row = data.draw(st.sampled_from(evidence_rows(fernway)))
    texts = [*row.texts, data.draw(st.sampled_from(quoted))]
    words = [w for text in texts for w in text.split(" ")]
    drawn = data.draw(st.lists(st.sampled_from([*words, ":", "you", "is", "not"]), max_size=30))
    ground = Ground({str(i): text for i, text in enumerate(texts)}, names)
    assert isinstance(tuple(ground.judged(" ".join(drawn), tuple(map(str, range(9))))), tuple)


def test_what_cannot_be_judged_does_not_leave(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("skill.agent.claims.ground.sentences", fails)
    assert unproven("Thanks.", ["Open Settings."], names) == (Claim("content", "Thanks."),)


def test_nothing_that_a_model_typed_is_kept(names: Names) -> None:
    unproven("My name is Ada Lovelace.", ["Open Settings."], names, asked="I am Ada Lovelace.")
    kept = unit._KEPT[names.lexicon]
    assert "Open Settings." in kept
    assert not any("Ada" in text for text in kept)
    assert len(kept) <= unit._MAX_KEPT


# -- the surface ---------------------------------------------------------------------------------------------


def test_a_long_sentence_is_refused_unread(names: Names) -> None:
    assert unproven("a " * 50_000, ["a"], names) == (Claim("too long", "100000 characters"),)


def test_hostile_repetition_is_judged_like_anything_else(names: Names) -> None:
    for piece in ("1,", "((", "not ", "EUR 1 ", "a.", "-1", "'", "Team ", "\u0430"):
        found = unproven(piece * (600 // len(piece)), ["Open Settings. " + piece * 5_000], names)
        assert all(isinstance(claim, Claim) for claim in found)


def test_an_unknown_id_supports_nothing(names: Names) -> None:
    ground = Ground({"q1": "Open Settings."}, names)
    assert ground.unproven("Open Settings.", ["q1"]) == ()
    assert ground.unproven("Open Settings.", ["q2"])


def test_rows_hold_what_everybody_has(names: Names) -> None:
    starter = next(row for row in names.rows if row.bundle == "Starter")
    assert "CSV export" in starter.features
    assert "API access" in starter.features
    assert "Audit log" not in starter.features


def test_no_forgery_of_a_sample_leaves(names: Names, fernway: Playbook) -> None:
    forged = mutations(Random(11), names, evidence_rows(fernway))
    for typed in (next(forged) for _ in range(1_000)):
        assert unproven(typed.text, typed.evidence, names, asked=typed.asked), typed


def test_honest_prose_is_heard(names: Names, fernway: Playbook) -> None:
    good = honest(Random(11), names, evidence_rows(fernway))
    stopped = [t for t in (next(good) for _ in range(500)) if unproven(t.text, t.evidence, names)]
    assert len(stopped) <= 5, stopped[:3]
