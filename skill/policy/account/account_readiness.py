"""The readiness of one account, told: what every signal says, on which figures, and how far each is from holding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from skill.model.account import Customer, Person
from skill.model.common import slug
from skill.model.playbook import Moment, Playbook
from skill.model.readiness import (
    AccountReadiness,
    HeldBack,
    Level,
    Measured,
    MomentTold,
    OfferReadiness,
    SignalTold,
)
from skill.model.rules import Holds, Threshold, Truth, Window
from skill.model.topic import Row, Span
from skill.policy import gate, restraint, routing
from skill.policy.account.measured import measured
from skill.policy.signals import readiness, signals
from skill.policy.signals.found import COMPARISONS, plain_figure
from skill.policy.signals.growth import GREW
from skill.policy.signals.record import Record
from skill.policy.signals.thresholds import Judged, compiled_moments
from skill.policy.signals.windows import said

_NEVER = Decimal(2)
"""Stands behind every figure: use alone does not bring such a row to hold."""
_FALLING = ("at_most", "less_than")


def told(
    playbook: Playbook,
    customer: Customer,
    now: datetime,
    since: Mapping[str, datetime] = MappingProxyType({}),
) -> AccountReadiness:
    """Everything that makes this account ready or not, as a sweep sees it: nobody asks, so no person has a say.

    Signals stand in the order of who reads them: those that hold, those that are unknown, then the nearest.
    `since` says since when each holds, where a sweep saw it.
    """
    whose = customer.model_copy(update={"person": Person(id="")})
    record = Record(playbook, whose, now)
    reached = signals.moments(record)
    judged = signals.judged(record, reached)
    rows = _rows(playbook)
    all_told = [
        (nearness(row, one, signal), signal)
        for row, one in zip(playbook.thresholds, judged, strict=True)
        for signal in [_signal(row, one, record, rows, since)]
    ]
    plan = gate.held_plan(playbook, whose)
    offers = tuple(_offers(record, judged))
    return AccountReadiness(
        account=whose.account.id,
        plan=whose.account.plan,
        plan_name=plan.name if plan else "",
        at=record.now,
        topics_version=playbook.version,
        upsell_readiness=readiness.surest(one.level for one in offers),
        offers=offers,
        signals=tuple(signal for _, signal in sorted(all_told, key=lambda pair: pair[0])),
        journey=tuple(_moment(m, reached[key], record) for key, m in playbook.moments.items()),
        held_back=_held_back(record, judged, reached),
        unavailable=whose.unavailable,
    )


def _offers(record: Record, judged: tuple[Judged, ...]) -> Iterable[OfferReadiness]:
    """Each offer that a signal speaks for, in the order of the rows."""
    found = [one.signal for one in judged]
    held = {b.key for b in gate.held_bundles(record.playbook, record.customer, record.now)}
    plan = gate.held_plan(record.playbook, record.customer)
    for key in dict.fromkeys(one.offer for one in found):
        verdict = readiness.readiness(key, found)
        level: Level = verdict.level
        yield OfferReadiness(
            offer=key,
            name=_name(record.playbook, key),
            level=level,
            signals=verdict.signals,
            held=key in held or (plan is not None and plan.key == key),
        )


def _name(playbook: Playbook, bundle: str) -> str:
    found = playbook.bundles.get(bundle)
    return found.name if found else bundle


def _signal(
    row: Threshold,
    judged: Judged,
    record: Record,
    rows: Mapping[tuple[str, int], Row],
    since: Mapping[str, datetime],
) -> SignalTold:
    """One row with its figures: those of the count that decides it, and the others beside."""
    parts = [
        measured(count, row.holds, row.window, found, record)
        for count, found in zip(row.counts, judged.found, strict=False)
    ]
    truth = judged.signal.truth
    first = max(range(len(parts)), key=lambda n: (parts[n].truth is truth, _off(row, parts[n])))
    mine = parts.pop(first)
    audience = record.playbook.audiences[row.audience].name if row.audience else ""
    cells = rows.get((row.span.file, row.span.line))
    written = {name: cell.text for name, cell in cells.cells.items()} if cells else {}
    return SignalTold(
        **{
            **{name: getattr(mine, name) for name in Measured.model_fields},
            "truth": truth,
            "missing": judged.signal.missing,
        },
        key=row.key,
        name=row.signal,
        means=row.means,
        offer=row.offer,
        offer_name=_name(record.playbook, row.offer),
        holds_when=written.get(slug("Holds when"), ""),
        window=written.get(slug("Over")) or said(row.window),
        holding_since=since.get(row.key) if truth is Truth.TRUE else None,
        audience=audience,
        in_audience=judged.found[-1].truth if audience else None,
        beside=tuple(parts),
        topic=row.span.file,
        line=row.span.line,
    )


def _rows(playbook: Playbook) -> dict[tuple[str, int], Row]:
    """The rows of the thresholds as they were written, by their place."""
    return {
        (row.span.file, row.span.line): row
        for topic in playbook.topics
        if topic.kind == "usage-thresholds"
        for section in topic.sections
        for row in section.rows
    }


def nearness(row: Threshold, judged: Judged, signal: SignalTold) -> tuple[int, Decimal]:
    """Where a signal stands in the list; of false ones the share of its way that is still to go, the least first."""
    truth = judged.signal.truth
    if truth is not Truth.FALSE:
        return (0 if truth is Truth.TRUE else 1), Decimal(0)
    if signal.in_audience is Truth.FALSE:
        return 2, _NEVER
    return 2, max(_off(row, part) for part in (signal, *signal.beside))


def _off(row: Threshold, part: Measured) -> Decimal:
    """The share of its way that a count has still to go; none for one that holds."""
    if part.distance is None:
        return _NEVER if part.truth is Truth.FALSE else Decimal(0)
    distance = part.distance.figure
    wanted = _wanted(row.holds, row.window, part)
    return distance / wanted if wanted > 0 else Decimal(1)


def _wanted(holds: Holds, window: Window, part: Measured) -> Decimal:
    """The figure that a whole way comes to, in the unit of the distance."""
    assert part.distance is not None
    off = part.distance.figure
    if holds.op in GREW and window.kind not in ("each", "sustained"):
        return plain_figure(holds) * (100 if holds.op == "grew_percent" else 1)
    if window.kind == "sustained":
        return Decimal(window.at_least)
    if window.kind == "each":
        return Decimal(window.n)
    value = part.projected if part.projected is not None else part.value
    if not isinstance(value, Decimal):
        return off
    return value if holds.op in _FALLING and holds.op in COMPARISONS else value + off


def _moment(moment: Moment, truth: Truth, record: Record) -> MomentTold:
    """One moment; its own fact, where it is told, goes before what its Topic measures."""
    figures: Measured | None = None
    by_rule = compiled_moments(record.playbook).get(moment.key)
    if by_rule is not None and record.known(moment.key) is None:
        assert moment.count is not None
        assert moment.holds is not None
        assert moment.window is not None
        figures = measured(moment.count, moment.holds, moment.window, by_rule(record), record)
    return MomentTold(
        key=moment.key,
        name=moment.name,
        truth=truth,
        when=moment.when,
        measured=figures,
        topic=moment.span.file,
        line=moment.span.line,
    )


def _held_back(
    record: Record, judged: tuple[Judged, ...], reached: Mapping[str, Truth]
) -> tuple[HeldBack, ...]:
    """What keeps an offer back that nobody asked for: a play, then restraint; what one person opted out of is not told."""
    found = [one.signal for one in judged]
    standing = signals.standing(found, readiness.of_account(found), reached)
    limits = (
        gate.effective_limit(record.playbook, record.customer, meter, record.now)
        for meter in record.playbook.meters
    )
    route = routing.route(record.playbook, record.customer, record.now, standing, asked=False)
    asking = restraint.Asking(
        record.playbook,
        record.customer,
        record.now,
        limit_reached=any(gate.is_used_up(record.playbook, limit) for limit in limits),
        standing=standing,
        asked=False,
        play=route.play,
        outside=route.outside,
    )
    held, _ = restraint.suppressions(asking)
    by_restraint = (_held(one.because, one.span, one.until) for one in held)
    unread = "account" in record.customer.unavailable
    unheard = (_held("what this account holds could not be read", None, None),) if unread else ()
    return (*unheard, *_by_play(route), *by_restraint)


def _by_play(route: routing.Route) -> Iterable[HeldBack]:
    if route.by is None:
        return
    because = f"the play `{route.by.name}` holds offers back"
    if route.held_back is Truth.UNKNOWN:
        because = f"the play `{route.by.name}` may hold offers back: not known is {', '.join(route.missing)}"
    yield _held(because, route.by.span, None)


def _held(because: str, span: Span | None, until: datetime | None) -> HeldBack:
    return HeldBack(
        because=because,
        until=until,
        topic=span.file if span else "",
        line=span.line if span else None,
    )
