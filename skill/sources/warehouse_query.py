"""Facts and readings of one account from a warehouse: one declared SQL query, read only, within a deadline."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError
from sqlalchemy import Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from skill.errors import SettingsError
from skill.model.account import Fact, Reading
from skill.model.common import slug
from skill.sources.source import WAREHOUSE, Asked, Down, Timing
from skill.store.verified import Told

MOST_ROWS = 1_000
"""Of one account: more is a query that forgot its `WHERE`."""

_AS_OF = "as_of"
_OWN_AS_OF = "_as_of"
"""At the end of a column's name: the time of that column alone."""

_AHEAD = timedelta(hours=24)
"""So far may their clock be ahead of ours. Source: what `POST /v1/events` allows."""

_WITHHOLDING = ("unpaid_invoice", "checkout_open")
"""Facts that keep offers back only while somebody tells that they are true. Source: skill/policy/restraint.py."""

_LONGEST = 1_000
"""Characters of a fact: every decision keeps a copy of it."""

_STEPS = 10_000
"""Of SQLite's machine between two looks at the clock: a fraction of a millisecond."""

_MOST_DIGITS = 30
"""Of a number; as `POST /v1/events` takes them."""


class WarehouseQuery:
    """One query over somebody's warehouse; each row tells facts and readings of the account as of its `as_of`."""

    name = WAREHOUSE
    tells_rights = False

    def __init__(self, url: str, query: str, *, timing: Timing | None = None) -> None:
        """Nothing is opened before the first question.

        Args:
            url: SQLAlchemy address of an SQLite file or a PostgreSQL database.
            query: one SELECT with the parameter `:account`.
            timing: how long it is waited for and believed.

        Raises:
            SettingsError: the address cannot be used, its driver is missing, or the query has other parameters.
        """
        self.timing = timing or Timing(fresh=timedelta(minutes=5))
        self._query = text(query)
        if set(self._query.compile().params) != {"account"}:
            raise SettingsError(
                "the query of the warehouse must have `:account` as its one parameter",
                pointer="TACTFUL_SOURCE_WAREHOUSE_QUERY",
                help="ask for one account: `... WHERE account_id = :account`; a colon of its own is written `\\:`",
            )
        self._engine = _engine(url, self.timing.seconds)
        named = slug(query)
        self.withholding = tuple(name for name in _WITHHOLDING if slug(name) in named)

    def subject(self, asked: Asked) -> str:
        """The account's own id."""
        return asked.account.id

    def tell(self, asked: Asked) -> Told | Down:
        """What the rows of this account say."""
        try:
            with self._engine.connect() as connection:
                found = connection.execute(self._query, {"account": asked.account.id})
                rows = found.mappings().fetchmany(MOST_ROWS + 1)
        except SQLAlchemyError as error:
            # The message would repeat the statement, and an address its password.
            cause = getattr(error, "orig", None) or error
            return Down(f"the query failed with {type(cause).__name__}")
        if len(rows) > MOST_ROWS:
            return Down(f"the query gave more than {MOST_ROWS:,} rows for one account")
        try:
            return told_by(rows, asked)
        except ValidationError:
            return Down("a column's name or value is none of a fact")
        except ValueError as error:
            return Down(str(error))

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def told_by(rows: Sequence[Mapping[Any, Any]], asked: Asked) -> Told:
    """What rows say of an account.

    Raises:
        ValueError: a row has no time, or a value that is no value of a fact.
    """
    facts: list[Fact] = []
    readings: list[Reading] = []
    for row in rows:
        if _AS_OF not in row:
            raise ValueError(f"the query has no column `{_AS_OF}`")
        for column, value in row.items():
            if column == _AS_OF or (
                column.endswith(_OWN_AS_OF) and column.removesuffix(_OWN_AS_OF) in row
            ):
                continue
            own = f"{column}{_OWN_AS_OF}"
            place = own if row.get(own) is not None else _AS_OF
            at = _time(row[place], place, asked.now)
            said = _value(value, column)
            if slug(column) not in asked.meters:
                facts.append(Fact(name=column, value=said, source=WAREHOUSE, as_of=at))
            elif (amount := _amount(said, column)) is not None:
                readings.append(Reading(meter=column, at=at, value=amount))
    return Told(as_of=asked.now, facts=tuple(facts), readings=tuple(readings))


def _time(value: object, column: str, now: datetime) -> datetime:
    """A moment; one without its zone is UTC, a date its beginning there."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"column `{column}` holds what is no time") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise ValueError(f"column `{column}` holds what is no time")
    at = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"column `{column}` holds a time outside the calendar") from None
    if at > now + _AHEAD:
        raise ValueError(f"column `{column}` is more than 24 hours ahead of our clock")
    return at


def _value(value: object, column: str) -> str | int | Decimal | bool | None:
    """A value of a fact; what is no finite number is not known."""
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        if value.is_finite() and abs(value.adjusted()) >= _MOST_DIGITS:
            raise ValueError(f"column `{column}` holds a number of too many digits")
        return value if value.is_finite() else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int) and abs(value) >= 10**_MOST_DIGITS:
        raise ValueError(f"column `{column}` holds a number of too many digits")
    if isinstance(value, str) and len(value) > _LONGEST:
        raise ValueError(f"column `{column}` holds more than {_LONGEST:,} characters")
    if value is None or isinstance(value, str | int | bool):
        return value
    raise ValueError(f"column `{column}` holds a {type(value).__name__}, which is no fact")


def _amount(value: str | int | Decimal | bool | None, column: str) -> Decimal | None:
    """What a meter shows; nothing where it shows nothing."""
    if value is None:
        return None
    if isinstance(value, bool | str):
        raise ValueError(f"column `{column}` is a meter and holds no number")
    amount = Decimal(value)
    if amount < 0:
        raise ValueError(f"column `{column}` is a meter and holds a negative number")
    return amount


def _engine(url: str, seconds: float) -> Engine:
    key = "TACTFUL_SOURCE_WAREHOUSE_URL"
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed.database or "", seconds)
        if parsed.get_backend_name() != "postgresql":
            raise SettingsError(
                f"{key} begins with `{parsed.get_backend_name()[:20]}`: not supported",
                pointer=key,
                help="use `sqlite:////path/to/file.db` or `postgresql://user@host:5432/name`",
            )
        engine = create_engine(
            parsed,
            pool_size=4,
            pool_pre_ping=True,
            connect_args={"connect_timeout": max(1, round(seconds))},
        )
    except (ArgumentError, NoSuchModuleError) as error:
        # The message would repeat the address with its password.
        raise SettingsError(f"{key} cannot be read", pointer=key) from error
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"the driver `{error.name}` for this database is not installed",
            pointer=key,
            help="pip install 'tactful[postgres]'",
        ) from error
    event.listen(engine, "connect", _prepare_postgres(seconds))
    return engine


def _prepare_postgres(seconds: float) -> Any:
    def prepare(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
            cursor.execute(f"SET statement_timeout = {int(seconds * 1000)}")
        connection.commit()

    return prepare


def _sqlite(database: str, seconds: float) -> Engine:
    if not database or database == ":memory:":
        raise SettingsError(
            "TACTFUL_SOURCE_WAREHOUSE_URL names no file", help="use sqlite:////path/to/file.db"
        )

    path = quote(database.removeprefix("file:").partition("?")[0])

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{path}?mode=ro", uri=True, timeout=seconds, check_same_thread=False
        )
        connection.execute("PRAGMA query_only = ON")
        # SQLite has no deadline of its own, and this connection serves one question.
        end = time.monotonic() + seconds
        connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        return connection

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)
