"""Understanding the question: the judge's table for each embedder, sixty questions of our own, and the time it takes."""

from __future__ import annotations

import importlib.util
import json
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from evals import speed
from evals.proof import retrieval
from evals.proof.table import ROOT, Table
from evals.resolver import fernway, train
from skill.agent.grounding import Prover
from skill.ask import Workspace, ask
from skill.compiler.folder import Compiler
from skill.compiler.importers.pricing2yaml import read_pricing, topics_of
from skill.errors import SkillError
from skill.model.account import Customer
from skill.model.common import slug
from skill.model.decision import Outcome
from skill.model.playbook import Playbook
from skill.retrieval.embed import Embedder
from skill.retrieval.index import Library
from skill.retrieval.rank import learned
from skill.retrieval.resolve import Resolver
from skill.sample import sample_topics

SHARED = ROOT.parent / "shared"
TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
NAMED = ("direct", "goal", "missing", "limit_covered", "limit_direct", "limit_more", "limit_need")
DESCRIBED, OTHER_WORDS = "paraphrase_of_description", "concept_paraphrase"
NOT_SOLD = ("foreign_feature", "removed_feature")
CURVE = (0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95)
Judge = Callable[[dict[str, Any], dict[str, Any] | None], Counter[str]]
Styles = Mapping[str, Counter[str]]


def main() -> None:
    """Measure everything that can be measured here; the real pricings are left out where they are not there."""
    table = Table("understanding")
    pricings = SHARED / "data" / "pricings"
    retrieval.add_plain(table)
    for embedder in train.rungs():
        if pricings.is_dir():
            real(table, embedder, pricings)
        own(table, embedder)
        bad_input(table, embedder)
        quick(table, embedder)
        retrieval.add_retrieval(table, embedder)
        retrieval.add_speed(table, embedder)
    if not pricings.is_dir():
        table.add("the real pricings", f"not here: {pricings.name}; their figures are left out")
    table.finish()


def real(table: Table, embedder: Embedder, pricings: Path) -> None:
    """The judge's table, the goals, and the operating curve: none of these products was learned from."""
    cases = [json.loads(x) for x in (pricings / "cases.jsonl").read_text("utf-8").splitlines()]
    judge = judge_of(SHARED / "tools" / "judge_pricings.py")
    workspaces = opened(pricings, embedder)
    styles = judged(cases, workspaces, judge)
    for style in sorted(styles):
        table.add(f"{embedder.name}: {style}", told(styles[style]))
    for figure, value, goal, ok in goals(styles):
        table.add(f"{embedder.name}: {figure}", value, goal, ok)
    curve(table, embedder, cases, workspaces, judge)


