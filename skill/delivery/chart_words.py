"""A chart in words: its heading, everything that it shows, and a line of bars for plain text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from skill.model.common import plain_number
from skill.model.task import Chart

NEAR = Decimal("0.8")
"""The share of a limit from which it is near."""
_BARS = "▁▂▃▄▅▆▇█"
_WEEK = timedelta(weeks=1)


def heading(chart: Chart) -> str:
    """`API calls: 29 August to 21 November 2026`."""
    year = "" if chart.since.year == chart.today.year else f" {chart.since.year}"
    return f"{name_of(chart)}: {_day(chart.since)}{year} to {_day(chart.today)} {chart.today.year}"


def in_words(chart: Chart) -> str:
    """Everything that the picture shows, for who cannot see it: the newest figure, the highest, and the limit."""
    said = [_limit_said(chart)]
    if not chart.points:
        return " ".join((*said, "No usage was reported in these days."))
    last = chart.points[-1]
    said.append(f"On {_day(last.at)} it stood at {_with_share(chart, last.value)}.")
    top = max(chart.points, key=lambda p: p.value)
    if top.value > last.value:
        said.append(f"The highest was {_with_share(chart, top.value)}, on {_day(top.at)}.")
    if len(chart.points) > 1 and not chart.starts:
        first = chart.points[0]
        said.append(f"On {_day(first.at)} it was {plain_number(first.value)}.")
    if chart.starts:
        days = ", ".join(_day(d) for d in chart.starts)
        said.append(f"It begins again with each period; here on {days}.")
    return " ".join(said)


def sparkline(chart: Chart) -> str:
    """One line of plain text: a bar for each week against the limit, and the newest figure."""
    if not chart.points:
        return f"{name_of(chart)}: no usage was reported"
    highest = max(p.value for p in chart.points)
    whole = max(highest, chart.limit) if isinstance(chart.limit, Decimal) else highest
    bars = "".join(_bar(week, whole) for week in _weeks(chart))
    last = chart.points[-1]
    return (
        f"{name_of(chart)} {bars} {_with_share(chart, last.value)} on {_day(last.at)} {last.at:%Y}"
    )


def name_of(chart: Chart) -> str:
    """The meter's name as a label begins."""
    return chart.name[:1].upper() + chart.name[1:]


def _day(day: date) -> str:
    at = day.astimezone(UTC) if isinstance(day, datetime) else day
    return f"{at.day} {at:%B}"


def _limit_said(chart: Chart) -> str:
    if isinstance(chart.limit, Decimal):
        near = plain_number(chart.limit * NEAR)
        return f"The limit is {plain_number(chart.limit)}; 80 % of it is {near}."
    return "There is no limit." if chart.limit == "unlimited" else "The limit is not known."


def _with_share(chart: Chart, value: Decimal) -> str:
    if not isinstance(chart.limit, Decimal):
        return f"{plain_number(value)}, without a limit" if chart.limit else plain_number(value)
    share = f" ({percent(value, chart.limit)})" if chart.limit else ""
    return f"{plain_number(value)} of {plain_number(chart.limit)}{share}"


def percent(value: Decimal, limit: Decimal) -> str:
    """The share of the limit: `88 %`."""
    # Rounded down, as everywhere: 79.9 % is not 80 %.
    return f"{int(value * 100 / limit):,} %"


def _weeks(chart: Chart) -> Iterator[Decimal | None]:
    """The highest of each week, the last of which ends today; nothing for a week without a reading."""
    end = chart.today
    edges = [end - i * _WEEK for i in range((end - chart.since) // _WEEK, -1, -1)]
    for edge in edges:
        of_week = [p.value for p in chart.points if edge - _WEEK < p.at.astimezone(UTC).date() <= edge]  # fmt: skip
        yield max(of_week, default=None)


def _bar(value: Decimal | None, whole: Decimal) -> str:
    if value is None:
        return "·"
    return _BARS[min(int(value * len(_BARS) / whole), len(_BARS) - 1)] if whole else _BARS[0]
