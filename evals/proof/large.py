"""A large made-up folder: 300 files, 600 bundles and 2,000 features, and what compiling it costs."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from dataclasses import dataclass
from datetime import date

from skill.compiler.folder import Compiler

_FRONT = (
    "---",
    "kind: {kind}",
    "owner: owner@large.example",
    "review_by: 2027-03-31",
    "---",
    "# {title}",
    "",
)


@dataclass(frozen=True)
class Size:
    """How much a folder holds."""

    files: int = 300
    bundles: int = 600
    features: int = 2_000

    def half(self) -> Size:
        """Half of everything."""
        return Size(self.files // 2, self.bundles // 2, self.features // 2)


@dataclass(frozen=True)
class Measured:
    """What one size costs."""

    cold_seconds: float
    edit_seconds: float
    """The median of five edits of one file each, to a new Playbook."""
    peak_bytes: int
    n_findings: int


def made(size: Size) -> dict[str, str]:
    """A sound folder of this size: two thirds of the files hold features, one third bundles."""
    n_bundle_files = size.files // 3
    n_feature_files = size.files - n_bundle_files
    sources = {}
    for k in range(n_feature_files):
        lines = _front("features", k)
        for i in range(k, size.features, n_feature_files):
            lines += _feature(i)
        sources[f"features-{k:03}.md"] = "\n".join(lines)
    for k in range(n_bundle_files):
        lines = _front("product-bundles", k)
        for i in range(k, size.bundles, n_bundle_files):
            lines += _bundle(i, size)
        sources[f"bundles-{k:03}.md"] = "\n".join(lines)
    return sources


def _front(kind: str, k: int) -> list[str]:
    return [line.format(kind=kind, title=f"Part {k}") for line in _FRONT]


def _feature(i: int) -> list[str]:
    return [
        f"## Feature {i} of the product",
        "",
        "| Field | Value |",
        "|---|---|",
        f"| What it does | Does the thing with the number {i} for you. |",
        f"| Also called | thing {i}, matter {i} |",
        "| Kind | switch |",
        "",
        "### What customers can read",
        "",
        "> **Have it:** Open Settings and choose its entry. It works at once.",
        "",
        "### Internal only",
        "",
        "- Say little.",
        "",
    ]


def _bundle(i: int, size: Size) -> list[str]:
    """The first six are plans, each a little larger; the others are sold beside two of them."""
    first = i * size.features // size.bundles
    unlocked = sorted({(first + j) % size.features for j in range(8)})
    is_plan = i < 6
    return [
        f"## Pack {i}",
        "",
        "| Field | Value |",
        "|---|---|",
        f"| Sold as | {'plan' if is_plan else 'add-on'} |",
        *([] if is_plan else ["| Available on | Pack 0, Pack 1 |"]),
        "| Unlocks | " + ", ".join(f"Feature {j} of the product" for j in unlocked) + " |",
        f"| Price | EUR {i + 1} per workspace per month |",
        f"| Price | EUR {10 * (i + 1)} per workspace per year |",
        f"| Link | /billing/{i} |",
        "",
        "### What customers can read",
        "",
        "> **Answer:** {feature} comes with {bundle}. On {plan} everything stays as it is.",
        ">",
        "> **Price:** {price}, added to your next invoice.",
        "",
    ]


def measured(size: Size, today: date) -> Measured:
    """Compile once cold, then after five edits; memory in a run of its own, since tracing is slow."""
    sources = made(size)
    compiler = Compiler()
    started = time.perf_counter()
    compiled = compiler.compile_sources(sources, today)
    cold = time.perf_counter() - started
    edits = []
    name = sorted(sources)[0]
    for i in range(5):
        sources = {
            **sources,
            name: sources[name].replace(f"EUR {10 + i} ", f"EUR {11 + i} ") + "\n",
        }
        started = time.perf_counter()
        compiler.compile_sources(sources, today)
        edits.append(time.perf_counter() - started)
    tracemalloc.start()
    Compiler().compile_sources(made(size), today)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Measured(cold, statistics.median(edits), peak, len(compiled.diagnostics))
