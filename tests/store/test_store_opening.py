"""Opening a database: migrated once, quick afterwards, and clear words when it cannot be."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from skill.errors import LedgerError, SettingsError
from skill.store import migrations
from skill.store.engine import Store
from skill.store.tables import metadata


def test_migrations_make_exactly_the_tables_that_the_code_uses(store: Store) -> None:
    with store.reading() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)

    assert found == []


def test_the_named_newest_version_is_the_newest_migration() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))

    assert script.get_current_head() == migrations.HEAD


def test_every_table_has_the_tenant_in_its_key() -> None:
    for table in metadata.tables.values():
        assert next(column.name for column in table.primary_key) == "tenant", table.name


def test_a_database_at_its_newest_version_opens_without_the_migration_library(
    sqlite_url: str,
) -> None:
    Store.open(sqlite_url).close()
    program = (
        "import sys; from skill.store.engine import Store; Store.open(sys.argv[1]);"
        "print('alembic' in sys.modules)"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program, sqlite_url], capture_output=True, text=True, check=True
    )

    assert ran.stdout == "False\n"


def test_many_may_open_a_new_database_at_once(sqlite_url: str) -> None:
    faults: list[BaseException] = []

    def open_it() -> None:
        try:
            Store.open(sqlite_url).close()
        except BaseException as error:  # noqa: BLE001 - a thread's fault is looked at below
            faults.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []


def test_a_database_of_a_newer_version_is_refused(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(LedgerError, match="newer Tactful"):
            migrations.migrate(connection)


def test_a_file_that_is_no_database_is_named_as_a_fault_of_the_store(tmp_path: Path) -> None:
    path = tmp_path / "tactful.db"
    path.write_text("this is a text " * 100, encoding="utf-8")

    with pytest.raises(LedgerError, match="not a database"):
        Store.open(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(LedgerError, match="cannot make the folder"):
        Store.open(f"sqlite:///{tmp_path}/file/deep/tactful.db")


@pytest.mark.parametrize("url", ["sqlite://", "nonsense", "sqlite+nodriver:///x"])
def test_a_url_that_cannot_be_read_is_a_setting_at_fault(url: str) -> None:
    with pytest.raises(SettingsError, match="TACTFUL_DATABASE_URL"):
        Store.open(url)


def test_a_password_is_never_in_the_words_of_a_fault() -> None:
    with pytest.raises(LedgerError) as caught:
        Store.open("postgresql://me:hunter2@127.0.0.1:1/none")

    assert "hunter2" not in str(caught.value)


def test_a_failed_writing_keeps_nothing(store: Store) -> None:
    def write() -> None:
        with store.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '8'"))
            connection.execute(text("SELECT * FROM there_is_no_such_table"))

    with pytest.raises(LedgerError):
        write()

    with store.reading() as connection:
        assert migrations.version_of(connection) == migrations.HEAD


def test_sqlite_survives_a_crash_by_writing_ahead(sqlite_url: str) -> None:
    Store.open(sqlite_url).close()

    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
