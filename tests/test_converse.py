"""A conversation with a model: it words what was decided, and whatever it says it changes nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.agent.loop import Agent, Budget
from skill.agent.provider.turns import System, ToolCall, ToolResult, Turn, TurnRequest, Used, User
from skill.ask import Workspace, workspace_of
from skill.compiler.folder import Compiler, read_folder
from skill.converse import Asking, Conversed, converse
from skill.errors import ModelFailed
from skill.model.account import Customer
from skill.model.decision import Surface
from skill.sample import sample_topics
from skill.settings import ModelPrice
from skill.sources.billing import Change, Unpriced
from skill.testing import ScriptedModel, customer

SALESFORCE = "Can I export to Salesforce?"
VAGUE = "Can I send a list to another tool?"


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    compiled = Compiler().compile_sources(read_folder(sample_topics()), date(2026, 11, 21))
    return workspace_of(compiled, data_dir=None)


def reply(*sentences: dict[str, Any], **more: Any) -> Turn:
    return Turn(json.dumps({**more, "sentences": list(sentences)}), used=Used(100, 60, 20))


def prose(text: str, *evidence: str) -> dict[str, Any]:
    return {"prose": text, "evidence": list(evidence)}


def looks_up(name: str, **arguments: str) -> Turn:
    return Turn("", (ToolCall(f"c_{name}", name, json.dumps(arguments)),))


class Desk:
    """One person's questions, put to a script."""

    def __init__(self, workspace: Workspace, now: datetime) -> None:
        self.workspace, self.now = workspace, now

    def asks(
        self,
        question: str,
        *steps: Any,
        who: Customer | None = None,
        budget: Budget | None = None,
        heard: Callable[[Any], None] | None = None,
        surface: Surface = Surface.IN_PRODUCT,
        conversation: tuple[str, ...] = (),
        composition: Any = "fluid",
        choosing: Any = "answer",
    ) -> Conversed:
        asking = Asking(
            question,
            who or customer(plan="starter"),
            self.now,
            surface=surface,
            conversation=conversation,
        )
        with ScriptedModel(*steps) as self.model:
            agent = Agent(self.model, budget)
            made = converse(
                self.workspace,
                asking,
                agent,
                composition=composition,
                choosing=choosing,
                heard=heard,
            )
            done = asyncio.run(made)
        assert self.workspace.prover.prove(done.asked.answer.body()).problems == ()
        return done

    def plainly(self, question: str, who: Customer | None = None) -> Any:
        asking = Asking(question, who or customer(plan="starter"), self.now)
        return asyncio.run(converse(self.workspace, asking, None)).asked.answer


@pytest.fixture
def desk(workspace: Workspace, now: datetime) -> Desk:
    return Desk(workspace, now)


def texts(done: Conversed) -> list[str]:
    return [s.text for s in done.asked.answer.answer.sentences]


def test_proven_prose_stands_between_the_decided_sentences(desk: Desk) -> None:
    done = desk.asks(SALESFORCE, reply({"quote": "q1"}, prose("Good question!"), {"quote": "q2"}))
    kinds = [s.kind for s in done.asked.answer.answer.sentences]
    assert kinds == ["quote", "connective", "quote", "quote"]
    assert (done.asked.answer.answer.model, done.asked.answer.answer.degraded) == (
        "scripted",
        False,
    )


@pytest.mark.parametrize(
    "lie",
    [
        "It costs EUR 10 a month.",
        "Your plan has Salesforce export already.",
        "You will get a discount next week.",
        "Team has it too.",
        "See https://evil.example for more.",
        "Ignore the price, it is free.",
    ],
)
def test_a_lie_is_replaced_by_what_was_decided_and_counted(desk: Desk, lie: str) -> None:
    done = desk.asks(SALESFORCE, reply(prose(lie, "q1", "q2")))
    assert texts(done) == [s.text for s in desk.plainly(SALESFORCE).answer.sentences]
    assert done.tally is not None
    assert sum(done.tally.replaced.values()) >= 1


def test_what_the_model_leaves_out_is_said_all_the_same_and_in_its_order(desk: Desk) -> None:
    done = desk.asks(SALESFORCE, reply({"quote": "q2"}))
    assert texts(done) == [s.text for s in desk.plainly(SALESFORCE).answer.sentences]


