"""What a statement asks of the tables: every aggregate once, in as few passes as there are things to pass over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from skill.model.playbook import Playbook
from skill.model.rules import Window
from skill.sources.warehouse import dialects
from skill.sources.warehouse.dialects import HIGHEST, Told
from skill.sources.warehouse.edges import EPOCH, Day, Edge, Span, day_at, spans, start_of_day

Rows = Callable[["Pass"], str]
"""The rows that a pass goes over, as a SELECT."""
ReadAs = Literal["text", "key", "number", "day", "instant"]
"""How the text of a fact is read: a number stands in millionths, a day as a date, an instant as a moment."""
OF_ACCOUNT = ("plan", "region", "currency")
"""What is known of an account itself, and is no fact."""
_ZONES_APART = timedelta(days=2)
"""A day anywhere begins less than this from the same day in UTC."""


def quoted(text: str) -> str:
    """Text as the statement writes it; what no engine reads alike is left out."""
    plain = "".join(c for c in text if c.isprintable())
    escaped = plain.replace("'", "''")
    return f"'{escaped}'"


@dataclass
class Pass:
    """One pass over one table: rows, and the aggregates of each account."""

    name: str
    rows: Rows
    is_local: bool = False
    """Whether it needs the days of each account's own calendar."""
    columns: dict[str, str] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    """Meters, facts or events that it goes over."""
    since: datetime | None = None
    """The earliest moment that matters; EPOCH where everything does."""

    def ask(self, aggregate: str, since: datetime = EPOCH, name: str = "") -> str:
        """The column that holds an aggregate; equal ones are asked once."""
        if name:
            self.names.setdefault(name)
        self.since = since if self.since is None else min(self.since, since)
        alias = self.columns.setdefault(aggregate, f"c{len(self.columns)}")
        return f"{self.name}.{alias}"


@dataclass
class Asked:
    """Everything that one statement asks, gathered while its rows are written."""

    playbook: Playbook
    now: datetime
    told: Told
    zones: Mapping[str, tzinfo] = field(default_factory=dict)
    since: datetime = EPOCH
    after: str = ""
    passes: dict[str, Pass] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    """Facts and traits by key, with their column."""
    readings_of_text: dict[tuple[str, str], str] = field(default_factory=dict)
    """What is read out of a text - its key, number, day or instant - by that and by the text; with its column."""
    meters: dict[str, str] = field(default_factory=dict)
    """Meters whose limit is asked, with their column."""
    ratios: dict[tuple[str, str], str] = field(default_factory=dict)
    """Pairs of meters, with the name of the pass over both."""
    bundles: dict[str, str] = field(default_factory=dict)
    """Bundles that an audience names, with their column."""
    days: dict[tuple[int, bool], str] = field(default_factory=dict)
    """Days of an account's calendar, back from its today, by start or as a date; with their column."""

    def at(self, moment: datetime) -> str:
        """A moment as it is written here."""
        return dialects.moment(moment, self.told)

    def over(self, name: str, rows: Rows, *, is_local: bool = False) -> Pass:
        """The pass of this name; one that needs local days stands beside the one that does not."""
        full = f"{name}_where_they_are" if is_local else name
        return self.passes.setdefault(full, Pass(full, rows, is_local))

    def edge(self, edge: Edge) -> str:
        """An edge outside of the passes, where each account's calendar is joined."""
        return self.at(edge) if isinstance(edge, datetime) else self.day(edge.back)

    def day(self, back: int, *, is_date: bool = False) -> str:
        """When a day began where the account is, or which date it has."""
        plain = self.day_in(UTC, back, is_date=is_date)
        if not self.zones:
            return plain
        name = self.days.setdefault((back, is_date), f"d{len(self.days)}")
        return f"COALESCE(calendar.{name}, {plain})"

    def day_in(self, zone: tzinfo, back: int, *, is_date: bool) -> str:
        """The same for a time zone."""
        if is_date:
            return quoted(day_at(self.now, zone, back).isoformat())
        return self.at(start_of_day(self.now, zone, back))

    def within(self, span: Span) -> str:
        """The condition that a row `t` of a pass lies in a span."""
        parts = []
        if span.start is not None:
            parts.append(f"t.at >= {self.row_edge(span.start)}")
        if span.not_before is not None:
            parts.append(f"t.at >= {self.at(span.not_before)}")
        if span.end is not None:
            parts.append(f"t.at < {self.row_edge(span.end)}")
        return " AND ".join(parts)

    def row_edge(self, edge: Edge) -> str:
        """An edge inside a pass, whose rows carry the days of their account."""
        if isinstance(edge, datetime):
            return self.at(edge)
        return f"t.{self.days.setdefault((edge.back, False), f'd{len(self.days)}')}"

    def earliest(self, edge: Edge | None) -> datetime:
        """A moment that is not after an edge, wherever the account is."""
        if isinstance(edge, Day):
            return max(start_of_day(self.now, UTC, edge.back) - _ZONES_APART, EPOCH)
        return edge or EPOCH

    def is_local(self, *edges: Edge | None) -> bool:
        """Whether any edge needs the calendar of each account."""
        return any(isinstance(edge, Day) for edge in edges)

    def spans(self, window: Window) -> tuple[Span, ...] | None:
        """The parts of a window where each account is."""
        return spans(window, self.now, is_local=bool(self.zones))

    def known(self, subject: str, read_as: ReadAs = "text") -> str:
        """What is believed under a key, as text or what is read out of it; NULL where nothing fresh is, or nothing such."""
        if subject == "role":  # a sweep asks about accounts, not about a person
            return "CAST(NULL AS TEXT)"
        if subject in OF_ACCOUNT:
            return f"a.{subject}" if read_as == "text" else f"tactful_{read_as}(a.{subject})"
        column = self.subjects.setdefault(subject, f"k{len(self.subjects)}")
        if read_as != "text":
            column = self.readings_of_text.setdefault((read_as, column), f"{column}_{read_as}")
        return f"known.{column}"

    def page(self, table: str) -> str:
        """The condition that leaves out the accounts that were swept already."""
        if not self.after:
            return ""
        return f" AND tactful_in_order({table}.account) > {_exactly(self.after)}"


def _exactly(text: str) -> str:
    """An id, with everything in it: a position moves when a character is left out."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def listed(names: Sequence[str]) -> str:
    """Names as they stand behind IN."""
    return ", ".join(quoted(name) for name in names)


def readings(asked: Asked, of: Pass) -> str:
    """The readings of a pass with their value in millionths; what is no number from zero up is no reading."""
    since = max(asked.since, of.since or EPOCH)
    return (
        "SELECT r.account AS account, r.meter AS meter, r.at AS at, "
        f"tactful_millionths(r.value) AS v FROM readings AS r WHERE r.meter IN ({listed(list(of.names))}) "
        f"AND r.value >= 0 AND r.value < {HIGHEST} "
        f"AND r.at <= {asked.at(asked.now)} AND r.at >= {asked.at(since)}{asked.page('r')}"
    )
