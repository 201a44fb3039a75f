"""A notice: the signal's own words, proven like an answer; without words, or with a word changed, nothing leaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from skill.agent.grounding import Prover
from skill.agent.notice import compose_notice
from skill.errors import GroundingError
from skill.model.account import Customer
from skill.model.decision import Meaning, Offer, Outcome, Surface
from skill.model.delivery import Effect
from skill.model.notice import Leaving
from skill.model.playbook import Playbook
from skill.policy.decide import decide
from skill.sample import sample_customers
from tests.conftest import NOW

UNASKED = Meaning(outcome=Outcome.SIGNAL)


def leaving(playbook: Playbook, customer: Customer, offer: Offer | None = None) -> Leaving:
    decision = decide(playbook, customer, UNASKED, surface=Surface.IN_PRODUCT, now=NOW)
    made = offer or decision.offers[0]
    effect = Effect(
        id="eff_1", tenant="default", account=customer.account.id, person=customer.person.id,
        channel="in_app", offer=made.bundle, rule=made.signals[0] if made.signals else "",
        decision="dec_1", created_at=NOW, due_at=NOW,
    )  # fmt: skip
    play = next(p for p in playbook.plays if p.key == decision.play)
    return Leaving(effect, playbook, customer, decision, made, play)


def named(name: str, locale: str = "en") -> Customer:
    customer = next(c for c in sample_customers(NOW) if c.account.id == name)
    person = customer.person.model_copy(update={"locale": locale})
    return customer.model_copy(update={"person": person})


def offered(playbook: Playbook) -> Iterator[Leaving]:
    for customer in sample_customers(NOW):
        decision = decide(playbook, customer, UNASKED, surface=Surface.IN_PRODUCT, now=NOW)
        for offer in decision.offers:
            yield leaving(playbook, customer, offer)


def test_every_offer_of_the_sample_company_has_a_proven_notice(fernway: Playbook) -> None:
    prover = Prover(fernway)
    notices = [compose_notice(one) for one in offered(fernway)]
    assert len(notices) > 5
    for notice in notices:
        prover.demand(notice.answer.body())
        assert notice.why.signal in notice.recommended.signals


def test_it_says_what_was_seen_what_it_costs_and_why(fernway: Playbook) -> None:
    notice = compose_notice(leaving(fernway, named("ashbourne-cycles")))
    first, price = notice.sentences[:2]
    assert first.text.startswith("You are using 3 of your 3 saved reports.")
    assert "EUR 99 per workspace per month" in price.text
    assert notice.title.text == "Team"
    assert notice.why.line.startswith("usage-thresholds.md:")
    assert notice.why.said is not None
    assert notice.shown()["action"]["href"] == "/billing/plan/team"


def test_it_speaks_the_readers_language_where_the_topics_do(fernway: Playbook) -> None:
    notice = compose_notice(leaving(fernway, named("ashbourne-cycles", "de")))
    assert notice.sentences[1].lang == "de"
    Prover(fernway).demand(notice.answer.body())


def test_the_row_that_fired_speaks_before_the_others(fernway: Playbook) -> None:
    about = leaving(fernway, named("fieldnote"))
    assert about.offer is not None
    last = about.offer.signals[-1]
    notice = compose_notice(about._replace(effect=about.effect.model_copy(update={"rule": last})))
    assert notice.why.signal == last


def test_without_words_nothing_leaves(fernway: Playbook) -> None:
    mute = fernway.model_copy(update={"notices": ()})
    about = leaving(fernway, named("dunmore-logistics"))
    bundles = {k: b.model_copy(update={"quotes": ()}) for k, b in fernway.bundles.items()}
    silent = mute.model_copy(update={"bundles": bundles, "plays": (), "defaults": ()})
    with pytest.raises(GroundingError, match="no `Notice` words for two-regions"):
        compose_notice(about._replace(playbook=silent))


def test_without_an_offer_there_is_nothing_to_tell(fernway: Playbook) -> None:
    about = leaving(fernway, named("dunmore-logistics"))
    with pytest.raises(GroundingError, match="no offer"):
        compose_notice(about._replace(offer=None))


@pytest.mark.parametrize("was", ["3 of your 3", "EUR 99"])
def test_a_figure_that_was_changed_is_not_proven(fernway: Playbook, was: str) -> None:
    body = compose_notice(leaving(fernway, named("ashbourne-cycles"))).answer.body()
    for sentence in body["answer"]["sentences"]:
        sentence["text"] = sentence["text"].replace(was, was.replace("9", "8").replace("3 of", "2 of"))  # fmt: skip
    body["answer"]["text"] = "\n\n".join(s["text"] for s in body["answer"]["sentences"])
    assert not Prover(fernway).prove(body).holds
