"""Closed again and again: the feature is explained instead, until a signal is stronger than at any of those times."""

from __future__ import annotations

from datetime import datetime

from skill.model.account import Past
from skill.model.playbook import Restraint
from skill.model.rules import Truth
from skill.policy import gate
from skill.policy.restraint.asking import CLOSES, FOREVER, NO, Asking, Held
from skill.policy.signals import readiness, signals
from skill.policy.signals.record import Record

_ENDINGS = (*CLOSES, "acceptance", "click")


def in_a_row(row: Restraint, asking: Asking) -> Held:
    """The last n endings were all closings; where a ready signal ends it, one that is stronger than before."""
    closings = _trailing(asking.of(row.per))
    if not row.n or len(closings) < row.n:
        return NO
    if row.until_ready and _is_stronger(asking, closings):
        return NO
    return FOREVER


def _trailing(past: tuple[Past, ...]) -> list[datetime]:
    """The closings since anything else came of an offer, the newest first."""
    out: list[datetime] = []
    for one in reversed(past):
        if one.kind in CLOSES:
            out.append(one.at)
        elif one.kind in _ENDINGS:
            break
    return out


def _is_stronger(asking: Asking, closings: list[datetime]) -> bool:
    """Whether more speaks for an offer than at any of the closings: one more ready signal, or a limit reached since.

    Every closing is looked at, so that a further one can only make it harder.
    """
    if asking.standing.ready is not Truth.TRUE or closings[0] > asking.now:
        return False
    now = _strength(asking, asking.now)
    return all(now - then for then in (_strength(asking, at) for at in closings))


def _strength(asking: Asking, at: datetime) -> frozenset[tuple[str, str]]:
    """The ready signals that held at a moment, the readiness of the account, and the limits that were used up.

    What is not known of that moment any more did not surely hold, so a signal of today is news.
    """
    record = Record(asking.playbook, asking.customer, at)
    found = [one.signal for one in signals.judged(record, signals.moments(record))]
    ready = {("signal", s.key) for s in found if s.truth is Truth.TRUE and s.means == "ready"}
    if readiness.of_account(found) is Truth.TRUE:
        ready.add(("account", "ready"))
    limits = (record.limit(meter) for meter in asking.playbook.meters)
    full = {
        ("limit", limit.meter)
        for limit in limits
        if limit is not None and gate.is_used_up(asking.playbook, limit)
    }
    return frozenset(ready | full)
