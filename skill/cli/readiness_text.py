"""The readiness of an account in plain words: what holds, what is not known, and what is still to go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal

from skill.model.common import plain_number
from skill.model.readiness import AccountReadiness, Amount, HeldBack, Measured, SignalTold
from skill.model.rules import Truth

STATES = {Truth.TRUE: "holds", Truth.FALSE: "not yet", Truth.UNKNOWN: "unknown"}
_REACHED = {Truth.TRUE: "reached", Truth.FALSE: "not reached", Truth.UNKNOWN: "unknown"}
_HEADINGS = ("STATE", "SIGNAL", "MEANS", "FIGURE", "OVER", "AS OF", "HOW FAR", "TOPIC")
_FALLING = ("at most", "less than")
_LARGE = 100
"""From here on what is to go is told in whole units: nobody counts a tenth of a call."""


def lines_of(found: AccountReadiness) -> Iterator[str]:
    """Everything that is told of an account, for a person to read."""
    plan = f"plan {found.plan_name}" if found.plan_name else "no plan"
    if found.plan and not found.plan_name:
        plan = f"plan {found.plan}, which no Topic knows"
    if "account" in found.unavailable and not found.plan:
        plan = "nobody told us its plan"
    yield f"{clean(found.account)}, {clean(plan)}, {when(found.at)} UTC"
    yield f"upsell readiness: {found.upsell_readiness}"
    quiet = [one.name for one in found.offers if one.level == "quiet"]
    for one in found.offers:
        if one.level != "quiet":
            held = ", which they have" if one.held else ""
            yield f"  {one.name}{held}: {one.level}{_by(one.signals)}"
    if quiet:
        yield f"  quiet: {', '.join(quiet)}"
    if found.signals:
        yield ""
        yield from table([_HEADINGS, *(row for one in found.signals for row in _rows(one))])
    if found.journey:
        yield ""
        yield "journey: " + "; ".join(
            f"{one.name} {_REACHED[one.truth]}{_to_go(one.measured)}" for one in found.journey
        )
    for held_back in found.held_back:
        yield _held(held_back)


def _by(signals: Sequence[str]) -> str:
    return f" by {', '.join(signals)}" if signals else ""


def _to_go(measured: Measured | None) -> str:
    far = how_far(measured, "") if measured is not None else ""
    return f" ({far})" if far else ""


def _held(one: HeldBack) -> str:
    until = f" until {when(one.until)} UTC" if one.until else ""
    place = f"  {one.topic}:{one.line}" if one.line else ""
    return f"offers are held back{until}: {one.because}{place}"


def _rows(one: SignalTold) -> Iterator[tuple[str, ...]]:
    """One signal as a row of the table; a further count of it as a row below."""
    far = how_far(one, one.holds_when)
    if one.holding_since is not None:
        far = ", ".join(filter(None, (far, f"since {when(one.holding_since)}")))
    if one.in_audience is Truth.FALSE:
        far = f"not one of: {one.audience}"
    elif one.truth is Truth.UNKNOWN:
        far = unknown(one)
    yield (
        STATES[one.truth],
        one.name,
        f"{one.means} for {one.offer_name}",
        figure(one),
        one.window,
        when(one.as_of) if one.as_of else "",
        far,
        f"{one.topic}:{one.line}",
    )
    for part in one.beside:
        as_of = when(part.as_of) if part.as_of else ""
        yield (STATES[part.truth], f"  and {part.counts}", "", figure(part), "", as_of,
               how_far(part, one.holds_when), "")  # fmt: skip


def figure(one: Measured) -> str:
    """The value as it stands, with its limit and where that comes from: `7 of 10 seats (plan)`."""
    if one.value is None:
        return "unknown"
    if isinstance(one.value, str):
        return clean(one.value)
    if one.limit is None:
        return amount(one.value, one.unit)
    if isinstance(one.limit.value, Decimal):
        whole = amount(one.limit.value, one.unit)
        return f"{number(one.value)} of {whole} ({one.limit.source})"
    return f"{amount(one.value, one.unit)}, unlimited ({one.limit.source})"


def how_far(one: Measured, holds_when: str) -> str:
    """What is still to go, or why nothing will ever be; of a row that holds, what its pace or growth comes to."""
    if one.truth is Truth.UNKNOWN:
        return unknown(one)
    if one.truth is Truth.TRUE:
        return _beyond(one)
    if one.distance is not None:
        so_far = _beyond(one)
        far = _distance(one.distance, one.unit, holds_when)
        return f"{so_far}: {far}" if so_far else far
    if one.limit is not None and one.limit.value == "unlimited":
        return "there is no limit to reach"
    if one.limit is not None and not one.limit.value:
        return "none of it is included"
    return "too early in the period to tell" if "pace" in holds_when else "not so"


def _distance(distance: Amount, unit: str, holds_when: str) -> str:
    falls = holds_when.startswith(_FALLING) and not holds_when.endswith("left")
    if not distance.figure:
        return f"any {'less' if falls else 'more'} will do"
    off = distance.figure
    if off >= _LARGE:
        off = off.to_integral_value(rounding=ROUND_CEILING)
    said = amount(off, distance.unit)
    # Days until a date pass by themselves; a share or a waiting time has to come down.
    return f"{said} too much" if falls and unit != "days" else f"{said} to go"


def _beyond(one: Measured) -> str:
    """What its pace or growth comes to."""
    if one.projected is not None:
        day = f", limit on {one.projected_day}" if one.projected_day else ""
        return f"on pace for {number(one.projected)}{day}"
    if one.grown is None:
        return ""
    said = "fell" if one.grown.figure < 0 else "grew"
    return f"{said} by {amount(abs(one.grown.figure), one.grown.unit)}"


def unknown(one: Measured) -> str:
    """What was wanted and not known; and that something was told which is too old."""
    old = "too old: " if one.stale else ""
    return f"{old}no {', no '.join(clean(m) for m in one.missing)}" if one.missing else old


def amount(value: Decimal, unit: str) -> str:
    """`1 seat`, `2 seats`, `20%`, `3 GB`."""
    if unit in ("", "%"):
        return f"{number(value)}{unit}"
    is_word = unit.islower() and unit.replace("_", "").isalpha()
    word = unit.removesuffix("s") if is_word else unit
    return f"{number(value)} {word}{'s' if is_word and value != 1 else ''}"


def number(value: Decimal) -> str:
    """A figure to at most two places."""
    return plain_number(round(value, 2) if value < Decimal(10) ** 20 else value)


def when(at: datetime) -> str:
    """A moment to the minute, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def clean(text: str) -> str:
    """Text of somebody else's on one line, without what could move a terminal's cursor."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns of one width each."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
