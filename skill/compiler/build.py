"""Topics in, Playbook out: names are declared first, then every thing is read, then the whole is checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

from skill.compiler import account, check, circles, labels, plays, restraint, thresholds
from skill.compiler.bundles import read_bundle
from skill.compiler.diagnostics import finding
from skill.compiler.features import read_article, read_feature, reviewed
from skill.compiler.fields import ACCOUNT_TABLES
from skill.compiler.memory import Memory
from skill.compiler.names import Names
from skill.compiler.outreach import read_outreach
from skill.compiler.parse import read_topic
from skill.compiler.tables import read_rows, table_rows
from skill.compiler.translations import is_translation, take_in
from skill.model.common import slug
from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.model.topic import Diagnostic, Quote, Row, Section, Topic

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


@cache
def built_in_translations() -> tuple[Topic, ...]:
    """The words of last resort in other languages: siblings of `built_in_words`."""
    paths = sorted(Path(__file__).parent.glob("words.*.md"))
    return tuple(
        read_topic(f"tactful-{path.name}", path.read_text(encoding="utf-8"))[0] for path in paths
    )


def version_of(topics: Sequence[Topic]) -> str:
    """The Playbook's version: the digest of its sources, names included, in the order of their names."""
    whole = hashlib.sha256()
    for topic in sorted(topics, key=lambda t: t.file):
        whole.update(f"{topic.file}\0{topic.digest}\n".encode())
    return "sha256:" + whole.hexdigest()


def build(
    topics: Sequence[Topic],
    today: date,
    memory: Memory | None = None,
    sources: Mapping[str, str] | None = None,
) -> tuple[Playbook, tuple[Diagnostic, ...]]:
    """The Playbook of these Topics, with every finding that needs more than one file.

    `memory` is what was read the last time; `sources` are the texts, by file, for places inside quotes.
    Translations (`name.de.md`) are read and kept, and do not define anything.
    """
    found: list[Diagnostic] = []
    names = Names(found)
    own = [t for t in sorted(topics, key=lambda t: t.file) if not is_translation(t, topics)]
    kinds = {kind: list(_things(own, kind)) for kind in _WITH_HEADINGS}
    _declare(kinds, names)
    tables = _tables(own, names)
    meters = read_rows(tables["meters"], account.read_meter, names)
    traits = read_rows(tables["traits"], account.read_trait, names)
    roles = read_rows(tables["roles"], account.read_role, names)
    for table, declare in _DECLARED_FIRST.items():
        for row in tables[table]:
            declare(row, names)
    moments = read_rows(tables["journey"], account.read_moment, names)
    audiences = read_rows(tables["audiences"], account.read_audience, names)
    memory = memory or Memory()
    memory.begin(names)
    bundles = _bundles(kinds["product-bundles"], names, memory)
    features = {
        slug(section.heading): memory.read(
            section, 0, names, partial(read_feature, topic, section, names)
        )
        for topic, section in _first_of_each(kinds["features"])
    }
    signals = read_rows(tables["usage-thresholds"], thresholds.read_threshold, names)
    in_order = [
        plays.read_play(topic, section, names)
        for topic, section in _first_of_each(kinds["expansion-playbooks"])
    ]
    restraints = read_rows(tables["restraint"], restraint.read_restraint, names)
    articles = [read_article(t, s, names) for t, s in _first_of_each(kinds["articles"])]
    for topic in own:
        plays.check_settings(topic, names)
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
        thresholds=tuple(signals),
        plays=tuple(in_order),
        restraints=tuple(restraints),
        articles=tuple(articles),
        defaults=(*_defaults(own), *(q for s in built_in_words().sections for q in s.quotes)),
        notices=tuple(_notices(own)),
        settings={
            k: v for t in own if t.kind == "expansion-playbooks" for k, v in t.settings.items()
        },
        outreach=read_outreach(own),
        topics=tuple(sorted(topics, key=lambda t: t.file)),
    )
    _subjects(own, names)
    _signal_slots(own, names)
    found += names.misses()
    found += check.whole(playbook, today, sources or {})
    siblings = [t for t in topics if is_translation(t, topics)]
    translated, wrong = take_in(
        siblings,
        (*own, built_in_words()),
        playbook,
        last_resort=built_in_translations(),
    )
    found += wrong
    return playbook.model_copy(update={"translations": translated}), tuple(found)


