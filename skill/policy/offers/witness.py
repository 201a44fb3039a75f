"""The witness: every link without which an offer is not made, and what the person can do about it."""

from __future__ import annotations

from collections.abc import Iterator

from skill.model.common import slug
from skill.model.decision import Access, Action, Check, Verdict
from skill.model.playbook import Bundle, SoldAs
from skill.model.rules import Truth
from skill.policy import gate
from skill.policy.offers.holdings import Account
from skill.policy.offers.links import link
from skill.policy.prices import pricing
from skill.policy.routing import Route
from skill.policy.signals.found import truth_of


def witness(
    account: Account, whole: list[Bundle], asked: Access, route: Route, act: Action
) -> tuple[Check, ...]:
    """Every link of an offer that leads to what was asked, in the order in which they are told."""
    return (
        _what_was_asked(whole[-1], asked),
        link(
            name="sold to this plan",
            holds=_sold_here(account, whole),
            because=f"sold to who has {account.plan.name if account.plan else 'no plan'}",
        ),
        *of_selling(account, whole),
        _not_held(account, whole[-1], lifted=asked.verdict is Verdict.LIMITED),
        *_had_once(account, whole[-1]),
        *of_person(account, whole, route, act),
    )


def of_selling(account: Account, whole: list[Bundle]) -> tuple[Check, ...]:
    """To whom, where, in which currency and until when it is sold."""
    who = account.customer.account
    regions = {r for b in whole for r in b.regions}
    today = account.now.date().isoformat()
    ended = [b.name for b in whole if b.sold_until and b.sold_until < today]
    audiences = dict.fromkeys(a for b in whole for a in b.sold_to)
    return (
        link(
            name="sold to this audience",
            holds=_sold_to(account, whole),
            because=", ".join(audiences) or "to everybody",
        ),
        link(
            name="sold in this region",
            holds=_in_region(account, whole),
            because=f"region {who.region or 'unknown'}, sold in {', '.join(sorted(regions)) or 'every region'}",
        ),
        link(
            name="sold in this currency",
            holds=truth_of(all(account.is_priced(b) for b in whole)),
            because=f"currency {who.currency or 'as listed'}",
        ),
        link(
            name="still sold",
            holds=truth_of(not ended),
            because=", ".join(ended) + " ended" if ended else "no end has passed",
        ),
    )


def of_person(
    account: Account, whole: list[Bundle], route: Route, act: Action
) -> tuple[Check, ...]:
    """Whether nobody holds offers back for this account, this person may act or is told who can, and the price is fresh."""
    return (
        link(
            name="free to offer",
            holds=_not(route.held_back),
            because=f"play `{route.by.name}`" if route.by else "no play holds offers back",
        ),
        Check(
            name="this person can act or is told who can",
            holds=_is_told(account),
            because=_who_acts(account, act),
        ),
        link(
            name="the price is fresh, or carries no button",
            holds=truth_of(act.kind not in ("link", "checkout") or is_fresh(account, whole)),
            because="read again by "
            + min((b.review_by for b in whole if b.review_by), default="any day"),
        ),
    )


def _what_was_asked(last: Bundle, asked: Access) -> Check:
    """The bundle named is the one that holds what was asked, not merely the next one."""
    lifted = asked.verdict is Verdict.LIMITED
    meter = asked.limit.meter if asked.limit else ""
    raises = any(row.meter == meter for row in last.limits)
    return Check(
        name="holds what was asked",
        holds=truth_of(raises if lifted else asked.feature in last.unlocks),
        because=f"`{last.name}` {'raises the limit' if lifted else 'unlocks it'}",
    )


def _not_held(account: Account, last: Bundle, *, lifted: bool) -> Check:
    """Nothing is sold twice: not what is held, nor a bundle one part of which is."""
    parts = account.parts_held(last)
    if parts and not account.holds(last.key):
        because = f"its part `{parts[0].name}` is held"
    else:
        because = f"`{last.name}` is {_held(account, last, lifted=lifted)}"
    is_free = lifted or not account.holds(last.key)
    holds = truth_of(is_free and not parts)
    if "account" in account.customer.unavailable:
        holds, because = Truth.UNKNOWN, "what the account holds could not be read"
    return Check(name="not held already", holds=holds, because=because)


