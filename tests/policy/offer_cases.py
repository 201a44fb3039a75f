"""Reads the case files of tests/cases/policy: who asks about what at which company, and what must be decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from skill.agent.slots import free_ways
from skill.compiler.folder import Compiled, Compiler
from skill.model.account import Customer
from skill.model.common import plain_number
from skill.model.decision import Decision, Meaning, Surface
from skill.model.playbook import Playbook
from skill.model.rules import Truth
from skill.policy.decide import decide
from skill.policy.offers.chances import Came
from skill.policy.offers.waiting import wait

HERE = Path(__file__).parents[1] / "cases" / "policy"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
"""A Saturday, twenty days and nine hours into the month."""
COMPANY = {p.name: p.read_text("utf-8") for p in sorted((HERE / "topics").glob("*.md"))}
USUAL: dict[str, Any] = {
    "account": {
        "plan": "starter",
        "region": "EU",
        "currency": "EUR",
        "traits": {"segment": "smb", "touch": "low"},
    },
    "person": {"role": "admin"},
    "facts": {"boards_shared": 5},
}
"""Whoever a case does not say otherwise of: on Starter, an admin of a small self-serve company with its first win."""
Case = dict[str, Any]


def files() -> dict[str, Case]:
    """Every case file by its name."""
    found = sorted(p for p in HERE.glob("*.yaml") if p.name != "decisions.yaml")
    return {p.stem: yaml.safe_load(p.read_text("utf-8")) for p in found}


def company(case: Case) -> Compiled:
    """Quayside's Topics, with what a case adds to them or writes in their place."""
    changes = case.get("topics", {})
    return _compiled(
        tuple(sorted(changes.get("add", {}).items())),
        tuple((c["file"], c["old"], c["new"]) for c in changes.get("change", [])),
    )


@cache
def _compiled(
    more: tuple[tuple[str, str], ...], changes: tuple[tuple[str, str, str], ...]
) -> Compiled:
    sources = {**COMPANY, **dict(more)}
    for file, old, new in changes:
        assert old in sources[file], f"`{old}` does not stand in {file}"
        sources[file] = sources[file].replace(old, new)
    return Compiler().compile_sources(sources, NOW.date())


def ago(text: str, now: datetime) -> datetime:
    """`3 days ago`, `1 hour ago`, `now`; or a moment as it is."""
    if text == "now":
        return now
    if not text.endswith(" ago"):
        return datetime.fromisoformat(text)
    n, unit, _ = text.split()
    return now - timedelta(**{unit.removesuffix("s") + "s": float(n)})


def at(case: Case) -> datetime:
    """The moment of a case."""
    return datetime.fromisoformat(case["now"]) if "now" in case else NOW


def customer(case: Case) -> Customer:
    """The customer as a case tells it: the usual one where it says nothing."""
    now = at(case)
    facts = {**USUAL["facts"], **case.get("facts", {})}
    dated = {n: v if isinstance(v, dict) else {"1 hour ago": v} for n, v in facts.items()}
    return Customer.model_validate(
        {
            "account": {**USUAL["account"], **case.get("account", {})},
            "person": {**USUAL["person"], **case.get("person", {})},
            "facts": [
                {"name": name, "value": value, "as_of": ago(when, now)}
                for name, told in dated.items()
                for when, value in told.items()
                if value is not None
            ],
            "usage": list(_readings(case.get("usage", {}), now)),
            "events": list(_happened(case.get("events", []), now)),
            "history": [{**one, "at": ago(one["at"], now)} for one in case.get("history", [])],
            "tickets": case.get("tickets", []),
            "incidents": case.get("incidents", []),
            "unavailable": case.get("unavailable", []),
        }
    )


def _readings(told: dict[str, Any], now: datetime) -> Iterator[dict[str, Any]]:
    """`runs: 900` an hour ago; `{3 days ago: 7}`; or `{every day for 95 days: 6}`."""
    for meter, values in told.items():
        for when, value in (values if isinstance(values, dict) else {"1 hour ago": values}).items():
            words = when.split()
            days = range(int(words[3])) if words[:2] == ["every", "day"] else None
            moments = [ago(when, now)] if days is None else [_hour_ago(now, d) for d in days]
            yield from ({"meter": meter, "at": m, "value": str(value)} for m in moments)


def _hour_ago(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days, hours=1)