def test_strict_composition_lets_no_sentence_of_the_model_in(desk: Desk) -> None:
    done = desk.asks(SALESFORCE, reply(prose("Good question!")), composition="strict")
    assert all(s.kind == "quote" for s in done.asked.answer.answer.sentences)
    assert "prose" not in json.dumps(desk.model.requests[0].schema)


def test_inside_the_product_prose_is_let_in_only_where_somebody_says_so(desk: Desk) -> None:
    inside = desk.asks(SALESFORCE, reply(prose("Good question!")), composition="auto")
    copilot = desk.asks(
        SALESFORCE,
        reply(prose("Good question!")),
        composition="auto",
        surface=Surface.SUPPORT_COPILOT,
    )
    assert "Good question!" not in texts(inside)
    assert "Good question!" in texts(copilot)


def test_the_common_question_takes_one_call_and_a_small_prompt(desk: Desk) -> None:
    desk.asks(SALESFORCE, reply({"quote": "q1"}))
    (request,) = desk.model.requests
    said = sum(len(getattr(m, "text", "")) for m in request.messages)
    tools = sum(
        len(t.name) + len(t.description) + len(json.dumps(t.parameters)) for t in request.tools
    )
    assert said + tools + len(json.dumps(request.schema, separators=(",", ":"))) < 2_560


def test_the_prompt_begins_alike_for_every_question(desk: Desk) -> None:
    desk.asks(SALESFORCE, reply())
    first = desk.model.requests[0]
    desk.asks("Do we have SSO?", reply(), who=customer(plan="business"))
    second = desk.model.requests[0]
    assert isinstance(first.messages[0], System)
    assert (first.messages[0], first.tools) == (second.messages[0], second.tools)


def test_a_second_feature_is_looked_up_and_told(desk: Desk) -> None:
    done = desk.asks(
        SALESFORCE,
        looks_up("check_access", feature="audit log"),
        reply({"quote": "q1"}, {"quote": "q4"}),
    )
    answer = done.asked.answer
    assert [f.key for f in answer.features] == ["salesforce-export", "audit-log"]
    assert [o.id for o in answer.recommended_offers] == ["connect-pack"]
    assert done.tally is not None
    assert done.tally.calls == 2


def test_a_figure_is_looked_up_and_told_by_its_template(desk: Desk) -> None:
    usage = [{"meter": "seats", "at": "2026-11-21T08:00:00Z", "value": 8}]
    done = desk.asks(
        SALESFORCE,
        looks_up("usage_of", limit="seats"),
        reply({"quote": "q1"}, {"quote": "q4"}),
        who=customer(plan="starter", usage=usage),
    )
    assert any("8" in text and "10" in text for text in texts(done))


def test_a_tool_never_tells_of_another_account(desk: Desk) -> None:
    desk.asks(
        SALESFORCE,
        looks_up("check_access", feature="audit log", account="acc_other"),
        reply({"quote": "q1"}),
    )
    result = desk.model.requests[1].messages[-1]
    assert isinstance(result, ToolResult)
    assert '"access":"denied"' in result.text


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (ToolCall("c", "delete_account", "{}"), "no such tool"),
        (ToolCall("c", "check_access", "{not json"), "no feature of that name"),
        (ToolCall("c", "check_access", '{"feature": ["a"]}'), "no feature of that name"),
        (ToolCall("c", "usage_of", '{"limit": "unicorns"}'), "nothing of that name is counted"),
    ],
)
def test_a_strange_call_gets_a_plain_answer(desk: Desk, call: ToolCall, told: str) -> None:
    desk.asks(SALESFORCE, Turn("", (call,)), reply({"quote": "q1"}))
    result = desk.model.requests[1].messages[-1]
    assert isinstance(result, ToolResult)
    assert told in result.text


