"""The names that a company uses for what it sells and does, and where they stand in a text however they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from skill.agent.claims.common import is_common, spaced
from skill.agent.claims.figures import Figure
from skill.agent.claims.match import Counted, counted
from skill.agent.claims.text import Sentence, Token, read_sentence
from skill.model.playbook import Playbook

_TIERS = frozenset(
    spaced("plan plans tier tiers edition package subscription level customers accounts")
)
_VERBS = frozenset(
    spaced(
        "includes include has have had costs cost gives give needs need comes covers unlocks brings offers adds does "
        "doesn't is was gets contains lacks supports starts begins allows lets keeps"
    )
)
_BEFORE = frozenset(spaced("on to from than via getting buy choose"))
_DETERMINERS = frozenset(
    spaced("your our their a an the my his her whole entire each every this that same new for")
)


@dataclass(frozen=True)
class Row:
    """One thing sold, with what stands in its row."""

    bundle: str
    """Its name as the Topics write it."""
    kind: str
    """`plan`, `add-on`, `seats` and so on."""
    features: frozenset[str] = frozenset()
    """Names of the features it unlocks, those that everybody has among them."""
    prices: tuple[str, ...] = ()
    """Its price lines as written: `EUR 49 per workspace per month`."""
    limits: tuple[str, ...] = ()
    """Its limits and settings as written, with what they count: `runs: 500 per month`."""
    also: frozenset[str] = frozenset()
    """Names of bundles that stand in this row: what it contains, includes, needs or is sold on."""


@dataclass(frozen=True)
class Names:
    """Every name of one company's playbook, and the rows in which they stand together."""

    plans: tuple[str, ...] = ()
    add_ons: tuple[str, ...] = ()
    """Names of everything sold that is no plan."""
    features: tuple[str, ...] = ()
    meters: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    other_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What else a feature or bundle is called, in any language: by the name that is meant."""

    @cached_property
    def lexicon(self) -> Lexicon:
        """These names, ready to be found in a text."""
        return Lexicon(self)


@dataclass(frozen=True)
class Named:
    """A name that stands in a text."""

    said: str
    meant: frozenset[str]
    """The names that it may stand for, as the Topics write them."""
    kind: str
    """bundle or feature."""
    official: bool
    """Whether it is the name itself rather than something it is also called."""
    at: int
    end: int
    clause: int
    ideas: tuple[str, ...] = ()
    """Its words."""


class Lexicon:
    """Finds names in texts: inflected, hyphenated, run together or in capitals."""

    def __init__(self, names: Names) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str, str, bool]]] = {}
        self.rows = {row.bundle: row for row in names.rows}
        self.bundles = frozenset((*names.plans, *names.add_ons))
        for kind, listed in (
            ("bundle", (*names.plans, *names.add_ons)),
            ("feature", names.features),
        ):
            for name in listed:
                self._add(name, name, kind, official=True)
                for other in names.other_names.get(name, ()):
                    self._add(other, name, kind, official=False)
        self.figures = {
            row.bundle: tuple(f for line in (*row.prices, *row.limits) for f in _figures(line))
            for row in names.rows
        }

    def _add(self, said: str, meant: str, kind: str, *, official: bool) -> None:
        ideas = tuple(x for token in read_sentence(said).tokens for x in token.ideas)
        if ideas:
            self._by_first.setdefault(ideas[0], []).append((ideas, meant, kind, official))

    def find(self, sentence: Sentence, *, evidence: bool = False) -> tuple[Named, ...]:
        """The names in a sentence, the longest first at each place; evidence is trusted to capitalise its names."""
        flat = [(one, token) for token in sentence.tokens for one in token.ideas]
        found: list[Named] = []
        at = 0
        while at < len(flat):
            best = self._longest(flat, at)
            n = len(best[0][0]) if best else 1
            if best:
                named = _named(best, flat[at][1], flat[at + n - 1][1], sentence)
                if n > 1 or named.kind == "feature" or _is_name(flat[at][1], sentence, evidence):
                    found.append(named)
                else:
                    n = 1
            at += n
        return tuple(found)

    def _longest(
        self, flat: list[tuple[str, Token]], at: int
    ) -> list[tuple[tuple[str, ...], str, str, bool]]:
        fits: list[tuple[tuple[str, ...], str, str, bool]] = []
        for entry in self._by_first.get(flat[at][0], ()):
            n = len(entry[0])
            if at + n > len(flat) or (fits and n < len(fits[0][0])):
                continue
            if all(flat[at + i][0] == one for i, one in enumerate(entry[0])):
                if fits and n > len(fits[0][0]):
                    fits.clear()
                fits.append(entry)
        return fits


def _named(
    fits: list[tuple[tuple[str, ...], str, str, bool]],
    first: Token,
    last: Token,
    sentence: Sentence,
) -> Named:
    official = any(entry[3] for entry in fits)
    kind = "bundle" if any(e[2] == "bundle" and e[3] for e in fits) else fits[0][2]
    return Named(
        said=sentence.text[first.at : last.until],
        meant=frozenset(e[1] for e in fits if e[2] == kind),
        kind=kind,
        official=official,
        at=first.at,
        end=last.until,
        clause=first.clause,
        ideas=fits[0][0],
    )


def _is_name(token: Token, sentence: Sentence, evidence: bool) -> bool:
    """Whether a single word that names a bundle (`Team`, `Free`) is the name here, or the common word."""
    i = sentence.tokens.index(token)
    after = sentence.tokens[i + 1].low if i + 1 < len(sentence.tokens) else ""
    before = sentence.tokens[i - 1].low if i else ""
    if after in _TIERS:
        return True
    if token.capital and (evidence or not token.opens or token.said.isupper()):
        return True
    if token.opens:
        return after in _VERBS or not after or is_common(after)
    if before in _DETERMINERS:
        return False
    return before in _BEFORE or (after in _VERBS and before not in ("is", "are", "feel"))


def _figures(line: str) -> tuple[Figure, ...]:
    one: Counted = counted(read_sentence(line))
    return one.figures


def names_of(playbook: Playbook) -> Names:
    """The names and rows of a compiled playbook; build it once and keep it."""
    features = playbook.features
    bundles = playbook.bundles
    free = {f.name for f in features.values() if f.free_for_all}
    other: dict[str, tuple[str, ...]] = {f.name: f.also_called for f in features.values()}
    for translation in playbook.translations.values():
        for names, known in ((translation.features, features), (translation.bundles, bundles)):
            for key, said in names.items():
                if key in known:
                    other[known[key].name] = (*other.get(known[key].name, ()), said)
    rows = tuple(
        Row(
            bundle=b.name,
            kind=str(b.sold_as),
            features=frozenset(features[k].name for k in b.unlocks if k in features) | free,
            prices=(*(p.text for p in b.prices), *((b.overage,) if b.overage else ())),
            limits=(
                *(f"{_unit(playbook, x.meter)}: {x.text}" for x in b.limits),
                *(
                    f"{features[s.feature].name if s.feature in features else s.feature}: {s.value}"
                    for s in b.settings
                ),
                *((b.try_it,) if b.try_it else ()),
            ),
            also=_others(
                playbook, (*b.contains, *b.includes, *b.needs, *b.available_on, *b.can_move_from)
            ),
        )
        for b in bundles.values()
    )
    return Names(
        plans=tuple(b.name for b in bundles.values() if b.sold_as == "plan"),
        add_ons=tuple(b.name for b in bundles.values() if b.sold_as != "plan"),
        features=tuple(f.name for f in features.values()),
        meters=tuple(m.name for m in playbook.meters.values()),
        rows=rows,
        other_names=other,
    )


def _others(playbook: Playbook, keys: Iterable[str]) -> frozenset[str]:
    return frozenset(playbook.bundles[k].name for k in keys if k in playbook.bundles)


def _unit(playbook: Playbook, key: str) -> str:
    meter = playbook.meters.get(key)
    return f"{meter.name.replace('_', ' ')} {meter.unit.replace('_', ' ')}" if meter else key
