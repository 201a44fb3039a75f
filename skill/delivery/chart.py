"""Usage against its limit as a small picture: SVG without script or fetched parts, the same bytes for the same readings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import escape
from itertools import pairwise

from skill.delivery.chart_words import NEAR, heading, in_words, name_of, percent
from skill.model.common import plain_number
from skill.model.task import Chart, Point

WIDTH, HEIGHT = 720, 316
_TOP, _BOTTOM = 74, 274
"""Edges of the part that is drawn in; left and right make room for the figures beside it."""
_PER_CHARACTER = 6.6
"""Width of a character of 12 px, a little wide: labels keep clear of each other whatever the font."""
_BOLD = 7.6
"""The same of a bold one of 12 or 13 px."""
_APART = 16.0
"""Between the baselines of two labels in one column."""
_FEW = 16
"""With so many readings each has its dot."""
_LONGEST = 46
_USED, _OVER, _LIMIT, _WARN = "#0b5394", "#a4161a", "#a4161a", "#7a4b00"
"""Each at least 7:1 on white. Source: WCAG 2.2, success criterion 1.4.6."""
_INK, _QUIET, _GRID = "#1a1a1a", "#4a4a4a", "#dcdcdc"


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a day and a figure stand in the picture."""

    since: date
    today: date
    top: Decimal
    """The figure at the upper edge."""
    left: float
    right: float

    def x(self, at: datetime) -> float:
        """A moment; now is the right edge."""
        start = datetime(self.since.year, self.since.month, self.since.day, tzinfo=UTC)
        share = (at.astimezone(UTC) - start) / self._whole()
        return round(self.left + (self.right - self.left) * min(max(share, 0.0), 1.0), 1)

    def _whole(self) -> timedelta:
        return (self.today - self.since) + timedelta(days=1)

    def y(self, value: Decimal) -> float:
        """A figure; none is the lower edge."""
        share = min(max(value / self.top, Decimal(0)), Decimal(1))
        return round(_BOTTOM - (_BOTTOM - _TOP) * float(share), 1)


def svg(chart: Chart) -> str:
    """The picture; it is whole by itself, so it stands in a page or in a file of its own."""
    ticks = _ticks(_highest(chart))
    widest = max(len(plain_number(t)) for t in ticks)
    beside = max((len(text) for text, *_ in _beside(chart)), default=0)
    scale = _Scale(
        chart.since,
        chart.today,
        ticks[-1],
        round(20 + widest * _PER_CHARACTER, 1),
        round(WIDTH - max(24, 22 + beside * _BOLD), 1),
    )
    name = f"chart-{_plain_id(chart.meter)}"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
            f' height="{HEIGHT}" role="img" aria-labelledby="{name}-t {name}-d"'
            ' font-family="system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif" font-size="12">',
            f'<title id="{name}-t">{_safe(heading(chart))}</title>',
            f'<desc id="{name}-d">{_safe(in_words(chart))}</desc>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            *_head(chart),
            *_grid(scale, ticks),
            *_days(chart, scale),
            *_usage(chart, scale, name),
            *_limits(chart, scale),
            *_ends(chart, scale),
            *_labels(chart, scale),
            "</svg>",
        )
    ) + "\n"  # fmt: skip


# -- the picture ----------------------------------------------------------------------------------------------


def _highest(chart: Chart) -> Decimal:
    values = [p.value for p in chart.points]
    if isinstance(chart.limit, Decimal):
        values.append(chart.limit)
    return max(values, default=Decimal(0))


def _ticks(highest: Decimal) -> tuple[Decimal, ...]:
    """Round figures from none to a little above the highest, four to seven of them."""
    if highest <= 0:
        return (Decimal(0), Decimal(1))
    rough = highest / 4
    power = Decimal(10) ** rough.adjusted()
    step = next(m * power for m in (Decimal(1), Decimal(2), Decimal(5), Decimal(10)) if m * power >= rough)  # fmt: skip
    if step < 1 and highest == highest.to_integral_value():
        step = Decimal(1)
    # Whatever stands highest keeps a label's height of room above it.
    n = math.ceil(highest * Decimal("1.12") / step)
    return tuple(step * i for i in range(n + 1))


def _head(chart: Chart) -> Iterator[str]:
    yield _text(20, 28, _cut(name_of(chart)), size=16, weight=600)
    seen = f"as of {_stamp(chart.as_of)}" if chart.as_of else "never read"
    limit = {"unlimited": "; no limit", None: "; the limit is not known"}
    without = "" if isinstance(chart.limit, Decimal) else limit[chart.limit]
    yield _text(20, 48, f"{seen}, from {chart.source}{without}", fill=_QUIET)


