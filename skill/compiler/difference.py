"""What changed between two Playbooks, in a writer's words: things, fields, wording, prices, and the order that matters."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from skill.compiler.explain import sentences
from skill.compiler.field_words import SILENT, bare, plain, said
from skill.compiler.sentences import (
    limit_sentence,
    moment_sentence,
    price_sentence,
    restraint_sentence,
    threshold_sentence,
)
from skill.model.common import Frozen
from skill.model.money import Price
from skill.model.playbook import Bundle, Limit, Moment, Playbook, Restraint, Setting
from skill.model.rules import Threshold
from skill.model.topic import Note, Quote, Span, Topic

Change = Literal["added", "removed", "changed"]


class Difference(Frozen):
    """One thing that is not as it was."""

    what: str
    """The kind of thing: `bundle`, `play`, `threshold`, ..."""
    name: str
    change: Change
    field: str
    """The row, label or setting; empty where the whole thing came or went."""
    before: str
    after: str
    span: Span
    """In the new Topics; in the old ones where it was removed."""


def differences(old: Playbook, new: Playbook) -> tuple[Difference, ...]:
    """Everything that is said or done differently, thing by thing; a new layout of the files is no difference."""
    return tuple(_all(old, new))


def as_text(found: Iterable[Difference]) -> str:
    """The differences for people: one heading a thing, `-` before what was and `+` before what is."""
    lines: list[str] = []
    last: tuple[str, str] | None = None
    for one in found:
        if (one.what, one.name) != last:
            lines += ["", f"{one.what} {one.name} ({one.span})"] if one.name else ["", one.what]
            last = (one.what, one.name)
        lines.append(f"  {one.change}{f': {one.field}' if one.field else ''}")
        lines += [f"    - {line}" for line in one.before.splitlines() if line]
        lines += [f"    + {line}" for line in one.after.splitlines() if line]
    return "\n".join(lines).lstrip("\n")


def as_json(found: Iterable[Difference]) -> str:
    """`{"differences": [...]}`, each with its place."""
    rows = [
        one.model_dump(exclude={"span"}) | {"file": one.span.file, "line": one.span.line}
        for one in found
    ]
    return json.dumps({"differences": rows}, indent=2, ensure_ascii=False)


_KINDS = (
    ("feature", "features"),
    ("bundle", "bundles"),
    ("meter", "meters"),
    ("trait", "traits"),
    ("role", "roles"),
    ("audience", "audiences"),
    ("moment", "moments"),
    ("threshold", "thresholds"),
    ("play", "plays"),
    ("restraint", "restraints"),
    ("article", "articles"),
)
_APART = ("defaults", "notices", "translations", "settings", "outreach", "topics", "version")
"""Fields of the Playbook that are no things; `test_difference` holds that nothing is forgotten."""


def _all(old: Playbook, new: Playbook) -> Iterator[Difference]:
    for what, field in _KINDS:
        sides = (_keyed(getattr(old, field)), _keyed(getattr(new, field)))
        yield from _things(what, *sides, old, new)
    yield from _order("play", "plays", old, new)
    yield from _order("bundle", "bundles", old, new)
    yield from _words("default words", old.defaults, new.defaults)
    yield from _words("notices", old.notices, new.notices)
    for language in sorted({*old.translations, *new.translations}):
        yield from _translation(language, old, new)
    yield from _settings(old, new)
    yield from _topics(old.topics, new.topics)


def _keyed(things: Mapping[str, Any] | Sequence[Any]) -> dict[str, Any]:
    """Things by their key; a restraint's is its situation, and the second of two has a number."""
    if isinstance(things, Mapping):
        return dict(things)
    out: dict[str, Any] = {}
    for thing in things:
        is_row = isinstance(thing, Restraint)
        key = f"{thing.kind} {thing.subject}" if is_row else str(thing.key)
        n = 1
        while f"{key} {n}" in out:
            n += 1
        out[f"{key} {n}"] = thing
    return out


def _things(
    what: str, before: dict[str, Any], after: dict[str, Any], old: Playbook, new: Playbook
) -> Iterator[Difference]:
    renamed = _renamed(before, after)
    told = (_read_back(old), _read_back(new)) if before.keys() != after.keys() else ({}, {})
    for key, thing in after.items():
        was = before.get(renamed.get(key, key))
        if was is None:
            yield _whole(what, "added", thing, told[1].get((what, _name(thing)), ()))
        else:
            yield from _thing(what, was, thing, old, new)
    for key, thing in before.items():
        if key not in after and key not in renamed.values():
            yield _whole(what, "removed", thing, told[0].get((what, _name(thing)), ()))


