"""What is said about the thing that a writer points at, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from skill.compiler.diagnostics import CODES
from skill.compiler.explain import sentences
from skill.compiler.fields import COLUMNS, FORMS
from skill.compiler.labels import LABELS, SLOTS, split_label
from skill.compiler.places import Place, place_at
from skill.compiler.reference import FRONT, meanings
from skill.compiler.reference import SLOTS as FILLED_BY
from skill.compiler.rule_pages import in_short, rule_page
from skill.compiler.sentences import cap_words, due_words, follow_up_words, joined, variant_words
from skill.compiler.text import lines_of
from skill.lsp.index import Index, Name
from skill.model.common import slug
from skill.model.playbook import Play, Playbook
from skill.model.topic import Diagnostic

_ALLOWED = re.compile(r"<!--\s*tactful:\s*allow\s+[^>]*")
_OF_SORT = {
    "features": "feature",
    "bundles": "bundle",
    "plans": "bundle",
    "meters": "meter",
    "traits": "trait",
    "roles": "role",
    "moments": "moment",
    "audiences": "audience",
    "signals": "threshold",
    "plays": "play",
    "articles": "article",
}
_ENOUGH = 6
"""Sentences about a name; `tactful topics explain --only NAME` has them all."""


@dataclass(frozen=True)
class Said:
    """What is said, and which columns of the line it is about (end exclusive)."""

    markdown: str
    start: int
    end: int


def said_at(
    file: str,
    text: str,
    line: int,
    column: int,
    *,
    index: Index,
    playbook: Playbook,
    found: Iterable[Diagnostic] = (),
) -> Said | None:
    """What is known of this place: the name, rule, field, label or slot there, and every finding; None where nothing is."""
    place = place_at(file, text, line, column)
    name = index.at(file, line, column)
    every = tuple(_about(file, place, name, playbook))
    own = tuple(p for p in every if not any(p != other and p in other for other in every))
    start, end = place.column, place.column + len(place.text)
    if name is not None:
        start, end = name.span.column, name.end
    code = _allowed_code(text, line, column)
    if code is not None:
        own, start, end = (rule_page(code[0]).strip(),), code[1], code[2]
    here = [d for d in found if _covers(d, file, line, column)]
    told = [_finding(d) for d in here]
    if here and not own:
        start, end = here[0].span.column, here[0].span.column + here[0].width
    parts = [part for part in (*own, *told) if part]
    return Said("\n\n---\n\n".join(parts), start, end) if parts else None


def _covers(d: Diagnostic, file: str, line: int, column: int) -> bool:
    at = d.span
    return (at.file, at.line) == (file, line) and at.column <= column <= at.column + d.width


def _finding(d: Diagnostic) -> str:
    """A finding, what it is in general, and how to read its page."""
    more = f"`tactful topics rule {d.code}` has its page."
    return f"**{d.code} {d.name}**: {d.message}\n\n{in_short(d.code)}\n\n{more}"


def _allowed_code(text: str, line: int, column: int) -> tuple[str, int, int] | None:
    """The code under the cursor in a `<!-- tactful: allow T303 -->`, and its columns."""
    lines = lines_of(text)
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    for comment in _ALLOWED.finditer(here):
        for code in re.finditer(r"T\d{3}", comment[0]):
            start = comment.start() + code.start() + 1
            if start <= column <= start + len(code[0]) and code[0] in CODES:
                return code[0], start, start + len(code[0])
    return None


def _about(file: str, place: Place, name: Name | None, playbook: Playbook) -> Iterator[str]:
    match place.what:
        case "key" | "value":
            yield FRONT.get(place.name, "")
        case "field":
            yield _field(place.table, place.table, place.name)
        case "column":
            yield _field(place.kind, place.table, place.text)
        case "label":
            yield _label(place)
        case "slot":
            yield _slot(place.text)
        case "cell":
            yield _read_back(file, place, playbook)
        case "heading" | "section" | "text":
            pass
    if name is not None:
        yield _named(name, playbook)


def _field(kind: str, table: str, written: str) -> str:
    """What a field or column means, whether it must be there, and whether it may stand in more than one row."""
    if table not in FORMS and table not in COLUMNS:
        return ""
    said = meanings(kind if kind in FORMS or kind in COLUMNS else "account").get(table, {})
    found = next(((n, m) for n, m in said.items() if slug(n) == slug(written)), None)
    if found is None:
        return ""
    name, meaning = found
    form = FORMS.get(table)
    required = form.required if form else COLUMNS[table][0]
    notes = ["required"] if name in required else []
    notes += ["may stand in more than one row"] if form and name in form.repeated else []
    return f"**{name}**{f' ({joined(notes)})' if notes else ''}: {meaning}"


def _label(place: Place) -> str:
    label, _ = split_label(place.text.rstrip("*:"))
    if not label:
        return ""
    slots = " ".join(f"`{{{slot}}}`" for slot in dict.fromkeys(LABELS[label].slots))
    return f"**{label}**: {LABELS[label].used_for}.\n\nIt can fill {slots}"


def _slot(written: str) -> str:
    bare = written.rstrip("}").split("|")[0]
    signal, dot, part = bare.partition(".")
    name = part if dot else signal
    if name not in SLOTS:
        return ""
    of = f" of the signal `{signal}`" if dot else ""
    return f"`{{{bare}}}`: {FILLED_BY[name]}{of}. An example: {SLOTS[name]}"


def _read_back(file: str, place: Place, playbook: Playbook) -> str:
    """The rule, threshold, restraint or price of a row as a sentence; nothing where the row says no rule."""
    if place.table == "expansion-playbooks":
        play = next((p for p in playbook.plays if p.key == slug(place.thing)), None)
        return _of_play(play, place, playbook) if play else ""
    rows = "account", "meters", "usage-thresholds", "restraint"
    is_priced = place.name in ("Price", "Limits", "Settings")
    if place.kind not in rows and not is_priced:
        return ""
    here = (file, place.line)
    said = [s.text for s in sentences(playbook) if (s.span.file, s.span.line) == here]
    return "\n\n".join(dict.fromkeys(said))


def _of_play(play: Play, place: Place, playbook: Playbook) -> str:
    """What one field of a play does."""
    match place.name:
        case "At most" if play.cap:
            return f"It makes {cap_words(play.cap)}."
        case "Due" if play.within:
            return f"Its task is done {due_words(play.within)}."
        case "Then" if play.follow_ups:
            return f"It is followed by {joined(map(follow_up_words, play.follow_ups))}."
        case "Variants" if play.variants:
            return f"It tries {joined(map(variant_words, play.variants))}."
        case "Applies to" | "Channel" | "In the product":
            whole = [s.text for s in sentences(playbook) if (s.what, s.name) == ("play", play.name)]
            return whole[0 if place.name == "Applies to" else 1]
        case _:
            return ""


def _named(name: Name, playbook: Playbook) -> str:
    """What a name is: the sentences about it, the first few."""
    what = _OF_SORT.get(name.sort)
    if what is None:
        return f"`{name.key}`: one of the {name.sort} that the product reports."
    said = [s.text for s in sentences(playbook) if s.what == what and slug(s.name) == name.key]
    shown = said[:_ENOUGH]
    more = (
        f"\n\n{len(said) - _ENOUGH} more: `tactful topics explain --only {name.key}`"
        if len(said) > _ENOUGH
        else ""
    )
    head = f"**{name.text}** ({name.sort.removesuffix('s')}, key `{name.key}`)"
    return "\n\n".join((head, *shown)) + more
