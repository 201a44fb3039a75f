"""The decision: the order of the verdicts on one page. Pure: no I/O, no clock, no randomness, no model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from skill.model.account import Customer
from skill.model.decision import (
    Access,
    Decision,
    Meaning,
    Offer,
    Outcome,
    Readiness,
    Reason,
    Signal,
    Suppression,
    Surface,
    TraceStep,
    Verdict,
    Withheld,
)
from skill.model.order import Place
from skill.model.playbook import Playbook
from skill.model.rules import Truth
from skill.policy import gate, plans, restraint, routing, unasked
from skill.policy.offers import offers, order
from skill.policy.offers.chances import NONE_YET, Outcomes
from skill.policy.offers.holdings import Account
from skill.policy.signals import readiness, signals
from skill.policy.signals.record import Record

MAX_OFFERS = 2


def decide(
    playbook: Playbook,
    customer: Customer,
    meaning: Meaning,
    *,
    surface: Surface,
    now: datetime,
    max_offers: int = MAX_OFFERS,
    outcomes: Outcomes = NONE_YET,
) -> Decision:
    """What may be said and offered to this person, about this question, here and now.

    The order is the house's: access, signals, the play, restraint, the surface, then offers with their witness.
    A question is itself intent: an offer needs access denied or limited, a whole witness and no suppression.
    Where nobody asked (`Outcome.SIGNAL`, in a sweep) it needs an account that is ready instead.
    `outcomes` is what came of earlier offers: it goes before the Topics' priors once there is enough of it.
    """
    accesses = tuple(
        _with_ways(playbook, customer, key, meaning, now) for key in _asked(playbook, meaning)
    )
    record = Record(playbook, customer, now)  # put in order once for both
    reached = signals.moments(record)
    found = tuple(one.signal for one in signals.judged(record, reached))
    standing = signals.standing(found, readiness.of_account(found), reached)
    route = routing.route(playbook, customer, now, standing)
    asked = meaning.outcome is not Outcome.SIGNAL
    account = Account.of(playbook, customer, now)
    speaking = _by_offer(found)
    if asked:
        groups = _groups(account, accesses, speaking, route)
        arranged = order.of_question(account, groups, found, outcomes)
        candidates = arranged.offers
        limits = [a.limit for a in accesses]
    else:
        ready = unasked.candidates(record, account, found, route, reached)
        arranged = order.of_signals(account, ready, found, outcomes)
        candidates = arranged.offers
        limits = [
            gate.effective_limit(playbook, customer, o.lifts, now) for o in candidates if o.lifts
        ]
    asking = restraint.Asking(
        playbook,
        customer,
        now,
        limit_reached=any(gate.is_used_up(playbook, limit) for limit in limits),
        standing=standing,
        asked=asked,
    )
    held, unclear = restraint.suppressions(asking)
    held = (*_by_surface(surface), *held)
    levels = {
        o.bundle: readiness.readiness(o.bundle, speaking.get(o.bundle, ())) for o in candidates
    }
    made, withheld = _sorted_out(asking, arranged, held, levels, max_offers)
    unknown_rights = [a for a in accesses if a.reason is Reason.SOURCE_UNAVAILABLE]
    return Decision(
        topics_version=playbook.version,
        surface=surface,
        now=now,
        meaning=meaning,
        accesses=accesses,
        plans=plans.told(playbook, customer, meaning, surface, now),
        offers=made,
        order=arranged.places,
        withheld=withheld,
        may_name_unlock=bool(made),
        play=route.play.key if route.play else None,
        signals=found,
        readiness=tuple(levels.values()),
        suppressions=held,
        missing=_missing(found, route, unclear, candidates, bool(unknown_rights)),
        warnings=_warnings(playbook, customer),
        trace=tuple(_trace(meaning, accesses, found, route, held, arranged, made, withheld)),
    )


def _asked(playbook: Playbook, meaning: Meaning) -> tuple[str, ...]:
    if meaning.outcome is not Outcome.FEATURE:
        return ()
    return tuple(key for key in meaning.features if key in playbook.features)


def _with_ways(
    playbook: Playbook, customer: Customer, key: str, meaning: Meaning, now: datetime
) -> Access:
    """The gate's answer, with the ways that lead to the feature where it is denied or limited."""
    found = gate.access(playbook, customer, key, meaning, now)
    ways = offers.unlocks(playbook, customer, found, meaning, now)
    return found.model_copy(update={"unlocks": ways}) if ways else found


