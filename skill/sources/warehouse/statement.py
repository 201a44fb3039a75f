"""The statement: every threshold row of a Playbook asked of every account, as one SELECT in an engine's dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from skill.model.playbook import Playbook
from skill.model.rules import Count, Holds, Threshold, Window
from skill.policy.account.measured import COUNTED
from skill.policy.signals.counts import KINDS
from skill.policy.signals.found import COMPARISONS, plain_figure
from skill.policy.signals.growth import GREW
from skill.sources.warehouse import dialects
from skill.sources.warehouse.asked import Asked
from skill.sources.warehouse.audiences import judged, reached
from skill.sources.warehouse.counts import happening
from skill.sources.warehouse.courses import Meter, Ratio
from skill.sources.warehouse.dialects import Dialect, Told
from skill.sources.warehouse.edges import EPOCH, told_zones
from skill.sources.warehouse.growth import growth, milestones, used
from skill.sources.warehouse.levels import course_level, meter_level
from skill.sources.warehouse.numbers import NOTHING, all_of
from skill.sources.warehouse.paces import pace
from skill.sources.warehouse.shape import ZONE, shape
from skill.sources.warehouse.told import told

OF_A_METER = ("at_least_percent_of_limit", "at_least_percent_of_commit", "at_most_left")


def statement(
    playbook: Playbook,
    now: datetime,
    *,
    dialect: Dialect,
    zones: Sequence[str] = (),
    prelude: Mapping[str, str] | None = None,
    since: datetime | None = None,
    after: str = "",
    only_holding: bool = True,
    moments_are_text: bool | None = None,
) -> str:
    """One SELECT: `account`, then `r0`, `r1`, ... in the order of the thresholds, 1 true, 0 false, NULL unknown.

    Rows are in binary order of the account.

    Args:
        playbook: whose thresholds.
        now: the moment that is asked about.
        dialect: whose SQL.
        zones: time zones that accounts tell, as `zones_statement` finds them; a zone that is left out is UTC.
        prelude: tables that the engine provides under their names, as the bodies of CTEs in its own SQL.
        since: readings and events before it are not looked at.
        after: accounts up to this one are left out.
        only_holding: only accounts of which at least one row holds.
        moments_are_text: whether moments are fixed-width text; in SQLite they always are.
    """
    to = told_to(dialect, moments_are_text)
    asked = Asked(playbook, now, to, told_zones(zones), max(since or EPOCH, EPOCH), after)
    rows = [row_of(asked, row) for row in playbook.thresholds]
    body = dialects.carried(shape(asked, rows, only_holding=only_holding), to)
    return with_prelude(prelude or {}, body, dialect)


def zones_statement(
    dialect: Dialect,
    prelude: Mapping[str, str] | None = None,
    *,
    moments_are_text: bool | None = None,
) -> str:
    """The distinct time zones that accounts tell, as `zone`: asked before the statement, which holds their days."""
    text = (
        f"SELECT DISTINCT z.value AS zone FROM (SELECT w.value AS value FROM traits AS w "
        f"WHERE w.name = '{ZONE}' UNION ALL SELECT f.value AS value FROM facts AS f "
        f"WHERE f.name = '{ZONE}') AS z WHERE NOT z.value IS NULL ORDER BY zone"
    )
    to = told_to(dialect, moments_are_text)
    return with_prelude(prelude or {}, dialects.carried(text, to), dialect)


def told_to(dialect: Dialect, moments_are_text: bool | None) -> Told:
    """To whom a statement is told; SQLite has no other moments than text."""
    is_text = dialect is Dialect.SQLITE if moments_are_text is None else moments_are_text
    return Told(dialect, is_text)


def with_prelude(prelude: Mapping[str, str], body: str, dialect: Dialect) -> str:
    """The statement with the engine's own tables before it."""
    if not prelude:
        return body
    # DuckDB would keep a copy of each table that is gone over twice; the files again take less time and memory.
    named = "AS NOT MATERIALIZED" if dialect is Dialect.DUCKDB else "AS"
    told = ", ".join(f"{name} {named} (\n{text}\n)" for name, text in prelude.items())
    if body.upper().startswith("WITH "):
        return f"WITH {told}, {body[len('WITH ') :]}"
    return f"WITH {told}\n{body}"


def row_of(asked: Asked, row: Threshold) -> str:
    """One row: all of its counts, and its audience where it has one."""
    parts = [part_of(asked, count, row.holds, row.window) for count in row.counts]
    if row.audience:
        rule = asked.playbook.audiences[row.audience].rule
        parts.append(judged(asked, rule, partial(moment, asked)))
    return all_of(parts)


def moment(asked: Asked, key: str) -> str:
    """Whether a moment of the journey is reached."""
    found = asked.playbook.moments.get(key)
    if found is None:
        return NOTHING
    if found.count is None or found.holds is None or found.window is None:
        return reached(asked, key, NOTHING)
    return reached(asked, key, part_of(asked, found.count, found.holds, found.window))


def part_of(asked: Asked, count: Count, holds: Holds, window: Window) -> str:
    """One count of a row by its form, in the order in which `skill.policy.signals.thresholds` asks."""
    if count.what in KINDS:
        return happening(asked, count, holds, window)
    if count.what == "fact":
        return told(asked, count, holds, window)
    meter = Meter(asked, count.name)
    is_meter = count.what == "meter"
    course = meter if is_meter else Ratio(asked, meter, Meter(asked, count.other))
    if holds.op in GREW:
        return growth(asked, course, holds, window)
    if holds.op == "crosses" and window.kind not in ("each", "sustained"):
        return milestones(asked, course, holds, window)
    if is_meter and holds.op == "on_pace":
        return pace(asked, meter, window)
    figure = plain_figure(holds)
    if not is_meter:
        is_level = holds.op in COMPARISONS
        return course_level(asked, course, holds.op, figure, window) if is_level else NOTHING
    known = asked.playbook.meters.get(meter.name)
    counts_up = known is not None and known.resets in COUNTED and window.kind in ("last", "each")
    if holds.op in COMPARISONS and counts_up:
        return used(asked, meter, holds.op, figure, window)
    if holds.op in (*COMPARISONS, *OF_A_METER):
        return meter_level(asked, meter, holds, window)
    return NOTHING
