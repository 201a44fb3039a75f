"""Restraint: the situations of the restraint Topic that hold now, each with until when and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from skill.model.account import Customer, Past
from skill.model.common import slug
from skill.model.decision import Suppression
from skill.model.playbook import Playbook, Restraint
from skill.model.rules import Truth
from skill.policy import rules

Held = tuple[bool, datetime | None]
"""Whether a situation holds, and until when; None is for ever or until it is over."""

NO: Held = (False, None)
FOREVER: Held = (True, None)
SOURCES = {"tickets": "help desk", "incidents": "status page", "history": "history of offers"}
"""Without these nobody can say that the moment is right, so nothing is offered."""
CLOSES = ("dismissal", "decline", "not_now", "never")


class Asking:
    """What restraint needs to know about the moment: who, when, whether they asked, and whether a limit was just reached."""

    def __init__(
        self,
        playbook: Playbook,
        customer: Customer,
        now: datetime,
        *,
        limit_reached: bool,
        standing: rules.Standing,
        asked: bool = True,
    ) -> None:
        self.playbook = playbook
        self.customer = customer
        self.now = now
        self.limit_reached = limit_reached
        self.standing = standing
        self.asked = asked
        """False in a sweep, where nobody asked and usage alone speaks."""


def suppressions(asking: Asking) -> tuple[tuple[Suppression, ...], tuple[str, ...]]:
    """Every situation that holds, and the moments that nobody could tell.

    A source that could not be read suppresses too: closed for selling, open for answering.
    """
    found: list[Suppression] = []
    missing: list[str] = []
    for source, name in SOURCES.items():
        if source in asking.customer.unavailable:
            found.append(Suppression(because=f"the {name} could not be read"))
    if asking.customer.person.opted_out:
        found.append(_opt_out(asking))
    for row in asking.playbook.restraints:
        if row.kind == "moment_not_reached":
            truth = asking.standing.moments.get(row.subject, Truth.UNKNOWN)
            if truth is Truth.UNKNOWN:
                missing.append(row.subject)
            # A question is answered where nobody knows; without one, unknown never sells.
            may_be = truth is Truth.FALSE or (truth is Truth.UNKNOWN and not asking.asked)
            holds: Held = FOREVER if may_be else NO
        else:
            holds = _JUDGES[row.kind](row, asking)
        if holds[0] and not _excepted(row, asking):
            found.append(
                Suppression(
                    because=_told(row, asking),
                    until=holds[1],
                    topic=row.span.file,
                    span=row.span,
                    explain=row.explain,
                )
            )
    return tuple(found), tuple(missing)


def _opt_out(asking: Asking) -> Suppression:
    """Who opted out is answered only, with or without a row that says so."""
    row = next((r for r in asking.playbook.restraints if r.kind == "opted_out"), None)
    if row is None:
        return Suppression(because="this person opted out")
    return Suppression(because=row.situation, topic=row.span.file, span=row.span)


def _told(row: Restraint, asking: Asking) -> str:
    """The situation in the Topic's words; a cohort that nobody could rule out is told as such."""
    if row.kind != "audience":
        return row.situation
    rule = asking.playbook.audiences[row.subject].rule
    value, missing = rules.judge(
        rule, asking.playbook, asking.customer, asking.now, asking.standing
    )
    unsure = value is Truth.UNKNOWN
    return (
        f"{row.situation}: could not be ruled out without {', '.join(missing)}"
        if unsure
        else row.situation
    )


def of_offer(asking: Asking, offers: Sequence[str]) -> Suppression | None:
    """What speaks against any step of this offer: it was shown lately, or this person never wants to see it again.

    A "never" holds with or without a row in the restraint Topic.
    """
    mine = [p for p in asking.customer.history if p.offer in offers and p.at <= asking.now]
    if any(p.kind == "never" for p in mine):
        return Suppression(because="the customer never wants to see this offer again")
    shown = [p.at for p in mine if p.kind == "impression"]
    for row in asking.playbook.restraints:
        if row.kind == "this_offer_shown" and shown and not _excepted(row, asking):
            held, until = _after(max(shown), row, asking.now)
            if held:
                return Suppression(
                    because=row.situation, until=until, topic=row.span.file, span=row.span
                )
    return None


def _excepted(row: Restraint, asking: Asking) -> bool:
    """Whether the row's `Unless` holds: the customer asked, a limit was reached, or the account is ready."""
    return {
        "": False,
        "asked": asking.asked,
        "limit_reached": asking.limit_reached,
        "ready": asking.standing.ready is Truth.TRUE,
    }[row.unless]


def _after(end: datetime, row: Restraint, now: datetime) -> Held:
    """Holds until `pause_hours` after the end of what it is about."""
    until = end + _hours(row.pause_hours or Decimal(0))
    return (True, until) if now < until else NO


