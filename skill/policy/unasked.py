"""Offers that nobody asked for: the step that an account's signals speak for, once they make it ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from skill.model.decision import (
    Access,
    Check,
    Offer,
    Reason,
    Signal,
    Step,
    Unlock,
    Verdict,
)
from skill.model.playbook import Bundle
from skill.model.rules import Truth
from skill.policy import gate
from skill.policy.offers import cross_sell, offers, order, rightsizing
from skill.policy.offers.holdings import Account
from skill.policy.routing import Route
from skill.policy.signals import readiness, signals
from skill.policy.signals.paces import projected_need
from skill.policy.signals.record import Record


def candidates(
    record: Record,
    account: Account,
    found: Sequence[Signal],
    route: Route,
    reached: Mapping[str, Truth],
) -> list[Offer]:
    """One offer for each bundle that the account is ready for; whether it may be made is not said here.

    A bundle that raises a counted meter is offered for its limit, as large as the pace will need; any other for
    the first feature that it brings; a plan below the present one as the smaller plan that it is.
    Source: topics-format "How a threshold is said": in a sweep an offer needs `ready`.
    """
    mine: dict[str, list[Signal]] = {}
    for signal in found:
        mine.setdefault(signal.offer, []).append(signal)
    ready = [key for key, own in mine.items() if readiness.level_of(own)[0] == "ready"]
    return [_offer(record, account, key, mine[key], route, reached) for key in ready]


def _offer(
    record: Record,
    account: Account,
    key: str,
    found: Sequence[Signal],
    route: Route,
    reached: Mapping[str, Truth],
) -> Offer:
    bundle = record.playbook.bundles[key]
    speaking = ", ".join(s.key for s in signals.holding(found, key))
    ready = Check(name="the account is ready", holds=Truth.TRUE, because=speaking)
    if account.is_smaller(bundle):
        less = rightsizing.offer_of(record, account, bundle, found, route)
        return less.model_copy(update={"witness": (*less.witness, ready)})
    lifted = next(_lifted(record, account, bundle, found), None)
    about = lifted or _brought(record, account, bundle)
    way = next(iter(_ways(record, account, bundle, about)), None) or _plain(account, bundle)
    offer = offers.offer_of(account, way, about, (about.feature,), tuple(found), route)
    adjacent = order.crosses(account, offer, found)
    further = cross_sell.checks(record, offer, found, reached) if adjacent else ()
    links = (*offer.witness, *_lacking(about, record, account), ready, *further)
    return offer.model_copy(update={"witness": links})


def _lacking(about: Access, record: Record, account: Account) -> Iterator[Check]:
    """What is offered for a feature brings one that the account lacks, whoever granted what it has, and may have."""
    if about.verdict is not Verdict.DENIED or about.feature not in record.playbook.features:
        return
    feature = record.playbook.features[about.feature]
    rights = gate.entitlements(record.playbook, record.customer, feature, record.now)
    said, holds = "is lacking", Truth.TRUE
    if rights:
        said, holds = f"comes from {rights[0].source}", Truth.FALSE
    elif not offers.can_be_bought(account, feature.key):
        said, holds = "was taken away, or is not for this account", Truth.FALSE
    because = f"`{feature.name}` {said}"
    yield Check(name="brings something that is lacking", holds=holds, because=because)


def _lifted(
    record: Record, account: Account, bundle: Bundle, found: Sequence[Signal]
) -> Iterator[Access]:
    """The limits that the holding signals counted and this bundle has a row for, in the order of the signals."""
    rows = account.tables.rows
    raises = {limit.meter for limit in bundle.limits}
    for signal in signals.holding(found, bundle.key):
        for count in rows[signal.key][-1].counts:
            limit = record.limit(count.name) if count.name in raises else None
            if limit is not None and limit.value is not None:
                yield Access(
                    feature=account.tables.metered.get(count.name, ""),
                    verdict=Verdict.LIMITED,
                    reason=Reason.LIMIT_REACHED,
                    limit=limit,
                )


def _brought(record: Record, account: Account, bundle: Bundle) -> Access:
    """The first feature that a bundle brings and the account lacks, and may have; empty where it brings none."""
    held = (
        gate.entitlements(
            record.playbook, record.customer, record.playbook.features[key], record.now
        )
        for key in bundle.unlocks
    )
    lacking = (
        key
        for key, rights in zip(bundle.unlocks, held, strict=True)
        if not rights and offers.can_be_bought(account, key)
    )
    feature = next(lacking, bundle.unlocks[0] if bundle.unlocks else "")
    return Access(feature=feature, verdict=Verdict.DENIED, reason=Reason.NOT_IN_PLAN)


def _ways(record: Record, account: Account, bundle: Bundle, about: Access) -> Iterator[Unlock]:
    """The ways that end with this bundle, as large as the limit's pace will need, where it says so."""
    limit = about.limit
    if limit is None or limit.value is None or not about.feature:
        return
    need = projected_need(record, limit.meter)
    for wanted in dict.fromkeys((need, None)):
        steps = offers.steps_to(account, about.feature, limit.meter, limit.value, wanted)
        yield from (way for way in steps if way.bundle == bundle.key)


def _plain(account: Account, bundle: Bundle) -> Unlock:
    """The bundle itself, after what it needs; the witness says whether it is sold to this account."""
    needed = () if bundle.key in {b.key for b in account.held} else account.lacks(bundle)
    return Unlock(steps=tuple(Step(bundle=key) for key in (*needed, bundle.key)))
