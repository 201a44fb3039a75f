"""Topics in, Playbook out: names are declared first, then every thing is read, then the whole is checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar

from skill.compiler import check, labels, rows, things
from skill.compiler.names import Names
from skill.compiler.parse import read_topic
from skill.model.common import slug
from skill.model.playbook import Audience, Bundle, Playbook, SoldAs
from skill.model.topic import Diagnostic, Quote, Row, Section, Severity, Topic

Pair = tuple[Topic, Section]
_WITH_HEADINGS = ("features", "product-bundles", "expansion-playbooks", "articles")
T = TypeVar("T")
MAX_NESTING = 50
"""Plans within plans; nobody sells deeper."""


@cache
def built_in_words() -> Topic:
    """The words of last resort, shipped with the package and proven like any other Topic."""
    path = Path(__file__).with_name("words.md")
    topic, _ = read_topic("tactful-words.md", path.read_text(encoding="utf-8"))
    return topic


def version_of(topics: Sequence[Topic]) -> str:
    """The Playbook's version: the digest of its sources, names included, in the order of their names."""
    whole = hashlib.sha256()
    for topic in sorted(topics, key=lambda t: t.file):
        whole.update(f"{topic.file}\0{topic.digest}\n".encode())
    return "sha256:" + whole.hexdigest()


def build(topics: Sequence[Topic], today: date) -> tuple[Playbook, tuple[Diagnostic, ...]]:
    """The Playbook of these Topics, with every finding that needs more than one file.

    Translations (`name.de.md`) are read and kept, and do not define anything.
    """
    found: list[Diagnostic] = []
    names = Names(found)
    own = [t for t in sorted(topics, key=lambda t: t.file) if not _is_translation(t, topics)]
    kinds = {kind: list(_things(own, kind)) for kind in _WITH_HEADINGS}
    _declare(kinds, names)
    meters = _rows(own, "meters", "meters", names, rows.read_meter)
    traits = _account_rows(own, "traits", names, rows.read_trait)
    roles = _account_rows(own, "roles", names, rows.read_role)
    moments = _account_rows(own, "journey", names, rows.read_moment)
    audiences = _audiences(own, names)
    bundles = _bundles(kinds["product-bundles"], names)
    features = {
        slug(section.heading): things.read_feature(topic, section, names)
        for topic, section in _first_of_each(kinds["features"])
    }
    thresholds = _rows(own, "usage-thresholds", "usage-thresholds", names, rows.read_threshold)
    plays = [
        things.read_play(topic, section, names)
        for topic, section in _first_of_each(kinds["expansion-playbooks"])
    ]
    restraints = _rows(own, "restraint", "restraint", names, rows.read_restraint)
    articles = [things.read_article(t, s, names) for t, s in _first_of_each(kinds["articles"])]
    bundles = _completed(bundles, names)
    playbook = Playbook(
        version=version_of(topics),
        features=features,
        bundles=bundles,
        meters={m.key: m for m in meters},
        traits={t.key: t for t in traits},
        roles={r.key: r for r in roles},
        audiences={a.key: a for a in audiences},
        moments={m.key: m for m in moments},
        thresholds=tuple(thresholds),
        plays=tuple(plays),
        restraints=tuple(restraints),
        articles=tuple(articles),
        defaults=(*_defaults(own), *(q for s in built_in_words().sections for q in s.quotes)),
        notices=tuple(_notices(own)),
        settings={
            k: v for t in own if t.kind == "expansion-playbooks" for k, v in t.settings.items()
        },
        topics=tuple(sorted(topics, key=lambda t: t.file)),
    )
    _subjects(own, names)
    found += check.whole(playbook, today)
    return playbook, tuple(found)


def without_followers(
    own: Sequence[Diagnostic], whole: Sequence[Diagnostic]
) -> tuple[Diagnostic, ...]:
    """All findings, less those that follow from another: one mistake is told once.

    What a misspelt name leaves unreached, or a misspelt section leaves without words, is the same mistake.
    """
    everything = (*own, *whole)
    if any(d.severity is Severity.ERROR for d in everything):
        return tuple(d for d in everything if d.code not in check.FOLLOWS)
    hidden = {d.span.file for d in own if d.code in ("T401", "T402")}
    return tuple(d for d in everything if d.code not in check.FOLLOWS or d.span.file not in hidden)


def _is_translation(topic: Topic, topics: Sequence[Topic]) -> bool:
    """Whether a file is the sibling of an original: `product-bundles.de.md` beside `product-bundles.md`."""
    original = topic.name.removesuffix(f".{topic.lang}")
    return topic.lang != "en" and any(t.name == original for t in topics)


def _things(topics: Sequence[Topic], kind: str) -> Iterator[Pair]:
    for topic in topics:
        if topic.kind == kind:
            for section in topic.sections:
                if section.level == 2:
                    yield topic, section


