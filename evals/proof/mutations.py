"""Small mistakes made on purpose in a folder of Topics, and whether the compiler tells each once and on its line.

What is no mistake here, since no compiler can know it: anything inside free prose (`What it does`, `Also called`,
`Counts`, `Helps with`, `How to undo`, `Overage`, `Try it`, internal notes, help pages, the words of a quote), units
and names of events, pages and facts (the product's own), links beyond their first sign, names that nothing else
uses, and whatever reads the same (a pipe at the edge of a row, a plural `s` of a phrase).

Where a declared name loses a letter, its uses no longer name anything: right is the declaration's own line, or the
line of the first use in reading order (file by name, then line), and nothing else. A missing required row is right
at the heading of its thing; a broken line of hyphens is right there or at the header above.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from evals.proof.sites import Place, Site, walk
from skill.compiler.labels import LABELS
from skill.model.common import slug
from skill.model.topic import Diagnostic

_LOOKS_LIKE = str.maketrans("0123456789", "OlZEASbTBg")
_VOWELLED = re.compile(r"[A-Za-z]{2,}")
FindingsOf = Callable[[Mapping[str, str]], Sequence[Diagnostic]]


@dataclass(frozen=True)
class Mutant:
    """A folder with one mistake in it."""

    kind: str
    site: Site
    before: str
    after: str
    """The line with the mistake; empty where the line was removed."""
    sources: Mapping[str, str]


@dataclass(frozen=True)
class Judged:
    """A mutant and what the compiler said of it."""

    mutant: Mutant
    said: tuple[Diagnostic, ...]
    verdict: str
    """`right`, `silent`, `several` or `elsewhere`."""


def _drop(text: str, chance: Random) -> str:
    word = chance.choice(list(_VOWELLED.finditer(text)))
    last = word.end() - (1 if word[0].endswith("s") and word.end() - word.start() > 2 else 0)
    at = chance.randrange(word.start(), last)
    return text[:at] + text[at + 1 :]


def _drop_in_name(text: str, chance: Random) -> str:
    at = chance.choice([i for i, c in enumerate(text) if c.isalpha()])
    return text[:at] + text[at + 1 :]


def _swap(text: str, chance: Random) -> str:
    word = chance.choice(list(_VOWELLED.finditer(text)))
    at = chance.randrange(word.start(), word.end() - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _mangle(text: str, chance: Random) -> str:
    at = chance.choice([i for i, c in enumerate(text) if c.isdigit()])
    return text[:at] + text[at].translate(_LOOKS_LIKE) + text[at + 1 :]


def _thousands(text: str, chance: Random) -> str:
    at = chance.choice([m.end() for m in re.finditer(r",\d", text)])
    return text[: at - 1] + text[at:]


WAYS: dict[str, Callable[[str, Random], str]] = {
    "letter dropped": _drop,
    "letter dropped in a name": _drop_in_name,
    "letters swapped": _swap,
    "digit mangled": _mangle,
    "thousands broken": _thousands,
    "last word dropped": lambda text, _: text.rpartition(" ")[0],
    "removed": lambda _text, _chance: "",
    "line removed": lambda _text, _chance: "",
}
"""How a stretch of text is broken; IndexError where it cannot be broken in this way."""


def mutants(sources: Mapping[str, str], n: int, seed: int) -> Iterator[Mutant]:
    """At most `n` different mistakes, each sort of place in its turn; the same seed gives the same ones."""
    chance = Random(seed)
    found = walk(sources)
    names = {*found.declared, *(slug(x) for x in LABELS)}
    sorts: dict[str, list[Site]] = {}
    for site in found.sites:
        sorts.setdefault(site.sort, []).append(site)
    made: set[tuple[str, int, str]] = set()
    misses = 0
    while len(made) < n and misses < 50 * len(sorts):
        for sort in sorted(sorts):
            mutant = _broken(sources, chance.choice(sorts[sort]), names, chance)
            key = (mutant.site.file, mutant.site.line, mutant.after) if mutant else None
            if mutant is None or key is None or key in made:
                misses += 1
                continue
            made.add(key)
            yield mutant
            if len(made) == n:
                return


def _broken(
    sources: Mapping[str, str], site: Site, names: set[str], chance: Random
) -> Mutant | None:
    lines = sources[site.file].split("\n")
    before = lines[site.line - 1]
    text = before[site.start : site.end]
    way = chance.choice(site.ways)
    try:
        broken = WAYS[way](text, chance)
    except IndexError:
        return None
    is_same = slug(broken) == slug(text) and way != "removed"
    if is_same or (slug(broken) and slug(broken) in names):
        return None
    after = before[: site.start] + broken + before[site.end :]
    if way == "line removed":
        del lines[site.line - 1]
        after = ""
    else:
        lines[site.line - 1] = after
    return Mutant(
        kind=f"{site.sort}: {way}",
        site=site,
        before=before,
        after=after,
        sources={**sources, site.file: "\n".join(lines)},
    )


def judged(mutant: Mutant, original: Sequence[Diagnostic], said: Sequence[Diagnostic]) -> Judged:
    """Whether the mistake was told once, and where; findings that the original has do not count."""
    known = {(d.code, d.message) for d in original}
    new = tuple(d for d in said if (d.code, d.message) not in known)
    if not new:
        verdict = "silent"
    elif len(new) > 1:
        verdict = "several"
    else:
        place: Place = (new[0].span.file, new[0].span.line)
        verdict = "right" if place in mutant.site.right else "elsewhere"
    return Judged(mutant, new, verdict)


def run(sources: Mapping[str, str], n: int, seed: int, findings_of: FindingsOf) -> Iterator[Judged]:
    """Each mutant with what a compiler says of it."""
    original = findings_of(sources)
    for mutant in mutants(sources, n, seed):
        yield judged(mutant, original, findings_of(mutant.sources))


def told(one: Judged) -> str:
    """One mutant in full: where, what it was, what it became, what was said."""
    site = one.mutant.site
    said = [
        f"    {d.span.file}:{d.span.line}:{d.span.column}: {d.severity.value}[{d.code}] {d.message} | help: {d.help}"
        for d in one.said[:6]
    ]
    more = [f"    and {len(one.said) - 6} more"] if len(one.said) > 6 else []
    right = ", ".join(f"{file}:{line}" for file, line in sorted(site.right))
    return "\n".join(
        [
            f"{one.verdict.upper()}  {site.file}:{site.line}  {one.mutant.kind}  (right: {right})",
            f"  - {one.mutant.before[:160]}",
            f"  + {one.mutant.after[:160] or '(line removed)'}",
            *(said or ["    nothing was said"]),
            *more,
        ]
    )
