"""The tables that somebody keeps against those that a sweep reads: a missing one is empty, a wrong one is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skill.errors import InputError
from skill.model.common import slug
from skill.sources.warehouse.tables import TABLES, Column, ColumnType, Table

_IN_WORDS: Mapping[ColumnType, str] = {
    "text": "text",
    "moment": "a timestamp",
    "number": "a number",
}


@dataclass(frozen=True)
class Types:
    """How one engine tells what a column holds."""

    kinds: Mapping[ColumnType, tuple[str, ...]]
    """How the names of its types begin, in lower case, by what they hold."""
    plain: Mapping[ColumnType, str]
    """The type of a column of an empty table."""
    in_utc: Mapping[str, str]
    """How a moment that carries a time zone becomes one in UTC without: the beginning of its type, and an expression of `{}`."""
    in_text: tuple[str, ...] = ()
    """Types that are no text by themselves, and are read as theirs."""

    def selected(self, table: Table, columns: Mapping[str, str], where: str) -> str:
        """The columns of a table as a sweep wants them.

        Raises:
            InputError: a column is not there, or holds something else.
        """
        return ", ".join(self._read(table, column, columns, where) for column in table.columns)

    def _read(self, table: Table, column: Column, columns: Mapping[str, str], where: str) -> str:
        kind = columns.get(column.name)
        if kind is None:
            raise InputError(
                f"`{where}` has no column `{column.name}` in `{table.name}`",
                pointer="--source",
                help=f"a sweep reads {_listed([c.name for c in table.columns])} of it",
            )
        if not kind.lower().startswith(self.kinds[column.type]):
            raise InputError(
                f"`{where}` has `{column.name}` in `{table.name}` as `{kind}`, "
                f"and it must be {_IN_WORDS[column.type]}",
                pointer="--source",
            )
        name = quoted(column.name)
        for begins, turned in self.in_utc.items():
            if column.type == "moment" and kind.lower().startswith(begins):
                return f"{turned.format(name)} AS {name}"
        if column.type == "text" and kind.lower().startswith(self.in_text):
            return f"CAST({name} AS {self.plain['text']}) AS {name}"
        return name

    def none(self, table: Table) -> str:
        """A table that is not there: its columns, and no row."""
        columns = ", ".join(
            f"CAST(NULL AS {self.plain[c.type]}) AS {quoted(c.name)}" for c in table.columns
        )
        return f"SELECT {columns} WHERE 1 = 0"


def prelude(
    types: Types,
    where: str,
    columns_of: Callable[[Table], Mapping[str, str] | None],
    rows_of: Callable[[Table], str],
) -> dict[str, str]:
    """Each table of a sweep as a SELECT of what is there.

    Args:
        types: of the engine.
        where: what the source is called in a message.
        columns_of: the columns of a table with the names of their types; None where there is no such table.
        rows_of: what stands behind FROM.

    Raises:
        InputError: a table or a column that must be there is not, or holds something else.
    """
    made = {}
    for table in TABLES:
        columns = columns_of(table)
        if columns is not None:
            selected = types.selected(table, columns, where)
            made[table.name] = f"SELECT {selected} FROM {rows_of(table)}"
        elif table.is_optional:
            made[table.name] = types.none(table)
        else:
            raise InputError(
                f"`{where}` has no table `{table.name}`",
                pointer="--source",
                help=f"a sweep needs {_listed([t.name for t in TABLES if not t.is_optional])}",
            )
    return made


KEYS = (
    ("accounts", "plan"),
    ("traits", "name"),
    ("facts", "name"),
    ("bundles", "bundle"),
    ("limits", "meter"),
    ("readings", "meter"),
    ("events", "feature"),
    ("events", "page"),
)
"""Columns whose values are keys: as everywhere, a name as it is written means the same."""


def keyed(
    made: Mapping[str, str],
    ask: Callable[[str], Iterable[Sequence[Any]]],
    written: Callable[[str], str] | None = None,
) -> dict[str, str]:
    """The same tables with keys where names were written; where there are keys already, nothing is changed.

    Args:
        made: each table as a SELECT.
        ask: runs a query; one over all of them finds the few words that there are.
        written: text as the engine's SQL writes it, where that is not as everywhere.
    """
    words = " UNION ALL ".join(
        f"SELECT DISTINCT {place} AS place, {quoted(column)} AS word FROM ({made[table]}) AS t{place} "
        f"WHERE {quoted(column)} IS NOT NULL"
        for place, (table, column) in enumerate(KEYS)
    )
    others: dict[tuple[str, str], dict[str, str]] = {}
    for place, word in ask(words):
        key = slug(str(word))
        if key != word:
            others.setdefault(KEYS[int(place)], {})[str(word)] = key
    return {name: _with_keys(name, body, others, written or text) for name, body in made.items()}


def _with_keys(
    name: str,
    body: str,
    others: Mapping[tuple[str, str], Mapping[str, str]],
    written: Callable[[str], str],
) -> str:
    if not any(table == name for table, _ in others):
        return body
    told = []
    for column in next(table.columns for table in TABLES if table.name == name):
        found = others.get((name, column.name), {})
        cases = " ".join(f"WHEN {written(word)} THEN {written(key)}" for word, key in found.items())
        mine = quoted(column.name)
        told.append(f"CASE {mine} {cases} ELSE {mine} END AS {mine}" if cases else mine)
    return f"SELECT {', '.join(told)} FROM ({body}) AS named"


def within(made: Mapping[str, str], after: str, until: str) -> dict[str, str]:
    """The same tables, of the accounts behind one and up to another alone; no end where `until` is empty."""
    account = quoted("account")
    bounds = [f"{account} > {text(after)}"] if after else []
    bounds += [f"{account} <= {text(until)}"] if until else []
    if not bounds:
        return dict(made)
    condition = " AND ".join(bounds)
    return {
        name: f"SELECT * FROM ({body}) AS of_all WHERE {condition}" for name, body in made.items()
    }


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return f'"{name}"'


def text(value: str) -> str:
    """Text as SQL writes it."""
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
