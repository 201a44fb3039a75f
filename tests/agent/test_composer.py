"""What is said, in whose words, and what never is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from skill.agent.composer import Composer
from skill.agent.prices import amount_text
from skill.agent.slots import fill
from skill.ask import ask, workspace_of
from skill.compiler.folder import Compiler, read_folder
from skill.model.account import Customer
from skill.model.answer import Answer
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.policy.decide import decide
from skill.sample import find_person, sample_topics
from skill.testing import customer


def answered(
    playbook: Playbook,
    who: Customer,
    now: datetime,
    *features: str,
    surface: Surface = Surface.IN_PRODUCT,
    support: bool = False,
    **asks: Any,
) -> Answer:
    meaning = Meaning(outcome=Outcome.FEATURE, features=features, **asks)
    made = decide(playbook, who, meaning, surface=surface, now=now)
    return Composer(playbook, made, who, support=support).answer("dec_1")


def self_serve(**more: Any) -> Customer:
    traits = {"segment": "smb", "touch": "low"}
    return customer(
        plan="starter", role="admin", region="EU", currency="EUR", traits=traits, **more
    )


def test_a_free_way_is_named_before_the_price(fernway: Playbook, now: datetime) -> None:
    text = answered(fernway, self_serve(), now, "salesforce-export").answer.text
    assert text.index("CSV export") < text.index("EUR 49")


def test_words_of_the_bundle_go_before_the_defaults(fernway: Playbook, now: datetime) -> None:
    answer = answered(fernway, self_serve(), now, "salesforce-export")
    assert (answer.quotes[0].heading, answer.quotes[0].label) == (
        "Connect Pack",
        "Answer salesforce-export",
    )


def test_every_figure_in_the_text_has_its_fact(fernway: Playbook, now: datetime) -> None:
    usage = [{"meter": "seats", "at": "2026-11-21T08:00:00Z", "value": 8}]
    answer = answered(
        fernway, self_serve(usage=usage), now, "team-members", meter="seats", wants="limit"
    )
    facts = {f.name: (f.value, f.source) for f in answer.facts}
    assert facts["limit.seats"][0] == "10"
    assert facts["limit.seats"][1].startswith("product-bundles.md:")
    assert facts["usage.seats"] == ("8", "usage")


def test_an_end_user_is_never_told_why_nothing_was_offered(
    fernway: Playbook, now: datetime
) -> None:
    tickets = [{"id": "t", "opened_at": "2026-11-20T09:00:00Z"}]
    body = answered(fernway, self_serve(tickets=tickets), now, "salesforce-export").body()
    assert body["recommended_offers"] == []
    assert "withheld" not in body
    assert "talking_points" not in body
    assert "ticket" not in str(body).lower()


def test_support_sees_what_was_withheld_and_internal_notes_apart(
    fernway: Playbook, now: datetime
) -> None:
    tickets = [{"id": "t", "opened_at": "2026-11-20T09:00:00Z"}]
    answer = answered(fernway, self_serve(tickets=tickets), now, "salesforce-export", support=True)
    assert answer.withheld is not None
    assert answer.withheld[0].because == "Open support ticket"
    assert answer.withheld[0].topic == "restraint.md"
    assert answer.talking_points
    assert not any(p.text in answer.answer.text for p in answer.talking_points)


def test_anybody_reading_along_learns_nothing_about_the_account(
    fernway: Playbook, now: datetime
) -> None:
    usage = [{"meter": "seats", "at": "2026-11-21T08:00:00Z", "value": 8}]
    who = self_serve(usage=usage, owner={"name": "Lee"})
    answer = answered(
        fernway,
        who,
        now,
        "team-members",
        meter="seats",
        wants="limit",
        surface=Surface.PUBLIC_DIRECTORY,
    )
    assert not any(f.name.startswith(("usage", "owner", "admins")) for f in answer.facts)
    assert "Lee" not in str(answer.body())


def test_two_purchases_name_both_prices(fernway: Playbook, now: datetime) -> None:
    who = self_serve().model_copy(
        update={"account": self_serve().account.model_copy(update={"plan": "free"})}
    )
    answer = answered(fernway, who, now, "salesforce-export")
    assert [s.id for s in answer.recommended_offers[0].steps] == ["starter", "connect-pack"]
    assert "EUR 29" in answer.answer.text
    assert "EUR 49" in answer.answer.text


def test_a_limit_that_was_never_read_is_told_without_usage(
    fernway: Playbook, now: datetime
) -> None:
    answer = answered(fernway, self_serve(), now, "team-members", meter="seats", wants="limit")
    assert "10" in answer.answer.text
    assert not any(f.name.startswith("usage") for f in answer.facts)


def test_what_a_slot_holds_is_never_read_as_a_slot() -> None:
    assert fill("{a} and {b}", {"a": "{b}", "b": "x"}) == "{b} and x"


def test_amounts_keep_every_digit() -> None:
    from decimal import Decimal

    assert [amount_text(Decimal(x)) for x in ("49", "19.6042", "0.002", "4.5")] == [
        "49.00",
        "19.6042",
        "0.002",
        "4.50",
    ]


def test_a_figure_of_a_signal_may_stand_in_any_words_of_its_offer(now: datetime) -> None:
    sources = read_folder(sample_topics())
    label = "> **Answer Salesforce export:**"
    words = f"{label} {{manual-export.count}} times in {{manual-export.window}}.\n>\n{label}"
    sources["product-bundles.md"] = sources["product-bundles.md"].replace(label, words, 1)
    compiled = Compiler().compile_sources(sources, now.date())
    workspace = workspace_of(compiled, data_dir=None)
    ada = find_person("ada", now)
    asked = ask(workspace, "Can I export to Salesforce?", ada, now=now)
    assert "10 times in the last 2 weeks." in asked.answer.answer.text
