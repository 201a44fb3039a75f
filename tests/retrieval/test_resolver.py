"""What a question means, on the sample company: surely one feature, a limit, a question back, or honestly none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from skill.model.decision import Outcome
from skill.model.playbook import Playbook
from skill.retrieval.embed import LexicalOnly, best_embedder
from skill.retrieval.resolve import Resolver


@pytest.fixture(scope="session")
def resolver(fernway: Playbook) -> Resolver:
    return Resolver(fernway, best_embedder())


@pytest.mark.parametrize(
    ("question", "feature"),
    [
        ("Can I export to Salesforce?", "salesforce-export"),
        ("Do we have SSO?", "single-sign-on"),
        ("is there an audit log on our plan", "audit-log"),
        ("Where do I turn on Webhooks?", "webhooks"),
        ("I can't find parallel runs anywhere in the settings. Where is it?", "parallel-runs"),
        ("My team needs approval steps by next month. Can we do that already?", "approval-steps"),
        ("csv exprot", "csv-export"),
        ("singleSignOn", "single-sign-on"),
    ],
)
def test_a_feature_that_is_named_is_found(resolver: Resolver, question: str, feature: str) -> None:
    meaning = resolver.resolve(question)
    assert (meaning.outcome, meaning.features[0]) == (Outcome.FEATURE, feature)


@pytest.mark.parametrize(
    ("question", "wants", "need"),
    [
        ("How many seats do we have?", "limit", None),
        ("Can we go up to 12 seats?", "enough", Decimal(12)),
        ("Can we go up to 20k runs?", "enough", Decimal(20000)),
        ("We have used up our seats. How do we get more?", "more", None),
    ],
)
def test_an_amount_is_about_a_limit(
    resolver: Resolver, question: str, wants: str, need: Decimal | None
) -> None:
    meaning = resolver.resolve(question)
    assert (meaning.outcome, meaning.wants, meaning.need) == (Outcome.FEATURE, wants, need)
    assert meaning.meter in ("seats", "runs")


def test_what_is_not_sold_is_said_so(resolver: Resolver) -> None:
    meaning = resolver.resolve("Do I have kiosk PIN on my plan?")
    assert meaning.outcome is Outcome.NOT_SOLD
    assert meaning.candidates == ()


@pytest.mark.parametrize(
    "question", ["I want my money back", "cancel my subscription", "hello there", "???"]
)
def test_what_is_not_about_features_is_left_to_the_host(resolver: Resolver, question: str) -> None:
    assert resolver.resolve(question).outcome is Outcome.OUTSIDE


def test_two_features_in_one_question_are_both_meant(resolver: Resolver) -> None:
    meaning = resolver.resolve("Do we have SSO and audit log?")
    assert set(meaning.features) == {"single-sign-on", "audit-log"}


def test_at_most_three_are_asked_back(resolver: Resolver) -> None:
    for question in ("export", "Can we see what happened?", "something for security"):
        assert len(resolver.resolve(question).candidates) <= 3


def test_a_follow_up_takes_up_the_turn_before(resolver: Resolver) -> None:
    meaning = resolver.resolve("And what would it cost?", ["Can I export to Salesforce?"])
    assert meaning.features == ("salesforce-export",)


@pytest.mark.parametrize(
    "question", ["", "\0", "x" * 100_000, "🦆" * 50, "a b " * 5_000, "((((", "\u202e"]
)
def test_no_question_makes_it_fail(resolver: Resolver, question: str) -> None:
    assert resolver.resolve(question).outcome in Outcome


def test_it_works_on_words_alone(fernway: Playbook) -> None:
    alone = Resolver(fernway, LexicalOnly("no embedder in this test"))
    assert alone.resolve("Can I export to Salesforce?").features == ("salesforce-export",)


def test_the_same_question_always_means_the_same(fernway: Playbook, resolver: Resolver) -> None:
    again = Resolver(fernway, best_embedder())
    for question in ("Can I export to Salesforce?", "Can we go up to 12 seats?", "export"):
        assert again.resolve(question) == resolver.resolve(question)


def test_nothing_to_sell_means_nothing_is_found() -> None:
    empty = Resolver(Playbook(version="sha256:0"), LexicalOnly("nothing to embed"))
    assert empty.resolve("Can I export to Salesforce?").outcome is not Outcome.FEATURE
