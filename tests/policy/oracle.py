"""A plain, slow second opinion on thresholds: day by day, reading by reading, with nothing shared but the types."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from skill.model.account import Customer
from skill.model.rules import Count, Holds, Truth, Window

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
UNIT = {"hour": 3600, "day": 86400, "week": 7 * 86400, "month": 30 * 86400}
Points = list[tuple[datetime, Decimal | Fraction | None]]


@dataclass
class World:
    """One account as a property test makes it up; the limit is a number, `unlimited`, or `unknown`."""

    customer: Customer
    now: datetime
    zone: str
    limit: str
    commit: int | None
    resets: dict[str, str]

    def seconds_ago(self, at: datetime) -> float:
        return (self.now - at).total_seconds()

    def period(self, meter: str) -> tuple[datetime, datetime] | None:
        if self.resets[meter] != "monthly":
            return None
        first = datetime(self.now.year, self.now.month, 1, tzinfo=UTC)
        days = calendar.monthrange(self.now.year, self.now.month)[1]
        return first, first + timedelta(days=days)

    def points(self, meter: str) -> Points:
        found = [
            (r.at, r.value) for r in self.customer.usage if r.meter == meter and r.at <= self.now
        ]
        return sorted(found)  # type: ignore[return-value]

    def facts(self, name: str) -> Points:
        told = [(f.as_of, Decimal(str(f.value))) for f in self.customer.facts if f.name == name]
        return sorted(p for p in told if p[0] <= self.now)  # type: ignore[return-value]

    def is_fresh(self, meter: str) -> bool:
        points = self.points(meter)
        if not points:
            return False
        last = points[-1][0]
        period = self.period(meter)
        return self.seconds_ago(last) <= 48 * 3600 and (period is None or last >= period[0])


def judge(count: Count, holds: Holds, window: Window, world: World) -> Truth:
    """What the row says of this account."""
    if count.what in ("events", "attempts", "attempts_in", "views"):
        return of_events(count, holds, window, world)
    if count.what == "meter":
        limit = limited(holds, count.name, world)
        if isinstance(limit, Truth):
            return limit
        points = world.points(count.name)
        if not world.is_fresh(count.name):
            return U
        if holds.op == "on_pace":
            return on_pace(points, limit, window, world, count.name)
        counted = world.resets[count.name] != "never" and window.kind in ("last", "each")
        if counted and holds.op in ("at_least", "more_than", "at_most", "less_than"):
            return used(points, holds, window, world)
        return of_course(points, limit, holds, window, world, world.period(count.name))
    if count.what == "ratio":
        points = ratio(world.points(count.name), world.points(count.other))
        fresh = world.is_fresh(count.name) and world.is_fresh(count.other)
        period = world.period(count.name) or world.period(count.other)
    else:
        points = world.facts(count.name)
        fresh, period = bool(points), None
    if not fresh or points[-1][1] is None:
        return U
    return of_course(points, holds.figures[0], holds, window, world, period)


def limited(holds: Holds, meter: str, world: World) -> Truth | Decimal:
    """What a value is compared with: the figure, or what the limit or commit makes of it."""
    figure = holds.figures[0] if holds.figures else Decimal(0)
    if holds.op == "at_least_percent_of_commit":
        if world.commit is None:
            return U
        return F if world.commit == 0 else figure * world.commit
    if holds.op not in ("at_least_percent_of_limit", "at_most_left", "on_pace"):
        return figure
    if world.limit == "unknown":
        return U
    if world.limit in ("unlimited", "0"):
        return F
    limit = Decimal(world.limit)
    return {
        "at_least_percent_of_limit": figure * limit,
        "at_most_left": limit - figure,
        "on_pace": limit,
    }[holds.op]


def so(holds: Holds, value: Decimal, bar: Decimal) -> bool:
    if holds.op == "more_than":
        return value > bar
    if holds.op == "at_most":
        return value <= bar
    if holds.op == "less_than":
        return value < bar
    return value >= bar


def ratio(above: Points, below: Points) -> Points:
    out: Points = []
    for at in sorted({p[0] for p in above} | {p[0] for p in below}):
        a = [v for t, v in above if t <= at]
        b = [v for t, v in below if t <= at]
        if a and b:
            # Exact: a growth of just a half is one, whatever thirds it is made of.
            out.append((at, Fraction(a[-1]) / Fraction(b[-1]) if b[-1] else None))  # type: ignore[arg-type]
    return out


def bucket(at: datetime, unit: str, world: World) -> int:
    """Which unit before now it lies in: 0 is the newest; the start of each belongs to it."""
    ago = round(world.seconds_ago(at) * 1_000_000)
    return max(-(-ago // (UNIT[unit] * 1_000_000)) - 1, 0)


def standing(points: Points, at: datetime) -> Decimal | Fraction | None:
    """The last value told until then."""
    found = [v for t, v in points if t <= at]
    return found[-1] if found else None


def enough(truths: list[Truth], needed: int) -> Truth:
    if truths.count(T) >= needed:
        return T
    return U if truths.count(T) + truths.count(U) >= needed else F


def needed(window: Window) -> int:
    return window.n if window.kind == "each" else window.at_least


def parts(
    points: Points, window: Window, world: World, since: datetime | None
) -> list[Points | None]:
    """What was told in each part, the newest first; None for a part that lies before the meter's period."""
    out: list[Points | None] = []
    zone = ZoneInfo(world.zone)
    for i in range(window.n):
        if window.kind == "sustained" and window.unit == "day":
            day = world.now.astimezone(zone).date() - timedelta(days=i)
            mine = [p for p in points if p[0].astimezone(zone).date() == day]
            after = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
            ends = after.astimezone(UTC)
        else:
            mine = [p for p in points if bucket(p[0], window.unit, world) == i]
            ends = world.now - timedelta(seconds=i * UNIT[window.unit])
        if since is not None and window.kind == "sustained" and ends <= since:
            out.append(None)
        else:
            out.append([p for p in mine if since is None or window.kind == "each" or p[0] >= since])
    return out


