"""What a typed sentence may not carry whatever it says: links, markup, odd characters, quotation marks around nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator

from skill.agent.claims.text import Claim

_PLAIN = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:!?'\"()-/%&+$"
    "\u2013\u2014\u2026\u2018\u2019\u201c\u201d\u20ac\u00a3\u00a5\u20b9"
)
"""Characters that prose is typed with. Any other stands in a chunk that the evidence has as well."""
_ACCENTED = frozenset(chr(c) for c in (*range(0xC0, 0x180),)) - frozenset(
    "\u00d7\u00f7\u0131\u0132\u0133\u0138\u013f\u0140\u0149\u017f"
)
"""Letters of European languages; a word with one is checked as it is spelt. Those that look like others are left out."""
_FRAMING = ".,;:!?'\"()\u2026\u2018\u2019\u201c\u201d\u2013\u2014"
"""What may stand around a chunk and is no part of it."""
_MARKUP = frozenset("*_`~<>[]{}|\\^#=@")
_SCHEME = re.compile(
    r"[a-z][a-z0-9+.-]{1,20}:/|\b(?:www\.|(?:mailto|javascript|data|tel):|hxxps?\b)", re.I
)
_DOMAIN = re.compile(r"[^\W_](?:[\w-]{0,62})\.[^\W\d_]{2,}")
_SPELT = re.compile(
    r"[(\[{ ](?:dot|at)[)\]} ](?:com|org|net|io|example|co|app|dev|ai|me|ly)\b", re.I
)
_NUMBERED = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_PATH = re.compile(r"(?:^|[\s(\"'])/\w|\w/\w+/|\.{1,2}/")
_ENTITY = re.compile(r"&#?\w{1,20};")
_LIST = re.compile(r"(?:[-+\u2013]|\d{1,3}[.)]) ")
_QUOTED = re.compile(r"[\"\u201c]([^\"\u201c\u201d]{1,400})[\"\u201d]")
_SHORT_FORMS = frozenset(("e.g", "i.e", "a.m", "p.m", "etc", "vs"))


def signs(text: str, evidence: Collection[str]) -> Iterator[Claim]:
    """Everything in a typed text that is no plain prose, unless the evidence has the very same chunk."""
    chunks = text.split()
    if " ".join(chunks) != text.strip(" "):
        # Line ends, tabs and the blanks of other scripts part what belongs together, or hide it.
        odd = next((c for c in text if c.isspace() and c != " "), None)
        if odd is not None:
            yield Claim("character", f"U+{ord(odd):04X}")
    for chunk in chunks:
        core = chunk.strip(_FRAMING)
        if not core or (core.isascii() and core.isalnum()) or _stands(core, evidence):
            continue
        yield from _characters(chunk)
        yield from _links(chunk, core)
    yield from _across(text, evidence)
    for quoted in _QUOTED.findall(text):
        inner = quoted.strip(" " + _FRAMING)
        if " " in inner and not any(inner in one for one in evidence):
            yield Claim("quote", quoted)
    if text.count('"') % 2 or text.count("\u201c") != text.count("\u201d"):
        yield Claim("quote", text[:60])


def _stands(core: str, evidence: Collection[str]) -> bool:
    """Whether the evidence has this chunk, with nothing but an end of a word on both sides."""
    for text in evidence:
        at = text.find(core)
        while at >= 0:
            before, after = (
                text[at - 1 : at] if at else "",
                text[at + len(core) : at + len(core) + 1],
            )
            if not _joins(before) and not (_joins(after) and after != "."):
                return True
            at = text.find(core, at + 1)
    return False


def _joins(character: str) -> bool:
    return bool(character) and (
        character.isalnum() or character in "_-/.@:\u200b\u200c\u200d\u2060\ufeff"
    )


def _characters(chunk: str) -> Iterator[Claim]:
    if chunk[:1] in "-+\u2013" and chunk[1:2].isalpha():
        yield Claim("character", chunk)
    for character in chunk:
        if character in _PLAIN or character in _ACCENTED:
            continue
        if character in _MARKUP:
            yield Claim("markup", chunk)
            return
        name = unicodedata.name(character, "") or unicodedata.category(character)
        yield Claim("character", f"U+{ord(character):04X} {name}".strip())
        return


def _links(chunk: str, core: str) -> Iterator[Claim]:
    bare = core.lower().rstrip(".")
    sends = _DOMAIN.search(core) or _PATH.search(chunk) or _NUMBERED.search(core)
    if _SCHEME.search(chunk) or (bare not in _SHORT_FORMS and sends):
        yield Claim("link", chunk)
    if _ENTITY.search(chunk):
        yield Claim("markup", chunk)


def _across(text: str, evidence: Collection[str]) -> Iterator[Claim]:
    """Links and lists that are spread over several chunks."""
    spelt = _SPELT.search(text)
    if spelt:
        yield Claim("link", spelt[0].strip())
    listed = _LIST.match(text)
    if listed and not any(text[:12] in one for one in evidence):
        yield Claim("markup", listed[0].strip())
    if re.search(r" \. ?\w| \.\w|\w \. \w", text):
        yield Claim("link", text[:60])
