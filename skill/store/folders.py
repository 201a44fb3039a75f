"""The last good text of a served folder, so that a server which starts on a broken draft has something to serve."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pydantic import AwareDatetime
from sqlalchemy import select

from skill.errors import LedgerError
from skill.model.common import Frozen
from skill.store.canonical import canonical
from skill.store.engine import Store, put
from skill.store.tables import topic_folders

_NOBODY = ""
"""A folder belongs to the server, not to a tenant, and no tenant has an empty name."""


class LastGood(Frozen):
    """The newest text of a folder that could be served."""

    version: str
    at: AwareDatetime
    """When it was first seen to be good."""
    files: dict[str, str]


def keep_last_good(store: Store, folder: Path, good: LastGood) -> None:
    """Keep it in the place of the one before; the same version again changes nothing."""
    key = _key(folder)
    known = select(topic_folders.c.version).where(
        topic_folders.c.tenant == _NOBODY, topic_folders.c.folder == key
    )
    with store.reading() as connection:
        if connection.execute(known).scalar() == good.version:
            return
    row = {
        "tenant": _NOBODY,
        "folder": key,
        "version": good.version,
        "at": good.at,
        "files": canonical(good.files),
    }
    with store.writing() as connection:
        put(connection, topic_folders, [row])


def last_good(store: Store, folder: Path) -> LastGood | None:
    """What was kept of this folder, if anything.

    Raises:
        LedgerError: what was kept cannot be read.
    """
    kept = select(topic_folders).where(
        topic_folders.c.tenant == _NOBODY, topic_folders.c.folder == _key(folder)
    )
    with store.reading() as connection:
        row = connection.execute(kept).one_or_none()
    if row is None:
        return None
    try:
        return LastGood(version=row.version, at=row.at, files=json.loads(row.files))
    except ValueError as error:
        raise LedgerError("the last good version of the folder cannot be read") from error


def _key(folder: Path) -> str:
    # Two servers may share a database and serve two folders; a link may lead to another folder tomorrow.
    return "sha256:" + hashlib.sha256(str(folder.absolute()).encode("utf-8", "replace")).hexdigest()