def start(window: Window, world: World, back: int) -> datetime:
    """Where the part so many units back begins."""
    if window.kind == "sustained" and window.unit == "day":
        zone = ZoneInfo(world.zone)
        day = world.now.astimezone(zone).date() - timedelta(days=back)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    return world.now - timedelta(seconds=(back + 1) * UNIT[window.unit])


def of_course(
    points: Points,
    bar: Decimal,
    holds: Holds,
    window: Window,
    world: World,
    period: tuple[datetime, datetime] | None,
) -> Truth:
    since = period[0] if period else None
    if holds.op in ("grew", "grew_percent"):
        return grew(points, holds, window, world, since)
    if holds.op == "crosses":
        return crosses(points, holds, window, world, since)
    if window.kind in ("now", "period"):
        value = points[-1][1]
        assert value is not None
        return T if so(holds, value, bar) else F
    if window.kind == "last":
        length = window.n * UNIT[window.unit]
        lately = [v for t, v in points if world.seconds_ago(t) <= length and v is not None]
        if not lately:
            return U
        return T if any(so(holds, v, bar) for v in lately) else F
    truths = []
    for told in parts(points, window, world, since):
        if told is None:
            truths.append(F)
        elif not told or told[-1][1] is None:
            truths.append(U)
        else:
            truths.append(T if so(holds, told[-1][1], bar) else F)
    return enough(truths, needed(window))


def grew(
    points: Points, holds: Holds, window: Window, world: World, since: datetime | None
) -> Truth:
    if window.kind == "now":
        return grew_since(points, holds, since, None)
    if window.kind == "period":
        return grew_since(points, holds, since, None)
    if window.kind == "last":
        return grew_since(points, holds, start(window, world, window.n - 1), None)
    truths = []
    for i in range(window.n):
        ends = start(window, world, i - 1) if i else None
        truths.append(grew_since(points, holds, start(window, world, i), ends))
    return enough(truths, needed(window))


def grew_since(
    points: Points, holds: Holds, begins: datetime | None, ends: datetime | None
) -> Truth:
    before = standing(points, begins) if begins else None
    until = [v for t, v in points if ends is None or t < ends]
    after = until[-1] if until else None
    if before is None or after is None or (holds.op == "grew_percent" and before == 0):
        return U
    grown = (after - before) / before if holds.op == "grew_percent" else after - before
    return T if grown >= holds.figures[0] else F