def judge_of(path: Path) -> Judge:
    """The judge's own function, read from its file."""
    spec = importlib.util.spec_from_file_location("judge_pricings", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"the judge cannot be read: {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    judge: Judge = module.judge
    return judge


def opened(pricings: Path, embedder: Embedder) -> dict[str, Workspace]:
    """Every pricing imported, compiled and ready to be asked, by its file's name."""
    out = {}
    for path in sorted((pricings / "yaml").rglob("*.yml")):
        files = topics_of(read_pricing(path), today=TODAY)
        playbook = Compiler().compile_sources(files, TODAY).playbook
        library = Library.build(playbook, embedder=embedder)
        out[path.stem.lower()] = Workspace(playbook, library, Prover(playbook), (), {})
    return out


def judged(
    cases: Sequence[dict[str, Any]], workspaces: Mapping[str, Workspace], judge: Judge
) -> dict[str, Counter[str]]:
    """The judge's counts for each style, and for all of them."""
    styles: dict[str, Counter[str]] = defaultdict(Counter)
    for case in cases:
        plan = slug(case["plan_of_user"]) if case["plan_of_user"] else None
        customer = Customer.model_validate({"account": {"plan": plan}})
        workspace = workspaces[case["product"].lower()]
        answered = ask(workspace, case["question"], customer, now=NOW, allow_unreviewed=True)
        counts = judge(case, answered.answer.body())
        counts["asked"] = int(answered.decision.meaning.outcome is Outcome.WHICH)
        for style in (case["question_style"], "all"):
            styles[style].update(counts)
    return styles


def told(row: Counter[str]) -> str:
    """One style on one line."""
    names = ("asked_back", "asked_back_badly", "foreign_asked", "not_sold")
    rest = [f"{name.replace('_', ' ')} {row[name]}" for name in names if row[name]]
    return "; ".join(
        [f"{row['right']} of {row['n']} right", *rest, f"wrong and sure {sure_of(row)}"]
    )


def sure_of(row: Counter[str]) -> int:
    """Answers that were wrong as if sure: asking back without the right one is wrong, and not sure."""
    return row["wrong"] - row["asked_back_badly"]


def goals(styles: Styles) -> list[tuple[str, str, str, bool]]:
    """The goals on products nobody tuned on; each with what must be reached and what is aimed for."""
    every, other = styles["all"], styles[OTHER_WORDS]
    named = sum((styles[s] for s in NAMED), Counter[str]())
    gone = sum((styles[s] for s in NOT_SOLD), Counter[str]())
    large = {s: sure_of(r) / r["n"] for s, r in styles.items() if r["n"] >= 30 and s != "all"}
    worst = max(large, key=lambda style: large[style])
    described = styles[DESCRIBED]
    return [
        _least("wrong and sure, all", sure_of(every), every["n"], 0.01, 0.005),
        (f"wrong and sure, worst style ({worst})", f"{large[worst]:.3f}", "must .03, aim .015", large[worst] <= 0.03),
        _most("named styles and limits: right", named["right"], named["n"], 0.95, 0.99),
        _least("asked back on named styles", named["asked"], named["n"], 0.08, 0.02),
        _most("vendor's description: right", described["right"], described["n"], 0.88, 0.95),
        _most("vendor's description: right or asked with it", described["right"] + described["asked_back"], described["n"], 0.98, 1.0),
        _most("said in other words: right or asked with it", other["right"] + other["asked_back"], other["n"], 0.65, 0.90),
        _least("said in other words: falsely not sold", other["not_sold"], other["n"], 0.15, 0.05),
        _most("not sold: said so", gone["right"], gone["n"], 0.88, 0.95),
        _least("not sold: wrong", gone["wrong"], gone["n"], 0.02, 0.0),
    ]  # fmt: skip


def _most(figure: str, k: int, n: int, must: float, aim: float) -> tuple[str, str, str, bool]:
    return figure, f"{k} of {n} ({k / n:.3f})", f"must {must}, aim {aim}", k >= must * n


def _least(figure: str, k: int, n: int, must: float, aim: float) -> tuple[str, str, str, bool]:
    return figure, f"{k} of {n} ({k / n:.3f})", f"at most {must}, aim {aim}", k <= must * n


def curve(
    table: Table,
    embedder: Embedder,
    cases: Sequence[dict[str, Any]],
    workspaces: Mapping[str, Workspace],
    judge: Judge,
) -> None:
    """Answered and wrong for other bounds of sureness; the chosen one comes from made-up products alone."""
    chosen = learned(embedder.name)
    for sure in CURVE:
        other = {
            name: Workspace(w.playbook, _with(w, embedder, sure), w.prover, (), {})
            for name, w in workspaces.items()
        }
        row = judged(cases, other, judge)["all"]
        answered = row["n"] - row["asked"] - row["not_sold"]
        table.add(
            f"{embedder.name}: sure from {sure:.2f}",
            f"answered {answered / row['n']:.3f}, right {row['right']}, wrong and sure {sure_of(row)}",
        )
    table.add(
        f"{embedder.name}: chosen",
        f"sure from {chosen.sure}, asked back from {chosen.ask}: the lowest bound on made-up products left out "
        f"with at most {train.WRONG} wrong, {train.WRONG_IN_STYLE} in a style",
    )


def _with(workspace: Workspace, embedder: Embedder, sure: float) -> Library:
    library = Library.build(workspace.playbook, embedder=embedder)
    known = replace(learned(embedder.name), sure=sure)
    library.__dict__["resolver"] = Resolver(workspace.playbook, embedder, known)
    return library


def sample(embedder: Embedder) -> Resolver:
    """The sample company's resolver."""
    playbook: Playbook = Compiler().compile_folder(sample_topics(), TODAY).playbook
    return Resolver(playbook, embedder)


def own(table: Table, embedder: Embedder) -> None:
    """Our own sixty questions, form by form, each with its outcome where it does not fit."""
    found = fernway.outcomes(sample(embedder), fernway.sixty())
    for half, kept in (("looked at while building", False), ("kept away from tuning", True)):
        of = [fits for one, _, fits in found if one.kept is kept]
        table.add(f"{embedder.name}: own questions, {half}", f"{sum(of)} of {len(of)}")
    wrong = [m for _, m, fits in found if not fits and m.outcome is Outcome.FEATURE]
    table.add(f"{embedder.name}: own questions, wrong and sure", str(len(wrong)), "0", not wrong)
    for form in dict.fromkeys(one.form for one, _, _ in found):
        of = [fits for one, _, fits in found if one.form == form]
        table.add(f"{embedder.name}: own questions, {form}", f"{sum(of)} of {len(of)}")
    older = [fits for *_, fits in fernway.outcomes(sample(embedder), fernway.phrasings())]
    table.add(f"{embedder.name}: own questions, older ones", f"{sum(older)} of {len(older)}")
    for one, meaning, fits in found:
        mark = " " if fits else "x"
        print(f"   {mark} {one.question[:70]!r}: {fernway.told(meaning)}")


def bad_input(table: Table, embedder: Embedder) -> None:
    """Nothing that can be pasted makes it fail or be sure."""
    resolver = sample(embedder)
    pasted = {
        "nothing": "", "spaces": " \n\t ", "emoji": "\U0001f986\U0001f680" * 20, "4,000 characters": "lorem ipsum " * 333,
        "one word 4,000 long": "x" * 4000, "commas": "a, " * 1300, "code": "for (int i=0;i<n;i++){ s+=a[i]; } // sum",
        "JSON": '{"user": {"id": 7, "tags": ["a", "b"]}}', "German": "Wie lange dauert die Lieferung nach Hause?",
        "Japanese": "これは製品に含まれていますか", "control characters": "\x00\x01\u202e\u200b?", "brackets": "(" * 2000,
        "and so on": "and " * 1000, "digits": "9" * 3000,
    }  # fmt: skip
    sure, failed, slowest = [], [], 0.0
    for name, text in pasted.items():
        started = time.perf_counter()
        try:
            if resolver.resolve(text).outcome is Outcome.FEATURE:
                sure.append(name)
        except (SkillError, ValueError, IndexError, KeyError) as wrong:
            failed.append(f"{name}: {wrong}")
        slowest = max(slowest, time.perf_counter() - started)
    table.add(
        f"{embedder.name}: bad input", f"{len(pasted)} kinds, failed {failed or 0}, taken as sure {sure or 0}, "
        f"slowest {slowest * 1000:.0f} ms", "none fails, none is sure", not failed and not sure,
    )  # fmt: skip


def quick(table: Table, embedder: Embedder) -> None:
    """The time of one question at 300 entries, warm."""
    playbook = Compiler().compile_sources(speed.topics(300, 4, 30), TODAY).playbook
    resolver = Resolver(playbook, embedder)
    names = [f.name.lower() for f in playbook.features.values()]
    frames = ("Can we use {} on our plan?", "my team needs something like {}", "who can change {}")
    questions = [frames[i % 3].format(name) for i, name in enumerate(names)]
    for question in questions[:30]:
        resolver.resolve(question)
    took = []
    for question in questions:
        started = time.perf_counter()
        resolver.resolve(question)
        took.append((time.perf_counter() - started) * 1000)
    median, late = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    bound = 10 if embedder.name == "minilm" else 2
    table.add(
        f"{embedder.name}: one question at 300 entries",
        f"median {median:.2f} ms, p95 {late:.2f} ms",
        f"median under {bound} ms",
        median < bound,
    )


if __name__ == "__main__":
    main()
