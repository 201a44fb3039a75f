"""The names declared in a folder, and the one place where a written name becomes a key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from skill.compiler import suggest
from skill.compiler.diagnostics import finding
from skill.compiler.labels import HEADINGS, nearest, sure
from skill.model.common import slug
from skill.model.topic import Diagnostic, Span

FACTS = ("role", "plan", "bundles", "region", "currency", "upsell-readiness")
"""What a rule may ask about beside declared traits, audiences and moments."""


_Miss = tuple[str, Mapping[str, tuple[str, Span]], Diagnostic]
"""A name that is used and not declared: as written, what it could have been, and the finding at its place."""
_KEY_WORD = re.compile(
    r"[,;:/%+]|(?<!\S)(?:and|or|is|not|in|per|where|over|holds|does|has|uses|use|have|hold|at|than)(?!\S)",
    re.IGNORECASE,
)
"""What makes a name unreadable inside a phrase unless it stands in quotes."""

_HEADINGS = {slug(name): (name, Span(file="", line=0, end_line=0)) for name in HEADINGS}


@dataclass
class Names:
    """Every declared name by what it names: key -> (name as written, where)."""

    found: list[Diagnostic]
    features: dict[str, tuple[str, Span]] = field(default_factory=dict)
    bundles: dict[str, tuple[str, Span]] = field(default_factory=dict)
    plans: dict[str, tuple[str, Span]] = field(default_factory=dict)
    meters: dict[str, tuple[str, Span]] = field(default_factory=dict)
    traits: dict[str, tuple[str, Span]] = field(default_factory=dict)
    roles: dict[str, tuple[str, Span]] = field(default_factory=dict)
    moments: dict[str, tuple[str, Span]] = field(default_factory=dict)
    audiences: dict[str, tuple[str, Span]] = field(default_factory=dict)
    signals: dict[str, tuple[str, Span]] = field(default_factory=dict)
    plays: dict[str, tuple[str, Span]] = field(default_factory=dict)
    articles: dict[str, tuple[str, Span]] = field(default_factory=dict)
    events: dict[str, tuple[str, Span]] = field(default_factory=dict)
    facts: dict[str, tuple[str, Span]] = field(default_factory=dict)
    pages: dict[str, tuple[str, Span]] = field(default_factory=dict)
    headings: dict[str, tuple[str, Span]] = field(default_factory=lambda: dict(_HEADINGS))
    """What may follow the label `Packet`."""
    units: dict[str, str] = field(default_factory=dict)
    """What each meter counts."""
    resets: dict[str, str] = field(default_factory=dict)
    """When the count of each meter starts afresh."""
    called: dict[str, str] = field(default_factory=dict)
    """What features are also called, and which one is meant."""
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The values that a trait of a listed kind may have."""
    places: dict[str, dict[str, tuple[str, Span]]] = field(default_factory=dict)
    """Where each of these values stands."""
    currencies: dict[str, str] = field(default_factory=dict)
    """The currency of each trait that is money."""

    types: dict[str, str] = field(default_factory=dict)
    """The type of each trait."""
    used: set[str] = field(default_factory=set)
    """The keys that something uses."""
    _missed: list[_Miss] = field(default_factory=list)
    _ambiguous: tuple[int, re.Pattern[str] | None] = (-1, None)

    def first(self, what: str, name: str, span: Span) -> str | None:
        """The key of a name that was declared at this place; None where it has none, or another was first."""
        key = slug(name) if name else ""
        known = getattr(self, what).get(key)
        return key if known is not None and known[1] == span else None

    def unit_of(self, meter: str) -> str:
        """What a meter counts; nothing where there is no such meter."""
        return self.units.get(slug(meter), "")

    def quoted(self, phrase: str) -> str:
        """A phrase with quotes around every declared name that holds a word of the grammar, such as `and`."""
        pattern = self._with_key_words()
        return pattern.sub(lambda m: f'"{m[0]}"', phrase) if pattern else phrase

    def _with_key_words(self) -> re.Pattern[str] | None:
        everything = [
            self.features,
            self.bundles,
            self.meters,
            self.traits,
            self.roles,
            self.moments,
            self.audiences,
            self.signals,
        ]
        size = sum(map(len, everything))
        if self._ambiguous[0] != size:
            found = {name for names in everything for name, _ in names.values()}
            hard = sorted((n for n in found if _KEY_WORD.search(n)), key=len, reverse=True)
            either = "|".join(re.escape(name) for name in hard)
            pattern = re.compile(rf'(?<![\w"])(?:{either})(?![\w"])', re.IGNORECASE)
            self._ambiguous = (size, pattern if hard else None)
        return self._ambiguous[1]

    def declare(self, what: str, name: str, span: Span) -> str | None:
        """The key of a new name, or None where it, or its key, is taken already (T101)."""
        known = getattr(self, what)
        key = slug(name)
        if key in known:
            other, where = known[key]
            same = "" if other == name else f" (as `{other}`: both have the key `{key}`)"
            self.found.append(
                finding(
                    "T101",
                    span,
                    f"`{name}` is defined twice{same}",
                    f"rename one of them; the first is in {where}",
                    width=len(name),
                )
            )
            return None
        known[key] = (name, span)
        return key

    def key(self, what: str, name: str, span: Span, *, where: str) -> str | None:
        """The key of a name that must be declared, or None and a finding (T103) with the nearest one."""
        known: dict[str, tuple[str, Span]] = getattr(self, what)
        key = slug(name)
        if key in known:
            self.used.add(key)
            return key
        self.miss(
            name,
            known,
            finding(
                "T103",
                span,
                f"unknown {what.removesuffix('s')} `{name}` in {where}",
                suggest.names(name) or self._help(what, name),
                width=len(name),
                replacement=None
                if suggest.names(name)
                else sure(name, [n for n, _ in known.values()]),
            ),
        )
        return None

    def miss(self, name: str, known: Mapping[str, tuple[str, Span]], told: Diagnostic) -> None:
        """A name that is used and not declared; told when all uses are known, since one slip may have many."""
        self._missed.append((name, known, told))

    def mark(self) -> tuple[int, int]:
        """How much was found wrong so far: places in the list of findings and of names missed."""
        return len(self.found), len(self._missed)

    def rewind(self, mark: tuple[int, int]) -> None:
        """Forget what was found wrong since this mark: something else explains it."""
        del self.found[mark[0] :]
        del self._missed[mark[1] :]

    def signature(self) -> object:
        """What is declared, places left out: what else a section is read by."""
        kinds = (self.features, self.bundles, self.plans, self.meters, self.roles, self.audiences)
        reported = (self.events, self.facts, self.traits)
        return (
            [frozenset(kind) for kind in (*kinds, *reported)],
            dict(self.units),
            dict(self.resets),
        )

    def misses(self) -> list[Diagnostic]:
        """One finding for each name that is not declared: where it is used, or where its declaration has a slip."""
        by_key: dict[str, list[_Miss]] = {}
        for miss in self._missed:
            by_key.setdefault(slug(miss[0]), []).append(miss)
        return [self._one_miss(uses) for uses in by_key.values()]

    def _one_miss(self, uses: list[_Miss]) -> Diagnostic:
        name, _, told = uses[0]
        if len(uses) == 1:
            return told
        unused = {
            declared: span
            for _, known, _ in uses
            for key, (declared, span) in known.items()
            if key not in self.used and span.file
        }
        slip = sure(name, unused)
        more = f"{len(uses) - 1} more place{'s' if len(uses) > 2 else ''}"
        if slip is None:
            return told.model_copy(update={"message": f"{told.message}, and in {more}"})
        return finding(
            "T103",
            unused[slip],
            f"`{slip}` is used nowhere, and `{name}` is not declared (used in {told.span}, and in {more})",
            f"did you mean `{name}`?",
            width=len(slip) + (3 if unused[slip].column == 1 else 0),
        )

    def _help(self, what: str, name: str) -> str:
        known: dict[str, tuple[str, Span]] = getattr(self, what)
        meant = self.called.get(slug(name)) if what == "features" else None
        if meant is not None:
            return f"did you mean `{meant}`, which is also called that?"
        near = nearest(name, [n for n, _ in known.values()])
        if near:
            written, place = known[slug(near)]
            # What we declare ourselves stands in no file of the writer's.
            at = f" ({place})" if place.file else ""
            return f"did you mean `{written}`{at}?"
        if not known:
            return f"no {what} are declared yet; see the Topic kinds"
        listed = ", ".join(f"`{n}`" for n, _ in list(known.values())[:8])
        return f"known {what}: {listed}{', ...' if len(known) > 8 else ''}"

    def keys(self, what: str, parts: list[tuple[str, Span]], *, where: str) -> tuple[str, ...]:
        """The keys of several names, in order and each once; the unknown ones are told."""
        found = (self.key(what, name, span, where=where) for name, span in parts)
        return tuple(dict.fromkeys(key for key in found if key))

    def role_keys(self, parts: list[tuple[str, Span]], *, where: str) -> tuple[str, ...]:
        """Role keys; `workspace admin` is the role `admin`, and any other name stands for itself."""
        keys: list[str] = []
        for name, span in parts:
            key = slug(name)
            if key not in self.roles:
                key = key.removeprefix("workspace-")
            if self.roles and key not in self.roles:
                self.key("roles", name, span, where=where)
                continue
            self.used.add(key)
            keys.append(key)
        return tuple(dict.fromkeys(keys))