def _grid(scale: _Scale, ticks: Sequence[Decimal]) -> Iterator[str]:
    for tick in ticks:
        y = scale.y(tick)
        color = _QUIET if not tick else _GRID
        yield f'<path d="M{scale.left} {y}H{scale.right}" stroke="{color}" stroke-width="1"/>'
        yield _text(scale.left - 8, y + 4, plain_number(tick), anchor="end", fill=_QUIET)


def _days(chart: Chart, scale: _Scale) -> Iterator[str]:
    """The first of each month, and today at the right edge; a month too near to another label has none."""
    today = f"today, {chart.today.day} {chart.today:%b}"
    free_until = scale.right - len(today) * _PER_CHARACTER - 8
    last = -math.inf
    for day in _firsts(chart):
        x = scale.x(datetime(day.year, day.month, day.day, tzinfo=UTC))
        yield f'<path d="M{x} {_BOTTOM}v5" stroke="{_QUIET}"/>'
        label = f"1 {day:%b}" if day.month > 1 else f"1 Jan {day.year}"
        half = len(label) * _PER_CHARACTER / 2
        if x - half > last + 8 and x + half < free_until and x - half > 0:
            yield _text(x, _BOTTOM + 20, label, anchor="middle", fill=_QUIET)
            last = x + half
    yield f'<path d="M{scale.right} {_BOTTOM}v5" stroke="{_QUIET}"/>'
    yield _text(scale.right, _BOTTOM + 20, today, anchor="end")
    first = f"{chart.since.day} {chart.since:%b}"
    first_month = next(iter(_firsts(chart)), None)
    room = scale.x(datetime.combine(first_month, datetime.min.time(), tzinfo=UTC)) if first_month else free_until  # fmt: skip
    if room - scale.left > len(first) * _PER_CHARACTER + 30:
        yield _text(scale.left, _BOTTOM + 20, first, fill=_QUIET)


def _firsts(chart: Chart) -> Iterator[date]:
    day = chart.since
    while day <= chart.today:
        if day.day == 1:
            yield day
        day += timedelta(days=1)


def _usage(chart: Chart, scale: _Scale, name: str) -> Iterator[str]:
    """The course as a line over a pale area; above the limit in another colour, and never by colour alone."""
    if not chart.points:
        middle = (scale.left + scale.right) / 2
        yield _text(middle, (_TOP + _BOTTOM) / 2, "No usage was reported in these days.", anchor="middle", fill=_QUIET, size=14)  # fmt: skip
        return
    lines = [_line(part, scale) for part in _periods(chart)]
    areas = [_area(part, scale) for part in _periods(chart)]
    yield f'<path d="{"".join(areas)}" fill="{_USED}" fill-opacity="0.14"/>'
    drawn = 'fill="none" stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round"'
    yield f'<path d="{"".join(lines)}" stroke="{_USED}" {drawn}/>'
    limit = chart.limit
    if isinstance(limit, Decimal) and any(p.value > limit for p in chart.points):
        y = scale.y(limit)
        yield f'<clipPath id="{name}-over"><rect x="0" y="0" width="{WIDTH}" height="{y}"/></clipPath>'  # fmt: skip
        yield f'<path d="{"".join(lines)}" stroke="{_OVER}" {drawn} clip-path="url(#{name}-over)"/>'


def _periods(chart: Chart) -> Iterator[list[Point]]:
    """The points of each period; of a meter that never begins again all of them together."""
    edges = [*chart.starts]
    part: list[Point] = []
    for point in chart.points:
        while edges and point.at.astimezone(UTC).date() >= edges[0]:
            start = edges.pop(0)
            if part:
                yield part
            # A period begins with nothing used, whether or not somebody read it then.
            part = [Point(at=datetime(start.year, start.month, start.day, tzinfo=UTC), value=Decimal(0))]  # fmt: skip
        part.append(point)
    yield part


def _line(part: Sequence[Point], scale: _Scale) -> str:
    places = [f"{scale.x(p.at)} {scale.y(p.value)}" for p in part]
    return f"M{places[0]}" + ("L" + " ".join(places[1:]) if len(places) > 1 else "h0")


def _area(part: Sequence[Point], scale: _Scale) -> str:
    left, right = scale.x(part[0].at), scale.x(part[-1].at)
    return f"{_line(part, scale)}L{right} {_BOTTOM}L{left} {_BOTTOM}Z"


def _limits(chart: Chart, scale: _Scale) -> Iterator[str]:
    limit = chart.limit
    if not isinstance(limit, Decimal):
        return
    y, near = scale.y(limit), scale.y(limit * NEAR)
    yield f'<path d="M{scale.left} {y}H{scale.right}" stroke="{_LIMIT}" stroke-width="2"/>'
    if limit > 0:
        yield f'<path d="M{scale.left} {near}H{scale.right}" stroke="{_WARN}" stroke-width="1.5" stroke-dasharray="6 4"/>'  # fmt: skip


