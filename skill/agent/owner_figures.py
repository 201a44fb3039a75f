"""The figures of an owner task: each meter against its limit, the signals that hold, what use brought, and the chart's readings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from skill.agent.languages import ORIGINAL
from skill.agent.packet import value_slots
from skill.agent.slots import Evidence
from skill.agent.wording import Wording
from skill.model.common import plain_number
from skill.model.playbook import Meter, Playbook
from skill.model.readiness import AccountReadiness, Allowance
from skill.model.receipt import Receipt
from skill.model.rules import Truth
from skill.model.task import Chart, Point, SignalLine, UsageLine, ValueSaid
from skill.policy import gate
from skill.policy.account.allowances import allowance, projection, share_of
from skill.policy.signals.record import Record

FURTHEST_DAYS = 182
"""So far back a chart reaches, where there is anything to draw."""
FEWEST_DAYS = 28
_READINGS = "usage readings"


def usage_lines(record: Record) -> tuple[UsageLine, ...]:
    """Every meter that was read or has a limit: the nearest to its limit first, then those that nobody can say."""
    found = [
        line
        for key, meter in record.playbook.meters.items()
        for line in [_usage(record, key, meter)]
        if line.limit is not None or line.as_of is not None
    ]
    return tuple(sorted(found, key=lambda u: (u.share is None, -(u.share or 0))))


def _usage(record: Record, key: str, meter: Meter) -> UsageLine:
    course, limit = record.course(key), allowance(record, key)
    return UsageLine(
        meter=key,
        name=_spoken(meter.name),
        unit=meter.unit,
        used=course.newest,
        limit=limit.value if limit else None,
        share=share_of(course.newest, limit),
        projected=projection(record, key)[0],
        as_of=course.ats[-1] if course.ats else None,
        stale=bool(course.ats) and not course.is_fresh,
        source=_READINGS,
        limit_source=_whence(limit),
    )


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _whence(limit: Allowance | None) -> str:
    """`Business, product-bundles.md:195`; `override` for a limit of the account's own."""
    if limit is None:
        return ""
    where = f"{limit.topic}:{limit.line}" if limit.topic else ""
    said = ", ".join(x for x in (" and ".join(limit.names), where) if x)
    return said or limit.source


def signal_lines(told: AccountReadiness) -> tuple[SignalLine, ...]:
    """The signals that hold now, each with its figure."""
    return tuple(
        SignalLine(
            key=s.key,
            name=s.name,
            counts=s.counts,
            value=s.value if isinstance(s.value, str) else _figure(s.value),
            unit=s.unit,
            holds_when=s.holds_when,
            window=s.window,
            as_of=s.as_of,
            source=f"{s.topic}:{s.line}",
        )
        for s in told.signals
        if s.truth is Truth.TRUE
    )


def _figure(value: Decimal | None) -> str:
    return plain_number(value) if value is not None else "not known"


def value_said(playbook: Playbook, brought: Receipt) -> tuple[ValueSaid, ...]:
    """What use brought lately, in the words that customers are told it with."""
    words, evidence = Wording(playbook, ORIGINAL), Evidence(playbook)
    out = []
    for line in brought.lines:
        values = value_slots(line)
        quotes = (playbook.features[line.feature].quotes, playbook.defaults)
        quote = words.choose("Value", quotes, values)
        if quote is not None:
            text, _ = evidence.quote(quote, values)
            source = f"{line.counts} ({line.topic}:{line.line})"
            out.append(ValueSaid(text=text, as_of=line.as_of, source=source))
    return tuple(out)


def chart_of(record: Record, meter: str) -> Chart | None:
    """The readings of one meter for a chart: the last of each day, as far back as there are any worth drawing."""
    known = record.playbook.meters.get(meter)
    if known is None:
        return None
    course, limit = record.course(meter), allowance(record, meter)
    today = record.now.astimezone(UTC).date()
    days = _daily(course.ats, today)
    first = min(days, default=today)
    since = min(first, today - timedelta(days=FEWEST_DAYS - 1))
    points = (Point(at=course.ats[i], value=v) for i in days.values() if (v := course.values[i]) is not None)  # fmt: skip
    return Chart(
        meter=meter,
        name=_spoken(known.name),
        unit=known.unit,
        limit=limit.value if limit else None,
        since=since,
        today=today,
        starts=tuple(_starts(known, since, today)),
        points=tuple(points),
        as_of=course.ats[-1] if course.ats else None,
        source=_READINGS,
    )


def _daily(ats: Sequence[datetime], today: date) -> dict[date, int]:
    """The place of the last reading of each day that is drawn, in order."""
    first = today - timedelta(days=FURTHEST_DAYS - 1)
    days = ((at.astimezone(UTC).date(), i) for i, at in enumerate(ats))
    return {day: i for day, i in days if first <= day <= today}


def _starts(meter: Meter, since: date, today: date) -> Iterator[date]:
    """The days on which a meter begins again, of those that are drawn."""
    day = since
    while day <= today:
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if gate.period_start(meter, at + timedelta(hours=12)) == at:
            yield day
        day += timedelta(days=1)
