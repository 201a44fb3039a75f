"""Speed in figures and ratios, measured side by side in one run; never a verdict in a test."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import cycle
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np

from skill.ask import ask, workspace_of
from skill.compiler.folder import Compiler
from skill.errors import RetrievalError
from skill.model.account import Customer
from skill.policy.signals import signals
from skill.policy.signals.record import Record
from skill.retrieval.embed import LexicalOnly
from skill.retrieval.index import Library
from skill.retrieval.ladder import opened
from skill.retrieval.resolve import Resolver
from skill.retrieval.vector import InMemory
from skill.sample import find_person, sample_topics
from skill.settings import Embeddings, Rung

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
NOUNS = (
    "Export",
    "Report",
    "Dashboard",
    "Trigger",
    "Approval",
    "Board",
    "Form",
    "Archive",
    "Alert",
    "Sync",
)
AREAS = (
    "Invoice",
    "Contact",
    "Ticket",
    "Stock",
    "Payroll",
    "Project",
    "Contract",
    "Lead",
    "Asset",
    "Survey",
)
Row = tuple[str, str, str, bool | None]


def main() -> None:
    """Print every figure."""
    for figure, value, goal, ok in measure():
        verdict = "" if ok is None else ("ok" if ok else "short")
        print(f"{figure:<58} {value:<34} {verdict:<6} {goal}")


def measure() -> Iterator[Row]:
    """Every figure with its goal."""
    yield from answers()
    yield from resolving()
    yield from searching()
    yield from judging()
    yield from compiling()
    yield from starting()


def topics(n_features: int, n_bundles: int, per_file: int) -> dict[str, str]:
    """A made-up company of this size: features named by area and noun, plans that unlock them by turns."""
    names = [
        f"{AREAS[i % 10]} {NOUNS[i // 10 % 10]} {i // 100 or ''}".strip() for i in range(n_features)
    ]
    files: dict[str, str] = {}
    for start in range(0, n_features, per_file):
        things = "".join(
            f"\n## {name}\n\n| Field | Value |\n|---|---|\n"
            f"| What it does | {name.lower()} for everybody who works with {name.split()[0].lower()}s. |\n"
            for name in names[start : start + per_file]
        )
        files[f"features-{start:04}.md"] = f"---\nkind: features\n---\n# Features\n{things}"
    for start in range(0, n_bundles, per_file):
        things = "".join(
            f"\n## Offer {i}\n\n| Field | Value |\n|---|---|\n| Sold as | {'plan' if i < 4 else 'add-on'} |\n"
            f"| Unlocks | {', '.join(names[i % n_features :: max(n_bundles, 40)][:6])} |\n"
            f"| Price | EUR {i + 1} per workspace per month |\n| Price | EUR {i + 1} per workspace per month, billed yearly |\n"
            "\n### What customers can read\n\n> **Answer:** {feature} comes with {bundle}.\n"
            for i in range(start, min(start + per_file, n_bundles))
        )
        files[f"bundles-{start:04}.md"] = f"---\nkind: product-bundles\n---\n# Bundles\n{things}"
    return files


def median_ms(work: Callable[[], object], n: int) -> float:
    """The median time of one call."""
    times = []
    for _ in range(n):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def answers() -> Iterator[Row]:
    """A question to an answer in process: no model, warm, 300 Topic sections."""
    compiled = Compiler().compile_sources(topics(240, 60, 30), TODAY)
    customer = Customer.model_validate({"account": {"plan": "offer-0"}})
    features = list(compiled.playbook.features.values())
    with tempfile.TemporaryDirectory() as folder:
        workspace = workspace_of(compiled, data_dir=Path(folder))
        questions = [f"Can we use {f.name.lower()} on our plan?" for f in features]
        for question in questions[:20]:
            ask(workspace, question, customer, now=NOW)
        turn = iter(questions * 3)
        took = median_ms(lambda: ask(workspace, next(turn), customer, now=NOW), 300)
    yield "question to answer, 300 sections, median", f"{took:.2f} ms", "under 5 ms", took < 5


def resolving() -> Iterator[Row]:
    """A question resolved by each rung that is here, at 300 entries, each question new to it; embedding alone too."""
    playbook = Compiler().compile_sources(topics(240, 60, 30), TODAY).playbook
    features = list(playbook.features.values())
    ways = ("Can we use {} on our plan?", "{} for everybody?", "how do I get {} this week")
    questions = [way.format(f.name.lower()) for way in ways for f in features]
    settings = Embeddings.from_env()
    goals: dict[Rung, float] = {"lexical": 2, "wordllama": 2, "minilm": 10}
    for rung, goal in goals.items():
        try:
            embedder = opened(rung, settings)
        except RetrievalError as error:
            yield f"question resolved, {rung}", "not measured", error.detail, None
            continue
        resolver = Resolver(playbook, embedder)
        resolver.resolve("a first question")
        turn = iter(questions)
        times = times_ms(lambda r=resolver, t=turn: r.resolve(next(t)), 300)  # type: ignore[misc]
        p95 = 2 * goal
        ok = statistics.median(times) < goal and at_95(times) < p95
        figure = f"question resolved, {rung}, 300 entries, median and p95"
        yield figure, of_times(times), f"under {goal:g} ms and {p95:g} ms", ok
        # Texts that it has not met: short ones are remembered.
        turn = iter([f"Something that nobody asked before: {q}" for q in questions])
        alone = times_ms(lambda e=embedder, t=turn: e.embed([next(t)]), 300)  # type: ignore[misc]
        yield f"one question embedded, {rung}, median and p95", of_times(alone), "", None


def searching() -> Iterator[Row]:
    """10,000 passages ranked by vectors and by words beyond the embedding."""
    n, random = 10_000, np.random.default_rng(1)
    rows = random.standard_normal((n, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    shelf = InMemory(rows, np.arange(n))
    allowed = np.flatnonzero(random.random(n) < 0.5)
    for told, places in (("", None), (", half of them allowed", allowed)):
        turn = iter(rows)
        times = times_ms(lambda t=turn, p=places: shelf.near(next(t), 50, p), 500)  # type: ignore[misc]
        ok = statistics.median(times) < 2
        figure = f"10,000 vectors ranked exactly{told}, median and p95"
        yield figure, of_times(times), "under 2 ms", ok
    names = cycle(f"{noun} and {area} team".lower() for area in AREAS for noun in NOUNS)
    files = {
        name: re.sub("comes with", lambda _: f"helps every {next(names)} and comes with", text)
        for name, text in topics(5000, 10_000, 500).items()
    }
    playbook = Compiler().compile_sources(files, TODAY).playbook
    library = Library.build(playbook, embedder=LexicalOnly("vectors are measured apart"))
    library.search("first", "customers")
    n_found = len(library._index("customers").passages)
    asked = iter([f"{area} {noun}" for area in AREAS for noun in NOUNS] * 3)
    times = times_ms(lambda: library.search(next(asked), "customers"), 300)
    yield f"{n_found:,} passages searched by words, median and p95", of_times(times), "", None


def judging() -> Iterator[Row]:
    """One account against 20 thresholds, with 90 days of usage in memory: put in order before, and within the time."""
    sample = Compiler().compile_folder(sample_topics(), TODAY).playbook
    more = [t.model_copy(update={"key": f"{t.key}-again"}) for t in sample.thresholds]
    rows = tuple([*sample.thresholds, *more][:20])
    playbook = sample.model_copy(update={"thresholds": rows})
    customer = find_person("ada", NOW)
    record = Record(playbook, customer, NOW)
    at_hand = times_ms(lambda: signals.judged(record), 500)
    whole = times_ms(lambda: signals.signals(playbook, customer, NOW), 500)
    each = times_ms(lambda: signals.signals(playbook.model_copy(), customer, NOW), 100)
    n = f"{len(customer.usage)} readings, {len(customer.events)} events"
    ok = statistics.median(at_hand) < 0.3
    yield f"{len(rows)} thresholds, {n}, median and p95", of_times(at_hand), "under 0.3 ms", ok
    ratio = statistics.median(whole) / statistics.median(at_hand)
    yield "the same, putting them in order too", f"{of_times(whole)} ({ratio:.1f} x)", "", None
    ratio = statistics.median(each) / statistics.median(whole)
    yield "the same, compiling the rows each time", f"{of_times(each)} ({ratio:.1f} x)", "", None


def times_ms(work: Callable[[], object], n: int) -> list[float]:
    """The time of each call."""
    times = []
    for _ in range(n):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return times


def at_95(times: list[float]) -> float:
    """What 95 of 100 calls stay under."""
    return sorted(times)[int(len(times) * 0.95)]


def of_times(times: list[float]) -> str:
    """Median and p95 for people."""
    return f"{statistics.median(times):.2f} ms, {at_95(times):.2f} ms"


def compiling() -> Iterator[Row]:
    """300 files with 600 bundles: cold, unchanged, and one file edited."""
    many = topics(1500, 600, 7)
    compiler = Compiler()
    started = time.perf_counter()
    compiled = compiler.compile_sources(many, TODAY)
    cold = time.perf_counter() - started
    figure = f"compile {len(many)} files, {len(compiled.playbook.bundles)} bundles, cold"
    yield figure, f"{cold:.2f} s", "under 2 s", cold < 2
    same = median_ms(lambda: compiler.compile_sources(many, TODAY), 5)
    yield "the same, unchanged", f"{same:.1f} ms", "not at all", same < 20
    edited = {**many, "features-0000.md": many["features-0000.md"] + "\nA note.\n"}
    started = time.perf_counter()
    compiler.compile_sources(edited, TODAY)
    yield "the same, one file edited", f"{(time.perf_counter() - started) * 1000:.0f} ms", "", None


def starting() -> Iterator[Row]:
    """The command line and the server, from nothing."""
    command = str(Path(sys.executable).with_name("tactful"))
    bare = median_ms(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), 9)
    help_ = median_ms(
        lambda: subprocess.run([command, "--help"], check=True, capture_output=True), 9
    )
    value = f"{help_:.0f} ms ({help_ / bare:.1f} x bare Python)"
    yield "tactful --help, median", value, "under 300 ms", help_ < 300
    ready = server_ready(command)
    yield "server ready with the sample company", f"{ready:.2f} s", "under 3 s", ready < 3


def server_ready(command: str) -> float:
    """Seconds from the start of `tactful serve` until /readyz says yes."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TACTFUL_DATA_DIR": folder, "TACTFUL_JWT_SECRET": "x" * 40}
        started = time.perf_counter()
        running = subprocess.Popen(
            [command, "serve", "--port", "8791", "--topics", str(sample_topics())],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while time.perf_counter() - started < 60:
                try:
                    with urlopen("http://127.0.0.1:8791/readyz", timeout=1) as answer:
                        if answer.status == 200:
                            return time.perf_counter() - started
                except (URLError, OSError):
                    time.sleep(0.02)
            return float("inf")
        finally:
            running.terminate()
            running.wait(timeout=20)


if __name__ == "__main__":
    main()