def test_a_model_that_only_calls_tools_is_answered_for_in_the_end(desk: Desk) -> None:
    loop = looks_up("check_access", feature="audit log")
    done = desk.asks(SALESFORCE, *[loop] * 5, reply())
    assert desk.model.requests[-1].tools == ()
    assert texts(done) == [s.text for s in desk.plainly(SALESFORCE).answer.sentences]


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (ModelFailed("down", why="unreachable"), "unreachable"),
        (ModelFailed("late", why="timeout"), "timeout"),
        (Turn("I will not."), "malformed"),
        (Turn('{"sentences": [{"quote": "q1"}'), "malformed"),
        (Turn("", refusal="no"), "refusal"),
        (Turn("x" * 100_000), "malformed"),
    ],
)
def test_a_model_that_fails_costs_its_prose_and_nothing_else(
    desk: Desk, step: Any, why: str
) -> None:
    done = desk.asks(SALESFORCE, step)
    plain = desk.plainly(SALESFORCE)
    assert done.asked.answer.answer.text == plain.answer.text
    assert done.asked.answer.answer.degraded
    assert done.asked.answer.recommended_offers == plain.recommended_offers
    assert done.tally is not None
    assert done.tally.failed == why


def test_the_deadline_holds_over_all_calls(desk: Desk) -> None:
    moments = iter([0.0, 0.0, 9.0, 9.0, 9.0])
    asking = Asking(SALESFORCE, customer(plan="starter"), desk.now)
    with ScriptedModel(looks_up("check_access", feature="audit log")) as model:
        agent = Agent(model, Budget(seconds=8), clock=lambda: next(moments))
        done = asyncio.run(converse(desk.workspace, asking, agent))
    assert done.tally is not None
    assert done.tally.failed == "timeout"


def test_a_question_that_is_not_ours_costs_no_call(desk: Desk) -> None:
    done = desk.asks("I would like a refund for last month's invoice.")
    assert done.tally is None
    assert not done.asked.answer.triggered


def test_the_model_may_choose_among_the_candidates_and_sells_nothing_by_it(desk: Desk) -> None:
    done = desk.asks(VAGUE, reply(choice="salesforce-export"))
    feature = done.asked.answer.feature
    assert feature is not None
    assert (feature.key, feature.access) == ("salesforce-export", "denied")
    assert done.asked.answer.recommended_offers == ()
    assert desk.model.requests[0].tools == ()


def test_where_the_company_says_so_a_choice_may_lead_to_an_offer(desk: Desk) -> None:
    done = desk.asks(VAGUE, reply(choice="salesforce-export"), choosing="offer")
    assert [o.id for o in done.asked.answer.recommended_offers] == ["connect-pack"]


class Unknown:
    """A billing provider that knows no price of anything."""

    name = "made-up"

    def previews(self, changes: Sequence[Change]) -> Sequence[Unpriced]:
        return [Unpriced("it knows no such account") for _ in changes]


def test_what_a_model_chooses_is_offered_at_the_provider_s_price_too(desk: Desk) -> None:
    asking = Asking(VAGUE, customer(plan="starter"), desk.now, billing=Unknown())
    with ScriptedModel(reply(choice="salesforce-export")) as model:
        made = converse(desk.workspace, asking, Agent(model), choosing="offer")
        asked = asyncio.run(made).asked
    assert [o.price for o in asked.answer.recommended_offers] == [None]
    assert asked.unpriced == {"connect-pack": "it knows no such account"}


def test_what_the_provider_said_stays_with_an_answer_that_a_model_worded(desk: Desk) -> None:
    asking = Asking(SALESFORCE, customer(plan="starter"), desk.now, billing=Unknown())
    with ScriptedModel(reply({"quote": "q1"})) as model:
        asked = asyncio.run(converse(desk.workspace, asking, Agent(model))).asked
    assert asked.unpriced == {"connect-pack": "it knows no such account"}


def test_no_tool_of_the_model_tells_a_price_that_nobody_confirmed(desk: Desk) -> None:
    asking = Asking(SALESFORCE, customer(plan="starter"), desk.now, billing=Unknown())
    calls = [looks_up("recommend_offers"), looks_up("check_access", feature="Approval steps"),
             looks_up("check_access", feature="Salesforce export")]  # fmt: skip
    with ScriptedModel(*calls, reply({"quote": "q1"})) as model:
        asyncio.run(converse(desk.workspace, asking, Agent(model)))
        told = [m.text for r in model.requests for m in r.messages if isinstance(m, ToolResult)]
    assert len(told) > len(calls)
    assert not any(figure in text for text in told for figure in ("49", "99", "EUR"))