def _things(topics: Sequence[Topic], kind: str) -> Iterator[Pair]:
    for topic in topics:
        if topic.kind == kind:
            for section in topic.sections:
                if section.level == 2:
                    yield topic, section


def _declare(kinds: dict[str, list[Pair]], names: Names) -> None:
    for _, section in kinds["features"]:
        names.declare("features", section.heading, section.span)
        for row in section.fields:
            if slug(row.name) == "also-called":
                names.called |= {
                    slug(w): section.heading for w in row.value.split(",") if w.strip()
                }
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


_DECLARED_FIRST: dict[str, Callable[[Row, Names], None]] = {
    "events-and-facts": account.declare_reported,
    "journey": account.declare_moment,
    "audiences": account.declare_audience,
    "usage-thresholds": thresholds.declare_signal,
}
"""Names that rules may use before their own row is read."""


def _tables(topics: Sequence[Topic], names: Names) -> dict[str, list[Row]]:
    """The rows of every table whose rows are things, over all files."""
    kinds = ("meters", "usage-thresholds", "restraint")
    out: dict[str, list[Row]] = {table: [] for table in (*kinds, *ACCOUNT_TABLES)}
    for topic in topics:
        for section in topic.sections:
            table: str | None = topic.kind
            if topic.kind == "account":
                table = _account_table(section, names) if section.columns else None
            if table in out:
                out[table] += table_rows(section, table, names)
    return out


def _account_table(section: Section, names: Names) -> str | None:
    """Which table of the account Topic a heading stands for; a misspelt one is told."""
    key = slug(section.heading)
    if key in ACCOUNT_TABLES:
        return key
    near = labels.nearest(key, ACCOUNT_TABLES)
    known = [name.replace("-", " ").capitalize() for name in ACCOUNT_TABLES]
    names.found.append(
        finding(
            "T401",
            section.span,
            f"unknown section `{section.heading}`: its table is not read"
            if not near
            else f"unknown section `{section.heading}`",
            labels.nearest_help(section.heading, known),
            width=len(section.heading) + 3,
        )
    )
    return near


def _bundles(pairs: list[Pair], names: Names, memory: Memory) -> dict[str, Bundle]:
    out: dict[str, Bundle] = {}
    for position, (topic, section) in enumerate(_first_of_each(pairs)):
        make = partial(read_bundle, topic, section, names, position)
        bundle = memory.read(section, position, names, make)
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
                circles.circle(
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
                yield from reviewed(section.quotes, topic)


def _notices(topics: Sequence[Topic]) -> Iterator[Quote]:
    for topic in topics:
        if topic.kind == "usage-thresholds":
            for section in topic.sections:
                yield from reviewed(section.quotes, topic)


def _signal_slots(topics: Sequence[Topic], names: Names) -> None:
    """What stands before the point of `{manual-export.count}` is a signal."""
    for topic in topics:
        for section in topic.sections:
            for quote in section.quotes:
                for slot in quote.slots:
                    signal, dot, _ = slot.partition(".")
                    if dot and signal:
                        key = names.key("signals", signal, quote.span, where=f"slot {{{slot}}}")
                        if key is not None and key != signal:
                            names.found.append(
                                finding(
                                    "T203",
                                    quote.span,
                                    f"a slot names a signal by its key: {{{slot}}}",
                                    f"write {{{key}{slot[len(signal) :]}}}",
                                )
                            )


def _subjects(topics: Sequence[Topic], names: Names) -> None:
    """What follows a label must be a name of its sort: `Why you` a signal, `Limit` a meter."""
    for topic in topics:
        for section in topic.sections:
            for quote in section.quotes:
                sort = labels.LABELS[quote.label].subject
                if quote.subject:
                    where = f"label `{quote.label} {quote.subject}`"
                    names.key(sort + "s", quote.subject, quote.span, where=where)
