"""Failed: every condition that kept one bundle from being offered, in the order of the house."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from skill.model.common import plain_number
from skill.model.decision import Access, Outcome, Reason, Verdict
from skill.model.playbook import Bundle, Limit, SoldAs
from skill.model.readiness import Amount
from skill.model.rules import Truth
from skill.model.topic import Span
from skill.model.why_not import Condition
from skill.policy.why import changes
from skill.policy.why.cases import Option, option
from skill.policy.why.reaching import used_up
from skill.policy.why.scene import LACKING, Scene


class Failed(NamedTuple):
    """One condition that failed, with the changes that could meet it."""

    condition: Condition
    options: tuple[Option, ...] = ()
    is_final: bool = False
    """Whether only the Topics or the question could change it, and nothing about the customer or the moment."""


def failure(
    kind: str,
    name: str,
    value: str,
    needed: str,
    span: Span | None = None,
    options: Iterable[Option] = (),
    *,
    truth: Truth = Truth.FALSE,
    until: datetime | None = None,
    distance: Amount | None = None,
    final: bool = False,
) -> Failed:
    """A failed condition in its words."""
    place: dict[str, Any] = {"topic": span.file, "line": span.line} if span else {}
    told = Condition.model_validate(
        {
            "kind": kind,
            "name": name,
            "value": value,
            "needed": needed,
            "truth": truth,
            "until": until,
            "distance": distance,
            **place,
        }
    )
    return Failed(told, tuple(options), final)


def of_question(scene: Scene, bundle: Bundle, about: Access | None) -> Iterator[Failed]:
    """Whether anything that was asked is lacking, and whether this bundle would give it."""
    if scene.meaning.outcome is not Outcome.FEATURE or not scene.accesses:
        yield failure(
            "question",
            "a feature was asked about",
            f"the question was understood as `{scene.meaning.outcome.value}`",
            "a question about a feature or a limit",
            final=True,
        )
        return
    lacking = [a for a in scene.accesses if a.verdict in LACKING]
    had = scene.accesses if about is None and not lacking else (about,)
    for access in had:
        if access is not None and access.verdict not in LACKING:
            yield _not_lacking(scene, bundle, access)
    if about is None:
        asked = scene.names([a.feature for a in lacking or scene.accesses])
        yield failure(
            "question",
            "holds what was asked",
            f"{bundle.name} does not unlock {asked}",
            f"unlocks {asked}, or raises its limit",
            scene.place(bundle, "Unlocks", "Includes"),
            final=True,
        )
        return
    if about.reason is Reason.ROLE_NOT_ALLOWED:
        yield _only_for_a_role(scene, about)
    if about.verdict is Verdict.LIMITED:
        yield from _too_little(scene, bundle, about)


def _not_lacking(scene: Scene, bundle: Bundle, access: Access) -> Failed:
    """What was asked is had already, or nobody can say."""
    name = scene.name(access.feature)
    if access.verdict is Verdict.UNKNOWN:
        return failure(
            "access",
            "access is denied or limited",
            f"nobody can say whether {name} is included",
            "denied or limited",
            scene.playbook.features[access.feature].span,
            _known(scene, access),
            truth=Truth.UNKNOWN,
        )
    first = access.entitlements[0] if access.entitlements else None
    by = [e.source if e.source == "free for all" else f"{e.source} {scene.name(e.name)}" for e in access.entitlements]  # fmt: skip
    free = any(e.source == "free for all" for e in access.entitlements)
    uncovered = list(_use(scene, bundle, access))
    return failure(
        "access",
        "access is denied or limited",
        f"{name} is granted by {', '.join(by)}{_used(scene, access)}",
        "denied or limited",
        first.span if first else None,
        [*uncovered, *_without(scene, access)],
        final=free and not uncovered,
    )


def _used(scene: Scene, access: Access) -> str:
    """How much of each limit of a feature is used, where that is known: `, with 7 of 10 seats used`."""
    said = []
    for meter in scene.playbook.features[access.feature].meters:
        limit, used = scene.record.limit(meter), scene.record.course(meter).newest
        if limit is not None and used is not None:
            said.append(f"{_amount(used)} of {_amount(limit.value)} {_meter(scene, meter)} used")
    return f", with {' and '.join(said)}" if said else ""


def _known(scene: Scene, access: Access) -> Iterator[Option]:
    """What would have to be known so that access can be told."""
    if "account" in scene.customer.unavailable:
        yield changes.source_is_read("account", "account's rights")
    feature = scene.playbook.features[access.feature]
    for key in (*feature.only_for, *feature.free_for):
        audience = scene.playbook.audiences[key]
        yield from scene.turner.rule(audience.rule, key in feature.only_for, audience.span)


def _without(scene: Scene, access: Access) -> Iterator[Option]:
    """What would take the right away again, so that it could be sold."""
    case = scene.case
    for right in access.entitlements:
        if right.source == "bundle":
            yield changes.bundle_is_gone(case, right.name, right.span)
        elif right.source == "grant":
            yield changes.grant_ends(access.feature, scene.name(access.feature), right.span)
        elif right.source == "audience":
            audience = scene.playbook.audiences[right.name]
            yield from scene.turner.rule(audience.rule, False, audience.span)
        elif right.source == "plan":
            lower = [p for p in plans(scene) if access.feature not in p.unlocks]
            for plan in reversed(lower):
                yield changes.plan_is(case, plan.key, plan.span)


def _use(scene: Scene, bundle: Bundle, access: Access) -> Iterator[Option]:
    """The use at which a limit would be reached that this bundle raises."""
    raised = {limit.meter: limit for limit in bundle.limits}
    for meter in scene.playbook.features[access.feature].meters:
        limit = scene.record.limit(meter)
        if (
            meter in raised
            and limit is not None
            and scene.meaning.wants in ("access", "limit", "enough")
        ):
            found = used_up(meter, scene.record, limit.span or raised[meter].span)
            if found is not None:
                yield found


def plans(scene: Scene) -> list[Bundle]:
    """The plans, in the order of the Topics."""
    return [b for b in scene.playbook.bundles.values() if b.sold_as is SoldAs.PLAN]


def _only_for_a_role(scene: Scene, access: Access) -> Failed:
    """The account has it, and this person's role may not use it: buying would not help."""
    feature = scene.playbook.features[access.feature]
    roles = [scene.playbook.roles[r].name if r in scene.playbook.roles else r for r in feature.needs_role]  # fmt: skip
    return failure(
        "access",
        "access is lacking to the account",
        f"the account has {feature.name}; the role {scene.customer.person.role} may not use it",
        f"an account without it (it is for {', '.join(roles)})",
        feature.span,
        _without(scene, access),
    )