def _renamed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    """New keys and the old ones they had, where `Formerly` says so."""
    out: dict[str, str] = {}
    for key, thing in after.items():
        earlier = (k for k in getattr(thing, "formerly", ()) if k in before and k not in after)
        if key not in before and (old_key := next(earlier, None)):
            out[key] = old_key
    return out


def _name(thing: Any) -> str:
    return str(
        getattr(thing, "name", "")
        or getattr(thing, "heading", "")
        or getattr(thing, "signal", "")
        or getattr(thing, "situation", "")
    )


def _read_back(playbook: Playbook) -> dict[tuple[str, str], list[str]]:
    """Every sentence of a playbook, by the thing it is about."""
    out: dict[tuple[str, str], list[str]] = {}
    for sentence in sentences(playbook):
        out.setdefault((sentence.what, sentence.name), []).append(sentence.text)
    return out


def _whole(what: str, change: Change, thing: Any, texts: Iterable[str]) -> Difference:
    """A thing that came or went, read back with its words."""
    words = (f"{_label(quote)}: {quote.template}" for quote in _quotes_of(thing))
    said = "\n".join((*texts, *words))
    sides = ("", said) if change == "added" else (said, "")
    return Difference(
        what=what,
        name=_name(thing),
        change=change,
        field="",
        before=sides[0],
        after=sides[1],
        span=thing.span,
    )


def _quotes_of(thing: Any) -> Sequence[Quote]:
    return (*getattr(thing, "quotes", ()), *getattr(thing, "passages", ()))


_SENTENCES: dict[type[Any], Callable[[Any, Playbook], str]] = {
    Threshold: threshold_sentence,
    Moment: moment_sentence,
    Restraint: restraint_sentence,
}
"""Things that one sentence says; a change of what it says is one difference, not one for each part."""
_READ = {"overages": "overage", "cap": "at_most", "within": "due", "follow_ups": "then"}
"""Fields that hold another one as it was read; they are told only where the words stayed the same."""
_SAID = {"key": ("name", "heading", "signal"), "slots": ("template",)}


def _thing(what: str, was: Any, now: Any, old: Playbook, new: Playbook) -> Iterator[Difference]:
    """Every field of a thing that is not as it was."""
    changed = [
        name
        for name in type(now).model_fields
        if name not in SILENT and bare(getattr(was, name)) != bare(getattr(now, name))
    ]
    sentence = _SENTENCES.get(type(now))
    if sentence is not None and changed:
        before, after = sentence(was, old), sentence(now, new)
        if before != after:
            yield _changed(what, now, "Rule", before, after)
            return
    for name in changed:
        if _READ.get(name) in changed or any(x in changed for x in _SAID.get(name, ())):
            continue
        yield from _field(what, name, was, now, old, new)


def _field(
    what: str, name: str, was: Any, now: Any, old: Playbook, new: Playbook
) -> Iterator[Difference]:
    before, after = getattr(was, name), getattr(now, name)
    if name in ("quotes", "passages"):
        yield from _quotes(what, _name(now), before, after)
    elif name == "notes":
        yield from _lines(what, _name(now), "Internal only", *map(_notes, (before, after)))
    elif name in ("prices", "limits", "settings") and isinstance(now, Bundle):
        sides = (_rows(before, was, old), _rows(after, now, new))
        if [x[1] for x in sides[0]] == [x[1] for x in sides[1]]:
            sides = (_rows(before, was, old, exact=True), _rows(after, now, new, exact=True))
        label = "Price" if name == "prices" else name.capitalize()
        found = list(_lines(what, _name(now), label, *sides))
        yield from found or [_changed(what, now, label, plain(before), plain(after))]
    else:
        if name == "review_by" and _is_of_file(was, now, old, new):
            return
        if isinstance(after, tuple) and set(map(str, before)) != set(map(str, after)):
            # Of a list, what came and what went.
            common = {*before} & {*after}
            before, after = (tuple(x for x in v if x not in common) for v in (before, after))
        texts = (said(name, before, was, old), said(name, after, now, new))
        label = _LABELS.get(name, name.replace("_", " ").capitalize())
        yield _changed(what, now, label, *texts)


