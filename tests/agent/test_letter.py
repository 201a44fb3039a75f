"""A letter: the exact moment, the price and a way out, in customer wording alone, every sentence proven."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache

import pytest

from skill.agent.grounding import Prover
from skill.agent.letter import Written, compose_letter
from skill.compiler.folder import Compiler
from skill.errors import GroundingError
from skill.model.account import Customer
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.delivery import Effect
from skill.model.notice import Leaving
from skill.model.playbook import Playbook
from skill.policy.decide import decide
from skill.sample import sample_customers, sample_topics

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
APP = "https://app.fernway.example/"
OUT = "https://tactful.fernway.example/v1/unsubscribe/tok"


@cache
def playbook() -> Playbook:
    return Compiler().compile_folder(sample_topics(), date(2026, 11, 21)).playbook


def writable() -> list[Leaving]:
    """Every sample person whom the Topics would make an offer unasked, with that offer."""
    out = []
    for customer in sample_customers(NOW):
        person = customer.person.model_copy(update={"email": "reader@brightlane.example"})
        known = customer.model_copy(update={"person": person})
        out += leavings(known)
    return out


def leavings(customer: Customer) -> list[Leaving]:
    book = playbook()
    meaning = Meaning(outcome=Outcome.SIGNAL)
    decision = decide(book, customer, meaning, surface=Surface.IN_PRODUCT, now=NOW)
    play = next((p for p in book.plays if p.key == decision.play), None)
    return [
        Leaving(_effect(customer, offer.bundle, offer.signals[0]), book, customer, decision, offer, play)
        for offer in decision.offers
    ]  # fmt: skip


def _effect(customer: Customer, offer: str, rule: str) -> Effect:
    return Effect(id="eff_1", tenant="default", account=customer.account.id, person=customer.person.id, channel="email", offer=offer, rule=rule, created_at=NOW, due_at=NOW)  # fmt: skip


def written(leaving: Leaving, *, app: str = APP, out: str = OUT) -> Written:
    return compose_letter(leaving, app_url=app, unsubscribe_url=out)


def of_account(account: str) -> Leaving:
    return next(one for one in writable() if one.customer.account.id == account)


def in_german(leaving: Leaving) -> Leaving:
    person = leaving.customer.person.model_copy(update={"locale": "de"})
    return leaving._replace(customer=leaving.customer.model_copy(update={"person": person}))


def test_every_letter_of_the_sample_company_is_proven_in_both_languages() -> None:
    found = writable()
    assert len(found) >= 8
    for leaving in found:
        for one in (leaving, in_german(leaving)):
            proof = Prover(playbook()).prove(written(one).answer.body())
            assert proof.problems == (), one.customer.account.id


def test_it_quotes_the_exact_moment_first_and_names_the_price() -> None:
    letter = written(of_account("ashbourne-cycles")).letter
    assert letter.text.startswith("You are using 3 of your 3 saved reports.")
    assert "The Team plan costs EUR 99" in letter.text
    assert "See details: https://app.fernway.example/billing/plan/team" in letter.text


def test_the_way_out_stands_in_both_forms() -> None:
    letter = written(of_account("ashbourne-cycles")).letter
    assert f"No more emails like this one: {OUT}" in letter.text
    assert f'href="{OUT}"' in letter.html


def test_nothing_internal_and_nothing_that_is_fetched_stands_in_a_letter() -> None:
    for leaving in writable():
        letter = written(leaving).letter
        notes = [n.text for b in playbook().bundles.values() for n in b.notes]
        assert not any(note in letter.text or note in letter.html for note in notes)
        assert not any(tag in letter.html for tag in ("<img", "<script", "<link", "src=", "url("))


def test_without_an_address_of_the_product_there_is_no_half_a_link() -> None:
    letter = written(of_account("ashbourne-cycles"), app="").letter
    assert "/billing/plan/team" not in letter.text + letter.html


def test_a_name_is_shown_and_never_read_as_a_page() -> None:
    leaving = of_account("ashbourne-cycles")
    account = leaving.customer.account.model_copy(update={"admins": ('<script>"&',)})
    known = leaving.customer.model_copy(update={"account": account})
    assert "<script>" not in written(leaving._replace(customer=known)).letter.html


@pytest.mark.parametrize("lacking", ["offer", "address"])
def test_without_an_offer_or_an_address_nothing_is_written(lacking: str) -> None:
    leaving = of_account("ashbourne-cycles")
    if lacking == "offer":
        leaving = leaving._replace(offer=None)
    else:
        person = leaving.customer.person.model_copy(update={"email": ""})
        known = leaving.customer.model_copy(update={"person": person})
        leaving = leaving._replace(customer=known)
    with pytest.raises(GroundingError, match=lacking):
        written(leaving)


def test_a_forged_sentence_is_refused_by_the_verifier() -> None:
    body = written(of_account("ashbourne-cycles")).answer.body()
    body["answer"]["text"] = body["answer"]["text"].replace("EUR 99", "EUR 9")
    for sentence in body["answer"]["sentences"]:
        sentence["text"] = sentence["text"].replace("EUR 99", "EUR 9")
    assert not Prover(playbook()).prove(body).holds
