"""The proof of offers: the cases, the laws, nothing offered where nothing may be, how fast, and what readers are shown.

`python -m evals.proof.offers [--full] [PART ...]`; with `--full` every law is judged of 10,000 made-up worlds, else of 500.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from evals import speed_decide
from evals.proof import laws, offers_forbidden
from evals.proof.table import ROOT, Table, measure
from skill.agent.composer import Composer
from skill.agent.packet_forms import FORMS
from skill.cli.decisions_text import why_not_lines
from skill.compiler.folder import Compiler
from skill.hindsight import explained
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.packet import READERS, Reader
from skill.model.playbook import Playbook
from skill.packets import proven_packet
from skill.policy.decide import decide
from skill.sample import find_person, sample_topics
from tests.policy import offer_cases

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
OUT = ROOT / "out" / "proof" / "packets"
AT_LEAST = 150
SHORT = 500
"""Worlds of the short version."""
SEQUENCE = "sequence-upgrade-then-add-on"
"""Week 2 at 85 %: the upgrade in the product; week 3 upgraded and stable: the add-on."""
BAD = {
    "two prices for the same period, currency and region of one bundle": "bad-two-prices",
    "a price in a currency that the account cannot pay": "witness-currency-wrong",
    "sold until yesterday": "witness-sold-until-yesterday",
    "a plan that no longer exists": "bad-plan-that-is-gone",
    "an unknown plan": "bad-unknown-plan",
}
"""What may be wrong in what is given, and the case file that says what becomes of it."""
ASKED = {
    "ada": Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",)),
    "jona": Meaning(
        outcome=Outcome.FEATURE, features=("saved-reports",), meter="reports", wants="more"
    ),
}
"""Whose packets are shown: an add-on for a feature that is lacking, a plan for a limit that is reached."""
SHOWN: dict[str, Reader] = {"ada": "admin", "jona": "finance"}
WHY_NOT = {"cleo": "connect-pack", "ben": "team"}
"""Of whom it is asked why which offer was not made: somebody who is helped by a person, and a colleague of Ada's."""


def cases(table: Table, *, full: bool) -> None:  # noqa: ARG001 - every part is asked alike
    """Every case file: how many there are of each kind, how many are decided as they say, and which links break."""
    files, kinds, wrong = offer_cases.files(), Counter[str](), list[str]()
    broken = Counter[str]()
    for name, case in files.items():
        kinds[_kind(name)] += 1
        for step in case.get("then", [case]):
            wrong += [f"{name}: {said}" for said in offer_cases.differs(step)]
            made = offer_cases.decided(step)
            wrong += [f"{name}: {link} does not hold" for link in offer_cases.unmet(made)]
            broken.update({w.because.split(": ")[0] for w in made.withheld if ": " in w.because})
    passed = len(files) - len({one.split(":")[0] for one in wrong})
    for one in wrong[:20]:
        print(f"    {one}", file=sys.stderr)
    table.add("cases: files", f"{len(files)}", f"at least {AT_LEAST}", len(files) >= AT_LEAST)
    table.add("cases: decided as they say", f"{passed} of {len(files)}", "all", not wrong)
    for kind, n in sorted(kinds.items()):
        table.add(f"cases: {kind}", f"{n}")
    links = {name: n for name, n in broken.items() if name in _links()}
    for link, n in sorted(links.items()):
        table.add(f"  broken there: {link}", f"{n}")
    table.add("cases: links of the witness that are broken somewhere", f"{len(links)}", f"{len(_links())}", len(links) == len(_links()))  # fmt: skip
    in_order = files[SEQUENCE]["then"]
    went = "; ".join(
        f"{offer_cases.at(step):%d %b} {', '.join(o.bundle for o in offer_cases.decided(step).offers) or 'nothing'}"
        for step in in_order
    )
    ok = not any(one.startswith(SEQUENCE) for one in wrong)
    table.add(f"cases: {files[SEQUENCE]['says']}", went, "team, then the add-on", ok)


def _kind(name: str) -> str:
    known = ("cross-sell",)
    return next((k for k in known if name.startswith(k)), name.split("-")[0])


@cache
def _links() -> frozenset[str]:
    """The links that facts can break, as the tests name them."""
    from tests.policy.test_offer_cases import HOLD_AS_FOUND, LINKS

    return frozenset(LINKS - HOLD_AS_FOUND)


def judged(table: Table, *, full: bool) -> None:
    """The laws, each on so many made-up worlds; the smallest world that breaks one is printed."""
    n, seen, wrong = (laws.CASES if full else SHORT), Counter[str](), ""
    try:
        laws.prove(n, seen=seen, progress=_counting("worlds judged by the laws"))
    except AssertionError as error:
        wrong = str(error)
        print(wrong, file=sys.stderr)
    for name in laws.LAWS:
        said = f"{'some' if f'{name}:' in wrong else 0} against it in {seen['worlds']:,} worlds"
        table.add(f"law: {name.replace('_', ' ')}", said, "0", f"{name}:" not in wrong)
    made = sum(n for what, n in seen.items() if what.startswith("offers of kind"))
    table.add(
        "laws: worlds with an offer, and offers in them",
        f"{seen['worlds with an offer']:,}, {made:,}",
    )


