"""Engines: the same rows wherever the data is, on from any account, and a plain word where something is missing or gone."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import pytest

from evals import sweep_data, sweep_load, sweep_topics
from skill.errors import InputError, LedgerError
from skill.model.account import Account, Fact, Right
from skill.model.playbook import Playbook
from skill.model.rules import Truth
from skill.policy.signals import signals
from skill.sources.warehouse.engines import Engine, Row, open_engine
from skill.sources.warehouse.engines import duckdb as duckdb_engine
from skill.sources.warehouse.engines.engine import library
from skill.sources.warehouse.tables import TABLES
from skill.store import tables
from skill.store.accounts import Beside, put_account
from skill.store.canonical import model_text
from skill.store.engine import Store, put
from tests.store import conftest as databases

pytest.importorskip("duckdb", reason="DuckDB makes the data and is not installed")
psycopg = pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")

postgres_url, sqlite_url = databases.postgres_url, databases.sqlite_url
NOW = sweep_data.NOW
N = 150
TENANT = "acme"
Open = Callable[[Path], Engine]
_TOLD = {Truth.TRUE: 1, Truth.FALSE: 0, Truth.UNKNOWN: None}


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return sweep_topics.playbook(date(2026, 11, 21))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, playbook: Playbook) -> Path:
    made = tmp_path_factory.mktemp("usage")
    sweep_data.write(made, playbook, N, seed=3)
    return made


@pytest.fixture(scope="module")
def by_policy(folder: Path, playbook: Playbook) -> list[Row]:
    return [
        (c.account.id, tuple(_TOLD[s.truth] for s in signals.signals(playbook, c, NOW)))
        for c in sweep_data.customers(folder)
    ]


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    opened = Store.open(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    opened = Store.open(postgres_url)
    yield opened
    opened.close()


@pytest.fixture(params=["parquet", "postgres", "own_sqlite", "own_postgres", "spark"])
def engine(request: pytest.FixtureRequest, folder: Path, store: Store) -> Iterator[Engine]:
    """The same accounts in each place that a sweep reads."""
    kind, url, own = request.param, None, store
    if kind == "parquet":
        url = f"parquet:{folder}"
    elif kind == "spark":
        if importlib.util.find_spec("pyspark") is None:
            pytest.skip("Spark is not installed")
        url = f"spark:{folder}"
    elif kind == "postgres":
        url = request.getfixturevalue("postgres_url")
        schema = url.rpartition("%3D")[2]
        sweep_load.into_postgres(folder, url, schema)
    else:
        own = request.getfixturevalue("postgres_store") if kind == "own_postgres" else store
        sweep_load.into_store(folder, own, TENANT)
    opened = open_engine(url, store=own, tenant=TENANT)
    yield opened
    opened.close()


@pytest.fixture
def parquet(store: Store) -> Iterator[Open]:
    """Opens folders, and closes them after the test."""
    with ExitStack() as opened:

        def open_folder(folder: Path) -> Engine:
            engine = open_engine(str(folder), store=store, tenant=TENANT)
            opened.callback(engine.close)
            return engine

        yield open_folder


def copied(folder: Path, to: Path, *, without: str = "") -> Path:
    shutil.copytree(folder, to)
    if without:
        (to / f"{without}.parquet").unlink()
    return to


def changed(folder: Path, to: Path, table: str, query: str) -> Path:
    """The same folder with one table made anew from itself."""
    copied(folder, to)
    told = query.format(f"'{folder / table}.parquet'")
    sweep_data.connected().execute(f"COPY ({told}) TO '{to / table}.parquet' (FORMAT parquet)")
    return to


def test_every_engine_says_of_every_account_what_the_policy_says(
    engine: Engine, playbook: Playbook, by_policy: list[Row]
) -> None:
    # One test, as filling a database is most of it.
    every = list(engine.rows(playbook, NOW, only_holding=False))
    holding = [row for row in by_policy if 1 in row[1]]
    middle = by_policy[N // 2][0]

    assert every == by_policy
    assert list(engine.rows(playbook, NOW)) == holding
    assert list(engine.rows(playbook, NOW, after=middle)) == [r for r in holding if r[0] > middle]
    assert engine.count() == N
    assert set(engine.zones()) == {
        "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland",
    }  # fmt: skip
    assert "ORDER BY" in engine.text(playbook, NOW)
    _comes_back_whole(engine, playbook, holding)


def _comes_back_whole(engine: Engine, playbook: Playbook, holding: list[Row]) -> None:
    """Accounts with everything known of them, asked for while rows still arrive."""
    rows = engine.rows(playbook, NOW)
    first, second = next(rows), next(rows)
    found = list(engine.customers([first[0], "nobody", second[0]], NOW))
    told = [tuple(_TOLD[s.truth] for s in signals.signals(playbook, c, NOW)) for c in found]

    assert [c.account.id for c in found] == [first[0], second[0]]
    assert told == [first[1], second[1]]
    assert [first, second, *rows] == holding


def test_an_engine_without_limits_is_found_out(
    folder: Path, tmp_path: Path, parquet: Open, playbook: Playbook, by_policy: list[Row]
) -> None:
    bare = parquet(copied(folder, tmp_path / "bare", without="limits"))

    assert list(bare.rows(playbook, NOW, only_holding=False)) != by_policy


def test_ranges_of_accounts_say_the_same_as_one_statement(
    folder: Path,
    parquet: Open,
    playbook: Playbook,
    by_policy: list[Row],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(duckdb_engine, "ACCOUNTS_AT_ONCE", 40)
    engine = parquet(folder)
    behind = by_policy[70][0]

    assert list(engine.rows(playbook, NOW, only_holding=False)) == by_policy
    assert list(engine.rows(playbook, NOW, after=behind, only_holding=False)) == by_policy[71:]


def test_no_table_is_copied_into_memory(folder: Path, parquet: Open, playbook: Playbook) -> None:
    told = parquet(folder).text(playbook, NOW)

    assert told.count("AS NOT MATERIALIZED (") == len(TABLES)


def test_files_of_a_table_may_stand_in_a_folder_of_their_own(
    folder: Path, tmp_path: Path, parquet: Open, playbook: Playbook, by_policy: list[Row]
) -> None:
    parts = copied(folder, tmp_path / "parts", without="readings") / "readings"
    parts.mkdir()
    for number in range(3):
        told = f"FROM '{folder}/readings.parquet' WHERE hash(account) % 3 = {number}"
        sweep_data.connected().execute(f"COPY ({told}) TO '{parts}/{number}.parquet'")

    assert list(parquet(parts.parent).rows(playbook, NOW, only_holding=False)) == by_policy


def test_moments_with_a_time_zone_are_read_in_utc(
    folder: Path, tmp_path: Path, parquet: Open, playbook: Playbook, by_policy: list[Row]
) -> None:
    aware = 'SELECT * REPLACE (timezone(\'UTC\', "at") AS "at") FROM {}'
    engine = parquet(changed(folder, tmp_path / "aware", "readings", aware))

    assert list(engine.rows(playbook, NOW, only_holding=False)) == by_policy


def test_names_as_they_are_written_mean_their_keys(
    folder: Path, tmp_path: Path, parquet: Open, playbook: Playbook, by_policy: list[Row]
) -> None:
    written = "SELECT * REPLACE (CASE meter WHEN 'api-calls' THEN 'api_calls' ELSE meter END AS meter) FROM {}"
    engine = parquet(changed(folder, tmp_path / "written", "readings", written))

    assert list(engine.rows(playbook, NOW, only_holding=False)) == by_policy


def test_moments_to_the_nanosecond_are_read(
    folder: Path, tmp_path: Path, parquet: Open, playbook: Playbook, by_policy: list[Row]
) -> None:
    fine = 'SELECT * REPLACE ("at"::TIMESTAMP_NS AS "at") FROM {}'
    engine = parquet(changed(folder, tmp_path / "fine", "readings", fine))

    assert list(engine.rows(playbook, NOW, only_holding=False)) == by_policy


def test_a_missing_table_that_may_be_missing_is_empty(
    folder: Path, tmp_path: Path, parquet: Open, playbook: Playbook
) -> None:
    engine = parquet(copied(folder, tmp_path / "bare", without="traits"))

    assert engine.zones() == ()
    assert len(list(engine.rows(playbook, NOW, only_holding=False))) == N


@pytest.mark.parametrize("table", ["accounts", "readings"])
def test_a_missing_file_is_named(folder: Path, tmp_path: Path, parquet: Open, table: str) -> None:
    with pytest.raises(InputError, match=f"no table `{table}`"):
        parquet(copied(folder, tmp_path / "bare", without=table))


def test_a_missing_folder_is_named(tmp_path: Path, parquet: Open) -> None:
    with pytest.raises(InputError, match="nowhere"):
        parquet(tmp_path / "nowhere")


def test_a_missing_column_is_named(folder: Path, tmp_path: Path, parquet: Open) -> None:
    renamed = changed(folder, tmp_path / "other", "readings", "SELECT * RENAME (value AS val) FROM {}")  # fmt: skip

    with pytest.raises(InputError, match="no column `value` in `readings`"):
        parquet(renamed)


def test_a_column_of_a_wrong_type_is_named(folder: Path, tmp_path: Path, parquet: Open) -> None:
    as_text = 'SELECT * REPLACE ("at"::VARCHAR AS "at") FROM {}'

    with pytest.raises(InputError, match="`at` in `readings` as `VARCHAR`"):
        parquet(changed(folder, tmp_path / "other", "readings", as_text))


def test_a_file_that_is_no_parquet_is_named(folder: Path, tmp_path: Path, parquet: Open) -> None:
    broken = copied(folder, tmp_path / "broken")
    (broken / "facts.parquet").write_text("account,name\n", "utf-8")

    with pytest.raises(InputError, match=r"facts\.parquet"):
        parquet(broken)


def test_a_library_that_is_not_installed_is_told_with_its_extra() -> None:
    with pytest.raises(InputError, match="`nowhere_at_all`, which is not installed") as caught:
        library("nowhere_at_all", "warehouse", "a sweep")
    assert caught.value.help == "pip install 'tactful[warehouse]'"


def test_an_address_that_nobody_reads_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="mysql"):
        open_engine("mysql://host/db", store=store, tenant=TENANT)


def test_a_database_without_the_tables_is_told(store: Store, postgres_url: str) -> None:
    with pytest.raises(InputError, match="no table `accounts`"):
        open_engine(postgres_url, store=store, tenant=TENANT)


def test_a_database_out_of_reach_is_told_without_its_password(store: Store) -> None:
    url = "postgresql://somebody:secret@127.0.0.1:1/none"

    with pytest.raises(LedgerError, match=r"127\.0\.0\.1:1/none") as caught:
        open_engine(url, store=store, tenant=TENANT)
    assert "secret" not in str(caught.value)


def test_a_database_that_goes_away_under_way_ends_in_one_error_behind_what_was_told(
    tmp_path: Path,
    store: Store,
    postgres_url: str,
    playbook: Playbook,
) -> None:
    sweep_data.write(tmp_path / "many", playbook, 2_500)
    sweep_load.into_postgres(tmp_path / "many", postgres_url, postgres_url.rpartition("%3D")[2])
    engine = open_engine(_named(postgres_url), store=store, tenant=TENANT)
    rows = engine.rows(playbook, NOW, only_holding=False)
    told = list(islice(rows, 10))
    _end(_named(postgres_url))

    with pytest.raises(LedgerError, match="cannot be read"):
        told.extend(rows)
    assert 10 <= len(told) < 2_500
    assert told == sorted(told)
    engine.close()


def test_our_own_store_that_goes_away_under_way_ends_in_the_same_error(
    postgres_url: str,
    playbook: Playbook,
) -> None:
    opened = Store.open(_named(postgres_url))
    rows = [
        {"tenant": TENANT, "id": f"acc_{n:05}", "body": model_text(Account(id=f"acc_{n:05}"))}
        for n in range(2_500)
    ]
    with opened.writing() as connection:
        put(connection, tables.accounts, [{**row, "updated_at": NOW} for row in rows])
    found = open_engine(None, store=opened, tenant=TENANT).rows(playbook, NOW, only_holding=False)
    next(found)
    _end(_named(postgres_url))

    with pytest.raises(LedgerError, match="cannot be read"):
        list(found)
    opened.close()


def _named(url: str) -> str:
    """An address whose connections say whose they are."""
    return f"{url}&application_name={url.rpartition('%3D')[2]}"


def _end(url: str) -> None:
    """End the connections that were opened by such an address, from another one."""
    name = url.rpartition("application_name=")[2]
    with psycopg.connect(databases.POSTGRES, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            (name,),
        )


def test_names_of_facts_mean_their_keys(store: Store, playbook: Playbook) -> None:
    zone = Fact(name="Time zone", value="Asia/Tokyo", as_of=NOW)
    put_account(store, TENANT, Account(id="acc_1"), Beside(facts=(zone,)), at=NOW)

    assert open_engine(None, store=store, tenant=TENANT).zones() == ("Asia/Tokyo",)


def test_another_tenants_accounts_are_not_swept(store: Store, playbook: Playbook) -> None:
    put_account(store, "other", Account(id="acc_1"), Beside(), at=NOW)

    assert open_engine(None, store=store, tenant=TENANT).count() == 0


def test_an_account_that_was_merged_is_swept_where_it_is_now(store: Store) -> None:
    for name in ("acc_1", "acc_2", "acc_3"):
        put_account(store, TENANT, Account(id=name), Beside(), at=NOW)
    moved = {"tenant": TENANT, "target": "acc_2", "at": NOW + timedelta(hours=1)}
    with store.writing() as connection:
        put(connection, tables.moves, [{**moved, "source": "acc_1", "person": ""}])
        put(connection, tables.moves, [{**moved, "source": "acc_3", "person": "u_1"}])
    engine = open_engine(None, store=store, tenant=TENANT)
    merged = engine.count()
    put_account(store, TENANT, Account(id="acc_1"), Beside(), at=NOW + timedelta(hours=2))

    assert merged == 2
    assert engine.count() == 3, "reported again, so it is an account again"


def test_a_removal_and_an_override_change_the_limit_that_is_swept(
    store: Store, playbook: Playbook
) -> None:
    extra = {"plan": "starter", "bundles": ("extra-seats", "extra-seats")}
    made = {
        "acc_1": Account.model_validate(extra),
        "acc_2": Account.model_validate({**extra, "limits": {"seats": "unlimited"}}),
        "acc_3": Account.model_validate({**extra, "removals": (Right(name="extra-seats"),)}),
    }
    for name, account in made.items():
        put_account(store, TENANT, account.model_copy(update={"id": name}), Beside(), at=NOW)
        _use(store, name, "seats", "9.5")
    rows = dict(open_engine(None, store=store, tenant=TENANT).rows(playbook, NOW, only_holding=False))  # fmt: skip
    seats = next(n for n, row in enumerate(playbook.thresholds) if row.signal == "seats-almost-full")  # fmt: skip

    assert [rows[name][seats] for name in made] == [0, 0, 1]


def _use(store: Store, account: str, meter: str, value: str) -> None:
    from skill.store.usage import Placed, UsageEntry, take

    said = {"id": account, "account": account, "meter": meter, "at": NOW, "value": value}
    take(store, TENANT, [Placed(UsageEntry.model_validate(said), "")], refused={}, now=NOW)
