"""What stands beside the tables and was meant to be in one: nothing that decides about offers is passed over in silence."""

from __future__ import annotations

import re
from typing import NamedTuple

from skill.compiler.fields import FORMS
from skill.compiler.labels import sure
from skill.compiler.text import MARKER
from skill.model.common import slug

_LABELLED = re.compile(r"^\**_?(?P<name>[A-Za-z][\w ]{1,40}?)_?\**\s?:\**\s*\S")
_BOLD_HEADING = re.compile(r"^(?:\*\*|__)(?P<said>[^*_]{3,60})(?:\*\*|__):?$")
_ROWS = ("meters", "usage-thresholds", "restraint", "account")
_SECTIONS = ("what customers can read", "internal only")


class Stray(NamedTuple):
    """Why these lines cannot stand where they do: code, which line of them, message and mend."""

    code: str
    line: int
    message: str
    help: str


def stray(lines: list[str], kind: str, *, is_list: bool, is_code: bool) -> Stray | None:
    """The first line that was meant as a row, a field or a heading, and is read as none."""
    for i, line in enumerate(lines):
        bare = MARKER.sub("", line.strip())
        heading = _BOLD_HEADING.match(bare)
        if heading and (
            slug(heading["said"]) in map(slug, _SECTIONS)
            or sure(heading["said"].lower(), _SECTIONS)
        ):
            said = heading["said"].strip().lower().capitalize()
            return Stray("T401", i, f"`{said}` in bold is no heading", f"write `### {said}`")
        if kind == "articles":
            continue
        if _is_row(bare) and (is_list or is_code or "\t" in bare):
            return Stray(
                "T102",
                i,
                "this looks like a row and stands in no table: it is not read",
                "put it into the table, with `|` between the cells and no bullet, tab or code fence",
            )
        named = _LABELLED.match(bare)
        if named and _is_field(named["name"], kind):
            return Stray(
                "T102",
                i,
                f"`{named['name']}` stands outside the table: it is not read",
                f"write it as a row: `| {named['name']} | ... |`",
            )
        if is_list and kind in _ROWS:
            return Stray(
                "T102",
                i,
                "a list is not read here: what counts stands in the table",
                "write it as a row, or put it under `### Internal only`",
            )
    return None


def _is_row(bare: str) -> bool:
    return bare.count("|") >= 2 or (bare.count("\t") >= 1 and len(bare.split("\t")) >= 2)


def _is_field(name: str, kind: str) -> bool:
    form = FORMS.get(kind)
    return form is not None and slug(name) in {slug(f) for f in (*form.once, *form.repeated)}
