"""Twenty pricings with one published defect each: does the importer or the compiler name it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from skill.compiler.diagnostics import concise
from skill.compiler.folder import Compiler
from skill.compiler.importers.pricing2yaml import import_pricing
from skill.errors import SkillError
from skill.model.common import slug


@dataclass(frozen=True)
class Defect:
    """What is wrong in a file, and what must be said of it."""

    file: str
    wrong: str
    names: tuple[str, ...]
    """Every one of these must occur in the one line that names the defect, by key."""
    codes: tuple[str, ...] = ()
    """One of these findings of the compiler; none where the importer itself must tell it."""


_DEAD = ("T105",)
_CIRCLE = ("T107",)
_MISFIT = ("T107", "T105", "T204")
_EMPTY = ("T105", "T107", "T108", "T204", "T301", "T305")
DEFECTS = (
    Defect("add-ons/addon-circular-dependency", "an add-on needs what excludes it", ("addOn1", "addOn3"), _CIRCLE),
    Defect("add-ons/addon-depends-nonexistent-addon", "`foo` depends on an add-on that is not there", ("foo", "bar")),
    Defect("add-ons/addon-excludes-nonexistent-addon", "`foo` excludes an add-on that is not there", ("foo", "bar")),
    Defect("add-ons/addon-identical", "two add-ons are the same", ("addOn1", "addOn2"), _DEAD),
    Defect("add-ons/addon-invalid-dependency", "`addOn1` needs `addOn2`, which excludes it", ("addOn1", "addOn2"), _CIRCLE),
    Defect("add-ons/addon-is-not-available", "sold only on a plan that is not there", ("addOn1", "plan3")),
    Defect("add-ons/addon-need-multiple-plans", "needs an add-on of another plan", ("addonA", "addonB"), _MISFIT),
    Defect("add-ons/addon-offers-less-high-price", "costs more and offers less", ("addOn1", "addOn2"), _DEAD),
    Defect("add-ons/addon-overriding-nonexistent-feature", "a feature that is not there", ("foo", "feature2")),
    Defect("add-ons/addon-overriding-nonexistent-usagelimit", "a limit that is not there", ("foo", "usageLimit2")),
    Defect("add-ons/addon-same-as-plan", "unlocks what its buyers have already", ("addOnA",), _DEAD),
    Defect("plans/plan-contained-in-another", "PRO costs more than BASIC and offers less", ("PRO", "BASIC"), _DEAD),
    Defect("plans/plan-low-tier-offer-less-high-price", "BASIC costs more than PRO and offers less", ("BASIC", "PRO"), _DEAD),
    Defect("plans/plan-overriding-nonexistent-feature", "a feature that is not there", ("foo", "feature2")),
    Defect("plans/plan-overriding-nonexistent-usagelimit", "a limit that is not there", ("foo", "usageLimit2")),
    Defect("plans/plan-same-features-different-prices", "PRO costs more and offers the same", ("PRO", "BASIC"), _DEAD),
    Defect("plans/plan-same-features-different-prices-2", "PRO costs more and offers the same", ("PRO", "BASIC"), _DEAD),
    Defect("plans/plan-same-features-same-prices", "two plans are the same", ("PRO", "BASIC"), _DEAD),
    Defect("plans/plan-with-zero-limit-but-addon", "PRO includes a feature of which it gives nothing", ("PRO", "feature2"), _EMPTY),
    Defect("plans/plan-with-zero-limit-but-feature-included", "PRO includes a feature of which it gives nothing", ("PRO", "feature2"), _EMPTY),
)  # fmt: skip
"""None of the twenty is legal in Topics: each would mislead a buyer, so each must be told."""


@dataclass(frozen=True)
class Found:
    """What was said of a defect."""

    defect: Defect
    said: str
    """The line that names it; empty where nothing does."""
    heard: tuple[str, ...]
    """Everything that was said."""


def look(folder: Path, today: date) -> Iterator[Found]:
    """Import and compile each file, and search what is said for the line that names its defect."""
    for defect in DEFECTS:
        heard = tuple(said_of(folder / defect.file / "bad.yml", today))
        yield Found(defect, naming(defect, heard), heard)


def said_of(path: Path, today: date) -> Iterator[str]:
    """Every line that the importer or the compiler says of a pricing file."""
    try:
        imported = import_pricing(path, today=today)
    except SkillError as refused:
        yield f"refused: {refused}"
        return
    yield from (f"importer: {line}" for line in imported.lost)
    yield from map(concise, Compiler().compile_sources(imported.files, today).diagnostics)


def naming(defect: Defect, heard: tuple[str, ...]) -> str:
    """The first line that names a defect: its words, and one of its codes or a word of the importer's own."""
    for line in heard:
        by_code = any(f"[{code}]" in line for code in defect.codes)
        by_importer = line.startswith(("importer:", "refused:"))
        if (by_code or by_importer) and all(_occurs(name, line) for name in defect.names):
            return line
    return ""


def _occurs(name: str, line: str) -> bool:
    """Whether a line has this name in it, as the file writes it or as people read it."""
    return f"-{slug(name)}-" in f"-{slug(line)}-" or name.lower() in line.lower()
