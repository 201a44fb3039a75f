"""What programs read beside an answer's words: verdicts, candidates, who takes over, and what only support is told."""

from __future__ import annotations

from skill.agent.slots import free_ways
from skill.model.account import Customer
from skill.model.answer import Candidate, FeatureView, TalkingPoint, WaitView, WithheldView
from skill.model.decision import Access, Decision, Outcome, Surface, Verdict
from skill.model.playbook import Play, Playbook
from skill.model.topic import Note
from skill.policy.offers import waiting


def feature_views(
    playbook: Playbook, decision: Decision, customer: Customer
) -> tuple[FeatureView, ...]:
    """The gate's answer for each asked feature; one without a name where nothing was found."""
    outcome = decision.meaning.outcome
    if outcome in (Outcome.NOT_SOLD, Outcome.NOT_FOUND):
        reason = "unknown_feature" if outcome is Outcome.NOT_SOLD else "not_found"
        return (FeatureView(key=None, name=None, access="unknown", reason=reason),)
    return tuple(_view(playbook, decision, customer, found) for found in decision.accesses)


def _view(playbook: Playbook, decision: Decision, customer: Customer, found: Access) -> FeatureView:
    feature = playbook.features[found.feature]
    nameable = {o.bundle for o in decision.offers}
    nameable |= {w.offer for w in decision.withheld if w.still_a_way}
    ways = dict.fromkeys(w.bundle for w in found.unlocks if w.bundle in nameable)
    has_it = found.verdict is Verdict.GRANTED
    return FeatureView(
        key=feature.key,
        name=feature.name,
        access=found.verdict.value,
        reason=found.reason.value,
        unlocked_by=tuple(ways) if decision.may_name_unlock else (),
        alternatives=() if has_it else _free(playbook, decision, customer, found),
    )


def _free(
    playbook: Playbook, decision: Decision, customer: Customer, found: Access
) -> tuple[str | WaitView, ...]:
    """The day to wait for, where it is near, and what does the job today; the first not where anybody may read along."""
    feature = playbook.features[found.feature]
    ways: tuple[str | WaitView, ...] = free_ways(playbook, customer, feature, decision.now)
    rests = waiting.wait(playbook, found, decision.meaning, decision.now)
    if rests is None or decision.surface is Surface.PUBLIC_DIRECTORY:
        return ways
    return (WaitView(meter=rests.meter, day=rests.day.isoformat(), n_days=rests.n_days), *ways)


def candidates(playbook: Playbook, decision: Decision) -> tuple[Candidate, ...]:
    """The features that may be meant, at most three, where that is asked or nothing was found."""
    if decision.meaning.outcome not in (Outcome.WHICH, Outcome.NOT_FOUND):
        return ()
    known = playbook.features
    keys = [k for k in decision.meaning.candidates if k in known][:3]
    return tuple(Candidate(key=k, name=known[k].name) for k in keys)


def handoff(decision: Decision, customer: Customer, play: Play | None) -> dict[str, str] | None:
    """To whom a person is handed on: where a better price is asked for, or the play leaves offers to a human."""
    owner = customer.account.owner
    if owner is None or decision.surface is Surface.PUBLIC_DIRECTORY:
        return None
    if decision.meaning.outcome is Outcome.BARGAIN:
        return {"to": "owner", "name": owner.name}
    if play is None or play.channel != "owner_task":
        return None
    denied = any(a.verdict in (Verdict.DENIED, Verdict.LIMITED) for a in decision.accesses)
    return {"to": "owner", "name": owner.name} if denied else None


def missing(decision: Decision) -> tuple[str, ...]:
    """For an end user only what the answer itself lacked, never what kept an offer back."""
    limits = [a.limit for a in decision.accesses if a.limit is not None]
    stale = tuple(f"usage of {x.meter}" for x in limits if x.used is None and x.stale)
    rights = "account" in decision.missing
    return (*(("account",) if rights else ()), *stale)


def withheld(decision: Decision) -> tuple[WithheldView, ...]:
    """For support: each offer that was found and not made, and why."""
    return tuple(
        WithheldView(
            offer=w.offer,
            because=w.because,
            until=w.until.isoformat().replace("+00:00", "Z") if w.until else None,
            topic=w.topic,
            lines=(w.span.line, w.span.end_line) if w.span else None,
        )
        for w in decision.withheld
    )


def talking_points(
    playbook: Playbook, decision: Decision, play: Play | None
) -> tuple[TalkingPoint, ...]:
    """For support: internal notes of what was asked, offered or withheld, and of the play."""
    bundles = [o.bundle for o in decision.offers] + [w.offer for w in decision.withheld]
    notes: list[Note] = [n for k in dict.fromkeys(bundles) for n in playbook.bundles[k].notes]
    notes += [n for a in decision.accesses for n in playbook.features[a.feature].notes]
    notes += list(play.notes) if play else []
    return tuple(
        TalkingPoint(
            text=n.text, topic=n.topic, heading=n.heading, lines=(n.span.line, n.span.end_line)
        )
        for n in notes
    )