def crosses(
    points: Points, holds: Holds, window: Window, world: World, since: datetime | None
) -> Truth:
    if window.kind in ("each", "sustained"):
        return U
    value = points[-1][1]
    assert value is not None
    reached = [f for f in holds.figures if f <= value]
    if not reached:
        return F
    if window.kind == "now":
        return T if any(v is not None and v < reached[-1] for _, v in points) else U
    begins = since if window.kind == "period" else start(window, world, window.n - 1)
    first = standing(points, begins) if begins else None
    seen = [first] + [v for t, v in points if begins is None or t >= begins]
    if any(v is not None and v < reached[-1] for v in seen):
        return T
    return U if first is None else F


def used(points: Points, holds: Holds, window: Window, world: World) -> Truth:
    """What a counter that resets counted, part by part."""
    truths = []
    spans = (
        [(start(window, world, window.n - 1), None)]
        if window.kind == "last"
        else [
            (start(window, world, i), start(window, world, i - 1) if i else None)
            for i in range(window.n)
        ]
    )
    for begins, ends in spans:
        last = standing(points, begins)
        if last is None:
            truths.append(U)
            continue
        total = Decimal(0)
        for at, value in points:
            if at >= begins and (ends is None or at < ends) and value is not None:
                total += value - last if value >= last else value
                last = value
        truths.append(T if so(holds, total, holds.figures[0]) else F)
    return enough(truths, len(spans))


def on_pace(points: Points, limit: Decimal, window: Window, world: World, meter: str) -> Truth:
    period = world.period(meter)
    if period is None:
        return U
    first, end = period

    def passes(at: datetime, value: Decimal) -> bool:
        gone = Decimal(str(max((at - first).total_seconds(), 0.000001)))
        whole = Decimal(str((end - first).total_seconds()))
        if value >= limit:
            return True
        return gone / whole >= Decimal("0.25") and value * whole / gone >= limit

    if window.kind in ("now", "period", "last"):
        return T if passes(*points[-1]) else F  # type: ignore[arg-type]
    truths = []
    for told in parts(points, window, world, first):
        if told is None:
            truths.append(F)
        elif not told:
            truths.append(U)
        else:
            truths.append(T if passes(*told[-1]) else F)  # type: ignore[arg-type]
    return enough(truths, needed(window))


def of_events(count: Count, holds: Holds, window: Window, world: World) -> Truth:
    if not world.customer.events:
        return U
    times = []
    for event in world.customer.events:
        said = event.properties
        fits = {
            "events": event.name == count.name and all(said.get(k) == v for k, v in count.where),
            "views": event.name == "view" and said.get("page") == count.name,
            "attempts": event.name == "attempt" and said.get("feature") == count.name,
            "attempts_in": event.name == "attempt" and said.get("feature") in ("export", "import"),
        }[count.what]
        if fits and event.at < world.now:
            times.append(event.at)
    if holds.op in ("grew", "grew_percent"):
        return events_grew(times, holds, window, world)
    if holds.op == "crosses":
        if window.kind in ("each", "sustained"):
            return U
        return T if n_of(times, window, world) >= holds.figures[0] else F
    if window.kind in ("each", "sustained"):
        told = parts([(t, None) for t in times], window, world, None)
        truths = [T if so(holds, Decimal(len(p or [])), holds.figures[0]) else F for p in told]
        return enough(truths, needed(window))
    return T if so(holds, Decimal(n_of(times, window, world)), holds.figures[0]) else F


def n_of(times: list[datetime], window: Window, world: World) -> int:
    if window.kind == "now":
        return len(times)
    if window.kind == "period":
        return sum((t.year, t.month) == (world.now.year, world.now.month) for t in times)
    return sum(world.seconds_ago(t) <= window.n * UNIT[window.unit] for t in times)


def events_grew(times: list[datetime], holds: Holds, window: Window, world: World) -> Truth:
    if window.kind != "last":
        return U
    length = window.n * UNIT[window.unit]
    now = sum(world.seconds_ago(t) <= length for t in times)
    before = sum(length < world.seconds_ago(t) <= 2 * length for t in times)
    heard = max(world.seconds_ago(e.at) for e in world.customer.events)
    if heard < 2 * length or (holds.op == "grew_percent" and before == 0):
        return U
    grown = Decimal(now - before) / before if holds.op == "grew_percent" else Decimal(now - before)
    return T if grown >= holds.figures[0] else F