def _happened(told: list[dict[str, Any]], now: datetime) -> Iterator[dict[str, Any]]:
    """Each event as often as it is told: `times` of it, `apart` from each other, the newest at `at`."""
    for n, one in enumerate(told):
        apart = now - ago(one.get("apart", "1 hour") + " ago", now)
        for i in range(one.get("times", 1)):
            moment = ago(one["at"], now) - i * apart
            yield {"id": f"{n}-{i}", "name": one["name"], "at": moment, "properties": one.get("with", {})}  # fmt: skip


def decided(case: Case, playbook: Playbook | None = None) -> Decision:
    """What is decided."""
    asks = case.get("asks")
    keys = [asks] if isinstance(asks, str) else asks or []
    meaning = Meaning.model_validate(
        {
            "outcome": "feature" if keys else "signal",
            "features": tuple(keys),
            "meter": case.get("meter"),
            "need": case.get("need"),
            "wants": case.get("wants", "access"),
        }
    )
    return decide(
        playbook or company(case).playbook,
        customer(case),
        meaning,
        surface=Surface(case.get("surface", "in_product")),
        now=at(case),
        max_offers=case.get("max_offers", 2),
        outcomes={k: Came(*v) for k, v in case.get("outcomes", {}).items()},
    )


def said(case: Case) -> dict[str, Any]:
    """Everything that a case may expect, as it was decided."""
    compiled = company(case)
    playbook, who = compiled.playbook, customer(case)
    made = decided(case, playbook)
    access = made.accesses[0] if made.accesses else None
    first = made.offers[0] if made.offers else None
    orders = [t.said for t in made.trace if t.verdict == "order"]
    waits = wait(playbook, access, made.meaning, made.now) if access else None
    return {
        "findings": sorted({d.code for d in compiled.diagnostics if d.severity == "error"}),
        "access": access.verdict if access else None,
        "reason": access.reason if access else None,
        "offers": [o.bundle for o in made.offers],
        "kind": first.kind if first else None,
        "steps": [s.bundle for s in first.unlock.steps] if first else None,
        "quantity": first.quantity if first else None,
        "price": first.price.text if first and first.price else None,
        "action": first.action.kind if first else None,
        "href": first.action.href if first else None,
        "unlocks": list(first.unlocks) if first else None,
        "lifts": first.lifts if first else None,
        "settings": {s.feature: s.value for s in playbook.bundles[first.bundle].settings} if first else None,
        "trial": playbook.bundles[first.bundle].try_it if first else None,
        "withheld": {w.offer: w.because for w in made.withheld},
        "order": [o.split(". ", 1)[1].split(":")[0] for o in orders],
        "terms": orders,
        "witness": {c.name: f"{c.holds}: {c.because}" for c in first.witness} if first else {},
        "free_ways": list(free_ways(playbook, who, playbook.features[access.feature], made.now)) if access else [],
        "wait": {"meter": waits.meter, "day": waits.day.isoformat(), "n_days": waits.n_days} if waits else None,
        "limit": _limit(made),
        "missing": list(made.missing),
        "warnings": list(made.warnings),
        "suppressions": [s.because for s in made.suppressions],
        "ready": sorted(r.offer for r in made.readiness if r.level == "ready"),
    }  # fmt: skip


def _limit(made: Decision) -> str | None:
    limit = made.accesses[0].limit if made.accesses else None
    if limit is None:
        return None
    return "unlimited" if limit.value is None else plain_number(limit.value)


def differs(case: Case) -> list[str]:
    """What was decided otherwise than the case expects: nothing, where all is well."""
    got, out = said(case), []
    for name, wanted in case["expect"].items():
        have = got[name]
        if name in ("withheld", "witness"):
            ok = all(str(have.get(k, "nothing of it")).startswith(v) for k, v in wanted.items())
        elif name == "terms":
            ok = all(any(w in line for line in have) for w in wanted)
        elif name in ("missing", "warnings", "suppressions", "ready"):
            ok = all(any(str(h).startswith(w) for h in have) for w in wanted) and (
                wanted or not have
            )
        else:
            ok = have == wanted
        if not ok:
            out.append(f"{name}: {have!r} where {wanted!r} is expected")
    return out


def unmet(made: Decision) -> list[str]:
    """Links of a witness that do not hold on offers that were made: none, ever."""
    return [c.name for o in made.offers for c in o.witness if c.holds is not Truth.TRUE]


TODAY: date = NOW.date()
