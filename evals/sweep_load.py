"""The made-up accounts where else a sweep reads: in a fresh store of our own, and as somebody's tables in PostgreSQL."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from evals import sweep_data
from skill.model.account import Customer
from skill.sources.warehouse.tables import TABLES
from skill.store.accounts import Beside, put_account
from skill.store.engine import Store
from skill.store.usage import EventEntry, Placed, UsageEntry, take

_AT_ONCE = 5_000
_TYPES = {"text": "text", "moment": "timestamp", "number": "double precision"}


def into_store(folder: Path, store: Store, tenant: str) -> None:
    """Report every account with all that is known of it, as a product does."""
    at = sweep_data.NOW
    entries = _kept(sweep_data.customers(folder), store, tenant)
    while some := list(islice(entries, _AT_ONCE)):
        take(store, tenant, some, refused={}, now=at)


def _kept(customers: Iterable[Customer], store: Store, tenant: str) -> Iterator[Placed]:
    for customer in customers:
        account = customer.account
        put_account(store, tenant, account, Beside(facts=customer.facts), at=sweep_data.NOW)
        for place, reading in enumerate(customer.usage):
            said = {**reading.model_dump(), "account": account.id, "id": f"{account.id}-{place}"}
            yield Placed(UsageEntry.model_validate(said), "")
        for event in customer.events:
            yield Placed(
                EventEntry.model_validate({**event.model_dump(), "account": account.id}), ""
            )


def into_postgres(folder: Path, url: str, schema: str) -> None:
    """Copy each file into a table of its name, in a schema that is there."""
    reading = sweep_data.connected()
    with importlib.import_module("psycopg").connect(url) as connection:
        for table in TABLES:
            columns = ", ".join(f'"{c.name}" {_TYPES[c.type]}' for c in table.columns)
            names = ", ".join(f'"{c.name}"' for c in table.columns)
            connection.execute(f'CREATE TABLE "{schema}"."{table.name}" ({columns})')
            found = reading.execute(f"SELECT {names} FROM '{folder / table.name}.parquet'")
            copying = f'COPY "{schema}"."{table.name}" ({names}) FROM STDIN'
            with connection.cursor() as cursor, cursor.copy(copying) as copied:
                while some := found.fetchmany(_AT_ONCE):
                    for row in some:
                        copied.write_row(row)
        connection.commit()
        connection.execute("ANALYZE")
