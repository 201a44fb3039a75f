"""What speaks against one offer: it was shown lately, something came of it, its family is full, or its play is not for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from skill.model.account import Past
from skill.model.decision import Suppression
from skill.model.playbook import Restraint
from skill.policy.restraint import caps
from skill.policy.restraint.asking import FOREVER, NO, Asking, Held, after
from skill.policy.restraint.bounds import of_stop
from skill.policy.restraint.outcomes import with_outcome

SHOWS_NOTHING = "show nothing"
"""What a play says of a person who cannot buy. Source: topics-format, `If not an admin`."""


def of_offer(asking: Asking, offers: Sequence[str]) -> Suppression | None:
    """What speaks against any step of this offer: it was shown lately, or this person never wants to see it again.

    A "never" holds with or without a row in the restraint Topic.
    """
    stopped = of_stop(asking, offers)
    if stopped is not None:
        return stopped
    names = {asking.names.get(key, key) for key in offers}
    if any(p.kind == "never" for p in _about(asking, asking.own, names)):
        return Suppression(because="the customer never wants to see this offer again")
    for row in asking.playbook.restraints:
        held, until = _judged(row, asking, offers, names)
        if held and not asking.lifts(row.unless):
            return Suppression(
                because=row.situation,
                until=until,
                topic=row.span.file,
                span=row.span,
                explain=row.explain,
            )
    return caps.of_play_and_family(asking, offers) or _by_play(asking, offers)


def _judged(row: Restraint, asking: Asking, offers: Sequence[str], names: set[str]) -> Held:
    if row.kind == "this_offer_shown":
        mine = _about(asking, asking.of(row.per), names)
        return _since(row, asking, (p for p in mine if p.kind == "impression"))
    if row.kind == "outcome" and row.of_this_offer:
        mine = _about(asking, asking.of(row.per), names)
        return _since(row, asking, with_outcome(row.subject, mine))
    if row.kind == "frequency_cap":
        return caps.of_family(row, asking, offers)
    return NO


def _about(asking: Asking, past: Iterable[Past], names: set[str]) -> list[Past]:
    """What was about one of these bundles, by whatever name it had then."""
    return [p for p in past if p.offer and asking.names.get(p.offer, p.offer) in names]


def _since(row: Restraint, asking: Asking, mine: Iterable[Past]) -> Held:
    last = max((p.at for p in mine), default=None)
    if last is None:
        return NO
    return FOREVER if row.pause_hours is None else after(last, row, asking.now)


def _by_play(asking: Asking, offers: Sequence[str]) -> Suppression | None:
    """The play is for other offers, or shows nothing to somebody who cannot buy."""
    play = asking.play
    if play is None:
        return None
    because = ""
    if not asking.asked and play.only_offers and offers[-1] not in play.only_offers:
        because = f"the play `{play.name}` is not for this offer"
    elif " ".join(play.if_not_an_admin.lower().split()) == SHOWS_NOTHING and not _can_buy(
        asking, offers
    ):
        because = f"the play `{play.name}` shows nothing to a person who cannot buy"
    if not because:
        return None
    return Suppression(because=because, topic=play.span.file, span=play.span)


def _can_buy(asking: Asking, offers: Sequence[str]) -> bool:
    key = asking.customer.person.role
    role = asking.playbook.roles.get(key or "")
    bundles = (asking.playbook.bundles.get(offer) for offer in offers)
    named = all(not b.who_can_buy or key in b.who_can_buy for b in bundles if b is not None)
    return named and (role is None or role.can_buy)
