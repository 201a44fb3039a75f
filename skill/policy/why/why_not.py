"""Why not: for each bundle that was not offered, what failed, and the smallest change after which it would be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skill.model.decision import Withheld
from skill.model.playbook import Bundle
from skill.model.why_not import Condition, NotOffered, WhyNot
from skill.policy.why.cases import Case, Option, applied
from skill.policy.why.failed import Failed, failure, of_other_offers, of_question
from skill.policy.why.flips import MOST_CANDIDATES, MOST_CHANGES, Tried, smallest
from skill.policy.why.further import of_witness
from skill.policy.why.held_back import of_person, of_play, of_restraint, of_surface
from skill.policy.why.scene import Scene
from skill.policy.why.unready import of_readiness
from skill.policy.why.unsold import unsold


def why_not(
    case: Case,
    offer: str | None = None,
    *,
    decision_id: str = "",
    question: str = "",
    recorded_version: str = "",
) -> WhyNot:
    """Why each bundle that was not offered was not, or the one that is named; what was offered is only listed.

    `offer` is the key of a bundle of the playbook. Work is bounded: at most `MOST_CANDIDATES` changes are tried
    for an offer, alone and up to `MOST_CHANGES` together, each by deciding again, and `MOST_DECISIONS` for a report.
    """
    scene = Scene(case)
    tried = Tried(case)
    wanted = [b for b in case.playbook.bundles.values() if offer in (None, b.key)]
    version = case.playbook.version
    return WhyNot(
        decision_id=decision_id,
        at=case.now,
        topics_version=version,
        recorded_version="" if recorded_version == version else recorded_version,
        account=case.customer.account.id,
        person=case.customer.person.id,
        surface=case.surface,
        question=question,
        outcome=case.meaning.outcome,
        features=tuple(a.feature for a in scene.accesses),
        offered=tuple(b.key for b in case.playbook.bundles.values() if b.key in scene.offered),
        not_offered=tuple(
            _not_offered(scene, b, tried) for b in wanted if b.key not in scene.offered
        ),
        most_changes=MOST_CHANGES,
        most_candidates=MOST_CANDIDATES,
    )


def _not_offered(scene: Scene, bundle: Bundle, tried: Tried) -> NotOffered:
    found = failures(scene, bundle)
    flip = smallest(bundle.key, options(scene, bundle), tried)
    return NotOffered(
        offer=bundle.key,
        name=bundle.name,
        sold_as=bundle.sold_as,
        failed=tuple(one.condition for one in found),
        flips=bool(flip.changes),
        changes=tuple(o.change for o in flip.changes),
        still=() if flip.changes or not flip.n_candidates else _still(scene, bundle, found),
        n_candidates=flip.n_candidates,
        n_left_out=flip.n_left_out,
        n_tried=flip.n_tried,
        is_whole=flip.is_whole,
    )


def options(scene: Scene, bundle: Bundle) -> tuple[Option, ...]:
    """The changes that could meet what failed; none where something failed that none of them touches.

    Where time has to pass, what fails then counts too: a reading that is fresh now is none next week.
    """
    found = failures(scene, bundle)
    if any(one.is_final for one in found):
        return ()
    own = [o for one in found for o in one.options]
    later = [o for o in own if o.change.kind == "time"]
    if later:
        last = max((applied(scene.case, [o]) for o in later), key=lambda case: case.now)
        then = failures(Scene(last), bundle)
        own += [o for one in then if not one.is_final for o in one.options]
    return tuple(own)


def _still(scene: Scene, bundle: Bundle, found: Sequence[Failed]) -> tuple[Condition, ...]:
    """What would fail after the first change of each failed condition, as many as are put together."""
    first = {one.options[0].slot: one.options[0] for one in found if one.options}
    chosen = list(first.values())[:MOST_CHANGES]
    after = Scene(applied(scene.case, chosen))
    if bundle.key in after.offered:
        return ()
    return tuple(one.condition for one in failures(after, bundle))


def failures(scene: Scene, bundle: Bundle) -> tuple[Failed, ...]:
    """Every condition that kept this bundle from being offered, in the order of the house; never none."""
    about = scene.about(bundle)
    way = scene.way(bundle, about)
    found = [
        *(of_question(scene, bundle, about) if scene.asked else ()),
        *unsold(scene, bundle, about, way),
        *of_play(scene),
        *of_person(scene),
        *of_witness(scene, bundle, about, way),
        *of_restraint(scene, about, way),
        *of_surface(scene),
        *of_readiness(scene, way),
        *of_other_offers(scene, bundle),
    ]
    return (*found, *_withheld(scene, bundle, [one.condition for one in found]))


def _withheld(scene: Scene, bundle: Bundle, told: Sequence[Condition]) -> Iterator[Failed]:
    """What the decision itself says, where nothing above says it; and that it was no way at all, where nothing did."""
    mine: Withheld | None = next(
        (w for w in scene.decision.withheld if w.offer == bundle.key), None
    )
    if told:
        return
    if mine is not None:
        yield failure("other", "not withheld", mine.because, "offered", mine.span, until=mine.until)
    else:
        yield failure(
            "other", "a way to what was asked", "no way leads to it", "a way", bundle.span
        )