def _by_surface(surface: Surface) -> tuple[Suppression, ...]:
    if surface is Surface.PUBLIC_DIRECTORY:
        return (Suppression(because="a public directory shows no offers"),)
    return ()


def _groups(
    account: Account,
    accesses: tuple[Access, ...],
    speaking: Mapping[str, list[Signal]],
    route: routing.Route,
) -> list[list[Offer]]:
    """Every way as an offer with its witness, a group for each feature in the order of asking."""
    denied = tuple(a.feature for a in accesses if a.verdict is Verdict.DENIED)
    return [
        [
            offers.offer_of(account, way, one, denied, tuple(speaking.get(way.bundle, ())), route)
            for way in one.unlocks
        ]
        for one in accesses
    ]


def _by_offer(found: tuple[Signal, ...]) -> dict[str, list[Signal]]:
    """The signals that speak for each offer, or might: what does not hold says nothing."""
    out: dict[str, list[Signal]] = {}
    for signal in found:
        if signal.truth is not Truth.FALSE:
            out.setdefault(signal.offer, []).append(signal)
    return out


def _sorted_out(
    asking: restraint.Asking,
    arranged: order.Arranged,
    held: tuple[Suppression, ...],
    levels: dict[str, Readiness],
    max_offers: int,
) -> tuple[tuple[Offer, ...], tuple[Withheld, ...]]:
    """Which offers are made, and why each of the others is not.

    An offer that would be made and that somebody wants to see no more keeps its place: nothing larger takes it.
    """
    made: list[Offer] = []
    withheld: list[Withheld] = []
    taken: list[Offer] = []
    for offer in arranged.offers:
        first = _goes_before(taken, offer, arranged, max_offers, asked=asking.asked)
        broken = _broken(asking, offer, levels)
        quiet = (
            held[0] if held else restraint.of_offer(asking, [s.bundle for s in offer.unlock.steps])
        )
        if not broken and not first:
            taken.append(offer)
        if quiet is not None:
            withheld.append(_kept_quiet(offer, quiet))
        elif broken:
            withheld.append(Withheld(offer=offer.bundle, because=broken))
        elif first:
            withheld.append(Withheld(offer=offer.bundle, because=first, still_a_way=bool(made)))
        else:
            made.append(offer)
    return tuple(made), tuple(withheld)


def _kept_quiet(offer: Offer, quiet: Suppression) -> Withheld:
    return Withheld(
        offer=offer.bundle,
        because=quiet.because,
        until=quiet.until,
        topic=quiet.topic,
        span=quiet.span,
    )


def _broken(asking: restraint.Asking, offer: Offer, levels: dict[str, Readiness]) -> str:
    """The first link of the witness that does not hold, or that it waits for a ready account; empty where it is whole."""
    broken = next((c for c in offer.witness if c.holds is not Truth.TRUE), None)
    if broken is not None:
        state = "unknown" if broken.holds is Truth.UNKNOWN else "not so"
        return f"{broken.name}: {state} ({broken.because})"
    bundles = (asking.playbook.bundles[s.bundle] for s in offer.unlock.steps)
    if any(b.only_when_ready for b in bundles) and levels[offer.bundle].level != "ready":
        return "only when ready"
    return ""


def _goes_before(
    taken: list[Offer], offer: Offer, arranged: order.Arranged, max_offers: int, *, asked: bool
) -> str:
    """Why an offer that has its place goes before this one; empty where both may stand."""
    if len(taken) >= max_offers or any(_covers(smaller, offer) for smaller in taken):
        return "a smaller step comes first"
    is_upsell_taken = any(o.bundle not in arranged.crossing for o in taken)
    if not asked and offer.bundle in arranged.crossing and is_upsell_taken:
        return "the upgrade comes first"
    return ""


