"""One sweep over every account: the thresholds where the data is, then the same `decide` for those with a signal that holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple, Protocol

from skill.errors import InputError
from skill.model.account import Customer
from skill.model.decision import Decision, Signal, Surface
from skill.model.playbook import Playbook
from skill.model.rules import State, Truth
from skill.policy.decide import decide
from skill.policy.leaves import Signalled
from skill.policy.reaching import UNASKED, Fired, Reach
from skill.policy.restraint.bounds import SHADOW
from skill.policy.signals import readiness
from skill.policy.signals.states import After, after
from skill.sources.configured import Sources
from skill.sources.people import Reading, reach_of
from skill.store.claims import Claim, NotKept
from skill.store.engine import Store
from skill.store.ledger import new_decision_id, unasked
from skill.store.stops import stopped
from skill.store.sweeps import (
    Effects,
    Standing,
    SweepKey,
    begin,
    keep,
    last_judged,
    not_judged_since,
    states_of,
)

AT_ONCE = 200
"""Accounts judged, and their effects kept, in one transaction: what is done again after a crash."""

TRIES = 5
"""How often somebody may be quicker while accounts are reached, before the sweep goes on without reaching that one."""

_OWN = "own"
_TRUTHS = {1: Truth.TRUE, 0: Truth.FALSE, None: Truth.UNKNOWN}
Row = tuple[str, tuple[int | None, ...]]
"""An account, and of each row of the thresholds in their order: 1 true, 0 false, None unknown."""


class Accounts(Protocol):
    """Where the accounts and their usage are."""

    @property
    def name(self) -> str:
        """How this source is called in the ledger: no password stands in it."""

    def count(self) -> int:
        """How many accounts there are."""

    def rows(
        self, playbook: Playbook, now: datetime, *, after: str = "", only_holding: bool = True
    ) -> Iterator[Row]:
        """Accounts in order with what one statement says of them; behind `after`, and only those with a signal that holds."""

    def customers(self, accounts: Sequence[str], now: datetime) -> Iterable[Customer]:
        """The same accounts with everything that is known about them; one that is gone is left out."""


class Verdict(NamedTuple):
    """What a sweep says of one account."""

    account: str
    level: str
    """ready, warming, quiet, or unknown where only what is not known could make it ready."""
    decision: Decision
    after: After
    """What came to hold since the last sweep, and what stopped."""
    differs: tuple[str, ...] = ()
    """Rows of which the statement says otherwise than the policy: counted, and never acted on."""
    customer: Customer | None = None
    """What it was said of, where a signal fired."""
    reach: Reach = Reach()
    """Whom it reaches."""
    seen: int = 0
    """How many showings that rests on."""


@dataclass(slots=True)
class Sweep:
    """One day's sweep of one source by one version of the Topics; the same again goes on, or finds all done.

    Attributes:
        standing: how far it got; kept in the store, so that it goes on after a crash.
        found: exact counts of what was found so far.
    """

    playbook: Playbook
    accounts: Accounts
    store: Store
    key: SweepKey
    standing: Standing
    dry_run: bool = False
    sources: Sources | None = None
    """Who else is asked about an account, as for a question."""
    shadow: bool = False
    """Decide and record as ever, and reach nobody."""
    found: Counter[str] = field(default_factory=Counter)
    _seen: set[str] = field(default_factory=set)
    """Where nothing is kept: who was judged already."""

    @property
    def is_done(self) -> bool:
        """Whether this day's sweep had ended before it was asked for."""
        return self.standing.finished_at is not None

    def verdicts(self) -> Iterator[list[Verdict]]:
        """The accounts with a signal that holds, then those whose signals stopped; kept as they are handed on.

        Raises:
            LedgerError: a database went away; what was kept stays, and the same sweep goes on behind it.
        """
        if self.is_done:
            return
        now = self.standing.at
        rows = self.accounts.rows(self.playbook, now, after=self.standing.position)
        for some in _in_parts(rows):
            told = dict(some)
            verdicts = self._judged(list(told), told)
            self._keep(verdicts, position=some[-1][0])
            yield verdicts
        yield from self._stopped()
        self._keep([], position=self.standing.position, finished_at=now)

    def _stopped(self) -> Iterator[list[Verdict]]:
        """Accounts with a signal that held at an earlier sweep and of which the statement did not speak."""
        last = ""
        while found := not_judged_since(
            self.store, self.key, self.standing.at, after=last, n=AT_ONCE
        ):
            last = found[-1]
            verdicts = self._judged([one for one in found if one not in self._seen], {})
            self._keep(verdicts, position=self.standing.position)
            yield verdicts

    def _judged(
        self, accounts: Sequence[str], told: Mapping[str, tuple[int | None, ...]]
    ) -> list[Verdict]:
        states = states_of(self.store, self.key, accounts)
        now = self.standing.at
        customers = self.accounts.customers(accounts, now)
        stops = stopped(self.store, self.key.tenant)
        return [
            self._reaching(_verdict(self.playbook, customer, self._whole(customer, now), now, states.get(customer.account.id, {}), told.get(customer.account.id), stops, shadow=self.shadow), stops)
            for customer in customers
        ]  # fmt: skip

    def _reaching(self, verdict: Verdict, stops: frozenset[str]) -> Verdict:
        """The verdict with whom it reaches; nobody where nothing new came to hold, or nothing rests on what was said."""
        if verdict.customer is None or not verdict.after.fired or verdict.differs:
            return verdict
        at = self.standing.at
        signals = tuple(Signalled(s.key, at, s.figures, str(s.span)) for s in verdict.after.fired)
        fired = Fired(verdict.customer, verdict.decision, signals)
        is_own = self.accounts.name == _OWN
        reading = Reading(self.store, self.playbook, is_own=is_own, shadow=self.shadow)
        found, seen = reach_of(reading, fired, stops, lambda: new_decision_id(at))
        return verdict._replace(reach=found, seen=seen)

    def _again(self, verdict: Verdict, n_tried: int) -> Verdict:
        """Whom it reaches on what is known by now, after something was shown to this account meanwhile."""
        if n_tried >= TRIES:
            return verdict._replace(reach=Reach(because="something else was shown meanwhile"))
        return self._reaching(verdict, stopped(self.store, self.key.tenant))

    def _whole(self, customer: Customer, now: datetime) -> Customer:
        """What is decided about: the account with what the other sources say, as for a question."""
        if self.sources is None:
            return customer
        return self.sources.over(customer, self.store, now, self.playbook)

    def _keep(
        self, verdicts: list[Verdict], *, position: str, finished_at: datetime | None = None
    ) -> None:
        if self.dry_run:
            self.found = self.found + _all_counts(verdicts)
            self._seen.update(verdict.account for verdict in verdicts)
            return
        tried: Counter[str] = Counter()
        while True:
            found = self.found + _all_counts(verdicts)
            try:
                self.standing = keep(
                    self.store,
                    self.key,
                    [_effects(verdict) for verdict in verdicts],
                    before=self.standing,
                    position=position,
                    found=found,
                    finished_at=finished_at,
                    claims=[claim for verdict in verdicts for claim in _claims(verdict)],
                )
            except NotKept as lost:
                tried[lost.account] += 1
                verdicts[:] = [
                    self._again(one, tried[one.account]) if one.account == lost.account else one
                    for one in verdicts
                ]
            else:
                self.found = found
                return