def forbidden(table: Table, *, full: bool) -> None:
    """Nothing is offered where nothing may be; a naive seller is found out in every situation."""
    n = laws.CASES if full else SHORT
    naive = offers_forbidden.judge(SHORT, offers_forbidden.seller)
    found = offers_forbidden.judge(n, progress=_counting("worlds, each put into every situation"))
    for name, one in found.items():
        for said in one.offered[:5]:
            print(f"    {name}: {said}", file=sys.stderr)
        sold = len(naive[name].offered)
        table.add(
            f"offered where none may be: {name}",
            f"{len(one.offered)} of {one.n:,}, in {one.n_elsewhere:,} of which one is made otherwise",
            "0",
            not one.offered,
        )
        table.add(
            "  the same by a naive seller", f"{sold} of {naive[name].n:,}", "must fail", sold > 0
        )


def speed(table: Table, *, full: bool) -> None:
    """The time of one decision in a large company, for each kind of question."""
    runs, who = (400 if full else 100), speed_decide.customer()
    for alike in (True, False):
        rows = "rows that share counts" if alike else "200 different rows"
        topics = dict(speed_decide.topics(alike=alike))
        playbook = Compiler().compile_sources(topics, NOW.date()).playbook
        for name, median, slow, _ in speed_decide.measure(playbook, who, runs=runs):
            value = f"median {median:.2f} ms, slowest in twenty {slow:.2f} ms"
            goal = speed_decide.GOAL_MS
            table.add(f"decide: {name}, {rows}", value, f"under {goal:g} ms", median < goal)
    asked = speed_decide.questions()["nobody asked"]
    touched = speed_decide.outside(
        lambda: decide(playbook, who, asked, surface=Surface.IN_PRODUCT, now=NOW)
    )
    table.add("decide: files, connections and programs opened", f"{len(touched)}", "0", not touched)


def readers(table: Table, *, full: bool) -> None:  # noqa: ARG001 - every part is asked alike
    """The packet of two sample accounts for three readers, and two reports of why an offer was not made."""
    playbook = Compiler().compile_folder(sample_topics(), NOW.date()).playbook
    OUT.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, meaning in ASKED.items():
        for reader in READERS:
            written += _written(playbook, name, meaning, reader)
    told = ", ".join(f"{p.name} {p.stat().st_size:,}" for p in written)
    print(f"\n  {told}")
    wanted = len(ASKED) * len(READERS) * len(FORMS)
    table.add("packets written, each proven again, to out/proof/packets", f"{len(written)}", f"{wanted}", len(written) == wanted)  # fmt: skip
    for name, offer in WHY_NOT.items():
        who, meaning = find_person(name, NOW), ASKED["ada"]
        report = explained(playbook, who, meaning, surface=Surface.IN_PRODUCT, now=NOW, offer=offer)
        print()
        for line in why_not_lines(report):
            print(f"  {line}")
        one = report.not_offered[0] if report.not_offered else None
        flips = (
            f"flipped by {len(one.changes)} changes" if one and one.flips else "nothing flips it"
        )
        failed = ", ".join(f.name for f in one.failed) if one else ""
        said = f"{failed}; {flips}" if one else "it was offered"
        table.add(f"why not: {name}, {offer}", said)


def _written(playbook: Playbook, name: str, meaning: Meaning, reader: Reader) -> list[Path]:
    """One packet in every form; its Markdown is printed for one reader of each account."""
    who = find_person(name, NOW)
    made = decide(playbook, who, meaning, surface=Surface.IN_PRODUCT, now=NOW)
    answer = Composer(playbook, made, who).answer(f"dec_{name}")
    packet = proven_packet(playbook, who, made, answer, reader)
    paths = []
    for form, rendered in FORMS.items():
        path = OUT / f"{name}-{reader}.{form}"
        path.write_text(rendered(packet), "utf-8")
        paths.append(path)
    if reader == SHOWN[name]:
        print(f"\n--- {name}, for {reader}\n{FORMS['md'](packet)}---")
    return paths


def bad_input(table: Table, *, full: bool) -> None:  # noqa: ARG001 - every part is asked alike
    """What becomes of input that is wrong, case by case."""
    files = offer_cases.files()
    for what, name in BAD.items():
        case = files[name]
        table.add(
            f"bad input: {what}",
            f"{name}.yaml: {_outcome(case)}",
            case["says"],
            not offer_cases.differs(case),
        )


def _outcome(case: dict[str, Any]) -> str:
    """What came of a case in one line: findings with which nothing is served, else access, offers and why none."""
    compiled = offer_cases.company(case)
    found = sorted({d.code for d in compiled.diagnostics if d.severity == "error"})
    if found:
        return f"{', '.join(found)}, and {'served' if compiled.servable else 'nothing is served'}"
    made: Decision = offer_cases.decided(case, compiled.playbook)
    offers = ", ".join(o.bundle for o in made.offers) or "nothing offered"
    access = made.accesses[0].verdict if made.accesses else "nothing asked"
    why = [w.because for w in made.withheld][:1] or list(made.warnings)[:1]
    return f"{access}, {offers}{f' ({why[0]})' if why else ''}"


def _counting(what: str) -> Callable[[int], None]:
    """Says on stderr how far it is, at most once a second."""
    last = time.monotonic()

    def said(n: int) -> None:
        nonlocal last
        if time.monotonic() - last >= 1:
            last = time.monotonic()
            print(f"  {n:,} {what}", file=sys.stderr, flush=True)

    return said


PARTS: dict[str, Callable[..., None]] = {
    "cases": cases,
    "laws": judged,
    "forbidden": forbidden,
    "speed": speed,
    "readers": readers,
    "bad-input": bad_input,
}
"""What is proven, in this order."""


def main(arguments: Sequence[str]) -> int:
    """Prove those named, or all; 2 where a part is unknown. A figure that falls short is told, and no failure."""
    return measure("offers", PARTS, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