def _ends(chart: Chart, scale: _Scale) -> Iterator[str]:
    """The figure at the end of each period that is over, and a dot for each reading where there are few."""
    if len(chart.points) <= _FEW:
        for point in chart.points:
            yield f'<circle cx="{scale.x(point.at)}" cy="{scale.y(point.value)}" r="2.5" fill="{_USED}"/>'  # fmt: skip
    free_from = scale.left
    for part, _ in pairwise(list(_periods(chart))):
        end = part[-1]
        x, figure = scale.x(end.at), plain_number(end.value)
        yield f'<circle cx="{x}" cy="{scale.y(end.value)}" r="3" fill="{_USED}"/>'
        if x - 6 - len(figure) * _PER_CHARACTER > free_from:
            yield _text(x - 4, scale.y(end.value) - 9, figure, anchor="end", fill=_USED, halo=True)
            free_from = x


def _beside(chart: Chart) -> Iterator[tuple[str, Decimal, str]]:
    """What stands beside the picture, each at its height: the newest figure, the limit and 80 % of it."""
    limit = chart.limit
    if _is_recent(chart):
        last = chart.points[-1].value
        yield _newest(chart), last, _color(chart)
    if isinstance(limit, Decimal):
        yield f"limit {plain_number(limit)}", limit, _LIMIT
        if limit > 0:
            yield f"80 %: {plain_number(limit * NEAR)}", limit * NEAR, _WARN


def _labels(chart: Chart, scale: _Scale) -> Iterator[str]:
    """The labels beside the picture, moved apart where they would cover each other, and the newest reading's dot."""
    wanted = sorted(_beside(chart), key=lambda label: -label[1])
    heights: list[float] = []
    for _, value, _ in wanted:
        y = scale.y(value) + 4
        heights.append(max(y, heights[-1] + _APART) if heights else y)
    excess = max(heights[-1] - (_BOTTOM + 4), 0) if heights else 0
    for i in range(len(heights) - 1, -1, -1):
        most = heights[i + 1] - _APART if i + 1 < len(heights) else heights[i] - excess
        heights[i] = min(heights[i], most)
    for (text, _, color), y in zip(wanted, heights, strict=True):
        yield _text(scale.right + 10, y, text, fill=color, weight=600)
    if not chart.points:
        return
    last = chart.points[-1]
    x, y = scale.x(last.at), scale.y(last.value)
    yield f'<circle cx="{x}" cy="{y}" r="4.5" fill="{_color(chart)}" stroke="#ffffff" stroke-width="1.5"/>'  # fmt: skip
    if not _is_recent(chart):
        text = f"{_newest(chart)} on {last.at.astimezone(UTC).day} {last.at.astimezone(UTC):%b}"
        goes_left = x - len(text) * _BOLD > scale.left
        yield _text(x if goes_left else x + 8, y - 10, text, anchor="end" if goes_left else "start", fill=_color(chart), weight=600, halo=True)  # fmt: skip


def _is_recent(chart: Chart) -> bool:
    """Whether the newest reading is at the right edge, where its figure stands beside it."""
    if not chart.points:
        return False
    age = chart.today - chart.points[-1].at.astimezone(UTC).date()
    return age * 20 <= chart.today - chart.since


def _newest(chart: Chart) -> str:
    last = chart.points[-1].value
    share = f" ({percent(last, chart.limit)})" if isinstance(chart.limit, Decimal) and chart.limit else ""  # fmt: skip
    return f"{plain_number(last)}{share}"


def _color(chart: Chart) -> str:
    is_over = isinstance(chart.limit, Decimal) and chart.points[-1].value > chart.limit
    return _OVER if is_over else _USED


def _text(
    x: float,
    y: float,
    said: str,
    *,
    anchor: str = "start",
    fill: str = _INK,
    size: int = 12,
    weight: int = 400,
    halo: bool = False,
) -> str:
    """A label; with a white edge under it where lines run, as a text of its own: not every reader paints edges first."""
    bold = f' font-weight="{weight}"' if weight != 400 else ""
    sized = f' font-size="{size}"' if size != 12 else ""
    to = f' text-anchor="{anchor}"' if anchor != "start" else ""
    shape = f'<text x="{x:.1f}" y="{y:.1f}"{to}{sized}{bold} aria-hidden="true"'
    words = f"{_safe(said)}</text>"
    edge = (
        f'{shape} fill="none" stroke="#ffffff" stroke-width="4" stroke-linejoin="round">{words}\n'
    )
    return f'{edge if halo else ""}{shape} fill="{fill}">{words}'


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _safe(text: str) -> str:
    """Text as XML may hold it: without the characters that no XML has."""
    return escape("".join(c for c in text if c.isprintable() or c == " "), quote=True)


def _plain_id(key: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in key) or "meter"
