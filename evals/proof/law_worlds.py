"""Made-up customers and questions at two companies, for the laws: sensible or not, asked or unasked, quiet or busy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from skill.compiler.folder import Compiler
from skill.model.account import Customer
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.policy.decide import decide

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
_ROOT = Path(__file__).parents[2]
COMPANIES = {
    "fernway": _ROOT / "topics",
    "quayside": _ROOT / "tests" / "cases" / "policy" / "topics",
}
"""The sample company, and one that sells every kind of offer."""


@cache
def playbook(company: str) -> Playbook:
    """A company's Topics, compiled once."""
    return Compiler().compile_folder(COMPANIES[company], NOW.date()).playbook


@cache
def again(company: str) -> Playbook:
    """The same Topics compiled a second time: equal, and not the same object."""
    return Compiler().compile_folder(COMPANIES[company], NOW.date()).playbook


@dataclass(frozen=True)
class World:
    """One customer of one company, and what they ask."""

    company: str
    customer: Customer
    meaning: Meaning
    surface: Surface
    max_offers: int

    @property
    def playbook(self) -> Playbook:
        """The company's Topics."""
        return playbook(self.company)

    def decided(self, customer: Customer | None = None, of: Playbook | None = None) -> Decision:
        """What is decided, of this customer or of another one who asks the same."""
        return decide(
            of or self.playbook,
            customer or self.customer,
            self.meaning,
            surface=self.surface,
            now=NOW,
            max_offers=self.max_offers,
        )


def worlds() -> st.SearchStrategy[World]:
    """Any world of either company."""
    return st.sampled_from(sorted(COMPANIES)).flatmap(_of)


def _of(company: str) -> st.SearchStrategy[World]:
    known = playbook(company)
    return st.builds(
        World,
        company=st.just(company),
        customer=_customers(known),
        meaning=_meanings(known),
        surface=st.sampled_from(
            [
                Surface.IN_PRODUCT,
                Surface.IN_PRODUCT,
                Surface.SUPPORT_COPILOT,
                Surface.PUBLIC_DIRECTORY,
            ]
        ),
        max_offers=st.integers(0, 3),
    )


def _some(of: list[str], n: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(of), max_size=n, unique=True)


def _customers(known: Playbook) -> st.SearchStrategy[Customer]:
    """Anybody; and as often somebody against whom nothing speaks, so that offers are made and laws have something to judge."""
    busy = {"usage": _usage(known), "events": _events(known)}
    anybody = st.fixed_dictionaries(
        {
            **busy,
            "account": _accounts(known),
            "person": st.fixed_dictionaries(
                {
                    "role": st.sampled_from(["admin", *sorted(known.roles), "stranger", None]),
                    "opted_out": st.sampled_from([[], [], ["offers"]]),
                }
            ),
            "facts": _facts(),
            "history": st.lists(_past(known), max_size=3),
            "tickets": st.sampled_from(
                [[], [{"id": "t", "opened_at": NOW - timedelta(days=2)}],
                 [{"id": "t", "opened_at": NOW - timedelta(days=9), "closed_at": NOW - timedelta(days=8)}]]
            ),
            "unavailable": st.sampled_from([[], [], ["tickets"], ["account"], ["events"]]),
        }
    )  # fmt: skip
    plans = [b.key for b in known.bundles.values() if b.sold_as == "plan"]
    welcome = st.fixed_dictionaries(
        {
            **busy,
            "account": st.fixed_dictionaries(
                {
                    "plan": st.sampled_from(plans),
                    "bundles": st.one_of(st.just([]), _some(sorted(known.bundles), 2)),
                    "grants": st.one_of(st.just([]), _some(sorted(known.features), 2)),
                    "removals": st.one_of(st.just([]), st.just([]), _some(sorted(known.features), 2)),
                    "region": st.sampled_from(["EU", "EU", "US"]),
                    "currency": st.sampled_from(["EUR", "EUR", "USD"]),
                    "traits": st.fixed_dictionaries(
                        {"segment": st.just("smb"), "touch": st.just("low")},
                        optional={"renewal-date": st.just("2026-12-10")},
                    ),
                }
            ),
            "person": st.sampled_from([{"role": "admin"}, {"role": "owner"}, {"role": "member"}]),
            "facts": _facts().map(lambda f: [*(x for x in f if x["name"] != "unpaid invoice"), *_WELCOME]),
            "history": st.one_of(st.just([]), st.just([]), st.lists(_past(known), max_size=2)),
        }
    )  # fmt: skip
    return st.one_of(anybody, welcome, welcome).map(Customer.model_validate)


_WELCOME = [
    {"name": name, "value": 40, "as_of": (NOW - timedelta(hours=1)).isoformat()}
    for name in ("successful_runs", "boards_shared")
]


def _accounts(known: Playbook) -> st.SearchStrategy[dict[str, Any]]:
    bundles, features = sorted(known.bundles), sorted(known.features)
    plans = [b.key for b in known.bundles.values() if b.sold_as == "plan"]
    traits = st.fixed_dictionaries(
        {"segment": st.sampled_from(["smb", "smb", "smb", "enterprise", "education"]),
         "touch": st.sampled_from(["low", "low", "low", "high"])},
        optional={"renewal-date": st.sampled_from(["2026-12-10", "2027-09-01"])},
    )  # fmt: skip
    return st.fixed_dictionaries(
        {
            "plan": st.sampled_from([*plans, *plans, *bundles, "platinum", None]),
            "bundles": _some(bundles, 2),
            "grants": _some([*features, *bundles], 1),
            "removals": _some([*features, *bundles], 1),
            "region": st.sampled_from(["EU", "EU", "US", None]),
            "currency": st.sampled_from(["EUR", "EUR", "USD", "CHF", None]),
            "limits": st.dictionaries(st.sampled_from(sorted(known.meters)), st.integers(0, 99), max_size=1),
            "traits": st.one_of(traits, traits, traits, st.just({})),
        }
    )  # fmt: skip


