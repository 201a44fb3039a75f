"""The roof: a draft of Topics is checked, published, rolled back; its history tells who did what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from skill.compiler.difference import Difference, differences
from skill.compiler.folder import (
    MAX_BYTES,
    MAX_FILES,
    MAX_TOTAL,
    NOT_TOPICS,
    Compiled,
    Compiler,
)
from skill.errors import DraftRefused, InputError, LedgerError, NotFound
from skill.model.common import Frozen
from skill.model.topic import Diagnostic
from skill.sources.faults import Fault, Refused
from skill.store import topics as kept
from skill.store.engine import Store
from skill.store.topics import Act, ActPage, Expected, Wanted

MAX_NAME = 120
"""Characters of a file name; the limit of every file system is beyond it."""
MAX_NOTE = 1_000
MAX_BY = 200

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.md", re.ASCII)
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.ASCII)
"""Names that are no files on Windows, whatever follows the dot."""
_OWN = "tactful-words.md"
"""The words of last resort: theirs is the one name that stands for another text."""
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""Invisible controls and halves of characters; a line break may stand in a note."""
_HALF = re.compile(r"[\ud800-\udfff]")


class Published(Frozen):
    """What became of publishing or rolling back."""

    act: Act
    changed: bool
    """False where this version was current already: then nothing was written."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Warnings and notes of the version that is current now."""


def admit(files: Mapping[str, str]) -> dict[str, str]:
    """The files of a draft, bounded and flat, in the order of their names. No name ever touches a disk.

    Raises:
        Refused: with every name and text that may not be published.
    """
    faults = _of_the_whole(files)
    if not faults:
        faults = [fault for name in files for fault in _of_a_file(name, files[name])]
    if faults:
        raise Refused(faults)
    # A mark of the byte order is no part of the text; a folder is read the same way.
    return {name: files[name].removeprefix("\ufeff") for name in sorted(files)}


def check(files: Mapping[str, str], today: date) -> Compiled:
    """A draft as it compiles, findings included. Review dates that have passed are warnings.

    Raises:
        Refused: a name or text that may not be published.
    """
    return Compiler().compile_sources(admit(files), today)


def publish(
    store: Store,
    tenant: str,
    files: Mapping[str, str],
    *,
    expected: Expected,
    by: str,
    note: str = "",
    now: datetime,
    request_key: str | None = None,
) -> Published:
    """Make a draft the current version of this tenant, if it compiles and what is current is as expected.

    Raises:
        Refused: a name or text that may not be published.
        DraftRefused: the draft has errors; all its findings are in `diagnostics`.
        Outdated: something else is current; nothing was kept.
        Unconditional: something is current, and nothing was said of it.
        Conflicting: the request key came before with other files.
    """
    _refuse_words(by, note)
    draft = admit(files)
    before = kept.find_act(store, tenant, by, request_key) if request_key else None
    if before is None:
        # Said before the work of compiling; what counts is said again when it is written.
        expected.refuse_unless_met(_version_now(store, tenant))
    compiled = Compiler().compile_sources(draft, now.date())
    refuse_errors(compiled)
    wanted = Wanted(
        act="publish",
        version=compiled.playbook.version,
        at=now,
        by=by,
        note=note,
        request_key=request_key,
    )
    made = kept.make_current(store, tenant, wanted, expected, files=draft)
    return Published(act=made.act, changed=made.changed, diagnostics=compiled.diagnostics)


def rollback(
    store: Store,
    tenant: str,
    to: str | None = None,
    *,
    expected: Expected,
    by: str,
    note: str = "",
    now: datetime,
    request_key: str | None = None,
) -> Published:
    """Make a stored version current again, byte for byte.

    Args:
        store: the database.
        tenant: whose Topics.
        to: the version or its beginning; None means the one before the newest act, so that rolling back
            twice ends where it began.
        expected: what the writer believes is current.
        by: who.
        note: why.
        now: the moment.
        request_key: of a request that may come twice.

    Raises:
        NotFound: nothing is published, or no version before, or none like `to`.
        InputError: `to` is no version, or fits several.
        DraftRefused: the version has errors for the compiler of today.
        Outdated: something else is current than was expected.
        Unconditional: nothing was said of what is current.
        Conflicting: the request key came before with another act.
    """
    _refuse_words(by, note)
    again = kept.find_act(store, tenant, by, request_key) if request_key else None
    if again is not None:
        kept.refuse_other(again, "rollback", to and kept.find_version(store, tenant, to))
        return Published(act=again, changed=True)
    expected.refuse_unless_met(_version_now(store, tenant))
    version = kept.find_version(store, tenant, to) if to else _previous(store, tenant)
    compiled = compiled_version(store, tenant, version, now.date())
    refuse_errors(compiled)
    wanted = Wanted(
        act="rollback", version=version, at=now, by=by, note=note, request_key=request_key
    )
    made = kept.make_current(store, tenant, wanted, expected)
    return Published(act=made.act, changed=made.changed, diagnostics=compiled.diagnostics)


