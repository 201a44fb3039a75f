"""Reads the case files of tests/cases/restraint: what Quayside's Topics say, who is asked about, and what is decided.

The usual customer asks nothing and has used 850 of 1,000 runs, which makes them ready for Team.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from skill.compiler.folder import Compiled, Compiler
from skill.model.account import Customer, Person
from skill.model.decision import Decision, Meaning, Surface
from skill.model.playbook import Play, Playbook
from skill.policy.channels import Routed, channel_of
from skill.policy.decide import decide
from skill.policy.restraint.quiet import quiet_until
from tests.policy import offer_cases
from tests.policy.offer_cases import COMPANY, NOW, at

HERE = Path(__file__).parents[1] / "cases" / "restraint"
Case = dict[str, Any]
READY: dict[str, Any] = {"runs": 850}
"""What makes the usual customer ready for Team."""


def cases() -> dict[str, Case]:
    """Every case of every file, by file and what it says."""
    found: dict[str, Case] = {}
    for path in sorted(HERE.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text("utf-8")):
            name = f"{path.stem}: {case['says']}"
            assert name not in found, name
            found[name] = case
    return found


def company(case: Case) -> Compiled:
    """Quayside's Topics with what a case writes into them."""
    return _compiled(yaml.safe_dump(case.get("topics", {}), sort_keys=True))


@cache
def _compiled(written: str) -> Compiled:
    told = yaml.safe_load(written)
    sources = dict(COMPANY)
    if "rows" in told:  # of restraint, in place of all that there are
        head = sources["restraint.md"].split("| Open support ticket")[0]
        sources["restraint.md"] = head + "".join(f"| {row} |\n" for row in told["rows"])
    for key, value in told.get("front", {}).items():
        _put(sources, "expansion-playbooks.md", "prior: 4%", f"prior: 4%\n{key}: {value}")
    for place in ("traits", "audiences", "journey"):
        for row in told.get(place, ()):
            _put(sources, "account.md", *_below(place, row))
    if "play" in told:  # further fields of the last play, which is for everybody
        fields = "".join(f"| {k} | {v} |\n" for k, v in told["play"].items())
        text = sources["expansion-playbooks.md"]
        assert text.endswith("| Channel | in-app notification |\n")
        channel = "" if "Channel" in told["play"] else "| Channel | in-app notification |\n"
        kept = text.removesuffix("| Channel | in-app notification |\n")
        sources["expansion-playbooks.md"] = kept + channel + fields
    if "plays" in told:  # before that one
        _put(
            sources,
            "expansion-playbooks.md",
            "## Everybody else",
            told["plays"] + "\n## Everybody else",
        )
    for field, of in (("Family", "families"), ("Formerly", "former")):
        for bundle, name in told.get(of, {}).items():
            first = sources["product-bundles.md"].split(f"## {bundle}\n")[1].split("| Sold as")[0]
            old = f"## {bundle}\n{first}"
            _put(sources, "product-bundles.md", old, f"{old}| {field} | {name} |\n")
    compiled = Compiler().compile_sources(sources, NOW.date())
    errors = [d for d in compiled.diagnostics if d.severity == "error"]
    assert not errors, [d.message for d in errors]
    return compiled


def _put(sources: dict[str, str], file: str, old: str, new: str) -> None:
    assert sources[file].count(old) == 1, f"`{old}` stands {sources[file].count(old)} times"
    sources[file] = sources[file].replace(old, new)


def _below(place: str, row: str) -> tuple[str, str]:
    last = {
        "traits": "| churn risk | number | share | 90 days |",
        "audiences": "| Schools | segment is education |",
        "journey": "| First win | fact: boards_shared at least 1 over now |",
    }[place]
    return last, f"{last}\n| {row} |"


def customer(case: Case) -> Customer:
    """The customer of a case."""
    usage = case.get("usage", READY)
    who = offer_cases.customer({**case, "usage": usage})
    update: dict[str, Any] = {"tenant": case.get("tenant", "default")}
    return who.model_copy(update=update)


def decided(case: Case, playbook: Playbook | None = None) -> Decision:
    """What is decided."""
    asks = case.get("asks")
    meaning = Meaning.model_validate(
        {"outcome": "feature", "features": (asks,)} if asks else {"outcome": "signal"}
    )
    return decide(
        playbook or company(case).playbook,
        customer(case),
        meaning,
        surface=Surface(case.get("surface", "in_product")),
        now=at(case),
        stops=frozenset(case.get("stops", ())),
        shadow=case.get("shadow", False),
    )


def play_of(playbook: Playbook, made: Decision) -> Play | None:
    """The play of a decision."""
    return next((p for p in playbook.plays if p.key == made.play), None)


def routed(case: Case, made: Decision) -> Routed:
    """Where it goes."""
    playbook = company(case).playbook
    person: Person = customer(case).person
    return channel_of(playbook, play_of(playbook, made), made, person, bool(case.get("asks")))


def said(case: Case) -> dict[str, Any]:
    """Everything that a case may expect, as it was decided."""
    playbook, made = company(case).playbook, decided(case)
    held = made.suppressions[0] if made.suppressions else None
    first = made.withheld[0] if made.withheld else None
    until = first.until if first else None
    quiet = quiet_until(playbook, customer(case).person, at(case), case.get("zone", ""))
    way = routed(case, made)
    return {
        "offers": [o.bundle for o in made.offers],
        "shadow": [o.bundle for o in made.shadow],
        "withheld": {w.offer: w.because for w in made.withheld},
        "suppressions": [s.because for s in made.suppressions],
        "until": until.isoformat().replace("+00:00", "Z") if until else None,
        "place": first.topic if first and first.span else None,
        "line": _line(playbook, first.span.file, first.span.line) if first and first.span else "",
        "play": made.play,
        "explains": bool(held and held.explain),
        "names the way": made.may_name_unlock,
        "missing": list(made.missing),
        "warnings": list(made.warnings),
        "quiet until": quiet.isoformat().replace("+00:00", "Z") if quiet else None,
        "channel": way.channel,
        "because": way.because,
    }


def _line(playbook: Playbook, file: str, line: int) -> str:
    topic = next(t for t in playbook.topics if t.file == file)
    rows = (r for s in topic.sections for r in s.rows if r.span.line == line)
    row = next(rows, None)
    return " | ".join(c.text for c in row.cells.values()) if row else ""


def differs(case: Case) -> list[str]:
    """What was decided otherwise than the case expects: nothing, where all is well."""
    got, out = said(case), []
    for name, wanted in case["expect"].items():
        have = got[name]
        if name == "withheld":
            ok = all(have.get(k, "nothing of it").startswith(v) for k, v in wanted.items())
        elif name in ("missing", "warnings", "suppressions"):
            ok = all(any(h.startswith(w) for h in have) for w in wanted) and (
                bool(wanted) or not have
            )
        elif name in ("because", "line"):
            ok = wanted in have
        elif name in ("until", "quiet until") and wanted is not None:
            ok = have is not None and _moment(have) == _moment(str(wanted))
        else:
            ok = have == wanted
        if not ok:
            out.append(f"{name}: {have!r} where {wanted!r} is expected")
    return out


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
