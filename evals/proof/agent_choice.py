"""The judge's table on real pricings: without a model, with a perfect chooser, and with a small real model where one is.

The perfect chooser knows the case's answer, and can still only choose among the features that were asked back about:
it is the upper bound of what the seam lets a model add.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from evals import small_model
from evals.proof.agent_stage import NOW, Small, candidates_in, reply, told
from evals.proof.table import Table
from evals.proof.understanding import SHARED, Judge, judge_of, opened, sure_of
from evals.proof.understanding import told as told_styles
from skill.agent.loop import Agent, Budget
from skill.agent.provider.endpoint import ChatEndpoint
from skill.agent.provider.turns import Heard, LanguageModel, Turn, TurnRequest
from skill.agent.reply import NONE
from skill.ask import Asked, Workspace
from skill.converse import Asking, converse
from skill.model.account import Customer
from skill.model.common import slug
from skill.model.decision import Outcome
from skill.retrieval import ladder
from skill.settings import Embeddings, ModelChoice

PRICINGS = SHARED / "data" / "pricings"
Case = dict[str, Any]


class Perfect:
    """Chooses the case's own feature where it may be chosen, and none of them elsewhere."""

    name = "perfect"

    def __init__(self, case: Case) -> None:
        self._names = right_names(case)

    async def turn(self, request: TurnRequest, heard: Heard | None = None) -> Turn:
        """Its choice, and no sentence: the decided ones are shown all the same, and nothing of it is streamed."""
        del heard
        among = candidates_in(request)
        if not among:
            return Turn(reply())
        right = next((key for key in among if plainly(key) in self._names), NONE)
        return Turn(reply(choice=right))


def right_names(case: Case) -> set[str]:
    """What the judge takes for the case's feature or limit."""
    limit = case.get("limit") or {}
    names = [case["feature"], case["feature_label"], *(case.get("confusable_with") or [])]
    if limit:
        names += [limit["name"], *limit.get("linked_features", [])]
    return {plainly(name) for name in names if name}


def plainly(name: str) -> str:
    """A name by its letters and digits alone, as the judge compares them."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def rows(table: Table, much: Small) -> None:
    """The judge's figures for each mode, side by side on the same cases."""
    if not PRICINGS.is_dir():
        table.add("the real pricings", f"not here: {PRICINGS.name}; their figures are left out")
        return
    lines = (PRICINGS / "cases.jsonl").read_text("utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    if much.pricings:
        # Every so many, so that each product and style has its share.
        cases = cases[:: max(len(cases) // much.pricings, 1)][: much.pricings]
    judge = judge_of(SHARED / "tools" / "judge_pricings.py")
    workspaces = opened(PRICINGS, ladder.Ladder.of(Embeddings.from_env()).embedder())
    plain = [asking_of(case).answered(workspaces[case["product"].lower()]) for case in cases]
    played = partial(_judged, cases, workspaces, judge, plain)
    without = played(None, "answer")
    _add(table, "without a model", without)
    for choosing in ("answer", "offer"):
        found = played(Perfect, choosing)
        _add(table, f"a perfect chooser, choosing=`{choosing}`", found)
        if choosing == "offer":
            ok = found["right"] >= without["right"] and sure_of(found) <= sure_of(without)
            value = f"{found['right'] - without['right']:+} right, {sure_of(found) - sure_of(without):+} wrong and sure"
            table.add("what a perfect chooser can add", value, "never worse", ok)
    _really(table, cases, workspaces, judge, plain)


def asking_of(case: Case) -> Asking:
    """A case as a question of somebody on its plan."""
    plan = slug(case["plan_of_user"]) if case["plan_of_user"] else None
    customer = Customer.model_validate({"account": {"plan": plan}})
    return Asking(case["question"], customer, NOW, allow_unreviewed=True)


def _judged(
    cases: Sequence[Case],
    workspaces: Mapping[str, Workspace],
    judge: Judge,
    plain: Sequence[Asked],
    model_for: Any,
    choosing: ModelChoice,
) -> Counter[str]:
    counts: Counter[str] = Counter()
    with asyncio.Runner() as runner:
        for at in told("cases of real pricings", len(cases)):
            case, asked = cases[at], plain[at]
            model: LanguageModel | None = model_for(case) if model_for else None
            agent = Agent(model, Budget(seconds=60.0)) if model is not None else None
            workspace = workspaces[case["product"].lower()]
            done = runner.run(
                converse(workspace, asking_of(case), agent, asked=asked, choosing=choosing)
            )
            counts.update(judge(case, done.asked.answer.body()))
            counts["asked"] += done.asked.decision.meaning.outcome is Outcome.WHICH
            counts["calls"] += done.tally.calls if done.tally else 0
    return counts


def _add(table: Table, mode: str, found: Counter[str]) -> None:
    ways = f"{told_styles(found)} (for lack of the offer alone {found['wrong_offer']}); {found['calls']} calls of the model"
    table.add(f"real pricings, {mode}", ways)


def _really(
    table: Table,
    cases: Sequence[Case],
    workspaces: Mapping[str, Workspace],
    judge: Judge,
    plain: Sequence[Asked],
) -> None:
    """The same with a small real model, on the cases where it is asked to choose."""
    if reason := small_model.why_not():
        table.add("real pricings, a small real model", f"left out: {reason}")
        return
    vague = [i for i, asked in enumerate(plain) if asked.answer.candidates]
    some, asked = [cases[i] for i in vague], [plain[i] for i in vague]
    _add(
        table,
        f"without a model, the {len(some)} asked back about",
        _judged(some, workspaces, judge, asked, None, "answer"),
    )
    with small_model.served() as base_url:
        model = ChatEndpoint(small_model.NAME, base_url=base_url, temperature=0.0)
        shaped = small_model.ByShape(model)
        found = _judged(some, workspaces, judge, asked, lambda _: shaped, "answer")
    _add(table, f"{small_model.NAME}, the {len(some)} asked back about", found)
