"""The restraint report counted: decisions and showings read once, account by account, into what was offered and kept back."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from skill.model.restraint_report import (
    Attention,
    Bounds,
    ByKey,
    Held,
    Impression,
    Judged,
    Kept,
    Left,
    Prompts,
    Reason,
    RestraintReport,
    Signals,
    Untold,
)
from skill.policy.restraint.bounds import HOLDOUT, SHADOW, STOPPED
from skill.policy.restraint.caps import COST

_BY_PLAY = "free to offer"
"""How a witness calls it that a play holds offers back."""


class Key(NamedTuple):
    """What makes two reasons the same one."""

    because: str
    line: str


@dataclass(slots=True)
class _Why:
    """How often one reason kept something back."""

    n_offers: int = 0
    n_decisions: int = 0
    n_accounts: int = 0
    n_persons: int = 0
    until: datetime | None = None
    n_open: int = 0


@dataclass(slots=True)
class Reasons:
    """Reasons counted, one account after the other: only the persons of the present account are in memory."""

    found: dict[Key, _Why] = field(default_factory=dict)
    _persons: dict[Key, set[str]] = field(default_factory=dict)

    def add(self, one: Judged, kept: Sequence[tuple[Key, Kept]]) -> None:
        """What one decision of the present account kept back."""
        for key in dict.fromkeys(key for key, _ in kept):
            self.found.setdefault(key, _Why()).n_decisions += 1
            # A decision about an account as a whole is about none of its persons.
            self._persons.setdefault(key, set()).update([one.person] if one.person else [])
        for key, withheld in kept:
            why = self.found[key]
            why.n_offers += 1
            if withheld.until is None:
                why.n_open += 1
            elif why.until is None or withheld.until > why.until:
                why.until = withheld.until

    def next_account(self) -> None:
        """The present account is over."""
        for key, persons in self._persons.items():
            self.found[key].n_accounts += 1
            self.found[key].n_persons += len(persons)
        self._persons.clear()

    def told(self, bounds: Bounds) -> tuple[Reason, ...]:
        """Those that kept most back first."""
        order = sorted(self.found.items(), key=lambda pair: (-pair[1].n_offers, pair[0]))
        return tuple(
            Reason(
                because=key.because,
                rule=bounds.rules.get(key.line, ""),
                line=key.line,
                n_offers=why.n_offers,
                n_decisions=why.n_decisions,
                n_accounts=why.n_accounts,
                n_persons=why.n_persons,
                until=why.until,
                n_open=why.n_open,
            )
            for key, why in order
        )


@dataclass(slots=True)
class _Counted:
    """Everything that is counted over the decisions."""

    n: Counter[str] = field(default_factory=Counter)
    made: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Reasons = field(default_factory=Reasons)


def kept_back(one: Judged, bounds: Bounds) -> list[tuple[Key, Kept]]:
    """What restraint alone kept back in a decision, each with its reason; shadow mode is no reason."""
    return [
        (_key(kept, bounds), kept)
        for kept in one.withheld
        if kept.because != SHADOW and (kept.alone or kept.because.startswith(_BY_PLAY))
    ]


def report(
    tenant: str,
    since: datetime,
    until: datetime,
    *,
    judged: Iterable[Judged],
    fired: Iterable[tuple[str, str, bool]],
    shown: Iterable[Impression],
    left: Left,
    stops: frozenset[str],
    bounds: Bounds,
) -> RestraintReport:
    """The report of a span of time; everything that is given is read once, and in the order of accounts."""
    counted = _count(judged, bounds)
    prompts, attention = showings_of(shown, bounds)
    n = counted.n
    return RestraintReport(
        tenant=tenant,
        since=since,
        until=until,
        n_questions=n["questions"],
        n_unasked=n["unasked"],
        n_possible=n["possible"],
        n_offering=n["offering"],
        n_offers=n["offers"],
        n_withheld=n["withheld"],
        n_no_offer=n["no offer"],
        reasons=counted.reasons.told(bounds),
        offers=_by_key(counted, "offer"),
        plays=_by_key(counted, "play"),
        held_out=Held(n_decisions=n[HOLDOUT], n_accounts=n[f"{HOLDOUT} accounts"]),
        stopped=Held(n_decisions=n[STOPPED], n_accounts=n[f"{STOPPED} accounts"]),
        stops=tuple(sorted(stops)),
        signals=signals_of(fired),
        n_deferred=left.n_deferred,
        suppressed=left.suppressed,
        shown=left.shown,
        prompts=prompts,
        attention=attention,
        outbox=left.outbox,
        in_shadow=n[SHADOW],
    )


def _count(judged: Iterable[Judged], bounds: Bounds) -> _Counted:
    counted = _Counted()
    for _, group in groupby(judged, key=lambda one: one.account):
        seen: set[str] = set()
        for one in group:
            _add(counted, one, bounds)
            bound = [why for why in (HOLDOUT, STOPPED) if why in _reasons_of(one)]
            counted.n.update(bound)
            seen.update(bound)
        counted.n.update(f"{why} accounts" for why in seen)
        counted.reasons.next_account()
    return counted


def _reasons_of(one: Judged) -> set[str]:
    return {*one.held, *(kept.because for kept in one.withheld)}


def _add(counted: _Counted, one: Judged, bounds: Bounds) -> None:
    kept = kept_back(one, bounds)
    is_shadow = SHADOW in one.held
    n = counted.n
    n["questions" if one.is_asked else "unasked"] += 1
    n[SHADOW] += is_shadow
    n["offers"] += len(one.offers)
    n["offering"] += bool(one.offers)
    n["possible"] += bool(one.offers or one.in_shadow or kept)
    n["withheld"] += len(kept)
    n["no offer"] += sum(w.because != SHADOW for w in one.withheld) - len(kept)
    counted.reasons.add(one, kept)
    for offer in one.offers:
        counted.made["offer", offer] += 1
        counted.made["play", one.play] += 1
    for _, withheld in kept:
        counted.kept["offer", withheld.offer] += 1
        counted.kept["play", one.play] += 1


def _key(kept: Kept, bounds: Bounds) -> Key:
    if not kept.because.startswith(_BY_PLAY):
        return Key(kept.because, kept.line)
    name = kept.because.partition("`")[2].partition("`")[0]
    return Key(f"a person helps: the play `{name}` holds offers back", bounds.plays.get(name, ""))


def _by_key(counted: _Counted, kind: str) -> tuple[ByKey, ...]:
    keys = {key for known, key in (*counted.made, *counted.kept) if known == kind}
    found = [
        ByKey(key=key, made=counted.made[kind, key], withheld=counted.kept[kind, key])
        for key in keys
    ]
    return tuple(sorted(found, key=lambda one: (-one.made - one.withheld, one.key)))


def showings_of(shown: Iterable[Impression], bounds: Bounds) -> tuple[Prompts, Attention]:
    """How much accounts and persons were shown; of one account everything is in memory at once, of all a histogram."""
    accounts: Counter[int] = Counter()
    spent, most, n_persons = Decimal(0), Decimal(0), 0
    window = timedelta(hours=float(bounds.hours)) if bounds.hours is not None else None
    for _, group in groupby(shown, key=lambda one: one.account):
        everything = list(group)
        accounts[len(everything)] += 1
        persons: dict[str, list[Impression]] = {}
        for one in everything:
            persons.setdefault(one.person, []).append(one)
        n_persons += len(persons)
        for own in persons.values():
            costs = [(one.at, bounds.cost.get(one.channel, COST)) for one in own]
            spent += sum((cost for _, cost in costs), Decimal(0))
            most = max(most, _peak(sorted(costs), window))
    told = Attention(
        spent=spent, n_persons=n_persons, budget=bounds.budget, hours=bounds.hours, most=most
    )
    return prompts_of(accounts), told


def _peak(costs: Sequence[tuple[datetime, Decimal]], window: timedelta | None) -> Decimal:
    """The most that was spent within any window."""
    recent: deque[tuple[datetime, Decimal]] = deque()
    spent = peak = Decimal(0)
    for at, cost in costs:
        recent.append((at, cost))
        spent += cost
        while window is not None and recent[0][0] <= at - window:
            spent -= recent.popleft()[1]
        peak = max(peak, spent)
    return peak


def prompts_of(accounts: Counter[int]) -> Prompts:
    """Median and most, from how many accounts were shown how much."""
    n = accounts.total()
    if not n:
        return Prompts()
    middle = [_nth(accounts, (n - 1) // 2), _nth(accounts, n // 2)]
    return Prompts(n_accounts=n, median=Decimal(sum(middle)) / 2, most=max(accounts))


def _nth(accounts: Counter[int], place: int) -> int:
    for shown in sorted(accounts):
        place -= accounts[shown]
        if place < 0:
            return shown
    raise AssertionError("a place among those that were counted")


def signals_of(fired: Iterable[tuple[str, str, bool]]) -> Signals:
    """Signals that came to hold, in the order of accounts, and why nobody was told of some."""
    n: Counter[str] = Counter()
    untold: Counter[str] = Counter()
    accounts: Counter[str] = Counter()
    for _, group in groupby(fired, key=lambda one: one[0]):
        seen: set[str] = set()
        for _, because, is_told in group:
            n["all"] += 1
            n["told"] += is_told
            if not is_told:
                why = _plain(because)
                untold[why] += 1
                seen.add(why)
        accounts.update(seen)
    order = sorted(untold, key=lambda why: (-untold[why], why))
    told = tuple(Untold(because=why, n=untold[why], n_accounts=accounts[why]) for why in order)
    return Signals(n=n["all"], n_told=n["told"], untold=told)


def _plain(because: str) -> str:
    """A reason without what it says of this one account, so that there are as many as Topics have."""
    if because.startswith(_BY_PLAY):
        return "a person helps: a play holds offers back"
    if because == SHADOW:
        return "shadow mode"
    return because.partition(" (")[0] or "something else of the account was told first"