def sweep(
    playbook: Playbook,
    accounts: Accounts,
    store: Store,
    *,
    tenant: str,
    now: datetime,
    dry_run: bool = False,
    sources: Sources | None = None,
    shadow: bool = False,
) -> Sweep:
    """This day's sweep: at its start, where it broke off, or done.

    Args:
        playbook: the Topics that say when.
        accounts: where the accounts and their usage are.
        store: where states, effects and the position are kept.
        tenant: whose accounts.
        now: the moment to judge by; a sweep that goes on keeps the moment that it began with.
        dry_run: keep nothing, and look at every account whatever was done before.
        sources: who else is asked about an account before it is decided about, as for a question.
        shadow: decide and record as ever, claim nothing, and reach nobody; so do Topics that are in shadow mode.

    Raises:
        InputError: signals were judged by a later moment already.
    """
    day = now.astimezone(UTC).date().isoformat()
    key = SweepKey(tenant, day, accounts.name, playbook.version)
    last = None if dry_run else last_judged(store, key)
    if last is not None and now < last:
        raise InputError(
            f"signals were judged by {last.isoformat()} already, and a sweep never goes back",
            pointer="--now",
            help="leave `--now` out, or look back with --dry-run",
        )
    standing = Standing(at=now) if dry_run else begin(store, key, now)
    found = Counter(standing.found)
    return Sweep(playbook, accounts, store, key, standing, dry_run, sources, shadow, found)