def _facts() -> st.SearchStrategy[list[dict[str, Any]]]:
    told = {
        "successful_runs": st.sampled_from([0, 40]),
        "boards_shared": st.sampled_from([0, 5, 5]),
        "stable_weeks_since_upgrade": st.integers(0, 3),
        "churn_risk": st.sampled_from(["0.05", "0.4", "12"]),
        "active_regions": st.integers(1, 3),
        "unpaid invoice": st.sampled_from([True, False, False]),
    }
    as_of = (NOW - timedelta(hours=2)).isoformat()
    return st.fixed_dictionaries({}, optional=told).map(
        lambda found: [{"name": k, "value": v, "as_of": as_of} for k, v in found.items()]
    )


def _usage(known: Playbook) -> st.SearchStrategy[list[dict[str, Any]]]:
    """A reading now and then, or every meter each ten days for a hundred, as a smaller plan asks for."""
    meters = sorted(known.meters)
    one = st.fixed_dictionaries(
        {
            "meter": st.sampled_from(meters),
            "at": st.integers(1, 24 * 40).map(lambda h: NOW - timedelta(hours=h)),
            "value": st.sampled_from([0, 3, 7, 8, 9, 10, 47, 85, 400, 820, 990, 1000, 4800, 41000]),
        }
    )
    steady = st.fixed_dictionaries({m: st.sampled_from([1, 4, 6, 7, 400]) for m in meters}).map(
        lambda values: [
            {"meter": m, "at": NOW - timedelta(days=d, hours=1), "value": v}
            for m, v in values.items()
            for d in (0, 5, 10, 16, 24, 40, 70, 95)
        ]
    )
    near = st.lists(
        st.sampled_from([pair for pair in _NEAR if pair[0] in meters]), min_size=1, max_size=2
    ).map(
        lambda found: [{"meter": m, "at": NOW - timedelta(hours=1), "value": v} for m, v in found]
    )
    return st.one_of(st.lists(one, max_size=3), near, steady)


_NEAR = [
    (meter, value)
    for meter, values in {
        "runs": (500, 850, 1000, 4600, 5000),
        "seats": (2, 9, 10, 24),
        "reports": (3, 10),
        "api-calls": (9_000, 48_000, 52_000),
    }.items()
    for value in values
]
"""Readings near what the plans of both companies hold."""


def _events(known: Playbook) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Habits: so many of one event, so far apart."""
    features = sorted(known.features)
    names = sorted({c.name for t in known.thresholds for c in t.counts if c.what == "events"})
    pages = sorted({c.name for t in known.thresholds for c in t.counts if c.what == "views"})
    feature = st.sampled_from(features).map(lambda f: {"feature": f})
    kinds: st.SearchStrategy[tuple[str, dict[str, str]]] = st.one_of(
        st.tuples(st.sampled_from(names), st.builds(dict[str, str])),
        st.tuples(st.sampled_from(["use", "attempt"]), feature),
        st.tuples(st.just("view"), st.sampled_from(pages).map(lambda p: {"page": p})),
    )
    habit = st.tuples(kinds, st.integers(1, 12), st.sampled_from([1, 20, 50, 168]))

    def made(habits: list[Any]) -> list[dict[str, Any]]:
        return [
            {"id": f"{n}-{i}", "name": name, "at": NOW - timedelta(hours=3 + i * apart), "properties": with_}
            for n, ((name, with_), times, apart) in enumerate(habits)
            for i in range(times)
        ]  # fmt: skip

    return st.lists(habit, max_size=3).map(made)


def _past(known: Playbook) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["impression", "dismissal", "not_now", "never", "acceptance", "acceptance"]),
            "offer": st.sampled_from([*sorted(known.bundles), None]),
            "at": st.integers(1, 24 * 90).map(lambda h: NOW - timedelta(hours=h)),
        }
    )  # fmt: skip


def _meanings(known: Playbook) -> st.SearchStrategy[Meaning]:
    """A question about one or two features, with or without an amount; or nobody asked."""

    def of(parts: tuple[list[str], str, int]) -> Meaning:
        keys, wants, need = parts
        meters = known.features[keys[0]].meters
        return Meaning.model_validate(
            {
                "outcome": Outcome.FEATURE,
                "features": tuple(keys),
                "meter": meters[0] if meters and wants != "access" else None,
                "need": need if wants == "enough" else None,
                "wants": wants,
            }
        )

    keys = st.lists(st.sampled_from(sorted(known.features)), min_size=1, max_size=2, unique=True)
    wants = st.sampled_from(["access", "access", "limit", "enough", "more"])
    need = st.sampled_from([1, 9, 10, 11, 40, 1200, 60_000, 10**9])
    asked = st.tuples(keys, wants, need).map(of)
    return st.one_of(asked, asked, st.just(Meaning(outcome=Outcome.SIGNAL)))
