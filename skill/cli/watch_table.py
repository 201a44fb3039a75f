"""Accounts against their limits as a table that a person can send: Markdown, or CSV for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from skill.cli.readiness_text import clean, number, when
from skill.model.common import slug
from skill.model.readiness import Watched
from skill.model.spreadsheet import Cell, written

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\|<[`*"})
"""What Markdown would take for more than text."""


def as_markdown(rows: Sequence[Watched], weeks: int, moments: Sequence[datetime]) -> Iterator[str]:
    """A line that says of when it is, and the table; in columns, so that it reads as plain text too."""
    at = f", {when(moments[0])} UTC" if len(moments) == 1 else ""
    yield f"Accounts against their limits{at}"
    yield ""
    if not rows:
        yield "No limit in figures is known of any of them."
        return
    headings = ["Account", "Plan", "Meter", "Used", "Limit", "Share", *_weeks(weeks),
                "Limit reached", "As of"]  # fmt: skip
    right = range(3, 6 + weeks)
    cells = [[cell.translate(_SPECIAL) for cell in _cells(row)] for row in rows]
    widths = [max(len(line[n]) for line in [headings, *cells]) for n in range(len(headings))]
    rule = [
        "-" * (width - 1) + ":" if n in right else "-" * width for n, width in enumerate(widths)
    ]
    for line in (headings, rule, *cells):
        padded = (
            cell.rjust(width) if n in right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield f"| {' | '.join(padded)} |"


def _weeks(weeks: int) -> list[str]:
    earlier = [f"{7 * n + 1} to {7 * n + 7} days ago" for n in range(1, weeks)]
    return ["Last 7 days", *earlier]


def _cells(row: Watched) -> list[str]:
    return [
        clean(row.account),
        clean(row.plan) or "none",
        _meter(row),
        "unknown" if row.used is None else number(row.used),
        number(row.limit),
        "" if row.share is None else f"{int(row.share * 100)}%",
        *(_change(change) for change in row.changes),
        _reached(row),
        _as_of(row),
    ]


def _meter(row: Watched) -> str:
    """The meter, with its unit where its name does not say it: `storage (GB)`."""
    says_it = slug(row.unit) in row.meter
    return row.name if says_it else f"{row.name} ({row.unit})"


def _change(change: Decimal | None) -> str:
    if change is None:
        return "unknown"
    return f"+{number(change)}" if change > 0 else number(change)


def _reached(row: Watched) -> str:
    """By when, at this pace; a meter that never begins again has none."""
    if row.used is None:
        return ""
    if row.limit and row.used >= row.limit:
        return "already"
    if row.projected_day is not None:
        return f"on pace for {row.projected_day}"
    return "not at this pace" if row.projected is not None else ""


def _as_of(row: Watched) -> str:
    if row.as_of is None:
        return "never read"
    return f"{when(row.as_of)}, too old" if row.stale else when(row.as_of)


def as_csv(rows: Sequence[Watched], weeks: int) -> str:
    """The same with exact figures and a heading row; shares are in 0..1, times are UTC."""
    changes = [f"change_{7 * n}_to_{7 * n + 7}_days_ago" for n in range(weeks)]
    heads = ("account", "plan", "meter", "unit", "used", "limit", "limit_source", "share", *changes,
             "projected", "projected_day", "as_of", "state")  # fmt: skip
    return written((heads, *map(_exact_cells, rows)))


def _exact_cells(row: Watched) -> Sequence[Cell]:
    return [
        *map(clean, (row.account, row.plan, row.name, row.unit)),
        _exact(row.used),
        _exact(row.limit),
        row.source,
        _exact(row.share),
        *map(_exact, row.changes),
        _exact(row.projected),
        str(row.projected_day or ""),
        row.as_of.isoformat().replace("+00:00", "Z") if row.as_of else "",
        "never read" if row.as_of is None else "too old" if row.stale else "fresh",
    ]


def _exact(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")