@pytest.mark.parametrize("choice", ["none of these", "audit-log", "gold-plan", 7])
def test_it_cannot_choose_what_was_not_among_them(desk: Desk, choice: Any) -> None:
    done = desk.asks(VAGUE, reply(choice=choice))
    assert done.asked.answer.feature is None
    assert done.asked.answer.candidates == desk.plainly(VAGUE).candidates


def test_what_others_are_claimed_to_have_said_is_handed_over_as_data(desk: Desk) -> None:
    desk.asks("and for my whole team?", reply(), conversation=("Do we have parallel runs?",))
    request: TurnRequest = desk.model.requests[0]
    told = [m for m in request.messages if isinstance(m, User)]
    assert json.loads(told[0].text) == {
        "question": "and for my whole team?",
        "earlier": ["Do we have parallel runs?"],
    }


def test_each_sentence_is_heard_once_it_is_proven_and_none_is_taken_back(desk: Desk) -> None:
    heard: list[str] = []
    done = desk.asks(
        SALESFORCE,
        reply(prose("Good question!"), {"quote": "q1"}, prose("It costs EUR 1.", "q1")),
        heard=lambda sentence: heard.append(sentence.text),
    )
    assert heard == texts(done)
    assert heard[0] == "Good question!"


def test_a_stream_that_breaks_is_ended_with_what_was_decided(desk: Desk) -> None:
    heard: list[str] = []

    class Breaks:
        name = "breaks"

        async def turn(self, request: TurnRequest, heard: Any = None) -> Turn:
            heard('{"sentences": [{"prose": "Good question!", "evidence": []}, {"quote": "q')
            raise ModelFailed("cut", why="broken_off")

    asking = Asking(SALESFORCE, customer(plan="starter"), desk.now)
    made = converse(
        desk.workspace,
        asking,
        Agent(Breaks()),
        composition="fluid",
        heard=lambda sentence: heard.append(sentence.text),
    )
    done = asyncio.run(made)
    assert heard == ["Good question!", *(s.text for s in desk.plainly(SALESFORCE).answer.sentences)]
    assert done.asked.answer.answer.text == "\n\n".join(heard)


def test_the_cost_of_an_answer_is_the_sum_of_its_calls(desk: Desk) -> None:
    first = Turn("", (ToolCall("c", "recommend_offers", "{}"),), Used(80, 0, 5))
    done = desk.asks(SALESFORCE, first, reply())
    assert done.tally is not None
    assert done.tally.used == Used(180, 60, 25)
    assert done.tally.told()["tools"] == ["recommend_offers"]
    price = ModelPrice(Decimal("0.15"), Decimal("0.075"), Decimal("0.60"), "USD")
    assert done.tally.told(price)["cost"] == {"currency": "USD", "amount": "0.0000375"}


PIECES = st.sampled_from(
    [
        {"quote": "q1"}, {"quote": "q2"}, {"quote": "q3"}, {"quote": "q4"}, {"quote": "q9"},
        {"fact": "f1"}, {"fact": "f2"}, {"fact": "f3"}, {"fact": "f6"}, {"fact": "f7"},
        prose("Good question!"), prose("Here is how it works.", "q3"),
        prose("Every list and every table in Fernway can be saved as a file.", "q3"),
        prose("It costs EUR 1.", "q1"), {"offer": "gold"},
    ]
)  # fmt: skip
LOOK_UPS = st.sampled_from(
    [
        [], [("usage_of", "seats")], [("usage_of", "runs"), ("usage_of", "storage")],
        [("check_access", "audit log")], [("search_passages", "save a list as a file")],
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [SALESFORCE, "Difference between Starter and Team?", "How many seats do I have?"]
    ),
    LOOK_UPS,
    st.lists(PIECES, max_size=6),
    st.sampled_from(["strict", "fluid"]),
)
def test_what_was_heard_is_what_is_kept_whatever_the_model_says(
    workspace: Workspace, question: str, looks: list[Any], pieces: list[Any], composition: str
) -> None:
    heard: list[str] = []
    calls = tuple(
        ToolCall(f"c{n}", tool, json.dumps({"a": a})) for n, (tool, a) in enumerate(looks)
    )
    steps = [Turn("", calls), reply(*pieces)] if calls else [reply(*pieces)]
    done = Desk(workspace, datetime(2026, 11, 21, 9, tzinfo=UTC)).asks(
        question,
        *steps,
        composition=composition,
        heard=lambda sentence: heard.append(sentence.text),
    )
    assert heard == texts(done)
    assert done.asked.answer.answer.text == "\n\n".join(heard)


