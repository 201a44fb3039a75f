"""The shadow report counted: what would have been shown, to how many, by which way, and what would have been kept back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from skill.model.restraint_report import Bounds, Judged, ShadowReport, Wording, WouldShow
from skill.policy.restraint.bounds import SHADOW
from skill.policy.restraint_report import Reasons, kept_back, prompts_of, signals_of

MOST_WORDINGS = 10
_IN_MEMORY = 2_000
"""Different wordings that are counted at once; when there are more, those that came once are let go."""
_TASK = "owner_task"

Words = Callable[[Judged], Sequence[str] | None]
"""The words that a decision would have shown, figures blanked; None where they cannot be made again."""


@dataclass(slots=True)
class _Times:
    """How often, in how many accounts, to how many persons."""

    n: int = 0
    n_accounts: int = 0
    n_persons: int = 0


@dataclass(slots=True)
class _Counted:
    n: Counter[str] = field(default_factory=Counter)
    times: dict[tuple[str, str], _Times] = field(default_factory=dict)
    wordings: Counter[str] = field(default_factory=Counter)
    accounts: Counter[int] = field(default_factory=Counter)
    reasons: Reasons = field(default_factory=Reasons)


def report(
    tenant: str,
    since: datetime,
    until: datetime,
    *,
    judged: Iterable[Judged],
    fired: Iterable[tuple[str, str, bool]],
    words: Words,
    bounds: Bounds,
) -> ShadowReport:
    """The report of a span of time, from its decisions in the order of accounts; those not made in shadow are passed over."""
    counted = _count(judged, words, bounds)
    n = counted.n
    return ShadowReport(
        tenant=tenant,
        since=since,
        until=until,
        n_decisions=n["decisions"],
        n_questions=n["questions"],
        n_would=n["would"],
        n_showings=n["showings"],
        n_tasks=n["tasks"],
        offers=_told(counted, "offer"),
        channels=_told(counted, "channel"),
        wordings=_most_frequent(counted.wordings),
        n_unworded=n["unworded"],
        prompts=prompts_of(counted.accounts),
        reasons=counted.reasons.told(bounds),
        signals=signals_of(one for one in fired if one[1] != SHADOW and not one[2]),
        n_leaked=n["leaked"],
    )


def _count(judged: Iterable[Judged], words: Words, bounds: Bounds) -> _Counted:
    counted = _Counted()
    for _, group in groupby(judged, key=lambda one: one.account):
        persons: dict[tuple[str, str], set[str]] = {}
        before = counted.n["showings"]
        for one in group:
            if SHADOW in one.held:
                _add(counted, one, persons, words, bounds)
        for key, reached in persons.items():
            times = counted.times[key]
            times.n_accounts += 1
            times.n_persons += len(reached - {""})
        shown = counted.n["showings"] - before
        if shown:
            counted.accounts[shown] += 1
        counted.reasons.next_account()
    return counted


def _add(
    counted: _Counted,
    one: Judged,
    persons: dict[tuple[str, str], set[str]],
    words: Words,
    bounds: Bounds,
) -> None:
    n = counted.n
    n["decisions"] += 1
    n["questions"] += one.is_asked
    n["would"] += bool(one.would)
    n["leaked"] += len(one.offers) + one.n_effects
    counted.reasons.add(one, kept_back(one, bounds))
    for would in one.would:
        n["tasks" if would.channel == _TASK else "showings"] += 1
        for key in (("channel", would.channel), ("offer", would.offer)):
            if key[1]:
                counted.times.setdefault(key, _Times()).n += 1
                persons.setdefault(key, set()).add(would.person)
    if any(would.channel != _TASK for would in one.would):
        said = words(one)
        n["unworded"] += said is None
        counted.wordings.update(said or ())
        if len(counted.wordings) > _IN_MEMORY:
            often = {text: times for text, times in counted.wordings.items() if times > 1}
            counted.wordings = Counter(often)


def _told(counted: _Counted, kind: str) -> tuple[WouldShow, ...]:
    found = [
        WouldShow(key=key, n=t.n, n_accounts=t.n_accounts, n_persons=t.n_persons)
        for (known, key), t in counted.times.items()
        if known == kind
    ]
    return tuple(sorted(found, key=lambda one: (-one.n, one.key)))


def _most_frequent(wordings: Counter[str]) -> tuple[Wording, ...]:
    order = sorted(wordings.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Wording(text=text, n=n) for text, n in order[:MOST_WORDINGS])
