"""The decision: the order of the verdicts on one page. Pure: no I/O, no clock, no randomness, no model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

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
from skill.policy.restraint import bounds, caps, quiet
from skill.policy.rules import Standing
from skill.policy.signals import readiness, signals
from skill.policy.signals.record import Record

MAX_OFFERS = 2
_TRUE, _FALSE = Truth.TRUE, Truth.FALSE


def decide(
    playbook: Playbook,
    customer: Customer,
    meaning: Meaning,
    *,
    surface: Surface,
    now: datetime,
    max_offers: int = MAX_OFFERS,
    outcomes: Outcomes = NONE_YET,
    stops: frozenset[str] = frozenset(),
    shadow: bool = False,
) -> Decision:
    """What may be said and offered to this person, about this question, here and now.

    The order is the house's: access, signals, the play, restraint, the surface, then offers with their witness.
    A question is itself intent: an offer needs access denied or limited, a whole witness and no suppression.
    Where nobody asked (`Outcome.SIGNAL`, in a sweep) it needs an account that is ready instead.
    `outcomes` is what came of earlier offers: it goes before the Topics' priors once there is enough of it.
    An account that is held out is offered nothing, before anything else is asked. `stops` holds the bundles that were
    stopped, or `*`; in `shadow` everything is decided as ever, and nothing is shown.
    """
    scene = _scene(playbook, customer, meaning, now)
    arranged = _arranged(scene, outcomes)
    asking = _asking(scene, arranged, stops)
    held, unclear = restraint.suppressions(asking)
    held = (*_by_surface(surface), *held)
    levels = {
        o.bundle: readiness.readiness(o.bundle, scene.speaking.get(o.bundle, ()))
        for o in arranged.offers
    }
    sorted_out = _sorted_out(asking, arranged, held, levels, max_offers)
    made, in_shadow, withheld, held = bounds.shown(playbook, *sorted_out, held, shadow=shadow)
    return Decision(
        topics_version=playbook.version,
        surface=surface,
        now=now,
        meaning=meaning,
        accesses=scene.accesses,
        plans=plans.told(playbook, customer, meaning, surface, now),
        offers=made,
        order=arranged.places,
        shadow=in_shadow,
        withheld=withheld,
        may_name_unlock=bool(made),
        play=scene.route.play.key if scene.route.play else None,
        signals=scene.found,
        readiness=tuple(levels.values()),
        suppressions=held,
        missing=_missing(scene, unclear, arranged.offers),
        warnings=_warnings(playbook, customer),
        trace=tuple(_trace(meaning, scene, held, arranged, made, withheld)),
    )


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is judged of an account before any offer is thought of."""

    record: Record
    account: Account
    asked: bool
    """False where nobody asked, and what the account did speaks alone."""
    accesses: tuple[Access, ...]
    """The gate's answers with the ways that lead to each, in the order of asking."""
    reached: Mapping[str, Truth]
    found: tuple[Signal, ...]
    speaking: Mapping[str, list[Signal]]
    """The signals that speak for each offer, or might."""
    standing: Standing
    route: routing.Route


def _scene(playbook: Playbook, customer: Customer, meaning: Meaning, now: datetime) -> _Scene:
    """Access, signals and readiness, and the play, in this order."""
    accesses = [_with_ways(playbook, customer, k, meaning, now) for k in _asked(playbook, meaning)]
    record = Record(playbook, customer, now)  # put in order once for moments and thresholds
    reached = signals.moments(record)
    found = tuple([one.signal for one in signals.judged(record, reached)])
    standing = signals.standing(found, readiness.of_account(found), reached)
    asked = meaning.outcome is not Outcome.SIGNAL
    return _Scene(
        record=record,
        account=Account.of(playbook, customer, now),
        asked=asked,
        accesses=tuple(accesses),
        reached=reached,
        found=found,
        speaking=_by_offer(found),
        standing=standing,
        route=routing.route(playbook, customer, now, standing, asked=asked),
    )


def _arranged(scene: _Scene, outcomes: Outcomes) -> order.Arranged:
    """Every offer that could be thought of, with its witness, in order: for what was asked, else for who is ready."""
    if scene.asked:
        groups = _groups(scene.account, scene.accesses, scene.speaking, scene.route)
        return order.of_question(scene.account, groups, scene.found, outcomes)
    ready = unasked.candidates(scene.record, scene.account, scene.found, scene.route, scene.reached)
    return order.of_signals(scene.account, ready, scene.found, outcomes)


