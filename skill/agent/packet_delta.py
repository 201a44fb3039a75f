"""The table of what an offer changes: what there is today, what there would be, and where that stands."""

from __future__ import annotations

from collections.abc import Iterator

from skill.agent.languages import Value, Values
from skill.agent.packet_words import Words, at
from skill.model.common import plain_number
from skill.model.delta import DeltaLine, Side
from skill.model.packet import Said, Table, TableRow
from skill.model.playbook import Playbook


def changes(
    words: Words, playbook: Playbook, lines: tuple[DeltaLine, ...], values: Values
) -> Table:
    """The differences of an offer side by side, with the line that opens what was asked about marked in words."""
    columns = (
        words.heading("thing"),
        words.heading("today"),
        words.heading("then", values),
        words.heading("source"),
    )
    return Table(columns=columns, rows=tuple(_row(words, playbook, line) for line in lines))


def _row(words: Words, playbook: Playbook, line: DeltaLine) -> TableRow:
    unit: tuple[Said, ...] = ()
    if line.what == "limit":
        name = words.name("meter", playbook.meters[line.key].name.replace("_", " "))
        if line.unit.replace("_", " ").lower() not in name.text.lower():
            unit = (words.name("meter", line.unit),)  # 10 of `storage` are 10 GB
    else:
        name = words.name("feature", line.name)
    mark = (words.heading("unblocks"),) if line.unblocks else ()
    return TableRow(
        cells=(
            (name, *unit, *mark),
            (_side(words, line, line.now, "now"),),
            (_side(words, line, line.then, "then"),),
            tuple(_places(line)),
        ),
        marked=line.unblocks,
    )


def _side(words: Words, line: DeltaLine, side: Side, which: str) -> Said:
    """How one side is told: a figure or setting as a fact, else whether it is included, in words."""
    if side.has is None:
        return words.heading("not known")
    if not side.has:
        if which == "then" and line.now.has:
            return words.heading("no longer")
        return words.heading("not said" if line.what == "limit" else "not included")
    if line.what not in ("limit", "setting"):
        return words.heading("included")
    value = Value(side_text(side), f"{which}.{line.what}.{line.key}", _source(side))
    return words.fact(value, line.what)


def side_text(side: Side) -> str:
    """The figure or setting of one side, as Topics write it."""
    if side.value is None:
        return side.text
    return "unlimited" if side.value == "unlimited" else plain_number(side.value)


def _source(side: Side) -> str:
    """Where a figure comes from: its place where one part gives it, else what its parts are."""
    if len(side.parts) == 1 and side.parts[0].topic:
        return f"{side.parts[0].topic}:{side.parts[0].line}"
    return " and ".join(dict.fromkeys(part.source for part in side.parts))


def _places(line: DeltaLine) -> Iterator[Said]:
    """Where both sides stand; what only the account says has no place, and says what it is."""
    seen: set[str] = set()
    for part in (*line.now.parts, *line.then.parts):
        said = at(part.topic, part.line) if part.topic else Said(text=part.source, kind="place")
        if said.text not in seen:
            seen.add(said.text)
            yield said
