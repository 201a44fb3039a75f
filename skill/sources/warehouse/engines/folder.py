"""A folder of Parquet files: one file a table, or a folder of them."""

from __future__ import annotations

from pathlib import Path

from skill.errors import InputError
from skill.sources.warehouse.tables import TABLES, Table


class Folder:
    """Where the files of each table are."""

    def __init__(self, path: Path) -> None:
        """Looked at once.

        Raises:
            InputError: there is no such folder, or no file of a table in it.
        """
        self.path = path.expanduser().resolve()
        self.name = f"parquet:{self.path}"
        if not self.path.is_dir():
            raise InputError(
                f"cannot read `{self.path}`: no such folder",
                pointer="--source",
                help="a folder with accounts.parquet and readings.parquet, or readings/*.parquet",
            )
        self._files = {table.name: self._found(table.name) for table in TABLES}

    def _found(self, name: str) -> Path | None:
        single, parts = self.path / f"{name}.parquet", self.path / name
        if single.is_file():
            return single
        return parts / "*.parquet" if any(parts.glob("*.parquet")) else None

    def files(self, table: Table) -> Path | None:
        """The file, or the pattern of the files, of a table; None where there is none."""
        return self._files[table.name]
