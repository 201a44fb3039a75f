"""The scene of one decision: everything it was made from, put in order once for all who ask why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from skill.model.account import Customer
from skill.model.common import slug
from skill.model.decision import Access, Meaning, Outcome, Step, Unlock, Verdict
from skill.model.playbook import Bundle, Playbook
from skill.model.readiness import SignalTold
from skill.model.rules import Truth
from skill.model.topic import Span
from skill.policy import gate, restraint, routing, rules
from skill.policy.account import account_readiness
from skill.policy.offers.holdings import Account
from skill.policy.signals import readiness, signals
from skill.policy.signals.record import Record
from skill.policy.why.cases import Case
from skill.policy.why.turning import Turner

LACKING = (Verdict.DENIED, Verdict.LIMITED)


class Scene:
    """A case with its decision, and what was judged on the way to it."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.playbook: Playbook = case.playbook
        self.customer: Customer = case.seen
        self.decision = case.decided()
        self.record = Record(self.playbook, self.customer, case.now)
        self.reached = reached = signals.moments(self.record)
        self.signals = tuple(one.signal for one in signals.judged(self.record, reached))
        ready = readiness.of_account(self.signals)
        self.standing: rules.Standing = signals.standing(self.signals, ready, reached)
        self.route = routing.route(
            self.playbook, self.customer, case.now, self.standing, asked=self.asked
        )
        self.account = Account.of(self.playbook, self.customer, case.now)
        self.turner = Turner(case, self.record, self.standing, self.nearest)

    @property
    def meaning(self) -> Meaning:
        """What was asked."""
        return self.case.meaning

    @property
    def asked(self) -> bool:
        """Whether somebody asked."""
        return self.meaning.outcome is not Outcome.SIGNAL

    @property
    def accesses(self) -> tuple[Access, ...]:
        """The gate's answer for each feature that was asked about."""
        return self.decision.accesses

    @cached_property
    def offered(self) -> frozenset[str]:
        """Every bundle that is offered, steps on the way to one among them."""
        return frozenset(s.bundle for o in self.decision.offers for s in o.unlock.steps)

    @cached_property
    def asking(self) -> restraint.Asking:
        """What restraint knows of the moment."""
        meters = self.playbook.meters
        limits = (
            [a.limit for a in self.accesses]
            if self.asked
            else [
                gate.effective_limit(self.playbook, self.customer, m, self.case.now) for m in meters
            ]
        )
        return restraint.Asking(
            self.playbook,
            self.customer,
            self.case.now,
            limit_reached=any(gate.is_used_up(self.playbook, limit) for limit in limits),
            standing=self.standing,
            asked=self.asked,
            play=self.route.play,
            outside=self.route.outside,
            stops=self.case.stops,
        )

    @cached_property
    def told(self) -> Mapping[str, SignalTold]:
        """Each row of the thresholds with its figures."""
        found = account_readiness.told(self.playbook, self.customer, self.case.now)
        return {one.key: one for one in found.signals}

    def nearest(self) -> tuple[str, ...]:
        """Keys of the signals that do not hold: the nearest to holding first, then those that are unknown."""
        false = (key for key, one in self.told.items() if one.truth is Truth.FALSE)
        unknown = (key for key, one in self.told.items() if one.truth is Truth.UNKNOWN)
        return (*false, *unknown)

    def about(self, bundle: Bundle) -> Access | None:
        """The asked feature that this bundle would answer: one that is lacking, else one that is not."""
        mine = [a for a in self.accesses if self._answers(bundle, a)]
        return next((a for a in mine if a.verdict in LACKING), mine[0] if mine else None)

    def _answers(self, bundle: Bundle, access: Access) -> bool:
        feature = access.feature
        if feature in bundle.unlocks:
            return True
        if any(bundle.key == s.bundle for way in access.unlocks for s in way.steps):
            return True
        meters = self.playbook.features[feature].meters
        asked = [self.meaning.meter] if self.meaning.meter in meters else list(meters)
        return any(limit.meter in asked for limit in bundle.limits)

    def way(self, bundle: Bundle, about: Access | None) -> Unlock:
        """The way to a bundle: one that was found for what was asked, else itself after what it needs."""
        for way in about.unlocks if about is not None else ():
            if way.bundle == bundle.key:
                return way
        for way in about.unlocks if about is not None else ():
            if any(s.bundle == bundle.key for s in way.steps):
                return way
        needed = (
            () if bundle.key in {b.key for b in self.account.held} else self.account.lacks(bundle)
        )
        return Unlock(steps=tuple(Step(bundle=key) for key in (*needed, bundle.key)))

    def place(self, bundle: Bundle, *fields: str) -> Span:
        """Where a bundle's row stands: the first of these fields that it has, else its heading."""
        wanted = [slug(name) for name in fields]
        for topic in self.playbook.topics:
            for section in topic.sections if topic.file == bundle.span.file else ():
                if slug(section.heading) != bundle.key:
                    continue
                rows = {slug(f.name): f.name_span for f in reversed(section.fields)}
                found = next((rows[name] for name in wanted if name in rows), None)
                if found is not None:
                    return found
        return bundle.span

    def name(self, key: str) -> str:
        """The name of a bundle or feature."""
        known = self.playbook.bundles.get(key) or self.playbook.features.get(key)
        return known.name if known else key

    def names(self, keys: Iterable[str]) -> str:
        """Several names: `Starter, Team or Business`."""
        return listed([self.name(key) for key in keys])


def listed(words: Sequence[str]) -> str:
    """`Starter, Team or Business`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"
