"""The first trip: real pricings imported, asked about, answered and proven; and what it takes to get going."""

from __future__ import annotations

import argparse
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from evals import speed
from evals.proof.table import ROOT, Table
from evals.proof.tamper import tampered_prices, tampered_quotes
from skill.agent.grounding import Prover
from skill.compiler.folder import Compiled, Compiler
from skill.compiler.importers.pricing2yaml import read_pricing, topics_of
from skill.compiler.importers.writing import write_folder
from skill.model.common import slug

SHARED = ROOT.parent / "shared"
TODAY = date(2026, 11, 21)
NAMED = ("style direct", "style goal", "style missing")


def main() -> None:
    """Measure everything; `--quick` leaves the fresh clone out."""
    options = argparse.ArgumentParser()
    options.add_argument("--quick", action="store_true")
    told = options.parse_args()
    pricings = SHARED / "data" / "pricings"
    if not pricings.is_dir():
        sys.exit(f"the real pricings are not here: {pricings}")
    table = Table("trip")
    with tempfile.TemporaryDirectory(prefix="tactful-trip-") as folder:
        work = Path(folder)
        compiled = import_all(table, pricings, work)
        answers = ask_all(table, pricings, work)
        judge(table, pricings, work)
        prove(table, compiled, answers)
        if not told.quick:
            fresh_start(table, work)
    for row in speed.measure():
        table.add(*row)
    table.finish()


def import_all(table: Table, pricings: Path, work: Path) -> dict[str, Compiled]:
    """Every pricing file as Topics, compiled."""
    files = sorted((pricings / "yaml").rglob("*.yml"))
    compiled: dict[str, Compiled] = {}
    errors = 0
    for path in files:
        out = work / "topics" / path.stem
        write_folder(topics_of(read_pricing(path), today=TODAY), out)
        compiled[path.stem] = Compiler().compile_folder(out, TODAY)
        errors += sum(d.severity.value == "error" for d in compiled[path.stem].diagnostics)
    clean = sum(c.servable for c in compiled.values())
    table.add(
        "real pricings that import and compile", f"{clean} of {len(files)}", "19 of 19", clean == 19
    )
    table.add("errors in them", str(errors), "0", errors == 0)
    return compiled


def ask_all(table: Table, pricings: Path, work: Path) -> dict[str, list[dict[str, Any]]]:
    """One batch for each product through the command line; all answers in one file for the judge."""
    cases = [json.loads(x) for x in (pricings / "cases.jsonl").read_text("utf-8").splitlines()]
    answers: dict[str, list[dict[str, Any]]] = {}
    started = time.perf_counter()
    for product in sorted({c["product"] for c in cases}):
        batch, out = work / f"{product}.jsonl", work / f"{product}.answers.jsonl"
        lines = [
            {
                "id": c["id"],
                "question": c["question"],
                "account": {"plan": slug(c["plan_of_user"]) if c["plan_of_user"] else None},
            }
            for c in cases
            if c["product"] == product
        ]
        batch.write_text("".join(json.dumps(x) + "\n" for x in lines), "utf-8")
        command = ["ask", "--batch", str(batch), "--topics", str(work / "topics" / product)]
        tactful(*command, "--out", str(out), "--allow-unreviewed", home=work)
        answers[product] = [json.loads(x) for x in out.read_text("utf-8").splitlines()]
    took = time.perf_counter() - started
    n = sum(map(len, answers.values()))
    table.add(
        "questions answered in batches",
        f"{n} of {len(cases)} in {took:.0f} s",
        "all",
        n == len(cases),
    )
    everything = "".join(json.dumps(a) + "\n" for rows in answers.values() for a in rows)
    (work / "answers.jsonl").write_text(everything, "utf-8")
    return answers


def tactful(*arguments: str, home: Path) -> None:
    """The command as a user runs it, with a data folder of its own."""
    command = Path(sys.executable).with_name("tactful")
    environment = {**os.environ, "TACTFUL_DATA_DIR": str(home / "data")}
    subprocess.run([str(command), *arguments], check=True, env=environment, capture_output=True)


