"""Who is killed: a process that decides and delivers as fast as it can, and says what it has done only once it is kept.

It imports only what it needs: the store, the model and the policy.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from evals.proof import delivery_world as world
from skill.model.account import Customer
from skill.model.decision import Decision, Surface
from skill.model.playbook import Playbook
from skill.policy import leaves
from skill.policy.decide import decide
from skill.policy.leaves import Signalled
from skill.policy.reaching import UNASKED
from skill.store import claims, ledger, outbox, showings
from skill.store.claims import Claimed
from skill.store.engine import Store

READY = b"ready"
GOES_BACK = 3
"""A victim begins so many accounts before the last that was acknowledged: what was in flight is tried again."""


class Say(Protocol):
    """Tells whoever watches, over a pipe: what was said before the kill is known to them."""

    def __call__(self, what: str, *ids: str) -> None:
        """One word and the ids that it is about."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a step of a victim works with."""

    store: Store
    book: Playbook
    ready: Customer
    """Somebody whom a signal reaches; each account is one like them."""
    say: Say


Step = Callable[[Scene, int], None]
"""One step of a victim; the number is that of the account whose turn it is."""


def run(url: str, world_at: Path, start: int, steps: tuple[str, ...], told: Connection) -> None:
    """Open the store and go on until killed. `steps` are functions by their dotted names: `module:function`."""
    book, ready = pickle.loads(world_at.read_bytes())
    store = Store.open(url)

    def say(what: str, *ids: str) -> None:
        told.send_bytes(" ".join((what, *ids)).encode())

    scene = Scene(store, book, ready, say)
    acts = [_named(one) for one in steps]
    # The first decision of a process takes as long as ten others: it is no moment to be killed at.
    _decision(scene, start)
    told.send_bytes(READY)
    number = start
    while True:
        for act in acts:
            act(scene, number)
        number += 1


def _named(dotted: str) -> Step:
    module, _, name = dotted.partition(":")
    act: Step = getattr(import_module(module), name)
    return act


def decided(scene: Scene, number: int) -> None:
    """One decision with its showing and its effect, in one transaction; acknowledged after it."""
    one, decision = _decision(scene, number)
    if isinstance(claims.claim(scene.store, *one[:1], **one[1]), Claimed):
        scene.say("decided", str(number), decision, one[1]["effects"][0].id)


def decided_early(scene: Scene, number: int) -> None:
    """The same, acknowledged before it is kept: a fault that the checker has to see."""
    one, decision = _decision(scene, number)
    scene.say("decided", str(number), decision, one[1]["effects"][0].id)
    claims.claim(scene.store, *one[:1], **one[1])


def decided_in_two(scene: Scene, number: int) -> None:
    """The same, with the decision in one transaction and its effect in another: a fault that the checker has to see."""
    one, decision = _decision(scene, number)
    left = {**one[1], "effects": ()}
    if isinstance(claims.claim(scene.store, *one[:1], **left), Claimed):
        with scene.store.writing() as connection:
            outbox.insert(connection, one[1]["effects"])
        scene.say("decided", str(number), decision, one[1]["effects"][0].id)


def delivered(scene: Scene, number: int) -> None:  # noqa: ARG001 - every step is told whose turn it is
    """What is due is taken up, handed to its receiver, and told to be delivered; what a dead one took up is gone on with."""
    later = world.NOON + timedelta(hours=1)
    queued = (*outbox.begun(scene.store, later, n=1), *outbox.due(scene.store, later, n=1))
    for effect in queued:
        if effect.state == "pending":
            outbox.take_up(scene.store, effect.tenant, effect.id, at=world.NOON)
        scene.say("handed", effect.id)
        outbox.delivered(scene.store, effect.tenant, effect.id, at=world.NOON, spent=True)


def _decision(scene: Scene, number: int) -> tuple[tuple[ledger.Recorded, dict[str, Any]], str]:
    account = scene.ready.account.model_copy(update={"id": f"acc_{number:06d}"})
    known = scene.ready.model_copy(update={"account": account, "tenant": world.TENANT})
    seen = showings.past_of(scene.store, world.TENANT, account.id).n
    decision = decide(scene.book, known, UNASKED, surface=Surface.IN_PRODUCT, now=world.NOON)
    entry = ledger.unasked(known, decision, ledger.new_decision_id(world.NOON))
    left = leaves.of_signal(
        scene.book,
        known,
        decision,
        _fired(decision),
        decision_id=entry.id,
        channel="in_app",
    )
    given = {"showings": left.showings, "effects": left.effects, "seen": seen}
    return (entry, given), entry.id


def _fired(decision: Decision) -> list[Signalled]:
    """All that speaks for what is offered came to hold just now."""
    keys = dict.fromkeys(key for offer in decision.offers for key in offer.signals)
    return [Signalled(key, world.NOON, {}, "") for key in keys]
