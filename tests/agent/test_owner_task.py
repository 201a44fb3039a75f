"""The owner task: every figure dated, what would fit, notes that stay inside, and a note that is proven."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from skill.agent.grounding import customer_quotes
from skill.agent.owner_task import compose_task
from skill.agent.packet_proof import prove_packet
from skill.compiler.folder import Compiler
from skill.delivery.calendar import ics
from skill.delivery.task_page import as_html
from skill.delivery.task_text import as_markdown, note_lines
from skill.errors import GroundingError
from skill.model.account import Customer, Fact, Owner
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.delivery import Effect
from skill.model.playbook import Playbook
from skill.model.task import OwnerTask
from skill.model.topic import Note
from skill.policy.decide import decide
from skill.sample import find_person
from tests.conftest import NOW
from tests.policy.customers import customers, meanings
from tests.policy.test_laws import FERNWAY

EXPORT = Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",))
NOBODY_ASKED = Meaning(outcome=Outcome.SIGNAL)
QUESTION = "Can I export to Salesforce?"
MONEY = re.compile(r"EUR|USD|€|\$|\bprice\b", re.IGNORECASE)


def effect(who: Customer, **more: Any) -> Effect:
    body = {"cause": "question", "asked": QUESTION, "feature": "salesforce-export"}
    fields: dict[str, Any] = {
        "id": "eff_1",
        "tenant": "default",
        "account": who.account.id,
        "person": who.person.id,
        "channel": "owner_task",
        "rule": "question",
        "decision": "dec_1",
        "created_at": NOW,
        "due_at": NOW,
        "body": body,
        **more,
    }
    return Effect.model_validate(fields)


def decided(who: Customer, meaning: Meaning, playbook: Playbook = FERNWAY) -> Decision:
    return decide(playbook, who, meaning, surface=Surface.IN_PRODUCT, now=NOW)


def composed(
    who: Customer, meaning: Meaning = EXPORT, playbook: Playbook = FERNWAY, **more: Any
) -> OwnerTask:
    made = effect(who, **more)
    return compose_task(playbook, who, decided(who, meaning, playbook), made, NOW)


def northmoor(**account: Any) -> Customer:
    who = find_person("cleo", NOW)
    return who.model_copy(update={"account": who.account.model_copy(update=account)})


def test_the_owner_learns_who_asked_what_and_by_when_to_help() -> None:
    task = composed(northmoor())
    assert task.title == "Cleo asked about Salesforce export"
    assert task.kind == "offer"
    assert task.causes[0].name == QUESTION
    assert task.owner == Owner(name="Lee", email="lee@fernway.example", time_zone="Europe/Berlin")
    assert task.due_at.isoformat() == "2026-11-24T16:00:00+00:00"
    assert [(c.name, c.why) for c in task.contacts] == [("Cleo", "asked, can buy"), ("Carl", "can buy")]  # fmt: skip


def test_every_figure_says_of_when_it_is_and_where_it_is_from() -> None:
    task = composed(northmoor())
    assert {u.meter for u in task.usage} >= {"api-calls", "runs", "seats"}
    for line in task.usage:
        assert line.as_of is not None
        assert line.source
        assert line.limit_source.startswith("Business, product-bundles.md:")
    assert task.signals
    assert all(s.as_of and s.source.startswith("usage-thresholds.md:") for s in task.signals)
    assert all(v.as_of and "features.md:" in v.source for v in task.value)
    assert task.proposal is not None
    assert task.proposal.price_source.startswith("product-bundles.md:")


def test_what_only_the_play_holds_back_is_proposed_with_its_price_and_preview() -> None:
    task = composed(northmoor())
    assert task.proposal is not None
    assert task.proposal.bundle == "connect-pack"
    assert task.proposal.price in {p.text for p in FERNWAY.bundles["connect-pack"].prices}
    assert task.proposal.preview is not None
    assert task.proposal.added_each_month.startswith("EUR ")


def test_what_restraint_keeps_back_is_not_proposed_and_the_owner_is_told_why() -> None:
    who = northmoor()
    with_ticket = Customer.model_validate(
        {**who.model_dump(), "tickets": [{"id": "t", "opened_at": NOW - timedelta(hours=2)}]}
    )
    task = composed(with_ticket)
    assert task.proposal is None
    assert any("Do not offer now: Open support ticket" in p.text for p in task.internal.do_not)
    assert all(p.source for p in task.internal.do_not)


def test_notes_that_say_what_not_to_do_are_kept_apart() -> None:
    inside = composed(northmoor()).internal
    assert [p.text for p in inside.do_not] == [
        "**Do not:** send a price before the owner has spoken to the buyer.",
        "Known gap: custom Salesforce objects. Do not promise a date.",
    ]
    assert inside.talking_points[0].source.startswith("expansion-playbooks.md:")


def test_where_a_play_holds_offers_back_the_note_names_no_price_and_is_proven() -> None:
    task = composed(northmoor())
    assert task.note is not None
    assert not list(prove_packet(FERNWAY, task.note))
    said = "\n".join(note_lines(task.note))
    assert "Connect Pack" in said
    assert "49 times in the last 30 days" in said
    assert not MONEY.search(said)
    assert not MONEY.search(task.note.model_dump_json())


def test_a_note_that_is_not_proven_never_leaves() -> None:
    # The quotes of the Topics are changed under the composer, as a broken build would: the verifier knows better.
    bundles = dict(FERNWAY.bundles)
    quote = next(q for q in FERNWAY.defaults if q.label == "Forward")
    false = quote.model_copy(update={"template": "Everybody upgrades to {bundle} now."})
    pack = bundles["connect-pack"]
    bundles["connect-pack"] = pack.model_copy(update={"quotes": (false,)})
    forged = FERNWAY.model_copy(update={"bundles": bundles})
    with pytest.raises(GroundingError):
        composed(northmoor(), playbook=forged)


def test_an_unpaid_invoice_makes_a_task_about_the_invoice_and_no_offer() -> None:
    who = northmoor()
    facts = [f for f in who.facts if f.name != "unpaid_invoice"]
    fact = Fact(name="unpaid_invoice", value=True, source="billing", as_of=NOW)
    task = composed(who.model_copy(update={"facts": (*facts, fact)}))
    assert (task.kind, task.title) == ("invoice", "An invoice is unpaid")
    assert task.proposal is None
    assert task.note is None
    assert any("Unpaid invoice" in p.text for p in task.internal.do_not)
    assert not any("product-bundles" in p.source for p in task.internal.talking_points)


def test_a_partners_offer_names_the_partner_and_where_it_is_sold(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "topics" / "product-bundles.md").read_text("utf-8")
    head, _, rest = text.partition("## Connect Pack")
    pack, _, after = rest.partition("\n## ")
    pack = pack.replace("| Sold as | add-on |", "| Sold as | partner |")
    pack = re.sub(r"\| Link \| .* \|", "| Link | https://partners.fernway.example/sync |", pack)
    sources = {p.name: p.read_text("utf-8") for p in (Path(__file__).parents[2] / "topics").glob("*.md")}  # fmt: skip
    sources = {k: v for k, v in sources.items() if ".de." not in k}
    sources["product-bundles.md"] = f"{head}## Connect Pack{pack}\n## {after}"
    sources["expansion-playbooks.md"] = sources["expansion-playbooks.md"].replace(
        "hosts: fernway.example", "hosts: fernway.example, partners.fernway.example"
    )
    compiled = Compiler().compile_sources(sources, date(2026, 11, 21))
    assert compiled.servable, compiled.diagnostics
    task = composed(northmoor(), playbook=compiled.playbook)
    assert task.proposal is not None
    assert task.proposal.partner == "Connect Pack"
    assert task.proposal.link == "https://partners.fernway.example/sync"
    assert "Sold by a partner: Connect Pack" in as_markdown(task)


def test_a_release_that_nobody_asks_about_is_about_what_was_asked() -> None:
    """A release decides again without the question; the task is about the question all the same."""
    who = northmoor()
    assert composed(who, NOBODY_ASKED).model_copy() == composed(who, EXPORT)


def test_a_signal_makes_a_task_with_its_own_words_and_meter() -> None:
    who = northmoor()
    row = next(t for t in FERNWAY.thresholds if any(c.what == "meter" for c in t.counts))
    body = {"cause": "signal", "signal": row.key, "fired_at": NOW.isoformat(), "offers": []}
    task = composed(who, NOBODY_ASKED, rule=row.key, body=body)
    assert (task.causes[0].kind, task.causes[0].said, task.title) == ("signal", row.signal, row.signal)  # fmt: skip
    assert task.chart is not None
    assert task.chart.meter == next(c.name for c in row.counts if c.what == "meter")
    assert task.answered == ()


def test_without_an_owner_a_task_is_still_made_and_due_in_utc() -> None:
    task = composed(northmoor(owner=None))
    assert task.owner is None
    assert task.due_at.isoformat() == "2026-11-24T17:00:00+00:00"


def test_where_offers_may_be_made_the_note_is_the_whole_packet() -> None:
    task = composed(find_person("ada", NOW))
    assert task.note is not None
    assert [o.id for o in task.note.offers] == ["connect-pack"]
    assert not list(prove_packet(FERNWAY, task.note))


# -- nothing internal leaves -----------------------------------------------------------------------------------

CANARY = "KANARIE-7f3a9"


def planted() -> Playbook:
    """The sample company with a canary in every internal note."""

    def notes(thing: Any) -> Any:
        where = Note(topic="t", heading="h", text=f"- **Bring:** {CANARY}\n- Do not {CANARY}", span=thing.span, digest="d")  # fmt: skip
        return thing.model_copy(update={"notes": (*thing.notes, where)})

    return FERNWAY.model_copy(
        update={
            "plays": tuple(notes(p) for p in FERNWAY.plays),
            "bundles": {k: notes(b) for k, b in FERNWAY.bundles.items()},
            "features": {k: notes(f) for k, f in FERNWAY.features.items()},
        }
    )


PLANTED = planted()


def for_customers(task: OwnerTask) -> Iterator[str]:
    """Every text of a task that a customer may ever read."""
    yield "\n".join(task.answered)
    if task.note is not None:
        yield task.note.model_dump_json()
        yield "\n".join(note_lines(task.note))
    invited = ics(task, starts_at=NOW, invite=("buyer@customer.example",)).decode()
    yield re.sub(r"\r\n ", "", invited)


def test_the_owner_reads_the_notes_and_no_customer_ever_does() -> None:
    task = composed(northmoor(), playbook=PLANTED)
    assert CANARY in as_markdown(task)
    assert CANARY in as_html(task)
    # Play, bundle and feature: each note in both of its halves.
    assert len([p for p in task.internal.talking_points if CANARY in p.text]) == 3
    assert len([p for p in task.internal.do_not if CANARY in p.text]) == 3
    assert CANARY in re.sub(r"\r\n ", "", ics(task, starts_at=NOW).decode())
    for text in for_customers(task):
        assert CANARY not in text


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(who=customers(FERNWAY, NOW), meaning=meanings(FERNWAY))
def test_for_whomever_and_whatever_is_asked_a_note_is_proven_and_holds_nothing_internal(
    who: Customer, meaning: Meaning
) -> None:
    decision = decided(who, meaning, PLANTED)
    made = effect(who, body={"cause": "question", "asked": QUESTION, "feature": ""})
    task = compose_task(PLANTED, who, decision, made, NOW)
    assert task == compose_task(PLANTED, who, decision, made, NOW)
    assert OwnerTask.model_validate_json(task.model_dump_json()) == task
    if task.note is not None:
        assert not list(prove_packet(PLANTED, task.note))
        known = {q.template for q in customer_quotes(PLANTED)}
        assert all(q.template in known for q in task.note.quotes)
    held_back = not decision.offers
    for text in for_customers(task):
        assert CANARY not in text
        assert not (held_back and task.note is not None and task.note.offers)
    assert as_html(task)
    assert as_markdown(task)
