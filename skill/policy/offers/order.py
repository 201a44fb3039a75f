"""The order of offers: the smallest step that meets the need, then what it is worth; every term of it can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from skill.model.common import slug
from skill.model.decision import Offer, Signal, Unlock
from skill.model.money import PriceKind
from skill.model.order import Place, Term
from skill.model.playbook import SoldAs
from skill.model.prefer import preferred_before
from skill.policy import rules
from skill.policy.offers.chances import Chance, Outcomes, chance
from skill.policy.offers.holdings import Account
from skill.policy.offers.parts import apart
from skill.policy.offers.ways import FOR_A_WHILE, added_each_month, size_of
from skill.policy.prices import pricing
from skill.policy.signals.readiness import is_date_alone

MONTHS = 12
"""Revenue is compared over the first year, so that a monthly price and one that is paid once can be weighed."""
CHURN_RISK = "churn-risk"
"""The fact or trait that says how likely the account leaves within a year, as a share in 0..1."""
_EXTRAS = (SoldAs.ADD_ON, SoldAs.BUNDLE, SoldAs.SERVICES, SoldAs.PARTNER)
_SCALE = ("meter", "ratio", "fact")
"""Counts of how large something is; the others count what people did."""
Cost = Callable[[Account, Unlock], Decimal | None]
"""What a way adds each month."""


class Arranged(NamedTuple):
    """Offers in order."""

    offers: list[Offer]
    places: tuple[Place, ...]
    crossing: frozenset[str]
    """Keys of those that sell a further job, where the others sell more of the same."""


@dataclass(frozen=True)
class Weighed:
    """One offer, and everything that its place is made from."""

    offer: Offer
    size: tuple[object, ...]
    added: Decimal | None
    crosses: bool
    is_less: bool
    chance: Chance
    revenue: Decimal | None
    avoided: Decimal | None
    risk: str
    """Where the risk is from, or why there is none to avoid."""

    @property
    def expected(self) -> Decimal | None:
        """What offering it is worth: chance x revenue in a year, and the churn risk that it avoids."""
        if self.chance.share is None or self.revenue is None:
            return self.avoided
        return self.chance.share * self.revenue + (self.avoided or Decimal(0))

    @property
    def worth(self) -> tuple[object, ...]:
        """Known before unknown, more before less."""
        expected = self.expected
        return (expected is None, Decimal(0) if expected is None else -expected)

    @property
    def step(self) -> tuple[object, ...]:
        """Within one need: the smaller step, then more of the same, then its worth, then the order of the Topics."""
        return (*self.size[:-1], self.crosses, *self.worth, self.size[-1])


def of_question(
    account: Account,
    groups: Iterable[Sequence[Offer]],
    found: Sequence[Signal],
    outcomes: Outcomes,
    cost: Cost = added_each_month,
) -> Arranged:
    """Offers for what was asked, a group for each need in the order of asking: each need's best, then the next best.

    What meets every need in one purchase comes first, where it costs no more than the best for each of them.
    """
    sorted_groups = [
        _preferred(
            account, sorted((weigh(account, o, found, outcomes, cost) for o in group), key=_step)
        )
        for group in groups
    ]
    first = _for_all(sorted_groups)
    deep = max((len(g) for g in sorted_groups), default=0)
    rest = [g[i] for i in range(deep) for g in sorted_groups if i < len(g)]
    return _arranged(account, [*first, *rest])


def of_signals(
    account: Account,
    offers: Iterable[Offer],
    found: Sequence[Signal],
    outcomes: Outcomes,
    cost: Cost = added_each_month,
) -> Arranged:
    """Offers that nobody asked for: less before more, more of the same before a further job, then by their worth.

    Of several for one need the smallest step comes first, whatever it is worth.
    """
    needs: dict[str, list[Weighed]] = {}
    for offer in offers:
        needs.setdefault(need_of(offer), []).append(weigh(account, offer, found, outcomes, cost))
    groups = [_preferred(account, sorted(group, key=_step)) for group in needs.values()]
    groups.sort(key=lambda g: (not g[0].is_less, g[0].crosses, *g[0].worth, g[0].size))
    flat = [one for group in groups for one in group]
    flat.sort(key=lambda one: one.crosses)
    return _arranged(account, _preferred(account, flat))


def need_of(offer: Offer) -> str:
    """What an offer is for: the meter that it lifts, else the feature."""
    return offer.lifts or offer.feature


def crosses(account: Account, offer: Offer, found: Sequence[Signal]) -> bool:
    """Whether an offer sells a further job. What grows out of its size (volume, people, regions) asks for more of the same.

    Source: checklist of the documents, "upsell when scaling inside the product: volume, seats, controls".
    """
    bundle = account.playbook.bundles[offer.bundle]
    if bundle.sold_as not in _EXTRAS or offer.lifts is not None:
        return False
    if not offer.signals:
        return True
    speaking = {s.key for s in found if s.key in offer.signals and not is_date_alone(s)}
    rows = (row for key in speaking for row in account.tables.rows.get(key, ()))
    return not any(count.what in _SCALE for row in rows for count in row.counts)


def weigh(
    account: Account, offer: Offer, found: Sequence[Signal], outcomes: Outcomes, cost: Cost
) -> Weighed:
    """One offer with every term of its order."""
    bundle = account.playbook.bundles[offer.bundle]
    is_less = account.is_smaller(bundle)
    added = cost(account, offer.unlock)
    step = added if cost is added_each_month else added_each_month(account, offer.unlock)
    avoided, risk = _avoided(account, offer, is_less=is_less)
    return Weighed(
        offer=offer,
        size=size_of(account, offer.unlock, step),
        added=added,
        crosses=crosses(account, offer, found),
        is_less=is_less,
        chance=chance(account.playbook, bundle, outcomes),
        revenue=_revenue(account, offer.unlock, cost, added),
        avoided=avoided,
        risk=risk,
    )


def _revenue(account: Account, way: Unlock, cost: Cost, added: Decimal | None) -> Decimal | None:
    """What a way brings in its first year; what is paid once is paid once."""
    total, monthly_steps = Decimal(0), []
    for step in way.steps:
        price = account.price(account.playbook.bundles[step.bundle])
        if price is not None and price.kind is PriceKind.ONE_TIME and price.amount is not None:
            total += price.amount * step.quantity
        else:
            monthly_steps.append(step)
    if not monthly_steps:
        return total
    if len(monthly_steps) == len(way.steps):
        monthly = added
    else:
        monthly = cost(account, Unlock(steps=tuple(monthly_steps)))
    return None if monthly is None else total + monthly * MONTHS


def _avoided(account: Account, offer: Offer, *, is_less: bool) -> tuple[Decimal | None, str]:
    """What the account pays in a year, times the risk that it leaves: where a limit presses, or it pays for too much."""
    if offer.lifts is None and not is_less:
        return None, "no limit presses"
    risk = rules.known_value(CHURN_RISK, account.playbook, account.customer, account.now)
    share = rules.number_of(risk) if risk is not None else None
    if share is None or not 0 <= share <= 1:
        return None, "no fact `churn_risk` says"
    plan = account.plan
    pays = pricing.monthly(account.present)
    if pays is None:
        return None, "what the account pays is not known"
    return (
        share * pays * MONTHS,
        f"fact churn_risk {share} of what `{plan.name}` costs in a year" if plan else "",
    )


def _step(one: Weighed) -> tuple[object, ...]:
    return one.step


def _for_all(groups: Sequence[Sequence[Weighed]]) -> list[Weighed]:
    """What meets every need in one purchase, where that costs no more than the best for each of them."""
    wanted = {g[0].offer.feature for g in groups if g and g[0].offer.lifts is None}
    bests = [g[0] for g in groups if g]
    if len(wanted) < 2 or len(bests) != len(wanted):
        return []
    apart = [one.added for one in {one.offer.bundle: one for one in bests}.values()]
    costs = [cost for cost in apart if cost is not None]
    whole = [
        one
        for one in bests[0:1] + [o for g in groups[:1] for o in g[1:]]
        if wanted <= set(one.offer.unlocks)
        and len(one.offer.unlock.steps) == 1
        and one.added is not None
        and len(costs) == len(apart)
        and one.added <= sum(costs, Decimal(0))
    ]
    return sorted(whole, key=_step)[:1]


def _preferred(account: Account, sorted_offers: list[Weighed]) -> list[Weighed]:
    """Where a writer prefers one before others, it moves to stand before the first of them."""
    out = list(sorted_offers)
    for one in sorted_offers:
        behind = set(_preferences(account, one.offer))
        first = next((i for i, other in enumerate(out) if other.offer.bundle in behind), None)
        if first is not None and first < out.index(one):
            out.remove(one)
            out.insert(first, one)
    return out


def _preferences(account: Account, offer: Offer) -> tuple[str, ...]:
    bundle = account.playbook.bundles[offer.bundle]
    return tuple(slug(name) for name in preferred_before(bundle.prefer)) if bundle.prefer else ()


def _arranged(account: Account, weighed: Sequence[Weighed]) -> Arranged:
    once: dict[str, Weighed] = {}
    for one in weighed:
        once.setdefault(one.offer.bundle, one)
    places = tuple(
        Place(offer=key, place=i, need=need_of(one.offer), terms=_terms(account, one))
        for i, (key, one) in enumerate(once.items(), 1)
    )
    crossing = frozenset(key for key, one in once.items() if one.crosses)
    return Arranged([one.offer for one in once.values()], places, crossing)


@lru_cache(maxsize=1_024)
def _in_words(name: str, value: str, source: str) -> Term:
    """A term that is a word of the Topics and no figure: the same of every account."""
    return Term(name=name, value=value, source=source)


def _terms(account: Account, one: Weighed) -> tuple[Term, ...]:
    offer, bundles = one.offer, account.playbook.bundles
    bundle = bundles[offer.bundle]
    currency = next((p.currency for p in offer.prices if p is not None and p.currency), "") or ""
    lines = ", ".join(str(p.span) for p in offer.prices if p is not None)
    job = "less" if one.is_less else "cross-sell" if one.crosses else "upsell"
    terms = [
        Term(
            name="purchases",
            value=Decimal(len(offer.unlock.steps)),
            source=", ".join(bundles[s.bundle].name for s in offer.unlock.steps),
        ),
        _in_words(
            "ends by itself",
            "yes" if bundle.sold_as in FOR_A_WHILE else "no",
            f"sold as {bundle.sold_as}",
        ),
        Term(
            name="added each month",
            value=one.added,
            unit=currency,
            source=lines or "no public price",
        ),
        _in_words("kind of step", job, ", ".join(offer.signals)),
        Term(name="chance", value=one.chance.share, unit="share", source=one.chance.source),
        Term(
            name="revenue in a year",
            value=one.revenue,
            unit=currency,
            source=lines or "no public price",
        ),
        Term(name="churn risk avoided", value=one.avoided, unit=currency, source=one.risk),
        Term(
            name="expected value",
            value=one.expected,
            unit=currency,
            source="chance x revenue in a year + churn risk avoided",
        ),
    ]
    sum_of_parts = apart(account, bundle)
    if sum_of_parts is not None:
        terms.append(
            Term(
                name="its parts one by one",
                value=sum_of_parts.amount,
                unit=sum_of_parts.currency,
                source=", ".join(str(span) for span in sum_of_parts.spans),
            )
        )
    behind = _preferences(account, offer)
    if behind:
        terms.append(
            Term(name="preferred before", value=", ".join(behind), source=str(bundle.span))
        )
    return tuple(terms)
