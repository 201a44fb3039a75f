"""The roof: one question's whole trip on one page, from what was asked to an answer that is proven."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from skill.agent.composer import Composer
from skill.agent.grounding import Prover
from skill.agent.tools import key_of, passages
from skill.compiler.folder import Compiled, Compiler, refuse_errors
from skill.compiler.labels import nearest
from skill.errors import InputError, TooLong
from skill.model.account import Customer
from skill.model.answer import Answer
from skill.model.decision import Decision, Meaning, Outcome, Surface, Verdict
from skill.model.playbook import Playbook
from skill.model.preview import Billed
from skill.model.topic import Diagnostic, Quote
from skill.policy.decide import MAX_OFFERS, decide
from skill.retrieval.index import Library
from skill.sources.billing import BillingPreview
from skill.sources.priced_offers import Priced, priced

MAX_QUESTION = 4_000
"""Characters of a question; nobody asks a longer one, and a longer one is refused, not cut."""
MAX_OFFERS_ASKED = 5


@dataclass(frozen=True)
class Workspace:
    """One version of the Topics, ready to answer: compiled, indexed, and able to prove what it says."""

    playbook: Playbook
    library: Library
    prover: Prover
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    """A question's answer, and the decision that it was made from."""

    decision: Decision
    answer: Answer
    billed: Mapping[str, Billed] = field(default_factory=dict)
    """What the billing provider said of an offer, by the key of its bundle: an input of the decision."""
    unpriced: Mapping[str, str] = field(default_factory=dict)
    """Why it said no price of an offer that has one in its Topic, for whoever runs it."""


def open_workspace(
    topics: Path, *, data_dir: Path | None, today: date, compiler: Compiler | None = None
) -> Workspace:
    """The workspace of a folder of Topics.

    Raises:
        TopicError: the folder cannot be served; its `diagnostics` say why.
    """
    compiled = (compiler or Compiler()).compile_folder(topics, today)
    return workspace_of(compiled, data_dir=data_dir, where=str(topics))


def workspace_of(compiled: Compiled, *, data_dir: Path | None, where: str = "") -> Workspace:
    """The workspace of compiled Topics. Raises TopicError where they may not be served."""
    refuse_errors(compiled, where)
    playbook = compiled.playbook
    return Workspace(
        playbook=playbook,
        library=Library.build(playbook, data_dir=data_dir),
        prover=Prover(playbook),
        diagnostics=compiled.diagnostics,
        sources=compiled.sources,
    )


def ask(
    workspace: Workspace,
    question: str,
    customer: Customer,
    *,
    now: datetime,
    surface: Surface = Surface.IN_PRODUCT,
    conversation: Sequence[str] = (),
    picked: str | None = None,
    chosen: str | None = None,
    replied: bool = False,
    max_offers: int = MAX_OFFERS,
    support: bool = False,
    allow_unreviewed: bool = False,
    decision_id: str = "",
    locale: str | None = None,
    billing: BillingPreview | None = None,
    stops: frozenset[str] = frozenset(),
    shadow: bool = False,
) -> Asked:
    """Answer one question of one person, with offers only where the Topics allow them.

    Resolve what is meant, decide, ask what the offers would cost, compose from quotes and facts, prove. The same
    inputs give the same bytes, and what `billing` says is one of them: without its word no price is shown.
    `locale` is the language to answer in (BCP 47); the person's own where it is None. It chooses words and nothing else.
    `replied` is true once a person of the company has answered in this conversation: then the skill is silent.
    `picked` is the key of the feature that the person chose among those the answer before had asked back about, and
    `chosen` the same where a model chose: nobody picked anything then.
    `stops` holds the keys of bundles that nobody is to be offered now, or `*` for all.
    In `shadow` everything is decided as ever and nothing is offered; what would have been stands in the decision.

    Raises:
        InputError: a question that cannot be read, or a picked feature that no Topic knows.
        GroundingError: the answer could not be proven; nothing of it may be shown.
    """
    asked = readable(question)
    customer = as_known(customer, surface, locale)
    resolver = workspace.library.resolver
    if replied:
        meaning = Meaning(outcome=Outcome.OUTSIDE, reasons=("a person has replied",))
    elif picked is not None:
        meaning = resolver.picked(asked, _feature_key(workspace.playbook, picked, "picked"))
    elif chosen is not None:
        meaning = resolver.picked(asked, chosen)
        why = ("chosen by the model among those asked back about",)
        meaning = meaning.model_copy(update={"picked": False, "reasons": why})
    else:
        meaning = resolver.resolve(asked, conversation)
    decision = decide(
        workspace.playbook,
        customer,
        meaning,
        surface=surface,
        now=now,
        max_offers=max(0, min(max_offers, MAX_OFFERS_ASKED)),
        stops=stops,
        shadow=shadow,
    )
    told = _priced(workspace.playbook, customer, decision, billing, now)
    decision = told.decision
    composer = Composer(
        workspace.playbook,
        decision,
        customer,
        support=support,
        allow_unreviewed=allow_unreviewed,
        billed=told.billed,
    )
    identity = decision_id or id_of(workspace.playbook.version, asked, customer, now, surface)
    helps = _passages(workspace, asked, decision, allow_unreviewed=allow_unreviewed)
    answer = composer.answer(identity, helps)
    workspace.prover.demand(answer.body())
    return Asked(decision, answer, told.billed, told.unpriced)


