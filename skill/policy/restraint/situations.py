"""The situations of the restraint Topic, a function each: whether one holds now, and until when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from skill.model.account import Past
from skill.model.common import slug
from skill.model.playbook import Restraint
from skill.model.rules import Truth
from skill.policy import rules
from skill.policy.restraint import caps, closed
from skill.policy.restraint.asking import CLOSES, FOREVER, NO, Asking, Held, after
from skill.policy.restraint.outcomes import with_outcome

OWNER_TASK = ("unpaid_invoice",)
"""Situations that a person settles: the account's owner gets a task instead of an offer being made."""


def judge(row: Restraint, asking: Asking) -> Held:
    """Whether the situation of a row holds for whatever would be offered, and until when."""
    return _JUDGES[row.kind](row, asking)


def told(row: Restraint, asking: Asking) -> str:
    """The situation in the Topic's words; a cohort that nobody could rule out is told as such."""
    if row.kind != "audience":
        return row.situation
    value, missing = _belongs(row, asking)
    unsure = value is Truth.UNKNOWN
    return (
        f"{row.situation}: could not be ruled out without {', '.join(missing)}"
        if unsure
        else row.situation
    )


def _open_ticket(row: Restraint, asking: Asking) -> Held:
    return _lasting(((t.opened_at, t.closed_at) for t in asking.customer.tickets), row, asking.now)


def _bug(row: Restraint, asking: Asking) -> Held:
    bugs = ((t.opened_at, t.closed_at) for t in asking.customer.tickets if t.category == "bug")
    return _lasting(bugs, row, asking.now)


def _incident(row: Restraint, asking: Asking) -> Held:
    return _lasting(
        ((i.started_at, i.ended_at) for i in asking.customer.incidents), row, asking.now
    )


def _lasting(
    spans: Iterator[tuple[datetime, datetime | None]], row: Restraint, now: datetime
) -> Held:
    """Something with a beginning and perhaps an end; the longest pause wins.

    What began ahead of now has begun: a clock that was set back ends nothing.
    """
    until: list[datetime] = []
    for _, end in spans:
        if end is None or end > now:
            return FOREVER
        held, last = after(end, row, now)
        if held and last is not None:
            until.append(last)
    return (True, max(until)) if until else NO


def _said(row: Restraint, asking: Asking) -> Held:
    """`Customer said "not now"` is a decline for now; "don't show this again" is for ever."""
    words = row.subject.lower()
    is_final = "never" in words or ("again" in words and "n't" in words.replace("not", "n't"))
    kinds = ("never",) if is_final else ("not_now", "decline")
    return _since_last(asking, row, (p for p in asking.of(row.per) if p.kind in kinds))


def _since_last(asking: Asking, row: Restraint, wanted: Iterable[Past]) -> Held:
    last = max((p.at for p in wanted), default=None)
    if last is None:
        return NO
    return FOREVER if row.pause_hours is None else after(last, row, asking.now)


def _shown(row: Restraint, asking: Asking) -> Held:
    return _since_last(asking, row, (p for p in asking.of(row.per) if p.kind == "impression"))


def _outcome(row: Restraint, asking: Asking) -> Held:
    if row.of_this_offer:
        return NO
    return _since_last(asking, row, with_outcome(row.subject, asking.of(row.per)))


def _fact_true(name: str) -> Callable[[Restraint, Asking], Held]:
    def judged(_: Restraint, asking: Asking) -> Held:
        """Fail closed: a figure that was told and is too old to be believed holds too."""
        value = rules.known_value(name, asking.playbook, asking.customer, asking.now)
        if value is None:
            return FOREVER if any(slug(f.name) == name for f in asking.customer.facts) else NO
        return FOREVER if str(value).lower() in ("true", "yes", "1") else NO

    return judged


def _checkout(row: Restraint, asking: Asking) -> Held:
    """Open until that same offer was taken or closed."""
    held = _fact_true("checkout-open")(row, asking)
    if held[0]:
        return held
    past = asking.everybodys
    for opened in (p for p in past if p.kind == "checkout_open"):
        ends = (p for p in past if p.kind in ("acceptance", *CLOSES) and p.at > opened.at)
        if not any(p.offer in (opened.offer, None) or opened.offer is None for p in ends):
            return FOREVER
    return NO


def _replied(row: Restraint, asking: Asking) -> Held:
    """Whoever replied, a person has taken over the whole account."""
    return _since_last(asking, row, (p for p in asking.everybodys if p.kind == "reply"))


def _audience(row: Restraint, asking: Asking) -> Held:
    """Fail closed: a cohort that nobody can rule out is not offered anything."""
    return NO if _belongs(row, asking)[0] is Truth.FALSE else FOREVER


def _belongs(row: Restraint, asking: Asking) -> rules.Judged:
    rule = asking.playbook.audiences[row.subject].rule
    return rules.judge(rule, asking.playbook, asking.customer, asking.now, asking.standing)


def _moment(row: Restraint, asking: Asking) -> Held:
    """A question is answered where nobody knows; without one, unknown never sells."""
    truth = asking.standing.moments.get(row.subject, Truth.UNKNOWN)
    may_be = truth is Truth.FALSE or (truth is Truth.UNKNOWN and not asking.asked)
    return FOREVER if may_be else NO


def _elsewhere(_: Restraint, __: Asking) -> Held:
    """Quiet hours defer messages and keep no answer back; what is about one offer, and opting out, are judged apart."""
    return NO


_JUDGES: dict[str, Callable[[Restraint, Asking], Held]] = {
    "open_ticket": _open_ticket,
    "incident": _incident,
    "unresolved_bug": _bug,
    "customer_said": _said,
    "any_offer_shown": _shown,
    "this_offer_shown": _elsewhere,
    "moment_not_reached": _moment,
    "frequency_cap": caps.of_row,
    "quiet_hours": _elsewhere,
    "closed_in_a_row": closed.in_a_row,
    "unpaid_invoice": _fact_true("unpaid-invoice"),
    "checkout_open": _checkout,
    "person_replied": _replied,
    "audience": _audience,
    "opted_out": _elsewhere,
    "outcome": _outcome,
}
