"""What the server answers a client: each function takes a place in an open file and gives protocol types."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from skill.compiler.format import formatted
from skill.compiler.mending import mend as mend_all
from skill.errors import InputError
from skill.lsp.desk import Desk, Leaf
from skill.lsp.folder import OpenFolder, may_be_a_topic
from skill.lsp.index import Name, table_of
from skill.lsp.offered import offered
from skill.lsp.renaming import renamed
from skill.lsp.said import said_at
from skill.lsp.wire import Sheet, Units, diagnostic, item, mend
from skill.model.topic import Row, Section, Topic

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.tactful"


def completion(leaf: Leaf, at: types.Position, units: Units) -> list[types.CompletionItem]:
    """Everything that could stand at a place."""
    sheet = Sheet(leaf.text, units)
    line, column = sheet.place(at)
    options = offered(leaf.name, leaf.text, line, column, leaf.folder.index())
    return [item(option, line, i, sheet) for i, option in enumerate(options)]


def hover(leaf: Leaf, at: types.Position, units: Units) -> types.Hover | None:
    """What is known of a place."""
    sheet = Sheet(leaf.text, units)
    line, column = sheet.place(at)
    said = said_at(
        leaf.name,
        leaf.text,
        line,
        column,
        index=leaf.folder.index(),
        playbook=leaf.folder.compiled().playbook,
        found=leaf.folder.findings().get(leaf.name, ()),
    )
    if said is None:
        return None
    markdown = types.MarkupContent(types.MarkupKind.Markdown, said.markdown)
    return types.Hover(markdown, sheet.range(line, said.start, said.end))


def _name_at(leaf: Leaf, at: types.Position, units: Units) -> Name | None:
    return leaf.folder.index().at(leaf.name, *Sheet(leaf.text, units).place(at))


def _location(name: Name, folder: OpenFolder, desk: Desk, units: Units) -> types.Location:
    sheet = Sheet(folder.text(name.span.file), units)
    place = sheet.range(name.span.line, name.span.column, name.end)
    return types.Location(desk.address(folder, name.span.file), place)


def definition(leaf: Leaf, at: types.Position, desk: Desk, units: Units) -> types.Location | None:
    """The heading or row that declares the name at a place."""
    name = _name_at(leaf, at, units)
    declared = leaf.folder.index().declaration(name) if name else None
    return _location(declared, leaf.folder, desk, units) if declared else None


def references(
    leaf: Leaf, at: types.Position, desk: Desk, units: Units, *, with_declaration: bool
) -> list[types.Location]:
    """Every place that uses the name at a place."""
    index = leaf.folder.index()
    name = _name_at(leaf, at, units)
    if name is None:
        return []
    declared = index.declaration(name) if with_declaration else None
    found = [*([declared] if declared else []), *index.uses_of(name)]
    return [_location(one, leaf.folder, desk, units) for one in found]


def can_rename(
    leaf: Leaf, at: types.Position, units: Units
) -> types.PrepareRenamePlaceholder | None:
    """The name at a place, where it is one that can be changed."""
    name = _name_at(leaf, at, units)
    if name is None:
        return None
    place = Sheet(leaf.text, units).range(name.span.line, name.span.column, name.end)
    return types.PrepareRenamePlaceholder(range=place, placeholder=name.text)


def rename(
    leaf: Leaf, at: types.Position, new: str, desk: Desk, units: Units
) -> types.WorkspaceEdit | None:
    """The changes that give the thing at a place a new name.

    Raises:
        InputError: it cannot have that name.
    """
    name = _name_at(leaf, at, units)
    if name is None:
        return None
    changes = renamed(leaf.folder.index(), name, new)
    if isinstance(changes, str):
        raise InputError(changes, pointer="newName")
    edits: dict[str, list[types.TextEdit]] = {}
    for change in changes:
        span = change.span
        sheet = Sheet(leaf.folder.text(span.file), units)
        place = sheet.range(span.line, span.column, span.column + len(change.old))
        address = desk.address(leaf.folder, span.file)
        edits.setdefault(address, []).append(types.TextEdit(place, change.new))
    return types.WorkspaceEdit(changes=edits)


def actions(
    leaf: Leaf, where: types.Range, only: Sequence[str] | None, address: str, units: Units
) -> list[types.CodeAction]:
    """The mends beyond doubt of the findings in a range; all of the file's at once where a client asks for that."""
    sheet = Sheet(leaf.text, units)
    out: list[types.CodeAction] = []
    if _wants(types.CodeActionKind.QuickFix.value, only):
        for found in leaf.folder.findings().get(leaf.name, ()):
            told, edit = diagnostic(found, sheet), mend(found, sheet)
            if edit is not None and _touch(told.range, where):
                out.append(
                    types.CodeAction(
                        title=f"Change to `{edit.new_text}`",
                        kind=types.CodeActionKind.QuickFix,
                        diagnostics=[told],
                        is_preferred=True,
                        edit=types.WorkspaceEdit(changes={address: [edit]}),
                    )
                )
    if only is not None and _wants(FIX_ALL, only):
        out += _fix_all(leaf, sheet, address)
    return out


