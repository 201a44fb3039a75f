"""A name changed wherever it stands: at its declaration and at every place that uses it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from skill.lsp.index import Index, Name, in_order
from skill.model.common import slug
from skill.model.topic import Span

_UNFIT = re.compile(r"[|,;:{}*\"\n\r#<>]")
"""What would end a cell, a list, a label or a heading."""


@dataclass(frozen=True)
class Change:
    """New words for a name where it stands."""

    span: Span
    old: str
    new: str


def renamed(index: Index, name: Name, new: str) -> tuple[Change, ...] | str:
    """Every change that gives a thing a new name, or why it cannot have it, in one sentence.

    Where its key stands, the new key is put.
    """
    wanted, key = new.strip(), slug(new)
    declared = index.declaration(name)
    if declared is None:
        return f"`{name.text}` is declared nowhere"
    if not key or _UNFIT.search(wanted):
        return f"`{wanted}` cannot be a name: leave out | , ; : {{ }} * # < > and quotes"
    same = "bundles" if name.sort == "plans" else name.sort
    other = index.declared[same].get(key)
    if other is not None and key != name.key:
        return f"`{other.text}` ({other.span}) has that name"
    places = in_order([declared, *index.uses_of(name)])
    return tuple(
        Change(at.span, at.text, key if at.text == name.key != declared.text else wanted)
        for at in places
    )
