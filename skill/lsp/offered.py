"""What could stand where a writer is typing: names, fields, labels, slots, words and phrases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from skill.compiler.fields import ACCOUNT_TABLES, COLUMNS, FORMS
from skill.compiler.front import KEYS, KINDS, SETTINGS
from skill.compiler.labels import LABELS, SLOTS, split_label
from skill.compiler.places import Place, keys_of, place_at
from skill.compiler.reference import FRONT, meanings
from skill.compiler.reference import SLOTS as FILLED_BY
from skill.lsp.index import Index
from skill.lsp.takes import LONGEST, SLOTS_OF, Slot, Takes, openings, setting_takes, takes
from skill.model.common import slug

Sort = Literal["name", "field", "label", "slot", "word", "phrase", "section"]
_SECTIONS = ("What customers can read", "Internal only")
_LISTED = ("Unlocks", "Includes", "Contains", "Helps with")
_REPORTED = {"upsell-readiness": ("ready", "warming", "quiet")}


@dataclass(frozen=True)
class Option:
    """Something that could stand here, and which columns of the line it takes the place of (end exclusive)."""

    text: str
    sort: Sort
    about: str
    start: int
    end: int
    shown: str = ""
    """What is listed, where it is not the text."""


def offered(file: str, text: str, line: int, column: int, index: Index) -> tuple[Option, ...]:
    """Everything that could stand at this place; nothing in running text."""
    place = place_at(file, text, line, column)
    match place.what:
        case "key":
            return tuple(_keys(place, text))
        case "value":
            return tuple(_values(place, index))
        case "heading" | "section":
            return tuple(_headings(place, index))
        case "field":
            return tuple(_fields(place))
        case "column":
            return tuple(_columns(place))
        case "cell":
            return tuple(_cell(place, takes(place.table, place.name), index))
        case "label":
            return tuple(_labels(place, index))
        case "slot":
            return tuple(_slots(place, index))
        case "text":
            return ()


def _whole(place: Place, text: str, sort: Sort, about: str, shown: str = "") -> Option:
    """An option that takes the place of all that stands here."""
    end = place.column + len(place.text)
    return Option(text, sort, about, place.column, end, shown)


def _keys(place: Place, text: str) -> Iterator[Option]:
    there = set(keys_of(text)) - {place.name}
    every = (*KEYS, *SETTINGS) if place.kind == "expansion-playbooks" else KEYS
    for key in every:
        if key not in there:
            yield _whole(place, f"{key}: " if not place.after else key, "field", FRONT[key], key)


def _values(place: Place, index: Index) -> Iterator[Option]:
    if place.name == "kind":
        for kind in KINDS:
            yield _whole(place, kind, "word", "a kind of Topic")
    else:
        yield from _cell(place, setting_takes(place.name), index)


def _headings(place: Place, index: Index) -> Iterator[Option]:
    if place.what == "section":
        named = _SECTIONS + (_LISTED if place.kind == "product-bundles" else ())
        for name in named:
            yield _whole(place, name, "section", "a section of a thing")
    elif place.level == 2 and place.kind == "account":
        for table in ACCOUNT_TABLES:
            said = table.replace("-", " ").capitalize()
            yield _whole(place, said, "section", "a table of the account Topic")
    elif place.level == 2 and place.is_translation:
        sort = {"product-bundles": "bundles", "expansion-playbooks": "plays"}.get(place.kind)
        for name in (
            index.names(sort or place.kind) if (sort or place.kind) in index.declared else ()
        ):
            yield _whole(place, name, "name", "what it is called in the original")


def _fields(place: Place) -> Iterator[Option]:
    if place.is_translation:
        yield _whole(place, "Name", "field", "what it is called in this language")
        return
    form = FORMS.get(place.table)
    if form is None:
        return
    said = meanings(place.table).get(place.table, {})
    for name in dict.fromkeys((*form.required, *form.once, *form.repeated)):
        about = said.get(name, "")
        yield _whole(
            place, name, "field", f"{about} (required)" if name in form.required else about
        )


def _columns(place: Place) -> Iterator[Option]:
    if place.table in COLUMNS:
        required, further = COLUMNS[place.table]
        kind = place.kind if place.kind in COLUMNS else "account"
        said = meanings(kind).get(place.table, {})
        for name in (*required, *further):
            yield _whole(place, name, "field", said.get(name, ""))
    elif place.table in FORMS:
        for name in ("Field", "Value"):
            yield _whole(place, name, "field", "the table of a thing is `| Field | Value |`")


def _cell(place: Place, what: Takes, index: Index) -> Iterator[Option]:
    for word in what.words:
        yield _whole(place, word, "word", f"a value of `{place.name}`")
    if what.names:
        yield from _part(place, ",", index.names(what.names), what.names)
    elif what.phrase and len(place.text) <= LONGEST:
        yield from _phrase(place, what.phrase, index)


def _part(place: Place, mark: str, names: Iterable[str], sort: str) -> Iterator[Option]:
    """Names for the part of a list under the cursor; those that stand in the list already are left out."""
    start = place.before.rfind(mark) + 1
    start += len(place.before[start:]) - len(place.before[start:].lstrip())
    stop = place.after.find(mark)
    stop = len(place.text) if stop < 0 else len(place.before) + stop
    here = slug(place.text[start:stop])
    there = {slug(part) for part in place.text.split(mark)} - {here}
    for name in names:
        if slug(name) not in there:
            yield _name(place, name, sort, start, stop)


def _name(place: Place, name: str, sort: str, start: int, stop: int, ending: str = "") -> Option:
    about = sort.removesuffix("s")
    at = place.column
    return Option(name + ending, "name", f"a {about} of this folder" if about[0] not in "ae"
                  else f"an {about} of this folder", at + start, at + stop, name)  # fmt: skip


def _phrase(place: Place, phrase: str, index: Index) -> Iterator[Option]:
    """Names where the phrase wants one, values where a rule compares, and ways to begin or to write it."""
    cut, stop = _segment(place, phrase)
    said = place.before[cut:]
    wanted = _wanted(phrase, said)
    for slot, lead in wanted:
        at = cut + lead
        yield from (_name(place, n, slot.sort, at, stop) for n in index.heard(slot.sort))
    values = (
        () if wanted or phrase != "rule" else tuple(_rule_values(place, said, cut, stop, index))
    )
    yield from values
    if phrase == "limits" and ":" in said:
        yield from _amounts(place, said, cut, stop)
    elif not wanted and not values and not (phrase == "settings" and ":" in said):
        yield from _beginnings(place, phrase, cut, stop, index)
    elif wanted:
        yield from (
            Option(
                form, "phrase", "a way to write it", place.column + cut, place.column + stop, form
            )
            for form in openings(phrase)
            if said and form != said and form.lower().startswith(said.lower())
        )


def _wanted(phrase: str, said: str) -> list[tuple[Slot, int]]:
    """The names that a phrase goes on with, and where they begin: those of the longest words before them."""
    found = []
    for slot in SLOTS_OF.get(phrase, ()):
        if not _begins_with_a_name(slot):
            lead = re.match(slot.pattern.partition("{}")[0].replace(r"\b", ""), said)
            if lead is not None and lead[0]:
                found.append((slot, lead.end()))
    longest = max((end for _, end in found), default=0)
    return [(slot, end) for slot, end in found if end == longest]


def _begins_with_a_name(slot: Slot) -> bool:
    return slot.pattern.startswith(("{}", "^{}", "(?:^"))


def _beginnings(place: Place, phrase: str, cut: int, stop: int, index: Index) -> Iterator[Option]:
    """How the part of a phrase under the cursor may begin."""
    for slot in reversed(SLOTS_OF.get(phrase, ())):
        if _begins_with_a_name(slot):
            for name in index.names(slot.sort):
                yield _name(place, name, slot.sort, cut, stop, slot.ending)
    for form in openings(phrase):
        start, end = place.column + cut, place.column + stop
        yield Option(form, "phrase", "a way to write it", start, end, form.rstrip())


_JOINTS = {
    "rule": r",\s*(?:(?:and|or)\s+)?|\s(?:and|or)\s+",
    "counts": r"\sand\s+",
    "limits": r";\s*",
    "settings": r";\s*",
    "priors": r",\s*",
}
"""What stands between the parts of a phrase."""


def _segment(place: Place, phrase: str) -> tuple[int, int]:
    """Where the part of a phrase under the cursor begins and ends."""
    joint = _JOINTS.get(phrase, r"(?!)")
    ends = [m.end() for m in re.finditer(joint, place.before)]
    following = re.search(joint, place.after)
    stop = len(place.before) + following.start() if following else len(place.text)
    return ends[-1] if ends else 0, stop


def _rule_values(place: Place, said: str, cut: int, stop: int, index: Index) -> Iterator[Option]:
    """The values of the fact that a rule asks about: `segment is |`."""
    fact, sign, rest = said.partition(" is ")
    if not sign:
        return
    subject = slug(fact)
    values = _REPORTED.get(subject) or index.values.get(subject, ())
    lead = len(fact) + len(sign) + (len("not ") if rest.startswith("not ") else 0)
    at = place.column + cut + lead
    for value in values:
        yield Option(value, "word", f"a value of `{subject}`", at, place.column + stop)


def _amounts(place: Place, said: str, cut: int, stop: int) -> Iterator[Option]:
    """How much of a meter: what stands behind the colon of a limit."""
    at = cut + said.index(":") + 1
    at += len(place.before[at:]) - len(place.before[at:].lstrip())
    for form in openings("amount"):
        start = place.column + at
        yield Option(form, "phrase", "a way to write it", start, place.column + stop)


def _labels(place: Place, index: Index) -> Iterator[Option]:
    ending = ":**" if place.after.endswith(("*", ":")) else ":** "
    for name, label in LABELS.items():
        yield _whole(place, name + ending, "label", label.used_for, name)
    written, _ = split_label(
        place.before.rstrip() + " x" if place.before.endswith(" ") else place.before
    )
    sort = LABELS[written].subject + "s" if written else ""
    for subject in index.names(sort) if sort in index.declared else ():
        said = f"{written} {subject}"
        yield _whole(place, said + ending, "label", LABELS[written].used_for, said)


def _slots(place: Place, index: Index) -> Iterator[Option]:
    """The slots that the label of the quote can fill, each with an example."""
    signal, dot, _ = place.before.partition(".")
    known = LABELS[place.name].slots if place.name in LABELS else tuple(SLOTS)
    names = list(dict.fromkeys(known))
    prefix = ""
    if dot and slug(signal) in index.declared["signals"]:
        names, prefix = ["count", "value", "window", "percent"], f"{signal}."
    for name in names:
        about = f"{FILLED_BY[name]}, such as `{SLOTS[name]}`"
        yield _whole(place, f"{prefix}{name}}}", "slot", about, prefix + name)