def _priced(
    playbook: Playbook,
    customer: Customer,
    decision: Decision,
    billing: BillingPreview | None,
    now: datetime,
) -> Priced:
    """The decision with its offers at the provider's prices; as it is where nobody is asked, or nothing is offered.

    Where anybody may read along there is no account that somebody could be asked about.
    """
    is_public = decision.surface is Surface.PUBLIC_DIRECTORY
    if billing is None or is_public or not decision.offers:
        return Priced(decision, {}, {})
    return priced(billing, playbook, customer, decision, now)


def check_access(
    workspace: Workspace,
    feature: str,
    customer: Customer,
    *,
    now: datetime,
    surface: Surface = Surface.IN_PRODUCT,
    support: bool = False,
    stops: frozenset[str] = frozenset(),
    shadow: bool = False,
) -> dict[str, Any]:
    """The gate alone: what `GET /v1/features/{key}/access` answers.

    Raises:
        InputError: these Topics know no such feature.
    """
    key = _feature_key(workspace.playbook, feature, "feature")
    meaning = Meaning(outcome=Outcome.FEATURE, features=(key,), reasons=("asked by key",))
    decision = decide(
        workspace.playbook,
        customer,
        meaning,
        surface=surface,
        now=now,
        stops=stops,
        shadow=shadow,
    )
    answer = Composer(workspace.playbook, decision, customer, support=support).answer("")
    body = answer.body()
    return {
        "topics_version": workspace.playbook.version,
        "feature": body["feature"],
        "entitlements": [
            {"source": e.source, "name": e.name, "where": str(e.span) if e.span else None}
            for e in decision.accesses[0].entitlements
        ],
        "missing": body["missing"],
    }


def _feature_key(playbook: Playbook, name: str, pointer: str) -> str:
    """The feature of this key, name, or word that it is also called by. Raises InputError with the nearest one."""
    key = key_of(playbook, name)
    if key is not None:
        return key
    near = nearest(name[:80], playbook.features)
    some = ", ".join(f"`{k}`" for k in list(playbook.features)[:8])
    raise InputError(
        f"no feature `{name[:80]}` in these Topics",
        pointer=pointer,
        help=f"did you mean `{near}`?" if near else f"features here: {some}, ...",
    )


def readable(question: str) -> str:
    """A question as it may be asked.

    Raises:
        InputError: nothing in it, a NUL byte, or too long; says which.
    """
    if "\0" in question:
        raise InputError("the question holds a NUL byte", pointer="question")
    if len(question) > MAX_QUESTION:
        raise TooLong(
            f"the question has {len(question):,} characters; at most {MAX_QUESTION:,} are read",
            pointer="question",
        )
    if not question.strip():
        raise InputError("the question is empty", pointer="question")
    return question.encode("utf-8", "replace").decode("utf-8").strip()


def id_of(version: str, question: str, customer: Customer, now: datetime, surface: Surface) -> str:
    """An id made of the inputs, for questions that are answered and not recorded."""
    inputs = [version, question, customer.model_dump_json(), now.isoformat(), surface.value]
    return "dec_" + hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:20]


def as_known(customer: Customer, surface: Surface, locale: str | None) -> Customer:
    """The customer as this answer may know them: reading `locale` now, and nobody where anybody may read along."""
    language = locale if locale is not None else customer.person.locale
    if surface is Surface.PUBLIC_DIRECTORY:
        return Customer.model_validate({"account": {}, "person": {"locale": language}})
    if locale is None:
        return customer
    person = customer.person.model_copy(update={"locale": language})
    return customer.model_copy(update={"person": person})


def _passages(
    workspace: Workspace, question: str, decision: Decision, *, allow_unreviewed: bool
) -> tuple[Quote, ...]:
    """Help texts about what this person has, where that is what they ask."""
    held = frozenset(a.feature for a in decision.accesses if a.verdict is Verdict.GRANTED)
    if decision.meaning.wants not in ("access", "what"):
        return ()
    return passages(
        workspace.playbook, workspace.library, question, held, unreviewed=allow_unreviewed
    )
