"""One claim: a decision, the showings that it reserves and the effects that carry it, in one transaction or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from skill.model.delivery import Effect, Showing, worth_of
from skill.store import announcing, ledger, outbox, stops
from skill.store import showings as shown
from skill.store.engine import Store
from skill.store.ledger import Recorded

BEHIND = "the clock is behind: nobody can say when this would be shown"
CLOCKS_APART = timedelta(minutes=1)
"""So much may the clocks of two servers differ, and a decision take; a clock further behind was set back."""


class Claimed(NamedTuple):
    """Kept, all of it."""

    effects: tuple[str, ...] = ()
    """Ids of the effects that are new; one that was there before is not written again."""


class Lost(NamedTuple):
    """Nothing was kept: something happened since the customer was read. Read again, decide again."""

    why: str


class Again(NamedTuple):
    """Nothing was kept, and nothing is to do: the same was claimed before."""

    why: str


class Claim(NamedTuple):
    """What `claim` is given, for a transaction that keeps several of them."""

    entry: Recorded
    showings: Sequence[Showing]
    effects: Sequence[Effect]
    seen: int


class NotKept(Exception):
    """Leaves a transaction that must not be kept, with the reason."""

    def __init__(self, outcome: Lost | Again, account: str = "") -> None:
        super().__init__(outcome.why)
        self.outcome = outcome
        self.account = account
        """Whose claim it was."""


def claim(
    store: Store,
    entry: Recorded,
    *,
    showings: Sequence[Showing] = (),
    effects: Sequence[Effect] = (),
    seen: int,
    recorded: bool = False,
) -> Claimed | Lost | Again:
    """Keep a decision with the showings and effects that it makes; once this returns `Claimed`, they are kept.

    Caps hold because the numbers of showings are unique: of two decisions that rest on the same view of an account,
    one finds its number taken.

    Args:
        store: the database.
        entry: the decision, and the customer that it was made from.
        showings: what it shows, all of its account; each is numbered behind `seen`.
        effects: what is to be done; one without a showing whose id is there already is passed over.
        seen: how many showings the account had when that customer was read.
        recorded: whether the decision is kept already: then its wording is replaced.

    Raises:
        LedgerError: it could not be kept; then its answer must not leave.
    """
    row = ledger.row_of(entry)
    try:
        with store.writing() as connection:
            outcome = claim_in(
                connection, entry, row, showings, effects, seen=seen, recorded=recorded
            )
            if not isinstance(outcome, Claimed):
                raise NotKept(outcome)
            return outcome
    except NotKept as left:
        return left.outcome


def claim_in(
    connection: Connection,
    entry: Recorded,
    row: Mapping[str, Any],
    showings: Sequence[Showing] = (),
    effects: Sequence[Effect] = (),
    *,
    seen: int,
    recorded: bool = False,
) -> Claimed | Lost | Again:
    """The same in a transaction of the caller's, who keeps nothing of it unless it is `Claimed`.

    `row` is what `ledger.row_of` made of the entry.
    """
    if _is_stopped(connection, entry.tenant, showings, effects):
        return Lost("it was stopped meanwhile")
    if showings and _is_behind(connection, entry):
        return Lost(BEHIND)
    before = shown.shown_before(connection, entry.tenant, [one.effect for one in showings])
    if before is not None:
        return Again(f"effect `{before}` was claimed before")
    if recorded:
        ledger.finish_in(connection, entry, row)
    elif not ledger.record_in(connection, entry, row):
        return Again(f"request key `{entry.request_key}` came before")
    if not shown.write(connection, entry.tenant, showings, seen):
        return Lost(f"the account was shown more than the {seen} that were known")
    made = outbox.insert(connection, effects)
    _announce(connection, entry, showings, [one for one in effects if one.id in made])
    return Claimed(made)


def _announce(
    connection: Connection,
    entry: Recorded,
    showings: Sequence[Showing],
    made: Sequence[Effect],
) -> None:
    """Tell other systems, where there are any, of what an answer showed and of the signals that led to something."""
    added = {offer.id: worth_of(offer.preview) for offer in entry.answer.recommended_offers}
    for one in showings:
        if one.channel == "answer":
            announcing.shown(connection, entry.tenant, one, added.get(one.offer))
    for effect in made:
        cause = effect.body.get("cause", {})
        if cause.get("kind") == "signal":
            announcing.fired(connection, effect, datetime.fromisoformat(cause["at"]))


def claim_all(connection: Connection, claims: Sequence[Claim]) -> None:
    """Several claims in a transaction of the caller's; those of one account rest on one view of it, in their order.

    One that was claimed before is passed over.

    Raises:
        NotKept: one of them is lost; nothing of the transaction may be kept.
    """
    n_shown: Counter[tuple[str, str]] = Counter()
    for one in claims:
        account = one.entry.customer.account.id
        # What went before in this transaction was planned for when this one was decided.
        seen = one.seen + n_shown[one.entry.tenant, account]
        row = ledger.row_of(one.entry)
        outcome = claim_in(connection, one.entry, row, one.showings, one.effects, seen=seen)
        if isinstance(outcome, Lost):
            raise NotKept(outcome, account)
        if isinstance(outcome, Claimed):
            n_shown[one.entry.tenant, account] += len(one.showings)


def _is_behind(connection: Connection, entry: Recorded) -> bool:
    """Whether the clock was set back: something was decided later already than this says it is.

    What is shown by such a clock would look old once it is right again, and its cap would be free too early.
    A sweep judges by the moment that it began with, and refuses to go back by itself.
    """
    if entry.scope == ledger.SWEEP:
        return False
    newest = ledger.newest_at(connection, entry.tenant)
    return newest is not None and entry.at < newest - CLOCKS_APART


def _is_stopped(
    connection: Connection,
    tenant: str,
    showings: Sequence[Showing],
    effects: Sequence[Effect],
) -> bool:
    """Whether somebody pulled the stop since it was decided."""
    about = {one.offer for one in showings}
    about |= {one.offer for one in effects if one.channel in outbox.TO_PEOPLE}
    if not about:
        return False
    keys = stops.stopped_in(connection, tenant)
    return stops.EVERY in keys or not about.isdisjoint(keys)
