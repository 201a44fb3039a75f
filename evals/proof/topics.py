"""The proof of the Topic compiler: known defects, small mistakes, hostile names, random documents, and what it costs."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.proof import defects, mutations, offered, robust
from evals.proof.legal import Removed, removed_rows
from evals.proof.robust import OUT, TODAY, TOPICS, originals, progress
from evals.proof.table import ROOT, Table
from evals.proof.trip import SHARED
from skill.compiler.diagnostics import finding
from skill.compiler.folder import Compiler
from skill.compiler.importers.pricing2yaml import import_pricing
from skill.compiler.importers.writing import write_folder
from skill.model.topic import Diagnostic, Span


def main() -> None:
    """Measure everything; `--full` fuzzes a million documents instead of twenty thousand."""
    options = argparse.ArgumentParser(description="the proof of the Topic compiler")
    options.add_argument("--full", action="store_true")
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--mutants", type=int, default=300)
    told = options.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    table = Table("topics")
    known_defects(table)
    small_mistakes(table, told.mutants, told.seed)
    legal_changes(table)
    reading_back(table)
    robust.hostile_names(table, told.seed)
    robust.random_documents(table, 1_000_000 if told.full else 20_000, told.seed)
    robust.random_phrases(table, 1_000_000 if told.full else 20_000, told.seed)
    robust.costs(table, told.seed)
    robust.speed(table)
    table.finish()


# -- known defects --------------------------------------------------------------------------------


def known_defects(table: Table) -> None:
    """Twenty broken pricings, each with what is said of its defect."""
    folder = SHARED / "data" / "pricings" / "defects"
    if not folder.is_dir():
        table.add("published defects named", f"skipped: they are not here ({folder.name}/)")
        return
    progress("importing twenty broken pricings")
    found = list(defects.look(folder, TODAY))
    for one in found:
        said = one.said or f"NOT NAMED ({one.defect.wrong}); said was: {'; '.join(one.heard)}"
        print(f"  {one.defect.file}\n    {said}")
    named = sum(bool(one.said) for one in found)
    table.add("published defects named", f"{named} of {len(found)}", "all", named == len(found))


# -- small mistakes -------------------------------------------------------------------------------


def says_nothing(_sources: Mapping[str, str]) -> Sequence[Diagnostic]:
    """A compiler that finds nothing: the check must fail it."""
    return ()


def blames_line_one(sources: Mapping[str, str]) -> Sequence[Diagnostic]:
    """A compiler that puts one finding on the first line of each file that is not as it was: fails as well."""
    changed = [name for name, text in sources.items() if text != originals().get(name)]
    return [
        finding("T108", Span(file=name, line=1, end_line=1), "something is wrong", "look for it")
        for name in changed
    ]


def small_mistakes(table: Table, n: int, seed: int) -> None:
    """Random mistakes in the sample company's Topics: each told once, on its line, and no offer changed unsaid."""
    progress(f"{n} small mistakes")
    sources = originals()
    compiler = Compiler()
    for name, naive in (
        ("a compiler that says nothing", says_nothing),
        ("a compiler that blames line 1 of the file", blames_line_one),
    ):
        right = sum(j.verdict == "right" for j in mutations.run(sources, n, seed, naive))
        table.add(
            f"check of the check: {name}", f"{right} of {n} right", "under 5 %", right < n / 20
        )
    judged = list(
        mutations.run(sources, n, seed, lambda s: compiler.compile_sources(s, TODAY).diagnostics)
    )
    verdicts = Counter(j.verdict for j in judged)
    for one in judged:
        if one.verdict != "right":
            print(mutations.told(one) + "\n")
    right, share = verdicts["right"], verdicts["right"] / len(judged)
    rest = ", ".join(f"{k} {v}" for k, v in sorted(verdicts.items()) if k != "right")
    table.add(
        "small mistakes told once and on the right line",
        f"{right} of {len(judged)} ({share:.1%}){'; ' + rest if rest else ''}",
        "at least 99 %",
        share >= 0.99,
    )
    _unsaid(table, compiler, judged)


def _unsaid(table: Table, compiler: Compiler, judged: Sequence[mutations.Judged]) -> None:
    """Mistakes without an error can be served: do they offer what the original offers?"""
    served = [j for j in judged if not any(d.severity.value == "error" for d in j.said)]
    progress(
        f"asking {len(offered.QUESTIONS)} questions of {len(served)} mistakes without an error"
    )
    original = offered.offered(compiler.compile_sources(originals(), TODAY))
    silent = warned = 0
    for one in served:
        after = offered.offered(compiler.compile_sources(one.mutant.sources, TODAY))
        differ = offered.changed(original, after)
        warned += bool(differ and one.said)
        if differ and not one.said:
            silent += 1
            print(f"{mutations.told(one)}\n    and without a word it changed: {differ[:5]}\n")
    table.add(
        "mistakes that change an offer in silence", f"{silent} of {len(judged)}", "0", silent == 0
    )
    table.add(
        "mistakes that change an offer under a warning",
        f"{warned} of {len(served)} without an error",
    )


def legal_changes(table: Table) -> None:
    """Rows that a thing may be without: removing one is no mistake, and the difference names it."""
    progress("removing optional rows")
    try:
        rows: list[Removed] = list(removed_rows(originals(), TODAY))
    except ImportError:
        table.add(
            "optional rows removed and named by the difference", "skipped: no `difference` here"
        )
        return
    legal = [r for r in rows if not r.told]
    for one in legal:
        if not one.named and one.matters:
            print(f"  not named by the difference: {one.file}:{one.line} {one.text}")
    matter = [r for r in legal if r.matters]
    named = sum(r.named for r in matter)
    table.add(
        "optional rows removed and named by the difference",
        f"{named} of {len(matter)}",
        "all",
        named == len(matter),
    )
    table.add(
        "optional rows whose loss another row or a finding tells", str(len(rows) - len(matter))
    )


# -- reading back ---------------------------------------------------------------------------------


def reading_back(table: Table) -> None:
    """What `tactful topics explain` says of the sample company and of one real pricing, to be read by a person."""
    folders = {"fernway": TOPICS}
    pricing = SHARED / "data" / "pricings" / "yaml" / "github.yml"
    if pricing.is_file():
        folders["github"] = OUT / "github-topics"
        write_folder(import_pricing(pricing, today=TODAY).files, folders["github"])
    for name, folder in folders.items():
        done = subprocess.run(
            [str(Path(sys.executable).with_name("tactful")), "topics", "explain", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        target = OUT / f"explain-{name}.md"
        target.write_text(done.stdout, "utf-8")
        value = f"{len(done.stdout.splitlines())} lines in {target.relative_to(ROOT)}"
        table.add(f"{name} read back", value if done.stdout else f"failed: {done.stderr[:200]}")


if __name__ == "__main__":
    main()
