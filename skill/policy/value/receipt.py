"""The value receipt of an account: what its Topics count as value, counted from what was reported, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

from skill.model.account import Customer
from skill.model.common import plain_number, slug
from skill.model.playbook import Feature, Playbook, Saving, Worth
from skill.model.receipt import Receipt, Saved, ValueLine
from skill.policy import rules
from skill.policy.signals.counts import happenings
from skill.policy.signals.record import Record

DAYS = 30
"""The window of a receipt."""
_SECONDS = {"second": Decimal(1), "minute": Decimal(60), "hour": Decimal(3600)}
_AT_LEAST = {"hour": 5, "minute": 5}
"""Time is told in the largest unit of which there are so many: rounded to a whole one it is at most a tenth off."""
_DAY = timedelta(days=1)


def receipt(playbook: Playbook, customer: Customer, now: datetime, *, days: int = DAYS) -> Receipt:
    """What the features of these Topics brought this account in the last days, in the Topics' order.

    A figure is exact: the events of the window, or the newest fact told in it. Where nothing was reported there is
    no line, as nobody knows whether it was none. Time saved is what the Topic says each one saves, times that many.
    """
    record = Record(playbook, customer, now)
    lines: list[ValueLine] = []
    missing: list[str] = []
    for feature in playbook.features.values():
        if feature.worth is None:
            continue
        is_event = feature.worth.counts.what == "events"
        find = _happened if is_event else _told
        line = find(record, feature, feature.worth, days)
        if line is not None:
            lines.append(line)
        elif not (is_event and _heard_all(record, days)):
            missing.append(feature.worth.text)
    return Receipt(at=record.now, days=days, lines=tuple(lines), missing=tuple(missing))


def _heard_all(record: Record, days: int) -> bool:
    """Whether events of this account were reported over the whole window: then a count of none is known."""
    return record.hears_events and record.heard_since <= record.now - days * _DAY


def _happened(record: Record, feature: Feature, worth: Worth, days: int) -> ValueLine | None:
    """The events of the window, its end exclusive; of the part of it in which events are reported at all."""
    if not record.hears_events:
        return None
    start = record.now - days * _DAY
    times = [at for at in happenings(worth.counts, record.playbook)(record) if at >= start]
    if not times:
        return None
    since = max(start, record.heard_since)
    heard = (record.now - since) / _DAY
    n_days = min(days, int(Decimal(heard).to_integral_value(rounding=ROUND_CEILING)))
    count = Decimal(len(times))
    return ValueLine(
        feature=feature.key,
        name=feature.name,
        counts=worth.text,
        source="events",
        count=count,
        window=f"the last {n_days} days" if n_days > 1 else "the last day",
        since=since,
        until=record.now,
        as_of=times[-1],
        saved=saved(worth.each, count),
        topic=worth.span.file,
        line=worth.span.line,
    )


def _told(record: Record, feature: Feature, worth: Worth, days: int) -> ValueLine | None:
    """The newest fact of this name, where it is a number, was told in the window, and is not past its age."""
    key = slug(worth.counts.name)
    told = [f for f in record.customer.facts if slug(f.name) == key and f.as_of <= record.now]
    newest = max(told, key=lambda f: f.as_of, default=None)
    value = record.known(key)
    count = None if value is None else rules.number_of(value)
    if newest is None or count is None or count <= 0 or newest.as_of < record.now - days * _DAY:
        return None
    return ValueLine(
        feature=feature.key,
        name=feature.name,
        counts=worth.text,
        source="facts",
        count=count,
        until=record.now,
        as_of=newest.as_of,
        saved=saved(worth.each, count),
        topic=worth.span.file,
        line=worth.span.line,
    )


def saved(each: Saving | None, count: Decimal) -> Saved | None:
    """So many times what each one saves: exact in seconds, told in whole hours, minutes or seconds; None for less."""
    if each is None:
        return None
    seconds = each.figure * _SECONDS[each.unit] * count
    unit = next(
        (u for u, n in _AT_LEAST.items() if seconds >= n * _SECONDS[u]),
        "second",
    )
    whole = (seconds / _SECONDS[unit]).to_integral_value(rounding=ROUND_HALF_EVEN)
    if not whole:
        return None
    return Saved(
        seconds=seconds,
        text=_time(whole, unit),
        each=_time(each.figure, each.unit),
    )


def _time(figure: Decimal, unit: str) -> str:
    # Without separators: that is how a length of time is read again in every language.
    digits = plain_number(figure).replace(",", "")
    return f"{digits} {unit}{'' if figure == 1 else 's'}"