def _hours(hours: Decimal) -> timedelta:
    return timedelta(hours=float(hours))


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
    """Something with a beginning and perhaps an end; the longest pause wins."""
    until: list[datetime] = []
    for start, end in spans:
        if start > now:
            continue
        if end is None or end > now:
            return FOREVER
        held, last = _after(end, row, now)
        if held and last is not None:
            until.append(last)
    return (True, max(until)) if until else NO


def _said(row: Restraint, asking: Asking) -> Held:
    """`Customer said "not now"` is a decline for now; "don't show this again" is for ever."""
    words = row.subject.lower()
    is_final = "never" in words or ("again" in words and "n't" in words.replace("not", "n't"))
    kinds = ("never",) if is_final else ("not_now", "decline")
    return _since_last(asking, row, lambda p: p.kind in kinds)


def _since_last(asking: Asking, row: Restraint, wanted: Callable[[Past], bool]) -> Held:
    times = [p.at for p in asking.customer.history if p.at <= asking.now and wanted(p)]
    if not times:
        return NO
    return FOREVER if row.pause_hours is None else _after(max(times), row, asking.now)


def _shown(row: Restraint, asking: Asking) -> Held:
    return _since_last(asking, row, lambda p: p.kind == "impression")


def _cap(row: Restraint, asking: Asking) -> Held:
    """At most n offers in a rolling window: holds once n were shown within it."""
    if row.window_hours is None:
        return NO
    window = _hours(row.window_hours)
    shown = sorted(
        p.at
        for p in asking.customer.history
        if p.kind == "impression" and asking.now - window < p.at <= asking.now
    )
    return (True, shown[-row.n] + window) if len(shown) >= row.n else NO


def _closed(row: Restraint, asking: Asking) -> Held:
    """The last n showings were all closed: explain instead, until a ready signal."""
    outcomes = [
        p.kind
        for p in sorted(asking.customer.history, key=lambda p: p.at)
        if p.at <= asking.now and p.kind in (*CLOSES, "acceptance", "click")
    ]
    last = outcomes[-row.n :] if row.n else []
    closed = len(last) == row.n and all(kind in CLOSES for kind in last) and bool(last)
    over = row.until_ready and asking.standing.ready is Truth.TRUE
    return FOREVER if closed and not over else NO


def _fact_true(name: str) -> Callable[[Restraint, Asking], Held]:
    def judge(_: Restraint, asking: Asking) -> Held:
        """Fail closed: a figure that was told and is too old to be believed holds too."""
        value = rules.known_value(name, asking.playbook, asking.customer, asking.now)
        if value is None:
            return FOREVER if any(slug(f.name) == name for f in asking.customer.facts) else NO
        return FOREVER if str(value).lower() in ("true", "yes", "1") else NO

    return judge


def _checkout(row: Restraint, asking: Asking) -> Held:
    """Open until that same offer was taken or closed."""
    held = _fact_true("checkout-open")(row, asking)
    if held[0]:
        return held
    past = [p for p in asking.customer.history if p.at <= asking.now]
    for opened in (p for p in past if p.kind == "checkout_open"):
        ends = (p for p in past if p.kind in ("acceptance", *CLOSES) and p.at > opened.at)
        if not any(p.offer in (opened.offer, None) or opened.offer is None for p in ends):
            return FOREVER
    return NO


def _replied(row: Restraint, asking: Asking) -> Held:
    return _since_last(asking, row, lambda p: p.kind == "reply")


def _audience(row: Restraint, asking: Asking) -> Held:
    """Fail closed: a cohort that nobody can rule out is not offered anything."""
    audience = asking.playbook.audiences[row.subject]
    value, _ = rules.judge(
        audience.rule, asking.playbook, asking.customer, asking.now, asking.standing
    )
    return NO if value is Truth.FALSE else FOREVER


def _not_for_answers(_: Restraint, __: Asking) -> Held:
    """Quiet hours are about messages that nobody asked for; cooldown and opt-out are judged apart."""
    return NO


_JUDGES: dict[str, Callable[[Restraint, Asking], Held]] = {
    "open_ticket": _open_ticket,
    "incident": _incident,
    "unresolved_bug": _bug,
    "customer_said": _said,
    "any_offer_shown": _shown,
    "this_offer_shown": _not_for_answers,
    "frequency_cap": _cap,
    "quiet_hours": _not_for_answers,
    "closed_in_a_row": _closed,
    "unpaid_invoice": _fact_true("unpaid-invoice"),
    "checkout_open": _checkout,
    "person_replied": _replied,
    "audience": _audience,
    "opted_out": _not_for_answers,
}