def _too_little(scene: Scene, bundle: Bundle, about: Access) -> Iterator[Failed]:
    """A limit that is reached, and a row that does not lift it far enough."""
    limit = about.limit
    if limit is None or any(s.bundle == bundle.key for way in about.unlocks for s in way.steps):
        return
    row = next((r for r in bundle.limits if r.meter == limit.meter), None)
    if row is None:
        yield failure(
            "question",
            "raises the limit",
            f"{bundle.name} does not raise {_meter(scene, limit.meter)}",
            f"more {_meter(scene, limit.meter)} than {_amount(limit.value)}",
            scene.place(bundle, "Limits"),
            final=True,
        )
    elif limit.source == "override":
        yield failure(
            "question",
            "raises the limit",
            f"{_amount(limit.value)} {_meter(scene, limit.meter)} were agreed with this account, and stay",
            "a limit that comes from a plan",
            row.span,
            options=_no_override(scene, limit.meter),
        )
    elif not _is_more(row, limit.value, about.need if scene.meaning.wants != "more" else None):
        least = (
            f"at least {_amount(about.need)}" if about.need else f"more than {_amount(limit.value)}"
        )
        yield failure(
            "question",
            "raises the limit far enough",
            f"{bundle.name} comes with {row.text}",
            f"{least} of {_meter(scene, limit.meter)}",
            row.span,
            final=True,
        )
    elif bundle.sold_as is SoldAs.BOOST and (limit.used is None or limit.used < (limit.value or 0)):
        found = used_up(limit.meter, scene.record, row.span)
        yield failure(
            "access",
            "the limit is reached",
            f"{_amount(limit.used) if limit.used is not None else 'not known'} of {_amount(limit.value)} are used",
            "a boost lifts a limit that is reached",
            row.span,
            [found] if found else (),
        )


def _no_override(scene: Scene, meter: str) -> Iterator[Option]:
    """The account's own limit gives way to the one of its plan."""
    said = f"the account's own limit of {_meter(scene, meter)} no longer holds"
    limits = {k: v for k, v in scene.case.customer.account.limits.items() if k != meter}
    yield option("right", said, f"limit:{meter}", None, lambda c: c.of_account(limits=limits))


def _is_more(row: Limit, present: Decimal | None, need: Decimal | None) -> bool:
    if row.value is None or row.extends:
        return True
    return present is not None and row.value > present and (need is None or row.value >= need)


def _meter(scene: Scene, key: str) -> str:
    meter = scene.playbook.meters.get(key)
    return meter.name if meter else key


def _amount(value: Decimal | None) -> str:
    return "unlimited" if value is None else plain_number(value)


def of_other_offers(scene: Scene, bundle: Bundle) -> Iterator[Failed]:
    """A smaller step came first, or there was no room."""
    mine = next(
        (w for w in scene.decision.withheld if w.offer == bundle.key and w.still_a_way), None
    )
    if mine is None:
        return
    made, most = scene.decision.offers, scene.case.max_offers
    full = len(made) >= most
    first = ", ".join(scene.name(o.bundle) for o in made) or "none"
    yield failure(
        "smaller_first",
        mine.because,
        f"offered first: {first}",
        f"at most {most} at once, each for something that the others do not do",
        bundle.span,
        [changes.more_room(most + 1, most)] if full else (),
    )
