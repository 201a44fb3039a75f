"""Signals: what each threshold row says about this account now, from dated readings, events and facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from skill.model.account import Customer, Event
from skill.model.common import plain_number, slug
from skill.model.decision import EffectiveLimit, Signal
from skill.model.playbook import Playbook
from skill.model.rules import Count, Holds, Threshold, Truth, Window
from skill.policy import gate, rules

_UNITS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
_EVENTS = ("events", "attempts", "attempts_in", "views")


class _Found:
    """One count judged: its value of truth, the figures its words may use, and what was missing."""

    def __init__(
        self,
        truth: Truth,
        figures: dict[str, str] | None = None,
        evidence: tuple[str, ...] = (),
        missing: tuple[str, ...] = (),
    ) -> None:
        self.truth = truth
        self.figures = figures or {}
        self.evidence = evidence
        self.missing = missing


def moments(playbook: Playbook, customer: Customer, now: datetime) -> dict[str, Truth]:
    """Every moment of the journey: reached, not, or unknown; its own fact goes before its rule."""
    return {key: _moment(key, playbook, customer, now) for key in playbook.moments}


def _moment(key: str, playbook: Playbook, customer: Customer, now: datetime) -> Truth:
    moment = playbook.moments[key]
    own = rules.known_value(key, playbook, customer, now)
    if own is not None:
        return _truth(str(own).lower() in ("true", "yes", "reached", "1"))
    if moment.count is None or moment.holds is None or moment.window is None:
        return Truth.UNKNOWN
    return judge(moment.count, moment.holds, moment.window, playbook, customer, now).truth


def signals(
    playbook: Playbook,
    customer: Customer,
    now: datetime,
    reached: Mapping[str, Truth] | None = None,
) -> tuple[Signal, ...]:
    """Every threshold row as a signal: true, false or unknown; unknown names what was missing.

    `reached` holds the moments of the journey, for audiences whose rules name them.
    """
    standing = rules.Standing(moments=reached or {})
    return tuple(_signal(row, playbook, customer, now, standing) for row in playbook.thresholds)


def standing(found: Sequence[Signal], ready: Truth, reached: Mapping[str, Truth]) -> rules.Standing:
    """What rules may ask about: readiness, signals and moments."""
    return rules.Standing(
        ready=ready, signals={s.key: s.truth for s in found}, moments=dict(reached)
    )


def _signal(
    row: Threshold,
    playbook: Playbook,
    customer: Customer,
    now: datetime,
    standing: rules.Standing,
) -> Signal:
    parts = [judge(c, row.holds, row.window, playbook, customer, now) for c in row.counts]
    if row.audience:
        audience = playbook.audiences[row.audience]
        value, missing = rules.judge(audience.rule, playbook, customer, now, standing)
        parts.append(_Found(value, missing=missing))
    values = [p.truth for p in parts]
    truth = (
        Truth.FALSE
        if Truth.FALSE in values
        else Truth.UNKNOWN
        if Truth.UNKNOWN in values
        else Truth.TRUE
    )
    return Signal(
        key=row.key,
        truth=truth,
        means=row.means,
        offer=row.offer,
        figures={k: v for p in parts for k, v in p.figures.items()} if truth is Truth.TRUE else {},
        evidence=tuple(e for p in parts for e in p.evidence),
        missing=tuple(
            dict.fromkeys(m for p in parts if p.truth is Truth.UNKNOWN for m in p.missing)
        ),
        span=row.span,
    )


def judge(
    count: Count,
    holds: Holds,
    window: Window,
    playbook: Playbook,
    customer: Customer,
    now: datetime,
) -> _Found:
    """One count of a threshold against its figure over its window."""
    if count.what == "meter":
        return _meter(count, holds, window, playbook, customer, now)
    if count.what in _EVENTS:
        return _events(count, holds, window, playbook, customer, now)
    if count.what == "fact":
        return _fact(count, holds, playbook, customer, now)
    return _Found(Truth.UNKNOWN, missing=(f"{count.name} / {count.other}",))


def _meter(
    count: Count,
    holds: Holds,
    window: Window,
    playbook: Playbook,
    customer: Customer,
    now: datetime,
) -> _Found:
    limit = gate.effective_limit(playbook, customer, count.name, now)
    by_days = window.kind == "sustained" and window.unit == "day" and window.at_least > 0
    if window.kind not in ("now", "period") and not by_days:
        return _Found(Truth.UNKNOWN, missing=(f"{count.name} over {said(window)}",))
    if by_days and limit is not None:
        began = gate.period_start(playbook.meters.get(count.name), now)
        return _sustained(count, holds, window, customer, limit, now, began)
    used = _reading(count.name, playbook, customer, limit, now)
    if used is None:
        return _Found(Truth.UNKNOWN, missing=(f"usage of {count.name}",))
    truth = _against_limit(holds, used, limit)
    if truth is Truth.UNKNOWN:
        return _Found(truth, missing=(f"limit of {count.name}",))
    return _Found(truth, _limit_figures(used, limit), evidence=(f"usage.{count.name}",))


def _reading(
    meter: str, playbook: Playbook, customer: Customer, limit: EffectiveLimit | None, now: datetime
) -> Decimal | None:
    if limit is not None:
        return limit.used
    bare = EffectiveLimit(meter=meter, value=None, source="none")
    return gate.with_usage(bare, playbook, customer, now).used


def _against_limit(holds: Holds, used: Decimal, limit: EffectiveLimit | None) -> Truth:
    value = limit.value if limit else None
    figure = holds.figures[0] if holds.figures else Decimal(0)
    if holds.op == "at_least_percent_of_limit":
        if limit is None:
            return Truth.UNKNOWN
        return _truth(value is not None and value > 0 and used >= figure * value)
    if holds.op == "at_most_left":
        if limit is None:
            return Truth.UNKNOWN
        return _truth(value is not None and value - used <= figure)
    return compare(holds, used)


def compare(holds: Holds, value: Decimal) -> Truth:
    """A plain number against the figure; unknown for forms that need the past."""
    figure = holds.figures[0] if holds.figures else Decimal(0)
    forms = {
        "at_least": value >= figure,
        "more_than": value > figure,
        "at_most": value <= figure,
        "less_than": value < figure,
    }
    return _truth(forms[holds.op]) if holds.op in forms else Truth.UNKNOWN


def _sustained(
    count: Count,
    holds: Holds,
    window: Window,
    customer: Customer,
    limit: EffectiveLimit,
    now: datetime,
    began: datetime,
) -> _Found:
    """On so many of the last days of this period, by the highest reading of each day that has one."""
    start = max(now - window.n * _UNITS[window.unit], began)
    highest: dict[str, Decimal] = {}
    for reading in customer.usage:
        if reading.meter == count.name and start < reading.at <= now:
            day = reading.at.date().isoformat()
            highest[day] = max(highest.get(day, Decimal(0)), reading.value)
    held = sum(_against_limit(holds, v, limit) is Truth.TRUE for v in highest.values())
    if held >= window.at_least:
        used = limit.used if limit.used is not None else max(highest.values())
        return _Found(Truth.TRUE, _limit_figures(used, limit), (f"usage.{count.name}",))
    days = min(window.n, (now.date() - start.date()).days + 1)
    could = held + days - len(highest)
    if could >= window.at_least:
        return _Found(Truth.UNKNOWN, missing=(f"usage of {count.name} on {window.n} days",))
    return _Found(Truth.FALSE)


def _limit_figures(used: Decimal, limit: EffectiveLimit | None) -> dict[str, str]:
    figures = {"value": plain_number(used), "used": plain_number(used)}
    if limit is not None and limit.value is not None:
        figures["limit"] = plain_number(limit.value)
        figures["left"] = plain_number(max(limit.value - used, Decimal(0)))
        if limit.value > 0:
            figures["percent"] = f"{int(used * 100 / limit.value)}%"
    return figures


def _events(
    count: Count,
    holds: Holds,
    window: Window,
    playbook: Playbook,
    customer: Customer,
    now: datetime,
) -> _Found:
    if window.kind in ("sustained", "period"):
        return _Found(Truth.UNKNOWN, missing=(f"{count.name} over {said(window)}",))
    if "events" in customer.unavailable or not customer.events:
        return _Found(Truth.UNKNOWN, missing=(f"events for {count.name}",))
    matching = sorted(e.at for e in customer.events if e.at <= now and _matches(e, count, playbook))
    if window.kind == "each":
        unit = _UNITS[window.unit]
        spans = [(now - (i + 1) * unit, now - i * unit) for i in range(window.n)]
        counts = [sum(start < at <= end for at in matching) for start, end in spans]
        truths = [compare(holds, Decimal(n)) for n in counts]
        truth = Truth.TRUE if all(t is Truth.TRUE for t in truths) else Truth.FALSE
        total = sum(counts)
    else:
        length = window.n * _UNITS[window.unit] if window.kind == "last" else _UNITS["month"]
        total = sum(now - length < at <= now for at in matching)
        truth = compare(holds, Decimal(total))
    figures = {
        "count": plain_number(Decimal(total)),
        "value": plain_number(Decimal(total)),
        "window": said(window),
    }
    return _Found(truth, figures, (f"events.{count.name}",))


def _matches(event: Event, count: Count, playbook: Playbook) -> bool:
    """Attempts arrive as the event `attempt` with the property `feature`, views as `view` with `page`."""
    if count.what == "events":
        wanted = all(slug(str(event.properties.get(k, ""))) == slug(v) for k, v in count.where)
        return event.name == count.name and wanted
    if count.what == "views":
        return event.name == "view" and slug(str(event.properties.get("page", ""))) == slug(
            count.name
        )
    if event.name != "attempt":
        return False
    feature = slug(str(event.properties.get("feature", "")))
    if count.what == "attempts":
        return feature == count.name
    return feature in playbook.bundles[count.name].unlocks


def said(window: Window) -> str:
    """The window as words for a `{window}` slot."""
    if window.kind == "last":
        return f"the last {window.n} {window.unit}s" if window.n > 1 else f"the last {window.unit}"
    if window.kind in ("each", "sustained"):
        return f"the last {window.n} {window.unit}s"
    return {"now": "the last 30 days", "period": "this period"}[window.kind]


def _fact(
    count: Count, holds: Holds, playbook: Playbook, customer: Customer, now: datetime
) -> _Found:
    value = rules.known_value(slug(count.name), playbook, customer, now)
    if value is None:
        return _Found(Truth.UNKNOWN, missing=(f"fact {count.name}",))
    if holds.op == "is":
        return _Found(
            _truth(slug(str(value)) == slug(holds.word)), evidence=(f"fact.{count.name}",)
        )
    if not isinstance(value, Decimal):
        return _Found(Truth.UNKNOWN, missing=(f"fact {count.name}",))
    return _Found(compare(holds, value), {"value": plain_number(value)}, (f"fact.{count.name}",))


def _truth(holds: bool) -> Truth:
    return Truth.TRUE if holds else Truth.FALSE


def holding(found: Sequence[Signal], offer: str) -> tuple[Signal, ...]:
    """The signals that hold for an offer, ready ones first."""
    mine = [s for s in found if s.offer == offer and s.truth is Truth.TRUE]
    return tuple(sorted(mine, key=lambda s: s.means != "ready"))
