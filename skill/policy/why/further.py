"""Further links: what a witness asks for beyond selling - a stable upgrade, an observed workaround, use that still fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from skill.model.decision import Access, Check, Offer, Reason, Unlock, Verdict
from skill.model.playbook import Bundle
from skill.model.rules import Truth
from skill.policy import unasked
from skill.policy.offers import cross_sell, offers, order, rightsizing
from skill.policy.why import changes
from skill.policy.why.cases import Option
from skill.policy.why.failed import Failed, failure
from skill.policy.why.scene import Scene

TOLD_ELSEWHERE = frozenset(
    {
        "holds what was asked",
        "sold to this plan",
        "sold to this audience",
        "sold in this region",
        "sold in this currency",
        "still sold",
        "not held already",
        "not tried before",
        "free to offer",
        "this person can act or is told who can",
    }
)
"""Links that are told with value, needed value and Topic in a room of their own."""
_A_DAY = timedelta(days=1)


def of_witness(scene: Scene, bundle: Bundle, about: Access | None, way: Unlock) -> Iterator[Failed]:
    """Every other link of the witness that does not hold, in the words of the witness."""
    for check in _witness(scene, bundle, about, way):
        if check.holds is not Truth.TRUE and check.name not in TOLD_ELSEWHERE:
            yield failure(
                "witness",
                check.name,
                check.because,
                "that it is so",
                bundle.span,
                _options(scene, bundle, check),
                truth=check.holds,
            )


def _witness(scene: Scene, bundle: Bundle, about: Access | None, way: Unlock) -> Sequence[Check]:
    """The witness as `decide` makes it; of a bundle that was no candidate, as it would be."""
    account, found = scene.account, scene.signals
    if not scene.asked:
        known = unasked.candidates(scene.record, account, found, scene.route, scene.reached)
        mine = next((o for o in known if o.bundle == bundle.key), None)
        if mine is not None:
            return mine.witness
        if account.is_smaller(bundle):
            own = [s for s in found if s.offer == bundle.key]
            return rightsizing.offer_of(scene.record, account, bundle, own, scene.route).witness
    made = _made(scene, bundle, about, way)
    if scene.asked or not order.crosses(account, made, found):
        return made.witness
    return (*made.witness, *cross_sell.checks(scene.record, made, found, scene.reached))


def _made(scene: Scene, bundle: Bundle, about: Access | None, way: Unlock) -> Offer:
    feature = next(iter(bundle.unlocks), "")
    access = about or Access(feature=feature, verdict=Verdict.DENIED, reason=Reason.NOT_IN_PLAN)
    denied = tuple(a.feature for a in scene.accesses if a.verdict is Verdict.DENIED)
    return offers.offer_of(scene.account, way, access, denied, scene.signals, scene.route)


def _options(scene: Scene, bundle: Bundle, check: Check) -> Iterator[Option]:
    """What would bring a further link to hold, where that is known."""
    if check.name == "the upgrade is stable":
        yield from scene.turner.moment(cross_sell.STABLE, bundle.span)
    elif check.name == "succeeding in the core":
        for key in cross_sell.SUCCEEDING:
            yield from scene.turner.moment(key, bundle.span)
    elif check.name == "a recurring workaround was observed":
        for row in scene.playbook.thresholds:
            if row.offer == bundle.key and any(c.what == "events" for c in row.counts):
                yield from scene.turner.signal(row.key)
        yield from _habits(scene, bundle)


def _habits(scene: Scene, bundle: Bundle) -> Iterator[Option]:
    """An alternative of what it unlocks is used on enough days to be a habit."""
    features = scene.playbook.features
    ways = dict.fromkeys(a for f in bundle.unlocks if f in features for a in features[f].alternatives)  # fmt: skip
    for key in ways:
        n = cross_sell.RECURS
        often = [(_A_DAY * day, 1) for day in range(n)]
        name = features[key].name if key in features else key
        said = f"{name} is used on {n} of the last 30 days"
        yield changes.happens("use", {"feature": key}, often, said, bundle.span)