def _covers(smaller: Offer, offer: Offer) -> bool:
    """Whether an offer that is made already does all that this one would do; nothing is added to what gets smaller."""
    if smaller.lifts is None and not smaller.unlocks:
        return True
    return smaller.lifts == offer.lifts and set(offer.unlocks) <= set(smaller.unlocks)


def _missing(
    found: tuple[Signal, ...],
    route: routing.Route,
    unclear: tuple[str, ...],
    candidates: list[Offer],
    rights_unknown: bool,
) -> tuple[str, ...]:
    """The facts that were wanted for this decision and not known."""
    spoken_for = {o.bundle for o in candidates}
    wanted: dict[str, None] = {}
    if rights_unknown:
        wanted["account"] = None
    if candidates:
        wanted.update(dict.fromkeys(route.missing))
        wanted.update(dict.fromkeys(unclear))
    for signal in found:
        if signal.offer in spoken_for:
            wanted.update(dict.fromkeys(signal.missing))
    return tuple(wanted)


def _warnings(playbook: Playbook, customer: Customer) -> tuple[str, ...]:
    """Names in the account that no Topic knows: it is answered, and nothing rests on them."""
    out: list[str] = []
    if gate.plan_is_unknown(playbook, customer):
        out.append(f"account.plan: no plan `{customer.account.plan}` in these Topics")
    known = {*playbook.bundles, *playbook.features}
    out += [
        f"account.bundles: no bundle `{key}` in these Topics"
        for key in customer.account.bundles
        if key not in known
    ]
    # A word alone is one of ours that restraint and the gate read; a source that was down says why and since when.
    out += [f"source {one}" for one in customer.unavailable if ": " in one]
    return tuple(out)


def _trace(
    meaning: Meaning,
    accesses: tuple[Access, ...],
    found: tuple[Signal, ...],
    route: routing.Route,
    held: tuple[Suppression, ...],
    arranged: order.Arranged,
    made: tuple[Offer, ...],
    withheld: tuple[Withheld, ...],
) -> Iterator[TraceStep]:
    """The verdicts in the order they were made, in plain words."""
    yield TraceStep(verdict="question", said=_said_meaning(meaning))
    for one in accesses:
        where = tuple(str(e.span) for e in one.entitlements if e.span)
        yield TraceStep(
            verdict="access",
            said=f"{one.feature}: {one.verdict.value} ({one.reason.value})",
            where=where,
        )
    for signal in found:
        if signal.truth is Truth.TRUE:
            yield TraceStep(
                verdict="signal",
                said=f"{signal.key} holds ({signal.means}, for {signal.offer})",
                where=(str(signal.span),),
            )
    if route.play is not None:
        yield TraceStep(verdict="play", said=route.play.name, where=(str(route.play.span),))
    for one_held in held:
        until = f" until {one_held.until.isoformat()}" if one_held.until else ""
        place = (str(one_held.span),) if one_held.span else ()
        yield TraceStep(verdict="restraint", said=one_held.because + until, where=place)
    for placed in arranged.places:
        yield TraceStep(verdict="order", said=str(placed), where=_price_lines(placed))
    for offer in made:
        yield TraceStep(
            verdict="offer",
            said=" then ".join(s.bundle for s in offer.unlock.steps),
            where=(str(offer.price.span),) if offer.price else (),
        )
    for one_withheld in withheld:
        yield TraceStep(verdict="withheld", said=f"{one_withheld.offer}: {one_withheld.because}")


def _price_lines(place: Place) -> tuple[str, ...]:
    """The price lines that an order was made by."""
    return tuple(
        dict.fromkeys(t.source for t in place.terms if t.name == "added each month" and t.value)
    )


def _said_meaning(meaning: Meaning) -> str:
    about = ", ".join(meaning.features or meaning.candidates)
    reasons = "; ".join(meaning.reasons)
    return " - ".join(x for x in (meaning.outcome.value, about, reasons) if x)
