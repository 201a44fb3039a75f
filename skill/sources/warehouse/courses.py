"""Courses: the values of a meter, a ratio or a fact over time, as aggregates of one pass over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from skill.model.common import slug
from skill.policy import gate
from skill.sources.warehouse import numbers
from skill.sources.warehouse.asked import Asked, Pass, listed, quoted, readings
from skill.sources.warehouse.edges import EPOCH, Edge, Span, since
from skill.sources.warehouse.numbers import Value


class Course(Protocol):
    """What a form asks of values over time."""

    @property
    def began(self) -> datetime | None:
        """When the present period began; None where there is none."""

    @property
    def newest(self) -> Value:
        """The present value; NULL where it is stale or was never told."""

    def last_of(self, span: Span) -> Value:
        """The last value that was told in a span."""

    def standing(self, at: Edge) -> Value:
        """The value that stood at a moment: the last one told until then."""

    def any(self, op: str, figure: Decimal, span: Span) -> str:
        """Whether any value in a span stands to a figure so; NULL where there is none."""


@dataclass(frozen=True)
class Meter:
    """The readings of a meter, or the numbers of a fact."""

    asked: Asked
    name: str
    is_fact: bool = False

    @property
    def began(self) -> datetime | None:
        """When the meter was reset."""
        return None if self.is_fact else period_start(self.asked, self.name)

    @property
    def fresh_from(self) -> datetime | None:
        """From when on a reading is of now: of this period, and no older than its maximum age."""
        if self.is_fact:
            return None
        known = self.asked.playbook.meters.get(self.name)
        hours = (known.max_age_hours if known else None) or gate.DEFAULT_MAX_AGE_HOURS
        return max(back(self.asked.now, hours), self.began or EPOCH)

    @property
    def newest(self) -> Value:
        """The newest reading, where it is fresh."""
        if not self.is_fact:
            return self.last_of(Span(self.fresh_from))
        # Stale, or no number: then the past of a fact says nothing either.
        number = self.asked.known(self.name, "number")
        return Value(f"CASE WHEN {number} IS NOT NULL THEN {self.last_of(Span()).above} END")

    def last_of(self, span: Span) -> Value:
        """The last reading of a span; of several at one moment the highest."""
        return Value(self._stamp("tactful_stamp_value", span))

    def time_of(self, span: Span) -> str:
        """When the last reading of a span was taken, in microseconds."""
        return self._stamp("tactful_stamp_time", span)

    def standing(self, at: Edge) -> Value:
        """The last reading until a moment, that moment among it."""
        when = f"t.at <= {self.asked.row_edge(at)}"
        stamp = f"MAX(CASE WHEN {self._is_mine} AND {when} THEN t.stamp END)"
        over = self._pass(self.asked.is_local(at))
        return Value(over.ask(f"tactful_stamp_value({stamp})", name=self.name))

    def any(self, op: str, figure: Decimal, span: Span) -> str:
        """Whether the highest, or the lowest, value of a span stands to a figure so."""
        return numbers.against(op, self.extreme(op, span), figure)

    def extreme(self, op: str, span: Span) -> Value:
        """The highest value of a span, or the lowest, whichever would hold first."""
        highest = "MAX" if op in ("at_least", "more_than") else "MIN"
        return Value(self._ask(f"{highest}(CASE WHEN {{}} THEN t.v END)", span))

    def _stamp(self, what: str, span: Span) -> str:
        return self._ask(f"{what}(MAX(CASE WHEN {{}} THEN t.stamp END))", span)

    def _ask(self, aggregate: str, span: Span) -> str:
        when = self.asked.within(span)
        condition = f"{self._is_mine} AND {when}" if when else self._is_mine
        over = self._pass(self.asked.is_local(span.start, span.end))
        return over.ask(aggregate.format(condition), self.asked.earliest(span.start), self.name)

    @property
    def _is_mine(self) -> str:
        return f"t.name = {quoted(self.name)}"

    def _pass(self, is_local: bool) -> Pass:
        if self.is_fact:
            return self.asked.over("told", lambda of: _numbers(self.asked, of), is_local=is_local)
        return self.asked.over("used", lambda of: _stamped(self.asked, of), is_local=is_local)


@dataclass(frozen=True)
class Ratio:
    """One meter over another, at each moment at which either was read and both stood."""

    asked: Asked
    over: Meter
    under: Meter

    @property
    def began(self) -> datetime | None:
        """The later of both resets."""
        return max((b for b in (self.over.began, self.under.began) if b), default=None)

    @property
    def newest(self) -> Value:
        """Both newest readings, where both are fresh."""
        return Value(self.over.newest.above, f"NULLIF({self.under.newest.above}, 0)")

    def last_of(self, span: Span) -> Value:
        """The last quotient of a span."""
        return self._pair(self.asked.within(span), span)

    def standing(self, at: Edge) -> Value:
        """The last quotient until a moment."""
        return self._pair(f"t.at <= {self.asked.row_edge(at)}", Span(at))

    def any(self, op: str, figure: Decimal, span: Span) -> str:
        """Whether any quotient of a span stands to a figure so."""
        holds = numbers.against(op, Value("t.above", "t.below"), figure)
        when = self.asked.within(span)
        told = f"{when} AND t.below > 0" if when else "t.below > 0"
        over = self._pass(self.asked.is_local(span.start, span.end))
        column = over.ask(f"MAX(CASE WHEN {told} THEN CASE WHEN {holds} THEN 1 ELSE 0 END END)")
        return f"{column} = 1"

    def _pair(self, when: str, span: Span) -> Value:
        over = self._pass(self.asked.is_local(span.start, span.end))
        parts = []
        for part in ("above", "below"):
            stamp = f"t.{part}_stamp"
            last = f"MAX(CASE WHEN {when} THEN {stamp} END)" if when else f"MAX({stamp})"
            parts.append(over.ask(f"tactful_stamp_value({last})"))
        return Value(parts[0], f"NULLIF({parts[1]}, 0)")

    def _pass(self, is_local: bool) -> Pass:
        pairs = self.asked.ratios
        name = pairs.setdefault((self.over.name, self.under.name), f"ratio{len(pairs)}")
        found = self.asked.over(
            name, lambda of: _quotients(self.asked, of, self), is_local=is_local
        )
        for meter in (self.over.name, self.under.name):
            found.names.setdefault(meter)
        return found


def period_start(asked: Asked, meter: str) -> datetime | None:
    """When the present period of a meter began; None for one that never resets."""
    known = asked.playbook.meters.get(meter)
    start = gate.period_start(known, asked.now)
    return start if start > EPOCH else None


def back(now: datetime, hours: Decimal) -> datetime:
    """So many hours ago, as far as a calendar reaches."""
    try:
        return since(now - timedelta(hours=float(hours)))
    except OverflowError:
        return EPOCH


def _stamped(asked: Asked, of: Pass) -> str:
    return (
        "SELECT r.account AS account, r.meter AS name, r.at AS at, r.v AS v, "
        f"tactful_stamp(r.at, r.v) AS stamp FROM ({readings(asked, of)}) AS r"
    )


def _numbers(asked: Asked, of: Pass) -> str:
    """The numbers told of facts; a trait, which has no date, stands as one value of now."""
    names, now = listed(list(of.names)), asked.at(asked.now)
    dated = f"f.name IN ({names}) AND f.as_of <= {now} AND f.as_of >= {asked.at(EPOCH)}{asked.page('f')}"
    return (
        "SELECT n.account AS account, n.name AS name, n.at AS at, n.v AS v, "
        "tactful_stamp(n.at, n.v) AS stamp FROM ("
        "SELECT f.account AS account, f.name AS name, f.as_of AS at, tactful_number(f.value) AS v "
        f"FROM facts AS f WHERE {dated} "
        f"UNION ALL SELECT w.account, w.name, {now}, tactful_number(w.value) "
        "FROM traits AS w LEFT JOIN ("
        f"SELECT DISTINCT f.account AS account, f.name AS name FROM facts AS f WHERE {dated}"
        ") AS o ON o.account = w.account AND o.name = w.name "
        f"WHERE w.name IN ({names}) AND o.name IS NULL{asked.page('w')}"
        ") AS n WHERE NOT n.v IS NULL"
    )


def _quotients(asked: Asked, of: Pass, ratio: Ratio) -> str:
    """Both meters at each moment at which either was read: what was told until then stands."""
    above, below = quoted(ratio.over.name), quoted(ratio.under.name)
    moments = (
        "SELECT r.account AS account, r.at AS at, "
        f"MAX(CASE WHEN r.meter = {above} THEN r.v END) AS above, "
        f"MAX(CASE WHEN r.meter = {below} THEN r.v END) AS below "
        f"FROM ({readings(asked, of)}) AS r GROUP BY r.account, r.at"
    )
    numbered = (
        "SELECT m.account AS account, m.at AS at, m.above AS above, m.below AS below, "
        "COUNT(m.above) OVER (PARTITION BY m.account ORDER BY m.at) AS n_above, "
        "COUNT(m.below) OVER (PARTITION BY m.account ORDER BY m.at) AS n_below "
        f"FROM ({moments}) AS m"
    )
    standing = (
        "SELECT s.account AS account, s.at AS at, "
        "MAX(s.above) OVER (PARTITION BY s.account, s.n_above) AS above, "
        f"MAX(s.below) OVER (PARTITION BY s.account, s.n_below) AS below FROM ({numbered}) AS s"
    )
    return (
        "SELECT q.account AS account, q.at AS at, q.above AS above, q.below AS below, "
        "tactful_stamp(q.at, q.above) AS above_stamp, tactful_stamp(q.at, q.below) AS below_stamp "
        f"FROM ({standing}) AS q WHERE NOT q.above IS NULL AND NOT q.below IS NULL"
    )


def fact(asked: Asked, name: str) -> Meter:
    """The numbers of a fact over time."""
    return Meter(asked, slug(name), is_fact=True)