def _had_once(account: Account, last: Bundle) -> Iterator[Check]:
    """A trial is had once."""
    if last.sold_as is SoldAs.TRIAL:
        had = account.has_had(last)
        because = f"`{last.name}` was {'' if had else 'never '}had before"
        yield Check(name="not tried before", holds=truth_of(not had), because=because)


def _who_acts(account: Account, act: Action) -> str:
    role = account.customer.person.role or "unknown"
    said = f"{act.kind} for role {role}"
    if act.kind == "ask_admin":
        said += f": {', '.join(account.customer.account.admins) or 'an admin, whom nobody named'}"
    return said


def _in_region(account: Account, whole: list[Bundle]) -> Truth:
    region = account.customer.account.region
    if not any(b.regions for b in whole):
        return Truth.TRUE
    if region is None:
        return Truth.UNKNOWN
    return truth_of(all(not b.regions or region.upper() in b.regions for b in whole))


def action(account: Account, whole: list[Bundle]) -> Action:
    """What this person can do: buy where their role may, ask an admin where not, talk where there is no price.

    What is sold elsewhere (a partner, a marketplace) is followed there, whether or not we know its price. Where the
    host has a checkout of its own for exactly this purchase, that comes before the page about it.
    """
    last = whole[-1]
    link = whole[0].link or last.link
    role_key = account.customer.person.role
    role = account.playbook.roles.get(role_key or "")
    may_buy = all(not b.who_can_buy or role_key in b.who_can_buy for b in whole)
    if role is not None and not role.can_buy:
        may_buy = False
    if not may_buy:
        return Action(kind="ask_admin")
    if not is_fresh(account, whole):
        return Action(kind="contact", allowed=True)
    if last.sold_as is SoldAs.PARTNER and last.link:
        return Action(kind="link", href=last.link, allowed=True)  # bought elsewhere, priced there
    if any(pricing.is_contact_only(b) for b in whole):
        return Action(kind="contact", href=link, allowed=True)
    if (
        len(whole) == 1 and last.checkout
    ):  # a page that sells half of an offer would sell another one
        return Action(kind="checkout", href=last.checkout, allowed=True)
    return Action(kind="link" if link else "contact", href=link, allowed=True)


def is_fresh(account: Account, whole: list[Bundle]) -> bool:
    """Whether nobody had to read these prices again by now: past that day they carry no button."""
    today = account.now.date().isoformat()
    return not any(b.review_by and b.review_by < today for b in whole)


def _held(account: Account, bundle: Bundle, *, lifted: bool) -> str:
    if lifted:
        return "extended"
    return "held" if account.holds(bundle.key) else "not held"


def _sold_here(account: Account, whole: list[Bundle]) -> Truth:
    """Every step sold in its turn: on the present plan, or on the plan that the first step brings."""
    if account.customer.account.plan is not None and account.plan is None:
        return Truth.UNKNOWN
    plan = account.plan
    for bundle in whole:
        if bundle.sold_as is SoldAs.PLAN:
            if not account.can_reach(bundle):
                return Truth.FALSE
            plan = bundle
        elif not account.can_add(bundle, plan):
            return Truth.FALSE
    return Truth.TRUE


def _sold_to(account: Account, whole: list[Bundle]) -> Truth:
    """Every step is sold to an audience that this account belongs to."""
    for bundle in whole:
        if bundle.sold_to:
            fits = gate.is_in(bundle.sold_to, account.playbook, account.customer, account.now)
            if fits is not Truth.TRUE:
                return fits
    return Truth.TRUE


def _is_told(account: Account) -> Truth:
    """A role that is not told of offers never sees one; a role that no Topic knows is not known to be told."""
    key = account.customer.person.role
    if key is None or not account.playbook.roles:
        return Truth.TRUE
    role = account.playbook.roles.get(slug(key))
    return Truth.UNKNOWN if role is None else truth_of(role.is_told)


def _not(value: Truth) -> Truth:
    return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(value, Truth.UNKNOWN)
