"""What a model may answer: quotes and facts by id, and prose with its evidence; nothing else has a place in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

NONE = "none of these"
"""What a model chooses where none of the candidates is meant."""
MAX_PIECES = 16
"""Sentences of one reply that are looked at."""
MAX_HEARD = 20_000
"""Characters of a reply that are looked through while it is written; the rest is read once it is whole."""
MAX_PROSE = 400
"""Characters of one sentence of prose; a longer one is no link between two quotes."""

Composition = Literal["strict", "fluid"]
"""`strict` takes quotes and facts alone; `fluid` takes proven prose between them."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A passage, by its id: its words are filled in by code."""

    id: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A fact, by its id: it is told by a template."""

    id: str


@dataclass(frozen=True, slots=True)
class Prose:
    """A sentence that the model typed, and the ids of what it rests on."""

    text: str
    evidence: tuple[str, ...]


Piece = Quoted | Figure | Prose


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply: its sentences in their order, and the candidate that is meant where several might be."""

    pieces: tuple[Piece | None, ...]
    """In their places; None where an entry is no sentence of any kind."""
    choice: str | None = None


class Unreadable(ValueError):
    """A reply that is no reply; never leaves this room's neighbours."""


def schema(
    quotes: Sequence[str],
    facts: Sequence[str],
    choices: Sequence[str] = (),
    composition: Composition = "fluid",
) -> dict[str, Any]:
    """The JSON Schema of one reply: it can name only what these ids stand for.

    Every object is closed and every property required, as strict endpoints ask for.
    """
    kinds = []
    if quotes:
        kinds.append(_closed(quote={"type": "string", "enum": list(quotes)}))
    if facts:
        kinds.append(_closed(fact={"type": "string", "enum": list(facts)}))
    if composition == "fluid":
        ids = [*quotes, *facts]
        one: dict[str, Any] = {"type": "string", "enum": ids} if ids else {"type": "string"}
        kinds.append(_closed(prose={"type": "string"}, evidence={"type": "array", "items": one}))
    sentences = {"type": "array", "items": {"anyOf": kinds}} if kinds else {"type": "array"}
    if not choices:
        return _closed(sentences=sentences)
    return _closed(choice={"type": "string", "enum": [*choices, NONE]}, sentences=sentences)


def read(text: str) -> Reply:
    """A model's text as a reply.

    Raises:
        Unreadable: it is no JSON object with `sentences`.
    """
    try:
        body = json.loads(_bare(text))
    except (ValueError, RecursionError) as wrong:
        raise Unreadable("no JSON") from wrong
    if not isinstance(body, dict) or not isinstance(body.get("sentences"), list):
        raise Unreadable("no list of sentences")
    choice = body.get("choice")
    return Reply(
        pieces=tuple(_piece(one) for one in body["sentences"][:MAX_PIECES]),
        choice=choice if isinstance(choice, str) else None,
    )


class Listening:
    """A reply that is still being written: hands out each sentence as soon as it is whole."""

    def __init__(self) -> None:
        self._text = ""
        self._at = -1
        self.n_heard = 0
        """Entries that were whole so far, those among them that are no sentence."""
        self._decoder = json.JSONDecoder()

    def hear(self, more: str) -> Iterator[Piece | None]:
        """The sentences that these further characters complete; None for an entry that is no sentence."""
        if len(self._text) >= MAX_HEARD:
            return
        self._text += more
        if self._at < 0:
            key = self._text.find('"sentences"')
            opened = self._text.find("[", key) if key >= 0 else -1
            if opened < 0:
                return
            self._at = opened + 1
        # An object can only have become whole where one was closed.
        while self.n_heard < MAX_PIECES and "}" in more:
            begun = self._text.find("{", self._at)
            if begun < 0 or self._text[self._at : begun].strip(" \t\r\n,"):
                return
            try:
                found, self._at = self._decoder.raw_decode(self._text, begun)
            except (ValueError, RecursionError):
                return
            self.n_heard += 1
            yield _piece(found)


def _piece(one: Any) -> Piece | None:
    if not isinstance(one, dict):
        return None
    if isinstance(one.get("quote"), str):
        return Quoted(one["quote"])
    if isinstance(one.get("fact"), str):
        return Figure(one["fact"])
    if isinstance(one.get("prose"), str):
        ids = one.get("evidence")
        named = ids if isinstance(ids, list) else []
        return Prose(one["prose"], tuple(i for i in named if isinstance(i, str))[:MAX_PIECES])
    return None


def _bare(text: str) -> str:
    """The JSON in a text: small models put it into a fence, or a word before it."""
    begun, ended = text.find("{"), text.rfind("}")
    return text[begun : ended + 1] if 0 <= begun < ended else text


def _closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
