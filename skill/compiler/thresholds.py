"""Thresholds: one row a signal, with what it counts, when it holds, over which time, and for which offer."""

from __future__ import annotations

from skill.compiler import grammar
from skill.compiler.amounts import is_time_unit, singular
from skill.compiler.diagnostics import finding
from skill.compiler.labels import nearest_help, sure
from skill.compiler.names import Names
from skill.compiler.tables import cell, phrase
from skill.model.common import slug
from skill.model.rules import Count, Holds, Threshold, Window
from skill.model.topic import Cell, Row

_NAMED = {"meter": "meters", "attempts": "features", "attempts_in": "bundles"}
_REPORTED = {"events": "events", "views": "pages", "fact": "facts"}
"""What the product reports: checked where the account Topic lists it under `## Events and facts`."""
_OF_A_METER = ("at_least_percent_of_limit", "at_least_percent_of_commit", "at_most_left", "on_pace")
"""What only a meter can hold: nothing else has a limit."""
_HAPPEN = ("attempts", "attempts_in", "views", "events")
"""What is counted as it happens."""


def declare_signal(row: Row, names: Names) -> None:
    """The name of a signal; rules may name it before its row is read."""
    name = cell(row, "Signal")
    if name.text:
        names.declare("signals", name.text, name.span)


def read_threshold(row: Row, names: Names) -> Threshold | None:
    """A row of usage-thresholds; its name was declared before."""
    name = cell(row, "Signal")
    counted, held = cell(row, "What we count"), cell(row, "Holds when")
    counts = phrase(lambda text: grammar.read_counts(names.quoted(text)), counted, "count", names)
    holds = phrase(grammar.read_holds, held, "threshold", names)
    window = phrase(grammar.read_window, cell(row, "Over"), "window", names)
    where = f"signal `{name.text}`"
    offer = _named("bundles", cell(row, "Offer"), where, names)
    audience = _named("audiences", cell(row, "Audience"), where, names)
    means = _means(cell(row, "Means"), names)
    if counts and holds:
        check_unit(holds, counts, held, names)
    found = resolved(counts, counted, where, names) if counts else None
    if found is None or holds is None or window is None or not means or not offer:
        return None
    key = names.first("signals", name.text, name.span)
    if key is None or not _fit(found, holds, window, row, names):
        return None
    return Threshold.model_validate(
        {
            "key": key,
            "signal": name.text,
            "counts": found,
            "holds": holds,
            "window": window,
            "means": means,
            "offer": offer,
            "audience": audience,
            "span": name.span,
        }
    )


def _named(what: str, at: Cell, where: str, names: Names) -> str:
    return (names.key(what, at.text, at.span, where=where) or "") if at.text else ""


def _means(at: Cell, names: Names) -> str:
    word = at.text.lower()
    if word in ("warming", "ready", ""):
        return word
    names.found.append(
        finding(
            "T201",
            at.span,
            f"a signal means warming or ready, not `{at.text}`",
            nearest_help(at.text, ("warming", "ready")),
            width=len(at.text),
            replacement=sure(at.text, ("warming", "ready")),
        )
    )
    return ""


def check_unit(holds: Holds, counts: tuple[Count, ...], at: Cell, names: Names) -> None:
    """The word behind a figure is `times`, a unit of time, or what the meter counts; anything else is a slip."""
    word = holds.word.lower()
    if holds.op == "is" or not word or word in ("time", "times") or is_time_unit(word):
        return
    units = [names.unit_of(c.name) for c in counts if c.what == "meter"]
    units += [c.name for c in counts]
    if any(singular(word) == singular(u.lower().replace("_", " ")) for u in units if u):
        return
    known = ("times", *(u for u in units if u))
    names.found.append(
        finding(
            "T201",
            at.span.at(at.span.column + max(at.text.find(word), 0)),
            f"`{holds.word}` is not what is counted here",
            nearest_help(word, known),
            width=len(word),
        )
    )


def _fit(counts: tuple[Count, ...], holds: Holds, window: Window, row: Row, names: Names) -> bool:
    """Whether the parts of a row fit each other: a share of a limit needs a meter, a word needs a fact."""
    at = cell(row, "Holds when")
    kinds = {c.what for c in counts}
    problem = ""
    if holds.op in _OF_A_METER and kinds - {"meter"}:
        problem = "only a meter has a limit"
    elif holds.op == "is" and kinds - {"fact"}:
        problem = "only a fact is something"
    elif window.kind == "now" and kinds & set(_HAPPEN):
        at, problem = cell(row, "Over"), "what happens is counted over a time, not now"
    if not problem:
        return True
    nearest = {"Over": "the last 30 days"}.get(
        "Over" if at == cell(row, "Over") else "", "at least 4 times"
    )
    names.found.append(
        finding(
            "T201",
            at.span,
            f"`{at.text}` does not fit `{cell(row, 'What we count').text}`: {problem}",
            f"write it like `{nearest}`",
            width=len(at.text),
        )
    )
    return False


def resolved(
    counts: tuple[Count, ...], at: Cell, where: str, names: Names
) -> tuple[Count, ...] | None:
    """Counts with keys instead of names; None where one names nothing."""
    out = [_resolved(count, at, where, names) for count in counts]
    return tuple(c for c in out if c) if all(out) else None


def _resolved(count: Count, at: Cell, where: str, names: Names) -> Count | None:
    def key_of(what: str, name: str) -> str | None:
        column = at.span.column + max(at.text.find(name), 0)
        place = at.span.at(column)
        return names.key(what, name, place, where=where)

    if count.what == "ratio":
        pair = [key_of("meters", name) for name in (count.name, count.other)]
        return count.model_copy(update={"name": pair[0], "other": pair[1]}) if all(pair) else None
    reported = _REPORTED.get(count.what)
    if reported is not None:
        declared = getattr(names, reported)
        is_trait = reported == "facts" and slug(count.name) in names.traits
        known = not declared or is_trait or key_of(reported, count.name)
        return count if known else None
    key = key_of(_NAMED[count.what], count.name)
    return count.model_copy(update={"name": key}) if key else None
