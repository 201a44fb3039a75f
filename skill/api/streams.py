"""An answer as it is told: proven sentences one by one, then what belongs to them, as UI-message parts.

Source: the UI message stream protocol of the AI SDK, version 1 (`text-delta`, `source-document`, `data-*`, `[DONE]`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from skill.model.answer import Answer, Sentence

HEADERS = {
    "x-vercel-ai-ui-message-stream": "v1",
    "cache-control": "no-cache",
    # A proxy that waits for more would hold back what is already proven.
    "x-accel-buffering": "no",
}
MEDIA_TYPE = "text/event-stream"
_TEXT = "answer"


def begun(decision_id: str) -> Iterator[bytes]:
    """The message begins, with the id of its decision."""
    yield _event({"type": "start", "messageId": decision_id})
    yield _event({"type": "text-start", "id": _TEXT})


def said(sentence: Sentence, *, first: bool) -> Iterator[bytes]:
    """One proven sentence; joined, they are the answer's `text`."""
    text = sentence.text if first else f"\n\n{sentence.text}"
    yield _event({"type": "text-delta", "id": _TEXT, "delta": text})


def ended(answer: Answer) -> Iterator[bytes]:
    """What belongs to the sentences: their sources, each offer, and the whole body for programs."""
    body = answer.body()
    yield _event({"type": "text-end", "id": _TEXT})
    for quote in body["quotes"]:
        lines = "-".join(str(n) for n in quote["lines"])
        yield _event(
            {
                "type": "source-document",
                "sourceId": quote["id"],
                "mediaType": "text/markdown",
                "title": quote["heading"],
                "filename": f"{quote['topic']}.md:{lines}",
            }
        )
    for offer in body["recommended_offers"]:
        yield _event({"type": "data-offer", "id": offer["id"], "data": offer})
    yield _event({"type": "data-answer", "id": body["decision_id"], "data": body})
    yield from _over()


def again(answer: Answer) -> Iterator[bytes]:
    """An answer that was given before, told once more."""
    yield from begun(answer.decision_id)
    for n, sentence in enumerate(answer.answer.sentences):
        yield from said(sentence, first=n == 0)
    yield from ended(answer)


def failed(detail: str) -> Iterator[bytes]:
    """The answer cannot be told to its end; what was told stands, as it was proven."""
    yield _event({"type": "error", "errorText": detail})
    yield from _over()


def _over() -> Iterator[bytes]:
    yield _event({"type": "finish"})
    yield b"data: [DONE]\n\n"


def _event(part: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(part, ensure_ascii=False).encode("utf-8") + b"\n\n"
