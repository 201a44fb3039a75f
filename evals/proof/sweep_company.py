"""A made-up company with every form of a row: two handfuls of meters, plans by their limits, a rule of each kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from skill.compiler import grammar
from skill.model.playbook import Audience, Bundle, Limit, Meter, Moment, Playbook, SoldAs, Trait
from skill.model.rules import Both, Compare, Either, Rule, Threshold
from skill.model.topic import Span

HERE = Span(file="usage-thresholds.md", line=1, end_line=1)
RESETS = {
    "calls": "monthly",
    "seats": "never",
    "runs": "daily",
    "jobs": "weekly",
    "files": "yearly",
}
LEVELS = ("at least 8", "more than 8", "at most 3", "less than 3")
LIMITED = ("at least 80% of limit", "at most 2 left", "at least 80% of commit")
RISES = ("crosses 4, 10", "grew by at least 50%", "grew by at least 2")
METER = (*LEVELS, *LIMITED, *RISES, "on pace to pass the limit")
FEW = ("at least 8", "at most 2 left", "on pace to pass the limit")
FORMS = {
    "calls": METER,
    "seats": METER,
    "runs": FEW,
    "jobs": FEW,
    "files": FEW,
    "seats and calls": ("at least 8", "at least 80% of limit"),
    "ratio: seats / calls": ("at least 2", "less than 1", *RISES),
    "fact: queue": (*LEVELS, *RISES),
    "fact: stage": ("is live", "is two words"),
    "events: done where kind is big one": ("at least 1",),
    "fact: renewal": (
        "less than 30 days",
        "at least 2 weeks",
        "at most 1 days",
        "more than 0 days",
    ),
    "events: done": (*LEVELS, *RISES),
    "events: done where kind is big": ("at least 2", "at most 1", "crosses 2, 5"),
    "events: done and fact: queue": ("at least 4", "grew by at least 1"),
    "attempts: export": ("at least 2", "more than 2"),
    "attempts: anything in pack": ("at least 2", "grew by at least 1"),
    "views: pricing": ("at least 2", "crosses 2, 5"),
}
WINDOWS = (
    "now",
    "this period",
    "the last 48 hours",
    "the last 7 days",
    "the last 2 weeks",
    "the last 1 months",
    "3 of the last 7 days",
    "2 of the last 3 weeks",
    "each of the last 3 days",
    "each of the last 3 weeks",
)
ROWS = [(count, holds, over) for count, some in FORMS.items() for holds in some for over in WINDOWS]
PLANS = {"free": None, "open": "unlimited", "none": "0", "five": "5", "ten": "10"}
"""Plans by what they limit every meter to; the first says nothing."""


def _compare(subject: str, value: str | Decimal, op: str = "is", about: str = "fact") -> Rule:
    return Compare.model_validate({"op": op, "subject": subject, "value": value, "about": about})


AUDIENCES: Mapping[str, Rule] = {
    "everybody": Both(parts=()),
    "on-ten": _compare("plan", "ten"),
    "not-on-ten": _compare("plan", "ten", "is_not"),
    "european-in-euro": Both(parts=(_compare("region", "eu"), _compare("currency", "eur"))),
    "schools-or-large": Either(
        parts=(_compare("sector", "school"), _compare("size", Decimal(100), "at_least"))
    ),
    "no-schools": _compare("sector", "school", "is_not"),
    "exactly-ten": _compare("size", Decimal(10)),
    "small": _compare("size", Decimal("10.5"), "less_than"),
    "fresh-seven": _compare("fresh", Decimal(7), "at_most"),
    "pack-holders": _compare("bundles", "pack"),
    "without-pack": _compare("bundles", "pack", "is_not"),
    "began": _compare("first-win", "true", about="moment"),
    "not-begun": _compare("first-win", "true", "is_not", "moment"),
    "unmeasured": _compare("grown-up", "true", about="moment"),
    "exporters": _compare("export", "true", about="use"),
    "admins": _compare("role", "admin"),
    "ready": _compare("upsell-readiness", "ready"),
    "signalled": _compare("row-0", "true", about="signal"),
    "nested": Both(parts=(_compare("schools-or-large", "true", "is_not", "audience"), _compare("began", "true", about="audience"))),
}  # fmt: skip
"""A rule of each kind, for a row each."""


def row_of(counts: str, holds: str, over: str, **more: Any) -> Threshold:
    """A row as a writer says it."""
    return Threshold.model_validate(
        {
            "key": "row", "signal": "row", "counts": grammar.read_counts(counts), "holds": grammar.read_holds(holds),
            "window": grammar.read_window(over), "means": "ready", "offer": "ten", "span": HERE, **more,
        }
    )  # fmt: skip


def company(rows: Iterable[tuple[str, str, str]] = ROWS, *, audiences: bool = True) -> Playbook:
    """A company with these rows, and where it is wanted one more for each audience."""
    told = [row_of(*row, key=f"row-{n}") for n, row in enumerate(rows)]
    if audiences:
        told += [row_of("seats", "at least 0", "the last 9 months", key=f"for-{k}", audience=k) for k in AUDIENCES]  # fmt: skip
    more: dict[str, Any] = {"topic": "product-bundles", "span": HERE}
    plans = [
        Bundle(key=key, name=key, sold_as=SoldAs.PLAN, position=n, limits=_limits(limit), **more)
        for n, (key, limit) in enumerate(PLANS.items())
    ]
    pack = Bundle(key="pack", name="Pack", sold_as=SoldAs.ADD_ON, position=9, unlocks=("export", "import"), **more)  # fmt: skip
    extra = Bundle(key="extra", name="Extra", sold_as=SoldAs.ADD_ON, position=10, limits=_limits("5", extends=True), **more)  # fmt: skip
    win = row_of("events: done", "at least 2", "the last 14 days")
    return Playbook(
        version="made up",
        meters={
            key: Meter(key=key, name=key, unit=key[:-1], resets=resets, span=HERE)
            for key, resets in RESETS.items()
        },
        bundles={b.key: b for b in (*plans, pack, extra)},
        traits={
            "fresh": Trait(key="fresh", name="fresh", type="number", max_age_hours=Decimal(24), span=HERE),
            "size": Trait(key="size", name="size", type="number", span=HERE),
        },
        audiences={k: Audience(key=k, name=k, rule=rule, span=HERE) for k, rule in AUDIENCES.items()},
        moments={
            "first-win": Moment(key="first-win", name="First win", when="", count=win.counts[0], holds=win.holds, window=win.window, span=HERE),
            "grown-up": Moment(key="grown-up", name="Grown up", when="", span=HERE),
        },
        thresholds=tuple(told),
    )  # fmt: skip


def _limits(limit: str | None, *, extends: bool = False) -> tuple[Limit, ...]:
    if limit is None:
        return ()
    value = None if limit == "unlimited" else Decimal(limit)
    return tuple(
        Limit(meter=m, value=value, text=limit, extends=extends, span=HERE) for m in RESETS
    )
