"""What the sources say, laid over a customer: who counts before whom, and what serves while one of them is down.

The order of precedence:

- A right (grant or removal): our own store, then the sources in the order they are configured; whoever speaks of it first
  decides it. A grant adds to the plan; a removal takes away what the plan gives too.
- A fact: the newest `as_of` counts (`skill/policy/rules.py`); of the same moment our own store, then the sources in order.
- A reading: the newest counts, the higher of the same moment (`skill/policy/gate.py`).
- Plan, bundles, region, currency and traits are our own store's; the role and the language are the request's.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, wait
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from skill.model.account import Customer, Fact, Reading, Right
from skill.sources.source import Asked, Down, Keeping, Line, Source
from skill.store.verified import Told, Verified

UNREAD = "account"
"""In `Customer.unavailable`: nobody can say what this account may do, so nothing is sold. Source: skill/policy/gate.py."""

KEPT_AGAIN = timedelta(minutes=1)
"""The same word is written down at most so often: most questions then write nothing for their sources."""

_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


class Heard(NamedTuple):
    """What came of one source."""

    source: Source
    verified: Verified | None = None
    """The last that it said; None where it said nothing yet."""
    down: Down | None = None
    """Why it could not be read now; None where it could."""


def gathered(
    customer: Customer,
    lines: Sequence[Line],
    kept: Keeping,
    now: datetime,
    *,
    features: tuple[str, ...] = (),
    meters: frozenset[str] = frozenset(),
) -> Customer:
    """The customer with what the sources say of them; all are asked at once, each within its own deadline.

    Args:
        customer: as our own store and the request know them.
        lines: the sources, the one that counts first first.
        kept: where the last that each said is kept.
        now: the moment of asking.
        features: keys of the features that the Topics know.
        meters: keys of the meters that the Topics know.
    """
    asked = Asked(customer.account, customer.person, customer.tenant, now, features, meters)
    known = [(line, line.source.subject(asked)) for line in lines]
    wanted = [(line.source.name, subject) for line, subject in known if subject]
    if not wanted:
        return customer
    before = kept.read(wanted)
    begun: list[tuple[Line, Future[Told | Down]]] = []
    answers: dict[str, Told | Down] = {}
    for line, subject in known:
        if not subject or _is_fresh(line.source, before.get((line.source.name, subject)), now):
            continue
        if line.rests(now):
            answers[line.source.name] = Down("it failed too often just now and was not asked")
        else:
            begun.append((line, line.ask(asked)))
    for line, answer in answered(begun):
        line.heard(answer, now)
        answers[line.source.name] = answer
    heard = []
    for line, subject in known:
        name = line.source.name
        if subject:
            said = before.get((name, subject))
            heard.append(_heard(line.source, subject, said, answers.get(name), kept, now=now))
    return laid(customer, heard, now)


def _is_fresh(source: Source, said: Verified | None, now: datetime) -> bool:
    if said is None or said.told is None or said.due or not source.timing.fresh:
        return False
    return abs(now - said.told.as_of) <= source.timing.fresh


def answered(
    begun: Sequence[tuple[Line, Future[Told | Down]]],
) -> list[tuple[Line, Told | Down]]:
    """What each source that is being asked answered within its own deadline.

    All were asked at the same moment, so deadlines are waited for in their order, each for what it adds to the one before.
    """
    past = 0.0
    for seconds in sorted({line.source.timing.seconds for line, _ in begun}):
        waiting = [one for line, one in begun if line.source.timing.seconds >= seconds]
        wait(waiting, timeout=seconds - past)
        for line, one in begun:
            if line.source.timing.seconds == seconds:
                one.cancel()  # does nothing to one that has answered
        past = seconds
    return [(line, _in_time(line.source, one)) for line, one in begun]


def _in_time(source: Source, one: Future[Told | Down]) -> Told | Down:
    if one.done() and not one.cancelled():
        return one.result()
    return Down(f"it did not answer within {source.timing.seconds:g} s")


def _heard(
    source: Source,
    subject: str,
    before: Verified | None,
    answer: Told | Down | None,
    kept: Keeping,
    *,
    now: datetime,
) -> Heard:
    if answer is None:
        return Heard(source, before)
    if isinstance(answer, Down):
        return Heard(source, before, answer)
    said = Verified(told=answer)
    if before is not None and _is_known(before, answer, now):
        return Heard(source, said)
    return Heard(source, kept.keep(source.name, subject, said))


def _is_known(before: Verified, answer: Told, now: datetime) -> bool:
    """Whether the same was written down just now."""
    if before.told is None or before.due:
        return False
    return abs(now - before.told.as_of) <= KEPT_AGAIN and before.told.parts() == answer.parts()


def laid(customer: Customer, heard: Sequence[Heard], now: datetime) -> Customer:
    """The customer with what was heard laid over, in the order of precedence; pure.

    A source that is down serves with what it said last, until its maximum age and marked: in the source of every right
    and fact, and in `unavailable`. After that what it told is unknown, which never sells.
    """
    facts, readings = list(customer.facts), list(customer.usage)
    grants, removals = list(customer.account.grants), list(customer.account.removals)
    decided = {right.name for right in (*grants, *removals) if _is_open(right, now)}
    unavailable = list(customer.unavailable)
    for one in heard:
        told, mark = _serving(one, now), mark_of(one, now)
        if one.down is not None:
            unavailable.append(_unread(one, now))
        if told is None:
            facts += _unknown(one)
            if one.source.tells_rights:
                unavailable.append(UNREAD)
            continue
        taken = _marked(told.removals, mark, decided)
        given = _marked(told.grants, mark, decided | {right.name for right in taken})
        decided |= {right.name for right in (*taken, *given)}
        removals, grants = [*removals, *taken], [*grants, *given]
        facts += [fact.model_copy(update={"source": mark}) for fact in told.facts]
        facts += _sources_of(told.readings, readings, mark, now)
        readings += told.readings
    account = customer.account.model_copy(
        update={"grants": tuple(grants), "removals": tuple(removals)}
    )
    return customer.model_copy(
        update={
            "account": account,
            "facts": tuple(facts),
            "usage": tuple(readings),
            "unavailable": tuple(dict.fromkeys(unavailable)),
        }
    )


def _serving(one: Heard, now: datetime) -> Told | None:
    """What counts of a source now: what it just said, or said last and not too long ago."""
    told = one.verified.told if one.verified is not None else None
    if told is None or (one.down is not None and now - told.as_of > one.source.timing.max_age):
        return None
    return told


def mark_of(one: Heard, now: datetime) -> str:
    """What stands as the source of everything that it tells: its name, and when it was verified where it is down."""
    told = _serving(one, now)
    if one.down is None or told is None:
        return one.source.name
    return f"{one.source.name}, last verified {_moment(told.as_of)}"


def _unread(one: Heard, now: datetime) -> str:
    """The line about a source that is down, for whoever reads the decision's inputs."""
    assert one.down is not None
    told = one.verified.told if one.verified is not None else None
    if told is None:
        return f"{one.source.name}: {one.down.why}; never verified"
    ended = "" if _serving(one, now) is not None else ", which is too long ago"
    return f"{one.source.name}: {one.down.why}; last verified {_moment(told.as_of)}{ended}"