def _wants(kind: str, only: Sequence[str] | None) -> bool:
    """Whether a client that asks for some kinds of actions means this one; `source` means `source.fixAll` too."""
    return only is None or any(kind == one or kind.startswith(f"{one}.") for one in only)


def _touch(one: types.Range, other: types.Range) -> bool:
    return _at(one.start) <= _at(other.end) and _at(other.start) <= _at(one.end)


def _at(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def _fix_all(leaf: Leaf, sheet: Sheet, address: str) -> list[types.CodeAction]:
    mended = mend_all(leaf.folder.compiled().sources, leaf.folder.today()).sources
    text = mended.get(leaf.name, leaf.text)
    if text == leaf.text:
        return []
    edit = types.TextEdit(sheet.all(), text)
    return [
        types.CodeAction(
            title="Mend everything that is beyond doubt",
            kind=FIX_ALL,
            edit=types.WorkspaceEdit(changes={address: [edit]}),
        )
    ]


def formatting(leaf: Leaf, units: Units) -> list[types.TextEdit]:
    """The file in its usual look; nothing where it has it, or is no Topic."""
    if not may_be_a_topic(leaf.name, leaf.text):
        return []
    tidy = formatted(leaf.text, leaf.name)
    return [types.TextEdit(Sheet(leaf.text, units).all(), tidy)] if tidy != leaf.text else []


def symbols(leaf: Leaf, units: Units) -> list[types.DocumentSymbol]:
    """The headings of a file, with the rows of its tables under them."""
    topics = leaf.folder.compiled().playbook.topics
    topic = next((t for t in topics if t.file == leaf.name), None)
    return _outline(topic, Sheet(leaf.text, units)) if topic else []


def _outline(topic: Topic, sheet: Sheet) -> list[types.DocumentSymbol]:
    roots: list[types.DocumentSymbol] = []
    last = max(len(sheet.lines), 1)
    for i, section in enumerate(topic.sections):
        level = section.level
        below = (s for s in topic.sections[i + 1 :] if s.level <= level)
        end = next((s.span.line - 1 for s in below), last)
        symbol = _heading(topic, section, max(end, section.span.line), sheet)
        siblings = roots if level == 1 or not roots else list(roots[-1].children or ())
        siblings.append(symbol)
        if siblings is not roots:
            roots[-1].children = siblings
    return roots


def _heading(topic: Topic, section: Section, end: int, sheet: Sheet) -> types.DocumentSymbol:
    line = section.span.line
    is_thing = section.level > 1
    rows = section.rows if table_of(topic.kind, section) else ()
    return types.DocumentSymbol(
        name=section.heading or topic.file,
        detail="" if is_thing else topic.kind,
        kind=types.SymbolKind.Class if is_thing else types.SymbolKind.File,
        range=sheet.lines_between(line, end),
        selection_range=sheet.lines_between(line, line),
        children=[s for s in (_row(row, sheet) for row in rows) if s],
    )


def _row(row: Row, sheet: Sheet) -> types.DocumentSymbol | None:
    first = next(iter(row.cells.values()), None)
    if first is None or not first.text:
        return None
    line, start = first.span.line, first.span.column
    return types.DocumentSymbol(
        name=first.text,
        kind=types.SymbolKind.Key,
        range=sheet.lines_between(line, line),
        selection_range=sheet.range(line, start, start + len(first.text)),
    )
