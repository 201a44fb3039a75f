"""What an answer shows is claimed before it leaves: kept with its decision, or decided again on what is true by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from skill.ask import Workspace
from skill.converse import Asking
from skill.model.playbook import Playbook
from skill.policy import leaves
from skill.policy.leaves import Leaves
from skill.policy.shadow import is_in_shadow, revealed, would_of
from skill.store.claims import BEHIND, Again, Claimed, Lost, claim
from skill.store.engine import Store
from skill.store.ledger import Recorded, finish

TRIES = 6
"""How often a question is decided about, before it is answered without offers: each time somebody else was quicker."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that is not kept yet."""

    workspace: Workspace
    asking: Asking
    entry: Recorded
    seen: int
    """How many showings the account had when the customer was read."""

    def worded(self, entry: Recorded) -> Decided:
        """The same with the answer as a model worded it."""
        return replace(self, entry=with_shadow(self.workspace.playbook, entry))


def with_shadow(playbook: Playbook, entry: Recorded) -> Recorded:
    """A question's entry with what it would have left, where it was decided in shadow mode."""
    if not is_in_shadow(entry.decision):
        return entry
    left = leaves.of_question(
        playbook,
        entry.customer,
        revealed(entry.decision),
        question=entry.question,
        decision_id=entry.id,
    )
    return entry.model_copy(update={"would": would_of(left)})


def settled(store: Store, made: Decided, again: Callable[[int | None], Decided]) -> Decided | None:
    """The decision that was kept: this one, or the one made again after somebody else was quicker.

    Args:
        store: the database.
        made: the first decision.
        again: reads the customer again and decides again, with at most so many offers where it is told a number.

    Returns:
        None where another request with the same key was kept already.

    Raises:
        LedgerError: nothing could be kept, so no answer may leave.
    """
    left = TRIES
    while True:
        left -= 1
        outcome = _claimed(store, made, left > 0)
        if isinstance(outcome, Claimed):
            return made
        if isinstance(outcome, Again):
            return None
        if outcome.why == BEHIND:
            left = 1
        # The last time nothing is shown and nothing is left, so it is not lost.
        made = again(None if left > 1 else 0)


def worded(store: Store, made: Decided, entry: Recorded) -> Recorded:
    """Keep how a decision that is kept was worded; with what it shows, where a model took the question to mean more.

    Where somebody was quicker meanwhile the first decision stands, in its own words.
    """
    if entry.decision is made.entry.decision:
        finish(store, entry)
        return entry
    if isinstance(_claimed(store, made.worded(entry), True, recorded=True), Claimed):
        return entry
    first = made.entry.model_copy(update={"spoken": entry.spoken})
    finish(store, first)
    return first


def _claimed(
    store: Store, made: Decided, shows: bool, *, recorded: bool = False
) -> Claimed | Lost | Again:
    left = _leaves(made) if shows else Leaves()
    return claim(
        store,
        made.entry,
        showings=left.showings,
        effects=left.effects,
        seen=made.seen,
        recorded=recorded,
    )


def _leaves(made: Decided) -> Leaves:
    entry = made.entry
    return leaves.of_question(
        made.workspace.playbook,
        entry.customer,
        entry.decision,
        question=entry.question,
        decision_id=entry.id,
    )
