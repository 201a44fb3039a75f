"""What `tactful doctor` looks at: each setting, the Topics, the store, and who may ask."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from skill.clock import now
from skill.errors import SkillError
from skill.settings import KEYS, Settings, unknown_keys

State = Literal["ok", "missing", "wrong", "unset", "note"]


@dataclass(frozen=True, slots=True)
class Row:
    """One finding."""

    state: State
    """`missing` keeps the server from being of use; `unset` is fine as it is."""
    what: str
    found: str
    mend: str = ""


def examine(environ: Mapping[str, str]) -> list[Row]:
    """Everything that serving needs, looked at in this environment."""
    rows, good = _settings(environ)
    settings = Settings.from_env(good)
    wrong = {row.what for row in rows}
    if "TACTFUL_TOPICS" not in wrong:
        rows.append(_topics(settings))
    rows.append(_data_dir(settings.data_dir))
    if "TACTFUL_DATABASE_URL" not in wrong:
        rows.append(_database(settings))
    if not wrong & {"TACTFUL_JWT_SECRET", "TACTFUL_API_KEYS"}:
        rows.extend(_credentials(settings))
    rows.append(_model(settings))
    rows.append(Row("ok", "TACTFUL_PORT", str(settings.port)))
    rows.extend(
        Row("note", key, "is not a setting", f"did you mean {meant}?" if meant else "")
        for key, meant in unknown_keys(environ).items()
    )
    return rows


def _settings(environ: Mapping[str, str]) -> tuple[list[Row], dict[str, str]]:
    """Each setting alone, so that one fault does not hide the next."""
    rows, good = [], {}
    for key in KEYS:
        if key not in environ:
            continue
        try:
            Settings.from_env({key: environ[key]})
        except SkillError as error:
            rows.append(Row("wrong", key, error.detail.removeprefix(key).strip(": "), error.help))
        else:
            good[key] = environ[key]
    return rows, good


def _topics(settings: Settings) -> Row:
    from skill.compiler.folder import Compiler

    key = "TACTFUL_TOPICS"
    try:
        folder = settings.served_topics()
    except SkillError as error:
        return Row("missing", key, "not set, and no folder `topics` here", error.help)
    try:
        compiled = Compiler().compile_folder(folder, now().date())
    except SkillError as error:
        return Row("wrong", key, error.detail, error.help)
    playbook = compiled.playbook
    errors = [d for d in compiled.diagnostics if d.severity == "error"]
    if errors:
        return Row(
            "wrong", key, f"{folder}: {len(errors)} errors", f"tactful topics check {folder}"
        )
    sold = f"{len(playbook.features)} features, {len(playbook.bundles)} bundles"
    return Row("ok", key, f"{folder}: {sold}")


def _data_dir(path: Path) -> Row:
    nearest = next(p for p in (path, *path.parents) if p.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return Row("ok", "TACTFUL_DATA_DIR", str(path))
    return Row("wrong", "TACTFUL_DATA_DIR", f"{path} cannot be written", "name another folder")


def _database(settings: Settings) -> Row:
    from skill.store.engine import Store

    kind = "PostgreSQL" if settings.database.startswith("postgresql") else "SQLite"
    try:
        Store.open(settings.database).close()
    except SkillError as error:
        return Row("wrong", "TACTFUL_DATABASE_URL", error.detail, error.help)
    place = "" if settings.database_url else f", {settings.data_dir / 'tactful.db'}"
    return Row("ok", "TACTFUL_DATABASE_URL", f"{kind}{place}")


def _credentials(settings: Settings) -> Iterator[Row]:
    keys = ", ".join(f"{key.scope} for {key.tenant}" for key in settings.api_keys)
    if settings.jwt_secret:
        yield Row("ok", "TACTFUL_JWT_SECRET", f"set; tokens for `{settings.jwt_audience}`")
    else:
        yield Row(
            "missing",
            "TACTFUL_JWT_SECRET",
            "not set: no end user can ask over HTTP",
            "make one with `openssl rand -hex 32`",
        )
    yield Row("ok" if keys else "unset", "TACTFUL_API_KEYS", keys or "none")


def _model(settings: Settings) -> Row:
    if not settings.model:
        return Row("unset", "TACTFUL_MODEL", "none: answers are made of quotes alone")
    if not settings.openai_api_key and not settings.openai_base_url:
        return Row(
            "wrong", "OPENAI_API_KEY", f"not set, but the model is {settings.model}", "set it"
        )
    return Row("ok", "TACTFUL_MODEL", settings.model)