def test_a_figure_that_was_looked_up_is_told_with_what_it_is_of(desk: Desk) -> None:
    done = desk.asks(SALESFORCE, looks_up("usage_of", limit="seats"), reply({"fact": "f2"}))
    keys = [view.key for view in done.asked.answer.features]
    assert keys in (["salesforce-export"], ["salesforce-export", "team-members"])


def test_a_limit_of_another_plan_is_no_fact_of_the_askers(desk: Desk) -> None:
    desk.asks("Difference between Starter and Team?", reply())
    assert '"fact"' not in json.dumps(desk.model.requests[0].schema)


def test_a_model_is_sent_no_figure_that_the_answer_does_not_show(desk: Desk) -> None:
    desk.asks("Do we have SSO?", reply(), who=customer(plan="team"))
    result = desk.model.requests[0].messages[-1]
    assert isinstance(result, ToolResult)
    assert "facts" not in json.loads(result.text)


def test_a_choice_of_the_model_is_no_pick_of_the_person(desk: Desk) -> None:
    done = desk.asks(VAGUE, reply(choice="salesforce-export"))
    assert not done.asked.decision.meaning.picked


def test_what_was_chosen_is_not_told_before_it_could_be_recorded(desk: Desk) -> None:
    heard: list[Any] = []
    desk.asks(VAGUE, reply(choice="salesforce-export"), heard=heard.append)
    assert heard == []


def test_where_anybody_reads_along_no_model_types_and_nothing_of_the_account_is_told(
    desk: Desk,
) -> None:
    usage = [{"meter": "seats", "at": "2026-11-21T08:00:00Z", "value": 8}]
    done = desk.asks(
        "How many seats do I have?",
        looks_up("usage_of", limit="seats"),
        reply(prose("Good question!"), {"quote": "q1"}, {"quote": "q2"}),
        who=customer(plan="team", usage=usage),
        surface=Surface.PUBLIC_DIRECTORY,
        composition="auto",
    )
    assert all(s.kind != "connective" for s in done.asked.answer.answer.sentences)
    assert "25" not in " ".join(texts(done))
    assert done.asked.answer.facts == ()
    assert {view.access for view in done.asked.answer.features} != {"granted"}


def test_a_model_that_breaks_in_its_own_way_costs_its_prose_and_nothing_else(desk: Desk) -> None:
    done = desk.asks(SALESFORCE, OSError("disk full"))
    assert done.asked.answer.answer.text == desk.plainly(SALESFORCE).answer.text
    assert done.tally is not None
    assert done.tally.failed == "broken"


def test_a_model_that_ignores_the_deadline_is_not_waited_for(desk: Desk) -> None:
    class Sleeps:
        name = "sleeps"

        async def turn(self, request: TurnRequest, heard: Any = None) -> Turn:
            await asyncio.sleep(60)
            return Turn("")

    asking = Asking(SALESFORCE, customer(plan="starter"), desk.now)
    agent = Agent(Sleeps(), Budget(seconds=0.05))
    done = asyncio.run(converse(desk.workspace, asking, agent))
    assert done.tally is not None
    assert done.tally.failed == "timeout"


def test_what_a_model_calls_a_tool_is_not_kept(desk: Desk) -> None:
    done = desk.asks(SALESFORCE, Turn("", (ToolCall("c", "card_4111", "{}"),)), reply())
    assert done.tally is not None
    assert done.tally.told()["tools"] == ["unknown"]


def test_what_is_looked_up_is_told_in_the_language_of_the_answer(
    workspace: Workspace, now: datetime
) -> None:
    asking = Asking(SALESFORCE, customer(plan="starter"), now, locale="de")
    script = ScriptedModel(looks_up("check_access", feature="audit log"), reply({"quote": "q4"}))
    done = asyncio.run(converse(workspace, asking, Agent(script)))
    assert {s.lang for s in done.asked.answer.answer.sentences} == {"de"}
