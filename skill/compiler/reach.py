"""Plays and signals that can never come into use, thresholds of which one is idle, and plays that are broadcasts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from skill.compiler import logic
from skill.compiler.amounts import HOURS
from skill.compiler.diagnostics import finding
from skill.model.common import slug
from skill.model.playbook import Play, Playbook, SoldAs
from skill.model.rules import Compare, Rule, Threshold, is_of_time
from skill.model.topic import Diagnostic

_SIZED = ("at_least", "more_than", "at_least_percent_of_limit", "at_least_percent_of_commit", "grew",
          "grew_percent")  # fmt: skip
"""Figures of which a smaller one holds wherever a larger one does."""
_SMALL = ("at_most", "less_than", "at_most_left")
"""Figures of which a larger one holds wherever a smaller one does."""
_OF_LITTLE = ("at_most", "less_than")
"""Comparisons that say how little of something is used."""
_PERIODS = ("daily", "weekly", "monthly", "yearly")
"""Resets that begin a period; only what has one is on a pace."""
_OF_A_LIMIT = ("at_least_percent_of_limit", "at_most_left", "on_pace")


def reach(playbook: Playbook) -> Iterator[Diagnostic]:
    """Every finding about what can come into use."""
    yield from _circular_audiences(playbook)
    yield from _late_audiences(playbook)
    yield from _plays(playbook)
    yield from _signals(playbook)
    yield from _dates_alone(playbook)
    yield from _idle_thresholds(playbook)
    yield from _broadcasts(playbook)


def _circular_audiences(playbook: Playbook) -> Iterator[Diagnostic]:
    told: set[str] = set()
    for audience in playbook.audiences.values():
        named = _named_by(audience.rule, playbook, ())
        if audience.key in named and not told & named:
            told |= named
            yield finding(
                "T201",
                audience.span,
                f"the audience `{audience.name}` is explained by itself",
                "write its rule with traits, roles or plans",
                width=len(audience.name),
            )


def _named_by(rule: Rule, playbook: Playbook, above: tuple[str, ...]) -> set[str]:
    """The audiences that a rule rests on, those of its audiences among them."""
    if not isinstance(rule, Compare):
        return {key for part in rule.parts for key in _named_by(part, playbook, above)}
    if rule.about != "audience" or rule.subject in above or rule.subject not in playbook.audiences:
        return set()
    inner = playbook.audiences[rule.subject].rule
    return {rule.subject} | _named_by(inner, playbook, (*above, rule.subject))


def _late_audiences(playbook: Playbook) -> Iterator[Diagnostic]:
    """What decides access is judged before any signal: its audience may not wait for one."""
    deciding = {k for f in playbook.features.values() for k in (*f.free_for, *f.only_for)}
    deciding |= {k for b in playbook.bundles.values() for k in b.sold_to}
    for key in sorted(deciding & playbook.audiences.keys()):
        audience = playbook.audiences[key]
        late = [c for c in compares(audience.rule, playbook) if _is_late(c)]
        if late:
            yield finding(
                "T201",
                audience.span,
                f"`{audience.name}` decides access, and its rule waits for `{late[0].subject}`",
                "tell the audience by traits, roles, plans or use",
                width=len(audience.name),
            )


def _is_late(c: Compare) -> bool:
    return c.about in ("moment", "signal") or c.subject == "upsell-readiness"


def compares(rule: Rule, playbook: Playbook, above: tuple[str, ...] = ()) -> list[Compare]:
    """Every comparison that a rule rests on, those of the audiences it names among them."""
    if not isinstance(rule, Compare):
        return [c for part in rule.parts for c in compares(part, playbook, above)]
    audience = playbook.audiences.get(rule.subject) if rule.about == "audience" else None
    if audience is None or rule.subject in above:
        return [rule]
    return [rule, *compares(audience.rule, playbook, (*above, rule.subject))]


def _plays(playbook: Playbook) -> Iterator[Diagnostic]:
    before: list[tuple[Play, tuple[logic.Case, ...]]] = []
    for play in playbook.plays:
        found = logic.cases(play.applies_to, playbook.audiences) if play.applies_to else None
        if found is None:
            continue
        first = next((other for other, wide in before if logic.covers(wide, found)), None)
        if logic.never(found):
            said, mend = "its rule contradicts itself", "remove one of the two conditions"
        elif first is not None:
            said = f"`{first.name}` ({first.span}) fits everybody whom this play fits, and stands first"
            mend = "move this play above it, or narrow the other one"
        else:
            # Outside its window a play lets the ones below it be used; one that holds offers back has no such window.
            if play.journey is None or play.holds_offers_back:
                before.append((play, found))
            continue
        yield finding(
            "T204",
            play.span,
            f"the play `{play.name}` is never used: {said}",
            mend,
            width=len(play.name) + 3,
        )


def _signals(playbook: Playbook) -> Iterator[Diagnostic]:
    limited = {limit.meter for b in playbook.bundles.values() for limit in b.limits}
    for row in playbook.thresholds:
        said = _why_never(row, playbook, limited)
        if said is not None:
            yield finding(
                "T204",
                row.span,
                f"the signal `{row.signal}` can never hold: {said[0]}",
                said[1],
                width=len(row.signal),
            )


def _why_never(row: Threshold, playbook: Playbook, limited: set[str]) -> tuple[str, str] | None:
    without = [c.name for c in row.counts if c.what == "meter" and c.name not in limited]
    if row.holds.op in _OF_A_LIMIT and without:
        meter = playbook.meters[without[0]].name if without[0] in playbook.meters else without[0]
        return f"no bundle limits `{meter}`", "give a plan a limit of it, or count it without one"
    endless = [c.name for c in row.counts if not _resets(c.name, playbook)]
    if row.holds.op == "on_pace" and endless:
        meter = playbook.meters[endless[0]].name if endless[0] in playbook.meters else endless[0]
        return (
            f"`{meter}` never resets, and has no pace",
            "say when it `Resets`, or use `grew by at least`",
        )
    if row.holds.op == "crosses" and row.window.kind in ("each", "sustained"):
        return "what is crossed is crossed once", "write it over `now` or `the last 30 days`"
    audience = playbook.audiences.get(row.audience)
    if audience is None:
        return None
    if any(
        c.about == "signal" or c.subject == "upsell-readiness"
        for c in compares(audience.rule, playbook)
    ):
        return (
            f"its audience `{audience.name}` waits for signals",
            "name an audience that is told by traits, roles or plans",
        )
    found = logic.cases(audience.rule, playbook.audiences)
    if found is not None and logic.never(found):
        return f"nobody is in its audience `{audience.name}`", "mend the rule of the audience"
    return None


def _resets(meter: str, playbook: Playbook) -> bool:
    known = playbook.meters.get(meter)
    return known is not None and known.resets in _PERIODS


def _dates_alone(playbook: Playbook) -> Iterator[Diagnostic]:
    """A date comes to everybody: it may narrow a play, an audience or a smaller plan, and makes no account ready."""
    dates = {key for key, trait in playbook.traits.items() if trait.type.lower() == "date"}
    rules = [p.applies_to for p in playbook.plays if p.applies_to is not None]
    rules += [a.rule for a in playbook.audiences.values()]
    named = {c.subject for rule in rules for c in compares(rule, playbook) if c.about == "signal"}
    for row in playbook.thresholds:
        of_time = all(is_of_time(count, row.holds, dates) for count in row.counts)
        if of_time and row.key not in named and not _narrows_less(row, dates, playbook):
            yield finding(
                "T204",
                row.span,
                f"the signal `{row.signal}` rests on a date alone, and makes nobody {row.means}",
                "join what the account does with `and`, or name the signal in `Applies to`",
                width=len(row.signal),
            )


def _narrows_less(row: Threshold, dates: set[str], playbook: Playbook) -> bool:
    """Whether a date says when a smaller plan may be offered: beside a row of little use, for a plan that others stand above."""
    bundle = playbook.bundles.get(row.offer)
    plans = [b for b in playbook.bundles.values() if b.sold_as is SoldAs.PLAN]
    is_smaller = bundle in plans and any(p.position > bundle.position for p in plans if bundle)
    is_date = all(c.what == "fact" and slug(c.name) in dates for c in row.counts)
    return (
        is_smaller
        and is_date
        and any(
            other.offer == row.offer
            and other.holds.op in _OF_LITTLE
            and all(c.what in ("meter", "ratio") for c in other.counts)
            for other in playbook.thresholds
        )
    )


def _idle_thresholds(playbook: Playbook) -> Iterator[Diagnostic]:
    rows = playbook.thresholds
    for i, row in enumerate(rows):
        for k, other in enumerate(rows):
            same = implied(row, other) and implied(other, row)
            if i == k or not implied(row, other) or (same and k > i):
                continue
            if other.means == "ready" or (same and row.means == other.means):
                yield finding(
                    "T202",
                    row.span,
                    f"`{row.signal}` never matters: `{other.signal}` ({other.span}) holds whenever it does, "
                    f"and makes the account {other.means}",
                    "keep one of the two, or let the earlier one only be warming",
                    width=len(row.signal),
                )
                break


def implied(row: Threshold, other: Threshold) -> bool:
    """Whether the other signal holds wherever this one does, for the same offer."""
    if (row.offer, row.counts, row.holds.op) != (other.offer, other.counts, other.holds.op):
        return False
    if other.audience not in ("", row.audience):
        return False
    if row.holds.op in ("on_pace", "is"):
        return row.holds == other.holds and row.window == other.window
    if len(row.holds.figures) != 1 or len(other.holds.figures) != 1:
        return row.holds == other.holds and row.window == other.window
    mine, theirs = row.holds.figures[0], other.holds.figures[0]
    if row.holds.op in _SIZED:
        return mine >= theirs and _is_inside(row, other)
    return row.holds.op in _SMALL and mine <= theirs and row.window == other.window


def _is_inside(row: Threshold, other: Threshold) -> bool:
    """Whether what happened in this window happened in the other one too."""
    a, b = row.window, other.window
    if a == b:
        return True
    happens = all(c.what in ("events", "attempts", "attempts_in", "views") for c in row.counts)
    if happens and a.kind == b.kind == "last":
        return a.n * HOURS[a.unit] <= b.n * HOURS[b.unit]
    return (
        a.kind == b.kind == "sustained"
        and (a.n, a.unit) == (b.n, b.unit)
        and Decimal(a.at_least) >= b.at_least
    )


def _broadcasts(playbook: Playbook) -> Iterator[Diagnostic]:
    values = {key: trait_values(playbook, key) for key in playbook.traits}
    for play in playbook.plays:
        if play.applies_to is None or play.holds_offers_back or play.channel in ("none", "in_app"):
            continue
        found = logic.cases(play.applies_to, playbook.audiences)
        if found is not None and logic.is_everybody(found, values):
            channel = "email" if play.channel == "email" else "a task for the owner"
            yield finding(
                "T602",
                play.span,
                f"`{play.name}` sends {channel} about everybody, whatever they did: that is a broadcast",
                "let it apply to an audience, or to `upsell_readiness is ready`",
                width=len(play.name) + 3,
            )


def trait_values(playbook: Playbook, key: str) -> tuple[str, ...]:
    """The values that a trait may have, as rules compare them; none where any is allowed."""
    trait = playbook.traits[key]
    return tuple(slug(v) for v in trait.values) if trait.type.lower() == "one of" else ()