def _verdict(
    playbook: Playbook,
    customer: Customer,
    whole: Customer,
    now: datetime,
    states: Mapping[str, State],
    told: tuple[int | None, ...] | None,
    stops: frozenset[str],
    *,
    shadow: bool,
) -> Verdict:
    how: dict[str, Any] = {"surface": Surface.IN_PRODUCT, "now": now, "stops": stops}
    seen = decide(playbook, customer, UNASKED, **how, shadow=shadow)
    decision = seen
    if whole is not customer:
        decision = decide(playbook, whole, UNASKED, **how, shadow=shadow)
    differs = _differing(seen.signals, told)
    sure = [
        s.model_copy(update={"truth": Truth.UNKNOWN}) if s.key in differs else s
        for s in seen.signals
    ]
    offers = {s.offer for s in sure}
    level = readiness.surest(readiness.readiness(offer, sure).level for offer in offers)
    if differs:
        decision = decision.model_copy(
            update={"offers": (), "shadow": (), "may_name_unlock": False}
        )
    return Verdict(customer.account.id, level, decision, after(states, sure), differs, whole)


def _differing(signals: Sequence[Signal], told: tuple[int | None, ...] | None) -> tuple[str, ...]:
    """Rows of which statement and policy say different things: one of them is wrong, so nothing rests on either."""
    if told is None:
        return ()
    return tuple(s.key for s, one in zip(signals, told, strict=True) if s.truth is not _TRUTHS[one])


def _all_counts(verdicts: Sequence[Verdict]) -> Counter[str]:
    every: Counter[str] = Counter()
    for verdict in verdicts:
        every.update(_counts(verdict))
    return every


def _counts(verdict: Verdict) -> Counter[str]:
    """The names are what a sweep's summary says."""
    return Counter(
        {
            "judged": 1,
            verdict.level: 1,
            "fired": len(verdict.after.fired),
            "resolved": len(verdict.after.resolved),
            "offers": len(verdict.decision.offers),
            "withheld": len(verdict.decision.withheld),
            "differing": len(verdict.differs),
            "reached": sum(bool(one.leaves.effects) for one in verdict.reach.made),
        }
    )


def _claims(verdict: Verdict) -> Iterator[Claim]:
    """What is claimed for everybody whom a verdict reaches."""
    for one in verdict.reach.made:
        entry = unasked(one.customer, one.decision, one.decision_id, would=one.would)
        yield Claim(entry, one.leaves.showings, one.leaves.effects, verdict.seen)


def _effects(verdict: Verdict) -> Effects:
    return Effects(verdict.account, verdict.after.states, fired_of(verdict))


def fired_of(verdict: Verdict) -> list[tuple[str, str, dict[str, Any]]]:
    """Each signal that fired and its offer, with what is kept and told: figures, place, and what was decided about the offer."""
    made = {offer.bundle for offer in verdict.decision.offers}
    why = {held.offer: held.because for held in verdict.decision.withheld}
    return [
        (
            signal.key,
            signal.offer,
            {
                "readiness": verdict.level,
                "means": signal.means,
                "figures": signal.figures,
                "line": str(signal.span),
                "offered": signal.offer in made,
                "because": "" if signal.offer in made else why.get(signal.offer, "not ready yet"),
                **_reached(verdict, signal.key),
            },
        )
        for signal in verdict.after.fired
    ]


def _reached(verdict: Verdict, signal: str) -> dict[str, Any]:
    """Who is told of it, by which channel; or why nobody is."""
    effects = [one for made in verdict.reach.made for one in made.leaves.effects]
    told = [
        f"{one.channel}: {one.person}" if one.person else one.channel
        for one in effects
        if one.rule == signal
    ]
    if told:
        return {"reached": told}
    if any(one.would for one in verdict.reach.made):
        return {"unreached": SHADOW}
    return {"unreached": verdict.reach.because} if verdict.reach.because else {}


def _in_parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        yield some
