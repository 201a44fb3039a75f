"""Meters, traits, roles, moments, audiences, thresholds and restraint: the kinds whose things are rows of a table."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from skill.compiler import grammar
from skill.compiler.diagnostics import finding
from skill.compiler.fields import COLUMNS, parts_of, yes_or_no
from skill.compiler.labels import nearest_help
from skill.compiler.names import FACTS, Names
from skill.model.common import slug
from skill.model.playbook import Audience, Meter, Moment, Restraint, Role, Trait
from skill.model.rules import Compare, Count, Rule, Threshold
from skill.model.topic import Cell, Row, Section, Span

_ONE_TO_TEN = "one two three four five six seven eight nine ten"
_RESETS = ("", "daily", "weekly", "monthly", "yearly", "never")
_NUMBER_WORDS = {"once": 1, "twice": 2}
_NUMBER_WORDS |= {w: n for n, w in enumerate(_ONE_TO_TEN.split(), 1)}


def table_rows(section: Section, table: str, names: Names) -> list[Row]:
    """The rows of a table with known columns; a misspelt or missing column is told once, at its first row."""
    required, further = COLUMNS[table]
    known = {slug(name): name for name in (*required, *further)}
    if not section.rows:
        return []
    first = section.rows[0]
    unknown = [key for key in first.cells if key not in known]
    for key in unknown:
        names.found.append(
            finding(
                "T102",
                first.span.model_copy(update={"line": max(first.span.line - 2, 1)}),
                f"unknown column `{key}` in `{section.heading or table}`",
                nearest_help(key, known.values()),
            )
        )
    for name in required:
        if slug(name) not in first.cells and not unknown:
            names.found.append(
                finding(
                    "T104",
                    first.span.model_copy(update={"line": max(first.span.line - 2, 1)}),
                    f"the table `{section.heading or table}` has no column `{name}`",
                    "its columns are: " + ", ".join(known.values()),
                )
            )
    return [row for row in section.rows if any(cell.text for cell in row.cells.values())]


def cell(row: Row, name: str) -> Cell:
    """The cell of this column; an empty one where the table has no such column."""
    return row.cells.get(slug(name)) or Cell(text="", span=row.span)


def read_rule(phrase: str, span: Span, names: Names) -> Rule | None:
    """A rule whose every subject is declared; unreadable ones are told with the nearest form."""
    try:
        rule = grammar.read_rule(phrase)
    except grammar.Unreadable as wrong:
        names.found.append(
            finding(
                "T201",
                span,
                f"unreadable rule `{phrase}`",
                f"write it like `{wrong.nearest}`; parts are joined with `and` and `or`",
                width=len(phrase),
            )
        )
        return None
    for compare in compares(rule):
        _check_compare(compare, span, phrase, names)
    return rule


def compares(rule: Rule) -> list[Compare]:
    """Every comparison in a rule, in reading order."""
    if isinstance(rule, Compare):
        return [rule]
    return [c for part in rule.parts for c in compares(part)]


def _check_compare(compare: Compare, span: Span, phrase: str, names: Names) -> None:
    known = {*names.traits, *names.audiences, *FACTS}
    if compare.subject not in known:
        names.found.append(
            finding(
                "T103",
                span,
                f"unknown trait `{compare.subject}` in rule `{phrase}`",
                nearest_help(compare.subject, sorted(known)),
                width=len(phrase),
            )
        )
    elif _wrong_value(compare, names):
        readable = _values_of(compare.subject, names)
        names.found.append(
            finding(
                "T103",
                span,
                f"`{compare.subject}` cannot be `{compare.value}` in rule `{phrase}`",
                nearest_help(str(compare.value), readable),
                width=len(phrase),
            )
        )
    elif compare.currency and compare.currency != names.currencies.get(compare.subject):
        own = names.currencies.get(compare.subject)
        names.found.append(
            finding(
                "T201",
                span,
                f"`{compare.subject}` is not counted in {compare.currency}",
                f"write the amount in {own}"
                if own
                else "give the trait the type money and its currency",
                width=len(phrase),
            )
        )
    elif compare.subject == "plan" and isinstance(compare.value, str):
        names.key("plans", compare.value, span, where=f"rule `{phrase}`")
    elif compare.subject == "role" and isinstance(compare.value, str) and names.roles:
        names.key("roles", compare.value, span, where=f"rule `{phrase}`")


def _values_of(subject: str, names: Names) -> tuple[str, ...]:
    """The values that this subject may have; none where any is allowed."""
    if subject in names.audiences:
        return ("true", "false")
    if subject == "upsell-readiness":
        return ("ready", "warming", "quiet")
    return names.values.get(subject, ())


def _wrong_value(compare: Compare, names: Names) -> bool:
    readable = _values_of(compare.subject, names)
    return bool(readable) and str(compare.value) not in {slug(v) for v in readable}


def hours(at: Cell, names: Names) -> Decimal | None:
    """A cell that holds a duration, in hours; None where it is empty."""
    if not at.text:
        return None
    try:
        return grammar.read_duration(at.text)
    except grammar.Unreadable as wrong:
        names.found.append(
            finding(
                "T108",
                at.span,
                f"unreadable duration `{at.text}`",
                f"write it like `{wrong.nearest}`",
                width=len(at.text),
            )
        )
        return None


def read_meter(row: Row, names: Names) -> Meter | None:
    """A row of the meters table."""
    name = cell(row, "Meter")
    key = names.declare("meters", name.text, name.span)
    if key is None:
        return None
    kind = cell(row, "Limit is").text.lower() or "hard"
    if kind not in ("hard", "soft"):
        at = cell(row, "Limit is")
        names.found.append(
            finding(
                "T108", at.span, f"a limit is hard or soft, not `{at.text}`", "write hard or soft"
            )
        )
    names.units[key] = cell(row, "Unit").text
    resets = cell(row, "Resets")
    if resets.text.lower() not in _RESETS:
        names.found.append(
            finding(
                "T108",
                resets.span,
                f"a meter resets {', '.join(_RESETS[1:])}, not `{resets.text}`",
                nearest_help(resets.text, _RESETS[1:]),
                width=len(resets.text),
            )
        )
    return Meter(
        key=key,
        name=name.text,
        unit=cell(row, "Unit").text,
        counts=cell(row, "Counts").text,
        resets=resets.text.lower(),
        hard=kind != "soft",
        max_age_hours=hours(cell(row, "Maximum age"), names),
        span=name.span,
    )


def read_trait(row: Row, names: Names) -> Trait | None:
    """A row of the traits table."""
    name = cell(row, "Trait")
    key = names.declare("traits", name.text, name.span)
    if key is None:
        return None
    values = cell(row, "Unit or values")
    kind = cell(row, "Type").text.strip().lower()
    if kind == "one of":
        names.values[key] = tuple(text for text, _ in parts_of(values.text, values.span))
    elif kind == "money":
        names.currencies[key] = values.text.strip().upper()
    return Trait(
        key=key,
        name=name.text,
        type=cell(row, "Type").text,
        values=tuple(text for text, _ in parts_of(values.text, values.span)),
        max_age_hours=hours(cell(row, "Maximum age"), names),
        span=name.span,
    )


def read_role(row: Row, names: Names) -> Role | None:
    """A row of the roles table."""
    name = cell(row, "Role")
    key = names.declare("roles", name.text, name.span)
    if key is None:
        return None
    can_buy, is_told = cell(row, "Can buy"), cell(row, "Is told")
    return Role(
        key=key,
        name=name.text,
        can_buy=yes_or_no(can_buy.text, can_buy.span, names.found),
        is_told=yes_or_no(is_told.text, is_told.span, names.found),
        span=name.span,
    )


def read_moment(row: Row, names: Names) -> Moment | None:
    """A row of the journey table."""
    name = cell(row, "Moment")
    key = names.declare("moments", name.text, name.span)
    if key is None:
        return None
    when = cell(row, "Holds when")
    read = _phrase(grammar.read_moment, when, "moment", names)
    count, holds, window = read or (None, None, None)
    if count is not None:
        resolved = _resolved((count,), when, f"moment `{name.text}`", names)
        count = resolved[0] if resolved else None
    return Moment(
        key=key,
        name=name.text,
        when=when.text,
        count=count,
        holds=holds,
        window=window,
        span=name.span,
    )


def read_audience(row: Row, names: Names) -> Audience | None:
    """A row of the audiences table; its name was declared before, since rules may name each other."""
    name, rule_cell = cell(row, "Audience"), cell(row, "Rule")
    rule = read_rule(rule_cell.text, rule_cell.span, names)
    if rule is None:
        return None
    return Audience(key=slug(name.text), name=name.text, rule=rule, span=name.span)


def read_threshold(row: Row, names: Names) -> Threshold | None:
    """A row of usage-thresholds."""
    name = cell(row, "Signal")
    key = names.declare("signals", name.text, name.span)
    counts = _phrase(grammar.read_counts, cell(row, "What we count"), "what is counted", names)
    holds = _phrase(grammar.read_holds, cell(row, "Holds when"), "threshold", names)
    window = _phrase(grammar.read_window, cell(row, "Over"), "window", names)
    offer_cell = cell(row, "Offer")
    where = f"signal `{name.text}`"
    offer = names.key("bundles", offer_cell.text, offer_cell.span, where=where)
    audience_cell = cell(row, "Audience")
    audience = ""
    if audience_cell.text:
        audience = names.key("audiences", audience_cell.text, audience_cell.span, where=where) or ""
    means = cell(row, "Means")
    if means.text.lower() not in ("warming", "ready"):
        names.found.append(
            finding(
                "T201",
                means.span,
                f"a signal means warming or ready, not `{means.text}`",
                nearest_help(means.text, ("warming", "ready")),
                width=len(means.text),
            )
        )
        return None
    if key is None or counts is None or holds is None or window is None or offer is None:
        return None
    resolved = _resolved(counts, cell(row, "What we count"), where, names)
    if resolved is None:
        return None
    return Threshold(
        key=key,
        signal=name.text,
        counts=resolved,
        holds=holds,
        window=window,
        means="ready" if means.text.lower() == "ready" else "warming",
        offer=offer,
        audience=audience,
        span=name.span,
    )


def _phrase(read: Any, at: Cell, what: str, names: Names) -> Any:
    try:
        return read(at.text)
    except grammar.Unreadable as wrong:
        names.found.append(
            finding(
                "T201",
                at.span,
                f"unreadable {what} `{at.text}`" if at.text else f"this signal has no {what}",
                f"write it like `{wrong.nearest}`",
                width=max(len(at.text), 1),
            )
        )
        return None


_NAMED = {"meter": "meters", "attempts": "features", "attempts_in": "bundles"}


def _resolved(
    counts: tuple[Count, ...], at: Cell, where: str, names: Names
) -> tuple[Count, ...] | None:
    """Counts with keys instead of names; None where one names nothing."""
    out: list[Count] = []
    for count in counts:
        what = _NAMED.get(count.what)
        if what is None:
            out.append(count)
            continue
        key = names.key(what, count.name, at.span, where=where)
        if key is None:
            return None
        out.append(count.model_copy(update={"name": key}))
    return tuple(out)


_SITUATIONS: tuple[tuple[str, str], ...] = (
    (r"open support ticket", "open_ticket"),
    (r"incident touching the customer", "incident"),
    (r"unresolved bug touching the person", "unresolved_bug"),
    (r"customer said \"(?P<subject>[^\"]+)\"", "customer_said"),
    (r"any offer was shown", "any_offer_shown"),
    (r"this offer was shown", "this_offer_shown"),
    (r"(?P<subject>.+) not reached", "moment_not_reached"),
    (r"(?P<n>\w+) offers? in (?P<subject>.+?)(?: per (?:person|account))?", "frequency_cap"),
    (r"quiet hours", "quiet_hours"),
    (r"closed (?P<n>\w+)(?: times)? in a row", "closed_in_a_row"),
    (r"unpaid invoice", "unpaid_invoice"),
    (r"checkout or quote open", "checkout_open"),
    (r"a person replied", "person_replied"),
    (r"opted out", "opted_out"),
)
SITUATION_FORMS = (
    "Open support ticket",
    "Incident touching the customer",
    "Unresolved bug touching the person",
    'Customer said "not now"',
    "Any offer was shown",
    "This offer was shown",
    "First win not reached",
    "2 offers in 30 days",
    "Quiet hours",
    "Closed three times in a row",
    "Unpaid invoice",
    "Checkout or quote open",
    "A person replied",
    "Opted out",
)
_TYPOGRAPHY = str.maketrans({"\u201c": '"', "\u201d": '"', "\u2019": "'", "\u00a0": " "})


def read_restraint(row: Row, names: Names) -> Restraint | None:
    """A row of the restraint table."""
    situation = cell(row, "Situation")
    phrase = " ".join(situation.text.translate(_TYPOGRAPHY).split())
    kind, subject, n = _situation(phrase, names)
    if not kind:
        _unreadable_situation(situation, names)
        return None
    if kind == "moment_not_reached":
        subject = names.key("moments", subject, situation.span, where="restraint") or ""
        if not subject:
            return None
    pause = cell(row, "Pause offers for")
    unless = _unless(cell(row, "Unless"), names)
    window = _window_hours(subject) if kind == "frequency_cap" else None
    if (kind == "frequency_cap" and not window) or (kind == "closed_in_a_row" and not n):
        _unreadable_situation(situation, names)
        return None
    return Restraint(
        situation=situation.text,
        kind=kind,
        subject=subject,
        n=n,
        window_hours=window,
        pause=pause.text,
        pause_hours=_pause_hours(pause, kind, names),
        until_over="until" in pause.text.lower(),
        unless=unless,
        span=situation.span,
    )


def _unreadable_situation(situation: Cell, names: Names) -> None:
    phrase = " ".join(situation.text.translate(_TYPOGRAPHY).split())
    names.found.append(
        finding(
            "T601",
            situation.span,
            f"unreadable situation `{situation.text}`",
            nearest_help(phrase, (*SITUATION_FORMS, *(a for a, _ in names.audiences.values()))),
            width=len(situation.text),
        )
    )


UNLESS_FORMS = {
    "the customer asked": "asked",
    "a limit was reached": "limit_reached",
    "a ready signal": "ready",
}


def _unless(at: Cell, names: Names) -> str:
    """What lifts the pause, as a key; unreadable words lift nothing."""
    phrase = " ".join(at.text.lower().split())
    if phrase and phrase not in UNLESS_FORMS:
        names.found.append(
            finding(
                "T601",
                at.span,
                f"unreadable exception `{at.text}`",
                nearest_help(phrase, UNLESS_FORMS),
                width=len(at.text),
            )
        )
    return UNLESS_FORMS.get(phrase, "")


def _window_hours(words: str) -> Decimal | None:
    """The window of a frequency cap: `30 days`, `a week`."""
    try:
        return grammar.read_duration(re.sub(r"^(?:an?|one)\b", "1", words.strip().lower()))
    except grammar.Unreadable:
        return None


def _situation(phrase: str, names: Names) -> tuple[Any, str, int]:
    if slug(phrase) in names.audiences:
        return "audience", slug(phrase), 0
    for pattern, kind in _SITUATIONS:
        match = re.fullmatch(pattern, phrase, re.IGNORECASE)
        if match:
            parts = match.groupdict()
            word = (parts.get("n") or "0").lower()
            n = int(word) if word.isdigit() else _NUMBER_WORDS.get(word, 0)
            return kind, (parts.get("subject") or "").strip(), n
    return "", "", 0


_PAUSE = re.compile(r"(?:.*\bthen\s+)?(\d+\s+(?:hours?|days?|weeks?|months?))\b.*", re.IGNORECASE)


def _pause_hours(pause: Cell, kind: str, names: Names) -> Decimal | None:
    """How long after the situation; None is for ever, or only until it is over."""
    text = pause.text.strip().lower()
    match = _PAUSE.fullmatch(text)
    if match:
        return grammar.read_duration(match[1])
    open_end = text.startswith(("until", "forever", "for ever", "explain the feature"))
    readable = open_end and "then" not in text
    if not readable and kind not in ("quiet_hours", "frequency_cap", "audience", "opted_out"):
        names.found.append(
            finding(
                "T601",
                pause.span,
                f"unreadable pause `{pause.text}`" if pause.text else "how long is the pause?",
                "write it like `30 days`, `forever`, or `until it is closed, then 24 hours`",
                width=max(len(pause.text), 1),
            )
        )
    return None