def judge(table: Table, pricings: Path, work: Path) -> None:
    """The judge's own table, then its figures against the goals."""
    script = SHARED / "tools" / "judge_pricings.py"
    result = work / "judged.json"
    told = subprocess.run(
        [
            sys.executable,
            str(script),
            str(pricings / "cases.jsonl"),
            str(work / "answers.jsonl"),
            "--json",
            str(result),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    print(told.stdout)
    groups = json.loads(result.read_text("utf-8"))
    named = {k: sum(groups.get(g, {}).get(k, 0) for g in NAMED) for k in ("right", "n")}
    share = named["right"] / named["n"]
    table.add(
        "named styles right",
        f"{named['right']} of {named['n']} ({share:.3f})",
        "at least 0.97",
        share >= 0.97,
    )
    whole = groups["ALL"]
    for figure, key, of in (
        ("offers where none may be made", "forbidden_offer", "n"),
        ("prices that differ from the file", "price_wrong", "price_n"),
    ):
        n = whole.get(key, 0)
        table.add(figure, f"{n} of {whole[of]}", "0", n == 0)
    n = whole.get("wrong", 0)
    table.add("wrong answers", f"{n} of {whole['n']}", "at most 3 %", n <= 0.03 * whole["n"])
    for group in sorted(groups):
        if group.startswith("style "):
            row = groups[group]
            rest = ", ".join(
                f"{k.replace('_', ' ')} {row[k]}"
                for k in ("asked_back", "foreign_asked", "not_sold", "wrong")
                if row.get(k)
            )
            table.add(
                group, f"{row.get('right', 0)} of {row['n']} right{'; ' + rest if rest else ''}"
            )


def prove(
    table: Table, compiled: dict[str, Compiled], answers: dict[str, list[dict[str, Any]]]
) -> None:
    """Every quote and price proven; a tampered copy of each refused."""
    n_quotes = n_prices = unproven = 0
    refused = {"quotes": [0, 0], "prices": [0, 0]}
    for product, bodies in answers.items():
        prover = Prover(compiled[product].playbook)
        for body in bodies:
            proof = prover.prove(body)
            n_quotes += proof.n_quotes
            n_prices += proof.n_prices
            unproven += not proof.holds
            for kind, copies in (
                ("quotes", tampered_quotes(body)),
                ("prices", tampered_prices(body)),
            ):
                for _, copied in copies:
                    refused[kind][0] += not prover.prove(copied).holds
                    refused[kind][1] += 1
    table.add(
        "answers not proven",
        f"{unproven}, with {n_quotes} quotes and {n_prices} prices",
        "0",
        unproven == 0,
    )
    for kind, (caught, n) in refused.items():
        table.add(f"tampered {kind} refused", f"{caught} of {n}", "all", caught == n)


def fresh_start(table: Table, work: Path) -> None:
    """`make demo` and `make test` in a fresh clone with nothing set up."""
    clone = work / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    outer = ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
    environment = {k: v for k, v in os.environ.items() if k not in outer}
    started = time.perf_counter()
    url = _demo_url(clone, environment)
    took = time.perf_counter() - started
    table.add(
        "make demo in a fresh clone",
        f"{took:.0f} s to {url or 'nothing'}",
        "one URL",
        url is not None,
    )
    shutil.rmtree(clone / ".venv", ignore_errors=True)
    started = time.perf_counter()
    done = subprocess.run(
        ["make", "test"], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - started
    last = (done.stdout.strip().splitlines() or ["nothing"])[-1].strip("= ")
    table.add("make test in a fresh clone", f"{took:.0f} s: {last}", "passes", done.returncode == 0)


def _demo_url(clone: Path, environment: dict[str, str]) -> str | None:
    """Start the demo, wait for its line, and stop it."""
    running = subprocess.Popen(
        ["make", "demo"],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert running.stdout is not None
        ready, _, _ = select.select([running.stdout], [], [], 600)
        match = re.search(r"http://\S+", running.stdout.readline()) if ready else None
        return match[0] if match else None
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait(timeout=30)


if __name__ == "__main__":
    main()