def _unknown(one: Heard) -> list[Fact]:
    """Facts that nobody knows any more: they stand without a value, so that restraint holds offers back."""
    told = one.verified.told if one.verified is not None else None
    found = [
        fact.model_copy(update={"value": None, "source": one.source.name})
        for fact in (told.facts if told is not None else ())
    ]
    names = {fact.name for fact in found}
    return found + [
        Fact(name=name, value=None, source=one.source.name, as_of=_LONG_AGO)
        for name in one.source.withholding
        if name not in names
    ]


def _marked(rights: Sequence[Right], mark: str, decided: set[str]) -> list[Right]:
    return [
        right.model_copy(update={"source": mark}) for right in rights if right.name not in decided
    ]


def _sources_of(
    told: Sequence[Reading], others: Sequence[Reading], mark: str, now: datetime
) -> list[Fact]:
    """A reading has no room for its source, so a fact says where the newest of each meter comes from."""
    found = []
    for meter in sorted({one.meter for one in told}):
        mine = [one.at for one in told if one.meter == meter and one.at <= now]
        theirs = [one.at for one in others if one.meter == meter and one.at <= now]
        if mine and (not theirs or max(mine) > max(theirs)):
            found.append(Fact(name=f"source of {meter}", value=mark, source=mark, as_of=max(mine)))
    return found


def _is_open(right: Right, now: datetime) -> bool:
    return right.until is None or now < right.until


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
