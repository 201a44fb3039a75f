"""Where words stand that were compiled without their place: inside a quote, or in a row of a thing's table."""

from __future__ import annotations

import re
from collections.abc import Mapping

from skill.compiler.text import lines_of
from skill.model.topic import Span


def place_of(quote: Span, words: str, sources: Mapping[str, str]) -> Span:
    """Where these words first stand inside a quote; the quote's label where they cannot be found."""
    return _first(quote, words, sources, quote.end_line)


def place_in_thing(thing: Span, words: str, sources: Mapping[str, str]) -> Span:
    """Where these words first stand between a thing's heading and the next one; the heading where they do not."""
    lines = lines_of(sources.get(thing.file, ""))
    following = (n for n in range(thing.line + 1, len(lines) + 1) if lines[n - 1].startswith("## "))
    return _first(thing, words, sources, next(following, len(lines) + 1) - 1)


def _first(span: Span, words: str, sources: Mapping[str, str], last: int) -> Span:
    lines = lines_of(sources.get(span.file, ""))
    pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
    for n in range(span.line, min(last, len(lines)) + 1):
        line = lines[n - 1]
        behind = line.find(":**") + 3 if n == span.line and ":**" in line else 0
        match = pattern.search(line, behind)
        if match:
            return span.model_copy(update={"line": n, "end_line": n, "column": match.start() + 1})
    return span
