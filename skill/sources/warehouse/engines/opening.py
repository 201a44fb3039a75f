"""Opening an engine by its address."""

from __future__ import annotations

from datetime import datetime

from skill.errors import InputError
from skill.model.account import Customer
from skill.sources.warehouse.customers import with_restraint
from skill.sources.warehouse.engines.engine import Engine
from skill.store.engine import Store

_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")


def open_engine(url: str | None, *, store: Store, tenant: str) -> Engine:
    """Where a sweep reads: our own store where there is no address, else whoever the address names.

    Args:
        url: `parquet:DIR` or a path of a folder, `spark:DIR`, or `postgresql://...?schema=NAME`.
        store: our own store.
        tenant: whose accounts, of our own store.

    Raises:
        InputError: nobody reads such an address; its library is missing; or a folder, table or column is.
        LedgerError: the database cannot be reached.
    """

    def complete(customer: Customer, now: datetime) -> Customer:
        return with_restraint(customer, store, tenant, now)

    kind, colon, rest = (url or "").partition(":")
    if not url:
        from skill.sources.warehouse.engines.own import Own

        return Own(store, tenant)
    if kind in _POSTGRES and rest.startswith("//"):
        from skill.sources.warehouse.engines.postgres import Postgres

        return Postgres(url, complete)
    if colon and kind == "spark":
        from skill.sources.warehouse.engines.spark import Spark

        return Spark(rest, complete)
    if colon and kind != "parquet" and (rest.startswith("//") or "@" in rest):
        raise InputError(
            f"a sweep cannot read `{kind}://`",
            pointer="--source",
            help="parquet:DIR, spark:DIR or postgresql://USER@HOST/DATABASE?schema=NAME",
        )
    from skill.sources.warehouse.engines.duckdb import DuckDB

    return DuckDB(rest if colon and kind == "parquet" else url, complete)