def _is_of_file(was: Bundle, now: Bundle, old: Playbook, new: Playbook) -> bool:
    """Whether a bundle's review date is the one of its file, which is told once."""
    of = ((was, old), (now, new))
    return all(
        any(t.name == b.topic and t.review_by == b.review_by for t in p.topics) for b, p in of
    )


_LABELS = {
    "description": "Helps with",
    "max_age_hours": "Maximum age",
    "hard": "Limit is",
    "rule": "Rule",
    "internal": "Readers",
    "holds_offers_back": "Holds offers back",
    "cap": "At most",
    "within": "Due",
    "follow_ups": "Then",
    "only_offers": "Only for offers",
    "journey": "Window",
    "kind": "Kind",
}


def _changed(what: str, thing: Any, field: str, before: str, after: str) -> Difference:
    """A field that was filled, emptied, or filled otherwise."""
    change: Change = "changed" if before and after else "added" if after else "removed"
    return Difference(
        what=what,
        name=_name(thing),
        change=change,
        field=field,
        before=before,
        after=after,
        span=thing.span,
    )


Lined = list[tuple[Any, str, Span]]
"""What tells one line from the others, what it says, and where it stands."""


def _rows(
    rows: Sequence[Price | Limit | Setting],
    bundle: Bundle,
    playbook: Playbook,
    *,
    exact: bool = False,
) -> Lined:
    """Prices, limits and settings as sentences, each with what makes it the same line as before."""
    out: Lined = []
    for row in rows:
        if isinstance(row, Price):
            same: Any = (row.currency, row.period, row.billed, row.region, row.per)
            said = price_sentence(bundle, row)
        elif isinstance(row, Limit):
            same = (row.meter, row.extends)
            said = limit_sentence(bundle, row, playbook)
        else:
            same = row.feature
            feature = playbook.features.get(row.feature)
            out.append((same, f"{feature.name if feature else row.feature}: {row.value}", row.span))
            continue
        shown = "" if row.text in said and not exact else f" (shown as: {row.text})"
        out.append((same, said + shown, row.span))
    return out


def _notes(notes: Sequence[Note]) -> Lined:
    return [(note.text, note.text, note.span) for note in notes]


def _lines(what: str, name: str, field: str, before: Lined, after: Lined) -> Iterator[Difference]:
    """Lines paired by what makes them the same, then those left over in their order."""
    left = list(before)
    pairs: list[tuple[str, tuple[Any, str, Span]]] = []
    unpaired: Lined = []
    for line in after:
        exact = next((x for x in left if x[1] == line[1]), None)
        alike = exact or next(
            (x for x in left if x[0] == line[0] and not any(x[1] == y[1] for y in after)), None
        )
        if alike is None:
            unpaired.append(line)
            continue
        left.remove(alike)
        pairs.append((alike[1], line))
    for n, line in enumerate(unpaired):
        pairs.append((left[n][1] if n < len(left) else "", line))
    found = [
        _line(what, name, field, was, said, span) for was, (_, said, span) in pairs if was != said
    ]
    found += [_line(what, name, field, x[1], "", x[2]) for x in left[len(unpaired) :]]
    if not found and [x[1] for x in before] != [x[1] for x in after]:
        sides = ("\n".join(x[1] for x in before), "\n".join(x[1] for x in after))
        found = [_line(what, name, f"{field}, in another order", *sides, after[0][2])]
    yield from found


def _line(what: str, name: str, field: str, before: str, after: str, span: Span) -> Difference:
    change: Change = "changed" if before and after else "added" if after else "removed"
    return Difference(
        what=what, name=name, change=change, field=field, before=before, after=after, span=span
    )


def _label(quote: Quote) -> str:
    return f"{quote.label} {quote.subject}".strip()


def _quotes(
    what: str, name: str, before: Sequence[Quote], after: Sequence[Quote]
) -> Iterator[Difference]:
    """Wording by its label; several with one label are used in their order."""
    for label in dict.fromkeys(_label(q) for q in (*after, *before)):
        sides = [_worded(side, label) for side in (before, after)]
        yield from _lines(what, name, label, *sides)


