"""Every file of tests/cases/readiness: rows of a Topic in, what is known of some accounts in, and what the rows say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from skill.compiler.folder import Compiler
from skill.model.account import Customer
from skill.model.common import plain_number
from skill.model.playbook import Playbook
from skill.policy import rules
from skill.policy.signals import readiness, signals
from skill.policy.signals.record import Record

HERE = Path(__file__).parents[1] / "cases" / "readiness"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
"""A Saturday, twenty days and nine hours into the month."""
COMPANY = {p.name: p.read_text("utf-8") for p in sorted((HERE / "topics").glob("*.md"))}
HEAD = (
    "---\nkind: usage-thresholds\nowner: growth@harbour.example\nreview_by: 2027-03-31\n---\n"
    "# Usage thresholds\n\n"
    "| Signal | What we count | Holds when | Over | Means | Offer | Audience |\n"
    "|---|---|---|---|---|---|---|\n"
)
FILES = {p.stem: yaml.safe_load(p.read_text("utf-8")) for p in sorted(HERE.glob("*.yaml"))}
CASES = [
    pytest.param(file, one, id=f"{name}: {one['says']}")
    for name, file in FILES.items()
    for one in file["accounts"]
]


@cache
def company(rows: str) -> Playbook:
    """Harbour's Topics with these rows; a row that cannot be read fails here, with its finding."""
    compiled = Compiler().compile_sources(
        {**COMPANY, "usage-thresholds.md": HEAD + rows}, NOW.date()
    )
    assert [d for d in compiled.diagnostics if d.severity == "error"] == []
    assert len(compiled.playbook.thresholds) == len(rows.strip().splitlines())
    return compiled.playbook


def ago(text: str) -> datetime:
    """`3 days ago`, `1 hour ago`, `now`; or a moment as it is."""
    if text == "now":
        return NOW
    if not text.endswith(" ago"):
        return datetime.fromisoformat(text)
    n, unit, _ = text.split()
    return NOW - timedelta(**{unit.removesuffix("s") + "s": float(n)})


def happened(told: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each event as often as it is told: `times` of it, `apart` from each other, the newest at `at`."""
    for n, one in enumerate(told):
        apart = NOW - ago(one.get("apart", "1 hour") + " ago")
        for i in range(one.get("times", 1)):
            at = ago(one["at"]) - i * apart
            yield {
                "id": f"{n}-{i}",
                "name": one["name"],
                "at": at,
                "properties": one.get("with", {}),
            }


def customer(told: dict[str, Any]) -> Customer:
    """The account as a case tells it: on Starter, unless it says otherwise."""
    return Customer.model_validate(
        {
            "account": {"plan": "starter", **told.get("account", {})},
            "usage": [
                {"meter": meter, "at": ago(at), "value": str(value)}
                for meter, readings in told.get("usage", {}).items()
                for at, value in readings.items()
            ],
            "events": list(happened(told.get("events", []))),
            "facts": [
                {"name": name, "value": value, "as_of": ago(at)}
                for name, dated in told.get("facts", {}).items()
                for at, value in dated.items()
            ],
            "unavailable": told.get("unavailable", ()),
        }
    )


def said(playbook: Playbook, told: dict[str, Any]) -> dict[str, Any]:
    """Everything that a case may expect."""
    record = Record(playbook, customer(told), NOW)
    reached = signals.moments(record)
    judged = signals.judged(record, reached)
    found = [one.signal for one in judged]
    standing = signals.standing(found, readiness.of_account(found), reached)
    return {
        "truth": found[0].truth if len(found) == 1 else {s.key: str(s.truth) for s in found},
        "figures": {k: v for s in found for k, v in s.figures.items()},
        "missing": [m for s in found for m in s.missing],
        "distance": [
            f"{plain_number(d.figure)} {d.unit}".strip() for one in judged for d in one.distances
        ],
        "readiness": {o: readiness.readiness(o, found).level for o in {s.offer for s in found}},
        "moments": reached,
        "audiences": {
            key: rules.judge(audience.rule, playbook, record.customer, NOW, standing)[0]
            for key, audience in playbook.audiences.items()
        },
    }


@pytest.mark.parametrize(("file", "one"), CASES)
def test_the_rows_say_so(file: dict[str, Any], one: dict[str, Any]) -> None:
    got = said(company(file["rows"]), one)
    for name, wanted in one["expect"].items():
        if isinstance(wanted, dict):
            assert {k: got[name].get(k) for k in wanted} == wanted, name
        else:
            assert got[name] == wanted, name


def test_every_signal_of_the_checklist_has_its_file() -> None:
    """Sections B and C hold 27 to 93; those about method and not about a signal are told why they have none."""
    named = {n for file in FILES.values() for n in file["checklist"]}
    assert named >= set(range(27, 94)) - set(NO_SIGNAL)
    assert not named & set(NO_SIGNAL)


NO_SIGNAL = {
    41: "what people do at a hard limit; the path is an offer, the signal is 40",
    71: "a principle: intent is a ready row, as 70 shows",
    91: "a principle: which action counts is named in a row",
    92: "how many rows there should be: finding T205",
    93: "a weekly table of named accounts: the command, not a row",
}
