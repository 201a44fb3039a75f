"""Proposed: the offer that a decision made, or that nothing but a play keeps back because a person is to make it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from skill.model.account import Customer
from skill.model.decision import Decision, Offer, Outcome, Verdict
from skill.model.playbook import Playbook
from skill.model.rules import Truth
from skill.policy import routing, unasked
from skill.policy.offers import offers
from skill.policy.offers.holdings import Account
from skill.policy.signals import readiness, signals
from skill.policy.signals.record import Record

_A_PERSON_ANSWERS = ("free to offer", "this person can act or is told who can")
"""Links of a witness that matter to a prompt, and not to an owner who talks to the buyer."""


def proposed(
    playbook: Playbook, customer: Customer, decision: Decision, now: datetime, wanted: str = ""
) -> Offer | None:
    """The offer for an owner to bring, whole but for the play that keeps it back; None where there is none.

    `wanted` is the key of the bundle to look at first; else the decision's own order counts. What restraint or a
    smaller step keeps back is not proposed.
    """
    found = [*decision.offers]
    if not found:
        held = {w.offer for w in decision.withheld if w.because.startswith(_A_PERSON_ANSWERS[0])}
        places = {p.offer: p.place for p in decision.order}
        all_of_it = _candidates(playbook, customer, decision, now) if held else ()
        fitting = [o for o in all_of_it if o.bundle in held and _is_whole(o)]
        found = sorted(fitting, key=lambda o: places.get(o.bundle, len(places) + 1))
    return next((o for o in found if o.bundle == wanted), next(iter(found), None))


def _is_whole(offer: Offer) -> bool:
    return all(c.holds is Truth.TRUE for c in offer.witness if c.name not in _A_PERSON_ANSWERS)


def _candidates(
    playbook: Playbook, customer: Customer, decision: Decision, now: datetime
) -> Iterable[Offer]:
    """Every offer that the decision was made among, with its witness."""
    record = Record(playbook, customer, now)
    reached = signals.moments(record)
    found = tuple(one.signal for one in signals.judged(record, reached))
    standing = signals.standing(found, readiness.of_account(found), reached)
    route = routing.route(playbook, customer, now, standing)
    account = Account.of(playbook, customer, now)
    if decision.meaning.outcome is Outcome.SIGNAL:
        return unasked.candidates(record, account, found, route, reached)
    denied = tuple(a.feature for a in decision.accesses if a.verdict is Verdict.DENIED)
    return [
        offers.offer_of(
            account, way, one, denied, tuple(s for s in found if s.offer == way.bundle), route
        )
        for one in decision.accesses
        for way in one.unlocks
    ]
