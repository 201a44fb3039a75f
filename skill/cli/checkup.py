"""What `tactful doctor` looks at: each setting, the Topics, the store, and who may ask."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

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
        rows.extend(_topics(settings))
    rows.extend(_embedder(settings))
    rows.append(_data_dir(settings.data_dir))
    if "TACTFUL_DATABASE_URL" not in wrong:
        rows.append(_database(settings))
    if not wrong & {"TACTFUL_JWT_SECRET", "TACTFUL_API_KEYS"}:
        rows.extend(_credentials(settings))
    rows.append(_model(settings))
    rows.append(_billing(environ))
    rows.extend(_delivery(environ, settings))
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


def _topics(settings: Settings) -> Iterator[Row]:
    from skill.compiler.folder import Compiler

    key = "TACTFUL_TOPICS"
    if settings.published:
        yield Row("ok", key, "published: each tenant is served what it has published")
        return
    try:
        folder = settings.served_topics()
    except SkillError as error:
        yield Row("missing", key, "not set, and no folder `topics` here", error.help)
        return
    try:
        compiled = Compiler().compile_folder(folder, now().date())
        errors = [d for d in compiled.diagnostics if d.severity == "error"]
        if errors:
            found = f"{folder}: {len(errors)} errors"
            yield Row("wrong", key, found, f"tactful topics check {folder}")
            return
    except SkillError as error:
        yield Row("wrong", key, error.detail, error.help)
        return
    playbook = compiled.playbook
    sold = f"{len(playbook.features)} features, {len(playbook.bundles)} bundles"
    yield Row("ok", key, f"{folder}: {sold}")


def _embedder(settings: Settings) -> Iterator[Row]:
    """Which rung reads questions, which finds passages, and what keeps a better one from running."""
    from skill.retrieval.ladder import Ladder, told

    ladder = Ladder.of(settings.embeddings)
    reads, finds = ladder.reader(), ladder.embedder()
    yield Row("ok", "understanding", told(reads))
    yield Row("ok", "finding passages", told(finds))
    for passed in ladder.passed:
        yield Row("note", f"embedder {passed.rung}", f"does not run: {passed.why}", passed.help)


def _data_dir(path: Path) -> Row:
    nearest = next(p for p in (path, *path.parents) if p.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return Row("ok", "TACTFUL_DATA_DIR", str(path))
    return Row("wrong", "TACTFUL_DATA_DIR", f"{path} cannot be written", "name another folder")


def _database(settings: Settings) -> Row:
    from skill.store.engine import Store

    own = settings.data_dir / "tactful.db"
    if not settings.database_url and not own.exists():
        # Looking must not make it.
        return Row("ok", "TACTFUL_DATABASE_URL", f"SQLite, made when first needed at {own}")
    kind = "PostgreSQL" if settings.database.startswith("postgresql") else "SQLite"
    try:
        Store.open(settings.database).close()
    except SkillError as error:
        return Row("wrong", "TACTFUL_DATABASE_URL", error.detail, error.help)
    place = "" if settings.database_url else f", {own}"
    return Row("ok", "TACTFUL_DATABASE_URL", f"{kind}{place}")


def _credentials(settings: Settings) -> Iterator[Row]:
    keys = ", ".join(f"{key.scope} for {key.tenant}" for key in settings.api_keys)
    if settings.jwt_secret:
        yield Row("ok", "TACTFUL_JWT_SECRET", f"set; tokens for `{settings.jwt_audience}`")
    else:
        yield Row(
            "unset" if keys else "missing",
            "TACTFUL_JWT_SECRET",
            "not set: no end user can ask over HTTP",
            "make one with `openssl rand -hex 32`",
        )
    yield Row("ok" if keys else "unset", "TACTFUL_API_KEYS", keys or "none")


def _billing(environ: Mapping[str, str]) -> Row:
    """Who is asked for prices, about whose accounts, and whether it opens pages to buy on; no part of a key."""
    from skill.sources.billing_configured import Billing, BillingSettings

    key = "TACTFUL_BILLING"
    try:
        found = BillingSettings.from_env(environ)
        Billing.of(found)
    except SkillError as error:
        at = error.pointer or key
        return Row("wrong", at, error.detail.removeprefix(at).strip(": "), error.help)
    if not found.provider:
        return Row("unset", key, "none: prices are those of the Topics")
    host = urlsplit(found.stripe_url).hostname or "its own address"
    told = f"{found.provider} at {host} for the tenant `{found.tenant}`, within {found.seconds:g} s"
    back = urlsplit(found.back.bought).hostname if found.back is not None else None
    pages = f"pages to buy on lead back to {back}" if back else "no pages to buy on"
    return Row("ok", key, f"{told}; {pages}")


def _delivery(environ: Mapping[str, str], settings: Settings) -> Iterator[Row]:
    """What leaves for whom: how many are told, by which server letters go, and whether they have a way out; no secret."""
    from skill.delivery.configured import DeliverySettings

    try:
        found = DeliverySettings.from_env(environ)
    except SkillError as error:
        at = error.pointer or "delivery"
        yield Row("wrong", at, error.detail.removeprefix(at).strip(": "), error.help)
        return
    if settings.shadow:
        yield Row("note", "TACTFUL_SHADOW", "on: everything is decided and nothing is shown", "")
    n = len(found.receivers)
    yield Row(
        "ok" if n else "unset",
        "told what happens",
        f"{n} receivers for the tenant `{found.tenant}`" if n else "nobody",
    )
    if found.mail is None:
        yield Row("unset", "TACTFUL_SMTP_URL", "no email leaves")
        return
    lacking = [
        key
        for key, value in (
            ("TACTFUL_PUBLIC_URL", found.public_url),
            ("TACTFUL_JWT_SECRET", settings.jwt_secret),
        )
        if not value
    ]
    if lacking:
        help_ = f"set {' and '.join(lacking)}: the link that ends such letters is made with it"
        yield Row("missing", "TACTFUL_SMTP_URL", "letters have no way out, so none leaves", help_)
        return
    yield Row("ok", "TACTFUL_SMTP_URL", f"{found.mail.host}, from {found.mail.sender}")


def _model(settings: Settings) -> Row:
    key = "TACTFUL_MODEL"
    if not settings.model:
        return Row("unset", key, "none: answers are made of quotes alone")
    if not settings.openai_api_key and not settings.openai_base_url:
        found = f"{settings.model}: there is no key for it, so it is never asked"
        return Row(
            "wrong", key, found, "set OPENAI_API_KEY, or OPENAI_BASE_URL for your own server"
        )
    host = urlsplit(settings.openai_base_url).hostname or "the provider's own address"
    told = f"{settings.model} by {settings.model_api} at {host}"
    return Row("ok", key, f"{told}, within {settings.model_seconds:g} s")