def _asking(scene: _Scene, arranged: order.Arranged, stops: frozenset[str]) -> restraint.Asking:
    """What restraint needs to know of the moment; the limits it asks about are those asked about, or to be lifted."""
    playbook, customer, now = scene.account.playbook, scene.account.customer, scene.account.now
    if scene.asked:
        limits = [a.limit for a in scene.accesses]
    else:
        lifted = [o.lifts for o in arranged.offers if o.lifts]
        limits = [gate.effective_limit(playbook, customer, meter, now) for meter in lifted]
    return restraint.Asking(
        playbook,
        customer,
        now,
        limit_reached=any(gate.is_used_up(playbook, limit) for limit in limits),
        standing=scene.standing,
        asked=scene.asked,
        play=scene.route.play,
        outside=scene.route.outside,
        stops=stops,
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
    denied = tuple(
        a.feature
        for a in accesses
        if a.verdict is Verdict.DENIED
        and a.reason is not Reason.ROLE_NOT_ALLOWED
        and offers.can_be_bought(account, a.feature)
    )
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
        if signal.truth is not _FALSE:
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
        steps = [s.bundle for s in offer.unlock.steps]
        quiet = held[0] if held else restraint.of_offer(asking, steps)
        if quiet is None and not broken and not first:
            quiet = caps.beside(asking, [o.bundle for o in made], steps)
        if not broken and not first:
            taken.append(offer)
        if quiet is not None:
            withheld.append(_kept_quiet(offer, quiet, alone=not broken and not first))
        elif broken:
            withheld.append(Withheld(offer=offer.bundle, because=broken))
        elif first:
            withheld.append(Withheld(offer=offer.bundle, because=first, still_a_way=bool(made)))
        else:
            made.append(offer)
    return tuple(made), tuple(withheld)


def _kept_quiet(offer: Offer, quiet: Suppression, *, alone: bool) -> Withheld:
    return Withheld(
        offer=offer.bundle,
        because=quiet.because,
        until=quiet.until,
        topic=quiet.topic,
        span=quiet.span,
        alone=alone,
    )


def _broken(asking: restraint.Asking, offer: Offer, levels: dict[str, Readiness]) -> str:
    """The first link of the witness that does not hold, or that it waits for a ready account; empty where it is whole."""
    broken = next((c for c in offer.witness if c.holds is not _TRUE), None)
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
    scene: _Scene, unclear: tuple[str, ...], candidates: Sequence[Offer]
) -> tuple[str, ...]:
    """The facts that were wanted for this decision and not known."""
    spoken_for = {o.bundle for o in candidates}
    wanted: dict[str, None] = {}
    if any(a.reason is Reason.SOURCE_UNAVAILABLE for a in scene.accesses):
        wanted["account"] = None
    if candidates:
        wanted.update(dict.fromkeys(scene.route.missing))
        wanted.update(dict.fromkeys(unclear))
    for signal in scene.found:
        if signal.missing and signal.offer in spoken_for:
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
    zone = quiet.zone_of(customer.person)
    out += [f"person.time_zone: {zone.told}"] if zone.told else []
    return tuple(out)


def _trace(
    meaning: Meaning,
    scene: _Scene,
    held: tuple[Suppression, ...],
    arranged: order.Arranged,
    made: tuple[Offer, ...],
    withheld: tuple[Withheld, ...],
) -> Iterator[TraceStep]:
    """The verdicts in the order they were made, in plain words."""
    yield TraceStep(verdict="question", said=_said_meaning(meaning))
    for one in scene.accesses:
        where = tuple(str(e.span) for e in one.entitlements if e.span)
        yield TraceStep(
            verdict="access",
            said=f"{one.feature}: {one.verdict.value} ({one.reason.value})",
            where=where,
        )
    for signal in scene.found:
        if signal.truth is _TRUE:
            yield _holds(signal.key, signal.means, signal.offer, str(signal.span))
    play = scene.route.play
    if play is not None:
        yield TraceStep(verdict="play", said=play.name, where=(str(play.span),))
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


@lru_cache(maxsize=4_096)
def _holds(key: str, means: str, offer: str, where: str) -> TraceStep:
    """The line of a signal that holds: its words are the Topics' alone, whoever it holds for."""
    return TraceStep(verdict="signal", said=f"{key} holds ({means}, for {offer})", where=(where,))


def _price_lines(place: Place) -> tuple[str, ...]:
    """The price lines that an order was made by."""
    return tuple(
        dict.fromkeys(t.source for t in place.terms if t.name == "added each month" and t.value)
    )


def _said_meaning(meaning: Meaning) -> str:
    about = ", ".join(meaning.features or meaning.candidates)
    reasons = "; ".join(meaning.reasons)
    return " - ".join(x for x in (meaning.outcome.value, about, reasons) if x)