def _declare(kinds: dict[str, list[Pair]], names: Names) -> None:
    for _, section in kinds["features"]:
        names.declare("features", section.heading, section.span)
    for _, section in kinds["product-bundles"]:
        key = names.declare("bundles", section.heading, section.span)
        sold_as = next((f.value for f in section.fields if slug(f.name) == "sold-as"), "")
        word = sold_as.strip().lower()
        # A misspelt way to sell is told once; what names this bundle as a plan is no second mistake.
        if key and (word == "plan" or word not in set(SoldAs)):
            names.plans[key] = (section.heading, section.span)
    for what in ("expansion-playbooks", "articles"):
        for _, section in kinds[what]:
            names.declare(
                what.replace("expansion-playbooks", "plays"), section.heading, section.span
            )


def _first_of_each(pairs: list[Pair]) -> list[Pair]:
    """Of things defined twice the first counts; the other has its finding already."""
    first: dict[str, Pair] = {}
    for topic, section in pairs:
        first.setdefault(slug(section.heading), (topic, section))
    return list(first.values())


def _rows(
    topics: Sequence[Topic],
    kind: str,
    table: str,
    names: Names,
    read: Callable[[Row, Names], T | None],
) -> list[T]:
    out: list[T] = []
    for topic in topics:
        if topic.kind == kind:
            for section in topic.sections:
                for row in rows.table_rows(section, table, names):
                    thing = read(row, names)
                    if thing is not None:
                        out.append(thing)
    return out


def _account_rows(
    topics: Sequence[Topic], table: str, names: Names, read: Callable[[Row, Names], T | None]
) -> list[T]:
    out: list[T] = []
    for topic in topics:
        if topic.kind != "account":
            continue
        for section in topic.sections:
            if slug(section.heading) == table:
                made = (read(row, names) for row in rows.table_rows(section, table, names))
                out += [thing for thing in made if thing is not None]
    return out


def _audiences(topics: Sequence[Topic], names: Names) -> list[Audience]:
    for topic in topics:
        for section in topic.sections:
            if topic.kind == "account" and slug(section.heading) == "audiences":
                for row in section.rows:
                    name = rows.cell(row, "Audience")
                    if name.text:
                        names.declare("audiences", name.text, name.span)
    return _account_rows(topics, "audiences", names, rows.read_audience)


def _bundles(pairs: list[Pair], names: Names) -> dict[str, Bundle]:
    out: dict[str, Bundle] = {}
    for position, (topic, section) in enumerate(_first_of_each(pairs)):
        bundle = things.read_bundle(topic, section, names, position)
        if bundle is not None:
            out[bundle.key] = bundle
    return out


def _completed(bundles: dict[str, Bundle], names: Names) -> dict[str, Bundle]:
    """Bundles with what they take over: features, limits and settings of included plans and contained parts."""
    done: dict[str, Bundle] = {}

    def complete(key: str, above: tuple[str, ...]) -> Bundle:
        if key in done:
            return done[key]
        bundle = bundles[key]
        parts = [k for k in (*bundle.includes, *bundle.contains) if k in bundles]
        if key in above or len(above) > MAX_NESTING:
            names.found.append(
                check.circle(
                    bundle, [*above[above.index(key) if key in above else 0 :], key], bundles
                )
            )
            return bundle
        taken = [complete(part, (*above, key)) for part in parts]
        done[key] = _with_parts(bundle, taken)
        return done[key]

    for key in bundles:
        complete(key, ())
    return {key: done.get(key, bundle) for key, bundle in bundles.items()}


def _with_parts(bundle: Bundle, parts: list[Bundle]) -> Bundle:
    if not parts:
        return bundle
    own = {(x.meter, x.extends) for x in bundle.limits}
    set_here = {x.feature for x in bundle.settings}
    unlocks = dict.fromkeys((*(f for p in parts for f in p.unlocks), *bundle.unlocks))
    limits = [x for p in reversed(parts) for x in p.limits if (x.meter, x.extends) not in own]
    settings = [x for p in reversed(parts) for x in p.settings if x.feature not in set_here]
    return bundle.model_copy(
        update={
            "unlocks": tuple(unlocks),
            "limits": (*bundle.limits, *limits),
            "settings": (*bundle.settings, *settings),
        }
    )


def _defaults(topics: Sequence[Topic]) -> Iterator[Quote]:
    """Quotes directly under a file's title, whatever its kind; notices are kept apart."""
    for topic in topics:
        for section in topic.sections:
            if section.level == 1 and topic.kind != "usage-thresholds":
                yield from things.reviewed(section.quotes, topic)


def _notices(topics: Sequence[Topic]) -> Iterator[Quote]:
    for topic in topics:
        if topic.kind == "usage-thresholds":
            for section in topic.sections:
                yield from things.reviewed(section.quotes, topic)


def _subjects(topics: Sequence[Topic], names: Names) -> None:
    """What follows a label must be a name of its sort: `Why you` a signal, `Limit` a meter."""
    for topic in topics:
        for section in topic.sections:
            for quote in section.quotes:
                sort = labels.LABELS[quote.label].subject
                if quote.subject:
                    where = f"label `{quote.label} {quote.subject}`"
                    names.key(sort + "s", quote.subject, quote.span, where=where)