def history(store: Store, tenant: str, *, cursor: str | None = None, n: int = 50) -> ActPage:
    """Who made which version current, the newest act first.

    Raises:
        InputError: the cursor is none that this list gave out.
    """
    if cursor is not None and not re.fullmatch(r"[1-9][0-9]{0,8}", cursor, re.ASCII):
        raise InputError(
            "the cursor is none that this list gave out",
            pointer="?cursor",
            help="use `next_cursor` of the page before as it stands, or leave it out",
        )
    return kept.acts(store, tenant, before=int(cursor) if cursor else None, n=n)


def what_changed(
    old: Mapping[str, str], new: Mapping[str, str], today: date
) -> tuple[Difference, ...]:
    """Everything that a newer text says or does differently; before the first there was nothing."""
    compiler = Compiler()
    before, after = (compiler.compile_sources(files, today).playbook for files in (old, new))
    return differences(before, after)


def files_now(store: Store, tenant: str, version: str | None) -> dict[str, str]:
    """The texts of a stored version; none where there is no version."""
    return kept.files_of(store, tenant, version) if version else {}


def compiled_version(
    store: Store, tenant: str, version: str, today: date, *, compiler: Compiler | None = None
) -> Compiled:
    """A stored version as the compiler of today reads it, errors included.

    Raises:
        LedgerError: a text of it is gone or not whole.
    """
    files = kept.files_of(store, tenant, version)
    if not files:
        raise LedgerError(f"the texts of version {version} are gone")
    return (compiler or Compiler()).compile_sources(files, today)


def refuse_errors(compiled: Compiled) -> None:
    """Go on only with Topics that may be served.

    Raises:
        DraftRefused: there are errors; all findings are in `diagnostics`.
    """
    if compiled.servable:
        return
    errors = [d for d in compiled.diagnostics if d.severity.value == "error"]
    many = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
    refused = DraftRefused(
        f"{errors[0].span}: {errors[0].message}{many}",
        pointer=str(errors[0].span),
        help="mend the errors; what is current stays current until then",
    )
    refused.diagnostics = compiled.diagnostics
    raise refused


def _version_now(store: Store, tenant: str) -> str | None:
    found = kept.current(store, tenant)
    return found.version if found else None


def _previous(store: Store, tenant: str) -> str:
    newest = kept.acts(store, tenant, n=1).items
    if not newest or newest[0].previous is None:
        raise NotFound("there is no version before the current one" if newest else _NOTHING)
    return newest[0].previous


_NOTHING = "nothing is published yet, so there is nothing to go back to"


def _refuse_words(by: str, note: str) -> None:
    if not by.strip() or len(by) > MAX_BY or _UNREADABLE.search(by) or "\n" in by:
        raise InputError(
            "the name of who does this is empty, too long, or no line of text", pointer="by"
        )
    if len(note) > MAX_NOTE or _UNREADABLE.search(note):
        raise InputError(
            f"the note is longer than {MAX_NOTE:,} characters, or no readable text", pointer="note"
        )


def _of_the_whole(files: Mapping[str, str]) -> list[Fault]:
    faults = []
    if not files:
        faults.append(Fault(("files",), "there are no files", "no_files"))
    if len(files) > MAX_FILES:
        faults.append(
            Fault(("files",), f"{len(files):,} files, more than {MAX_FILES:,}", "too_many")
        )
    total = sum(len(text.encode("utf-8", "replace")) for text in files.values())
    if total > MAX_TOTAL:
        faults.append(
            Fault(("files",), f"{total:,} bytes in all, more than {MAX_TOTAL:,}", "too_long")
        )
    first: dict[str, str] = {}
    for name in sorted(files):
        other = first.setdefault(name.casefold(), name)
        if other != name:
            said = f"{_shown(name)} and {_shown(other)} differ only in capitals"
            faults.append(Fault(("files", name), said, "same_name", "rename one of them"))
    return faults


def _of_a_file(name: str, text: str) -> list[Fault]:
    wrong = _wrong_name(name)
    if wrong:
        mend = "use letters, digits, `-`, `_` and `.`, as in `product-bundles.md`"
        return [Fault(("files", name), f"{_shown(name)} {wrong}", "file_name", mend)]
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        said = f"{_shown(name)} has {size:,} bytes, more than {MAX_BYTES:,}"
        return [Fault(("files", name), said, "too_long")]
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        return [Fault(("files", name), f"{name}:{line} holds a NUL character", "unusable_value")]
    if _HALF.search(text):
        return [Fault(("files", name), f"{name} holds half a character", "unusable_value")]
    return []


def _wrong_name(name: str) -> str:
    low = name.casefold()
    if len(name) > MAX_NAME:
        return f"has {len(name):,} characters, more than {MAX_NAME}"
    if not _NAME.fullmatch(name) or ".." in name:
        return "is no name of a Topic file"
    if _DEVICE.fullmatch(low) or low == _OWN:
        return "is a reserved name"
    return "is read by people and is no Topic: leave it out" if low in NOT_TOPICS else ""


def _shown(name: str) -> str:
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    return f"`{plain if len(plain) <= 60 else plain[:57] + '...'}`"
