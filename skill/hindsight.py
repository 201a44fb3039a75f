"""The roof: a recorded decision looked at again - read back, and asked why it was not another one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from skill.ask import MAX_OFFERS_ASKED, as_known
from skill.compiler.labels import nearest
from skill.errors import InputError
from skill.model.account import Customer
from skill.model.common import slug
from skill.model.decision import Meaning, Surface
from skill.model.playbook import Playbook
from skill.model.why_not import WhyNot
from skill.policy.decide import MAX_OFFERS
from skill.policy.why.cases import Case
from skill.policy.why.why_not import why_not
from skill.publish import compiled_version
from skill.store.engine import Store
from skill.store.ledger import Recorded
from skill.store.topics import files_of


def body_of(kept: Recorded) -> dict[str, Any]:
    """One decision with everything it was made from, and every verdict on the way, for programs."""
    return {
        "id": kept.id,
        "at": kept.at,
        "scope": kept.scope,
        "question": kept.question,
        "conversation": kept.conversation,
        "surface": kept.surface,
        "topics_version": kept.decision.topics_version,
        "customer": kept.customer.model_dump(mode="json", exclude={"tenant"}),
        "decision": kept.decision.model_dump(mode="json"),
        "answer": kept.answer.body(),
        "billed": {key: one.model_dump(mode="json") for key, one in kept.billed.items()},
        "unpriced": kept.unpriced,
        "spoken": kept.spoken,
    }


def topics_of(
    store: Store, kept: Recorded, served: Callable[[], Playbook], today: date
) -> Playbook:
    """The Topics that a decision was made from, where their texts are kept; else those that are served now."""
    version = kept.decision.topics_version
    if files_of(store, kept.tenant, version):
        compiled = compiled_version(store, kept.tenant, version, today)
        if compiled.servable:
            return compiled.playbook
    return served()


def why_not_of(
    kept: Recorded, playbook: Playbook, *, offer: str | None = None, at: datetime | None = None
) -> WhyNot:
    """Why each bundle was not offered in a recorded decision, or the one that is named.

    `at` asks the same of the recorded inputs at another moment. Where the Topics are no longer those that it was
    made from, it is decided again by these, and the report says so.

    Raises:
        InputError: these Topics know no such bundle.
    """
    return explained(
        playbook,
        kept.customer,
        kept.decision.meaning,
        surface=kept.surface,
        now=at or kept.decision.now,
        max_offers=kept.max_offers,
        offer=offer,
        decision_id=kept.id,
        question=kept.question,
        recorded_version=kept.decision.topics_version,
    )


def explained(
    playbook: Playbook,
    customer: Customer,
    meaning: Meaning,
    *,
    surface: Surface,
    now: datetime,
    max_offers: int = MAX_OFFERS,
    offer: str | None = None,
    decision_id: str = "",
    question: str = "",
    recorded_version: str = "",
) -> WhyNot:
    """The same for a question that may not have been recorded.

    Raises:
        InputError: these Topics know no such bundle.
    """
    case = Case(
        playbook,
        customer,
        meaning,
        surface,
        now,
        max(0, min(max_offers, MAX_OFFERS_ASKED)),
        _known,
    )
    return why_not(
        case,
        None if offer is None else _bundle(playbook, offer),
        decision_id=decision_id,
        question=question,
        recorded_version=recorded_version,
    )


def _known(customer: Customer, surface: Surface) -> Customer:
    return as_known(customer, surface, None)


def _bundle(playbook: Playbook, name: str) -> str:
    key = slug(name)
    if key in playbook.bundles:
        return key
    near = nearest(name[:80], playbook.bundles)
    some = ", ".join(f"`{one}`" for one in list(playbook.bundles)[:8])
    raise InputError(
        f"no bundle `{name[:80]}` in these Topics",
        pointer="offer",
        help=f"did you mean `{near}`?" if near else f"bundles here: {some}",
    )