def _worded(quotes: Sequence[Quote], label: str) -> Lined:
    return [(None, _wording(q), q.span) for q in quotes if _label(q) == label]


def _wording(quote: Quote) -> str:
    """The words, and what keeps them from being shown."""
    return quote.template if quote.reviewed else f"{quote.template} (generated, not reviewed)"


def _words(what: str, before: Sequence[Quote], after: Sequence[Quote]) -> Iterator[Difference]:
    yield from _quotes(what, "", before, after)


def _order(what: str, field: str, old: Playbook, new: Playbook) -> Iterator[Difference]:
    """The order of things that both sides have: the first play that fits is used, plans are offered in theirs."""
    before, after = _ordered(getattr(old, field)), _ordered(getattr(new, field))
    common = {t.key for t in before} & {t.key for t in after}
    was, now = ([t for t in side if t.key in common] for side in (before, after))
    if [t.key for t in was] != [t.key for t in now]:
        moved = next(b for a, b in zip(was, now, strict=True) if a.key != b.key)
        said = [", ".join(t.name for t in side) for side in (was, now)]
        yield _line(f"order of {what}s", "", "Order", said[0], said[1], moved.span)


def _ordered(things: Mapping[str, Bundle] | Sequence[Any]) -> list[Any]:
    if isinstance(things, Mapping):
        return sorted(things.values(), key=lambda b: b.position)
    return list(things)


_NOWHERE = Span(file="", line=1, end_line=1)


def _translation(language: str, old: Playbook, new: Playbook) -> Iterator[Difference]:
    """What the sibling files of one language say otherwise."""
    what = f"translation {language}"
    sides = [p.translations.get(language) for p in (old, new)]
    quotes = [list(side.quotes.values()) if side else [] for side in sides]
    for heading in dict.fromkeys(q.heading for side in quotes for q in side):
        of = [[q for q in side if q.heading == heading] for side in quotes]
        yield from _quotes(what, heading, *of)
    for field in ("features", "bundles", "words"):
        before, after = ({} if side is None else getattr(side, field) for side in sides)
        yield from _mapped(what, "", before, after, lambda _: _NOWHERE)


def _mapped(
    what: str,
    name: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    place: Callable[[str], Span],
) -> Iterator[Difference]:
    for key in dict.fromkeys((*after, *before)):
        was, now = before.get(key, ""), after.get(key, "")
        if was != now:
            yield _line(what, name, key, was, now, place(key))


def _settings(old: Playbook, new: Playbook) -> Iterator[Difference]:
    """The workspace's settings, which stand in front matter."""

    def place(key: str) -> Span:
        of = [t for t in (*new.topics, *old.topics) if key in t.settings]
        return of[0].places.get(key, _top(of[0])) if of else _NOWHERE

    yield from _mapped("setting", "", old.settings, new.settings, place)


def _top(topic: Topic) -> Span:
    return Span(file=topic.file, line=1, end_line=1)


def _topics(before: Sequence[Topic], after: Sequence[Topic]) -> Iterator[Difference]:
    """Files that came or went, their front matter, and the notes of files whose things are rows."""
    was, now = ({t.file: t for t in side} for side in (before, after))
    for file in sorted({*was, *now}):
        old, new = was.get(file), now.get(file)
        if old is None or new is None:
            topic = new or old
            assert topic is not None
            sides = ("", topic.kind) if old is None else (topic.kind, "")
            yield _line("file", file, "", *sides, _top(topic))
            continue
        yield from _mapped("file", file, _front(old), _front(new), lambda _, t=new: _top(t))  # type: ignore[misc]
        yield from _lines("file", file, "Internal only", _loose(old), _loose(new))


def _front(topic: Topic) -> dict[str, str]:
    """Front matter that is no setting of the workspace."""
    names = ("kind", "owner", "review_by", "lang")
    front = {name: str(getattr(topic, name)) for name in names}
    return {**front, "generated": "" if topic.reviewed else "yes"}


_WITH_THINGS = ("features", "product-bundles", "expansion-playbooks", "articles")


def _loose(topic: Topic) -> Lined:
    """Notes that belong to no thing."""
    own = (s for s in topic.sections if s.level != 2 or topic.kind not in _WITH_THINGS)
    return [line for section in own for line in _notes(section.notes)]
