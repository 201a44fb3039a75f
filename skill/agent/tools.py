"""The model's four tools: they read, for the one person who asks; whose account it is, is bound here and no argument."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from skill.agent.composer import Composer
from skill.agent.pool import Pool
from skill.agent.provider.turns import Tool, ToolCall
from skill.agent.slots import told_fact
from skill.compiler.labels import nearest
from skill.model.account import Customer
from skill.model.common import slug
from skill.model.decision import Meaning, Outcome, Surface, Verdict
from skill.model.playbook import Playbook
from skill.model.topic import Quote
from skill.policy import gate
from skill.policy.decide import decide
from skill.retrieval.index import Library

MAX_RESULTS = 3
"""Passages that one search answers."""
MAX_ARGUMENT = 200
"""Characters of an argument; nobody's name for a thing is longer."""


def _tool(name: str, description: str, **properties: str) -> Tool:
    return Tool(
        name,
        description,
        {
            "type": "object",
            "properties": {k: {"type": "string", "description": v} for k, v in properties.items()},
            "required": list(properties),
            "additionalProperties": False,
        },
    )


TOOLS = (
    _tool("search_passages", "Help texts on what this person has.", query="what to look for"),
    _tool("check_access", "Whether this person has a feature.", feature="its name"),
    _tool("recommend_offers", "What may be offered here. Settled."),
    _tool("usage_of", "A limit, and what is used of it.", limit="what is counted"),
)
"""Descriptions hold no text of Topics or accounts: nobody can write into them."""


@dataclass(frozen=True)
class Person:
    """Who asks, where and when: what every tool is bound to."""

    customer: Customer
    surface: Surface
    now: datetime
    allow_unreviewed: bool = False


class Tools:
    """The four tools for one question; what they find goes into the pool."""

    def __init__(self, playbook: Playbook, library: Library, person: Person, pool: Pool) -> None:
        self._playbook = playbook
        self._library = library
        self._person = person
        self._pool = pool
        self._by_name: Mapping[str, Callable[[str], dict[str, Any]]] = {
            "search_passages": self._search,
            "check_access": self._access,
            "recommend_offers": lambda _: self._offers(),
            "usage_of": self._usage,
        }

    def call(self, call: ToolCall) -> str:
        """The result of one call as JSON; whatever the model wrote into it, this never raises."""
        tool = self._by_name.get(call.name)
        if tool is None:
            return compact({"error": "no such tool"})
        return compact(tool(_argument(call.arguments)))

    def decided(self) -> str:
        """What was decided before the model was asked, as the result of a first `check_access`."""
        answer = self._pool.answer
        access = {v.name: v.access for v in answer.features if v.name}
        body = {"access": access, "quotes": self._quotes(list(self._pool.must))}
        figures = {id_: told_fact(fact) for id_, fact in self._pool.figures().items()}
        if figures:
            body["facts"] = figures
        if answer.candidates:
            body["candidates"] = {c.key: c.name for c in answer.candidates}
        return compact(body)

    # -- the tools ----------------------------------------------------------------------------------------

    def _search(self, query: str) -> dict[str, Any]:
        held = frozenset(k for k in self._playbook.features if self._has(k))
        unreviewed = self._person.allow_unreviewed
        found = passages(self._playbook, self._library, query, held, unreviewed=unreviewed)
        composer = self._composer(Meaning(outcome=Outcome.OUTSIDE))
        return {"quotes": self._quotes(self._pool.add(composer.passages(found[:MAX_RESULTS])))}

    def _access(self, name: str) -> dict[str, Any]:
        key = key_of(self._playbook, name)
        if key is None:
            near = nearest(name, [f.name for f in self._playbook.features.values()])
            return {"error": "no feature of that name", "nearest": near}
        answer = self._composed(Meaning(outcome=Outcome.FEATURE, features=(key,)))
        view = answer.features[0]
        ids = self._pool.add(answer.answer.sentences, view)
        return {"feature": view.name, "access": view.access, "quotes": self._quotes(ids)}

    def _offers(self) -> dict[str, Any]:
        offers = self._pool.answer.recommended_offers
        return {"offers": [{"name": o.name, "unlocks": list(o.unlocks)} for o in offers]}

    def _usage(self, name: str) -> dict[str, Any]:
        meters = self._playbook.meters
        key = name.strip().casefold().replace(" ", "_")
        key = key if key in meters else nearest(name, list(meters)) or ""
        feature = next((f for f in self._playbook.features.values() if key in f.meters), None)
        if feature is None:
            return {"error": "nothing of that name is counted", "counted": list(meters)[:20]}
        asked = Meaning(outcome=Outcome.FEATURE, features=(feature.key,), meter=key, wants="limit")
        answer = self._composed(asked)
        ids = self._pool.add(answer.answer.sentences, answer.features[0])
        facts = {f.id: told_fact(f) for f in answer.facts if f.id in self._pool.figures()}
        return {"limit": meters[key].name, "quotes": self._quotes(ids), "facts": facts}

    # -- what they share ----------------------------------------------------------------------------------

    def _composed(self, meaning: Meaning) -> Any:
        return self._composer(meaning).answer("")

    def _composer(self, meaning: Meaning) -> Composer:
        """A composer that goes on with the pool's numbers, and never makes an offer."""
        one = self._person
        decision = decide(
            self._playbook, one.customer, meaning, surface=one.surface, now=one.now, max_offers=0
        )
        return Composer(
            self._playbook,
            decision,
            one.customer,
            allow_unreviewed=one.allow_unreviewed,
            evidence=self._pool.evidence,
        )

    def _has(self, key: str) -> bool:
        one = self._person
        meaning = Meaning(outcome=Outcome.FEATURE, features=(key,))
        found = gate.access(self._playbook, one.customer, key, meaning, one.now)
        return found.verdict is Verdict.GRANTED

    def _quotes(self, ids: list[str]) -> dict[str, str]:
        return {id_: self._pool.sentences[id_].text for id_ in ids}


def key_of(playbook: Playbook, name: str) -> str | None:
    """The key of the feature with this key or name, or with this word that it is also called; None where none has it."""
    key = slug(name)
    if key in playbook.features:
        return key
    called = {slug(word): f.key for f in playbook.features.values() for word in f.also_called}
    return called.get(key)


def passages(
    playbook: Playbook,
    library: Library,
    query: str,
    held: frozenset[str],
    *,
    unreviewed: bool = False,
) -> tuple[Quote, ...]:
    """Help texts for customers about features that are held, best first: no how-to for somebody who lacks one."""
    articles = [a for a in playbook.articles if not a.internal and a.needs and held >= set(a.needs)]
    if not articles:
        return ()
    allowed = {passage for article in articles for passage in article.passages}
    hits = library.search(query, "customers", features=held, reviewed=not unreviewed)
    return tuple(h.passage for h in hits if isinstance(h.passage, Quote) and h.passage in allowed)


def _argument(arguments: str) -> str:
    """The one argument that a tool takes; empty where the model wrote none."""
    try:
        body = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return ""
    values = [v for v in body.values() if isinstance(v, str)] if isinstance(body, dict) else []
    return values[0][:MAX_ARGUMENT] if values else ""


def compact(body: Mapping[str, Any]) -> str:
    """JSON without a blank that nobody reads: a model is paid by the piece."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
