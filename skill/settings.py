"""Settings: the environment, read once into a frozen value; a bad value is named with its key."""

from __future__ import annotations

import base64
import difflib
import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast, get_args
from urllib.parse import quote, urlsplit

import platformdirs

from skill.errors import SettingsError

Scope = Literal["end_user", "support", "admin", "ingest"]
"""What a credential may do."""

Rung = Literal["remote", "minilm", "wordllama", "lexical"]
"""What makes vectors of texts, the best first; `lexical` makes none."""

ModelApi = Literal["chat", "responses"]
"""How a language model is spoken to; every compatible server knows `chat`."""

ModelWords = Literal["auto", "strict", "fluid"]
"""Whether a model's own sentences are let in: `auto` lets them in for a support copilot alone."""

ModelChoice = Literal["no", "answer", "offer"]
"""What a model's choice among the features that were asked back about is good for."""

SHORTEST_SECRET = 32
"""Bytes of a signing secret for HS256. Source: RFC 7518, section 3.2."""

SOURCE_KEYS = (
    "TACTFUL_SOURCES",
    "TACTFUL_SOURCE_TENANT",
    "TACTFUL_SOURCE_SECONDS",
    "TACTFUL_SOURCE_FRESH",
    "TACTFUL_SOURCE_HOURS",
    "TACTFUL_SOURCE_OPENFEATURE",
    "TACTFUL_SOURCE_OPENFEATURE_PREFIX",
    "TACTFUL_SOURCE_STRIPE_KEY",
    "TACTFUL_SOURCE_STRIPE_URL",
    "TACTFUL_SOURCE_STRIPE_FEATURES",
    "TACTFUL_SOURCE_WAREHOUSE_URL",
    "TACTFUL_SOURCE_WAREHOUSE_QUERY",
)
"""Settings of the sources beside our own store, which are read where these are opened."""

BILLING_KEYS = (
    "TACTFUL_BILLING",
    "TACTFUL_BILLING_SECONDS",
    "TACTFUL_BILLING_STRIPE_KEY",
    "TACTFUL_BILLING_STRIPE_URL",
    "TACTFUL_BILLING_STRIPE_PRICES",
    "TACTFUL_BILLING_SUCCESS_URL",
    "TACTFUL_BILLING_CANCEL_URL",
)
"""Settings of the billing provider, which are read where it is opened."""

TELLING_KEYS = ("TACTFUL_WEBHOOK_URLS", "TACTFUL_ATTIO_KEY", "TACTFUL_POSTHOG_KEY")
"""Settings by which somebody is told what happens."""
DELIVERY_KEYS = (
    "TACTFUL_DELIVERY_TENANT",
    "TACTFUL_DELIVERY_NETWORKS",
    "TACTFUL_WEBHOOK_URLS",
    "TACTFUL_WEBHOOK_SECRETS",
    "TACTFUL_ATTIO_KEY",
    "TACTFUL_ATTIO_URL",
    "TACTFUL_POSTHOG_KEY",
    "TACTFUL_POSTHOG_URL",
    "TACTFUL_SMTP_URL",
    "TACTFUL_MAIL_FROM",
    "TACTFUL_MAIL_REPLY_TO",
    "TACTFUL_PUBLIC_URL",
    "TACTFUL_APP_URL",
)
"""Settings of what leaves for others, which are read where these are opened."""
KEYS = (
    "TACTFUL_TOPICS",
    "TACTFUL_DATA_DIR",
    "TACTFUL_DATABASE_URL",
    "TACTFUL_JWT_SECRET",
    "TACTFUL_JWT_AUDIENCE",
    "TACTFUL_API_KEYS",
    "TACTFUL_HOOK_SECRETS",
    *SOURCE_KEYS,
    "TACTFUL_DELIVERY",
    "TACTFUL_SWEEP",
    "TACTFUL_SHADOW",
    *DELIVERY_KEYS,
    *BILLING_KEYS,
    "TACTFUL_MODEL",
    "TACTFUL_MODEL_API",
    "TACTFUL_MODEL_SECONDS",
    "TACTFUL_MODEL_WORDS",
    "TACTFUL_MODEL_CHOICE",
    "TACTFUL_MODEL_PRICE",
    "TACTFUL_MODEL_LOG",
    "TACTFUL_EMBEDDER",
    "TACTFUL_EMBEDDINGS",
    "TACTFUL_PORT",
    "TACTFUL_GAP_LOG",
    "TACTFUL_GAP_DAYS",
    "OPENAI_BASE_URL",
    "OPENAI_API_KEY",
)
"""Every setting that is read."""

PUBLISHED = "published"
"""The value of `TACTFUL_TOPICS` that names no folder: each tenant's own published version is served."""

_MOST_DAYS = 3_650
"""Ten years; nobody writes a word for what was asked before that."""

_MODEL_SECONDS = (0.5, 60)
"""The shortest and the longest deadline of an answer: less is no answer, and nobody waits for more."""

_WHSEC = "whsec_"
_HOOK_KEY = (24, 64)
"""Bytes of a signing secret, the fewest and the most. Source: Standard Webhooks, "Signature scheme"."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that is used and never shown: `reveal` is the only way to it."""

    _value: str

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(set)" if self._value else "Secret(empty)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of the host's backend: what it may do, and for which tenant; the key is not kept."""

    digest: str = field(repr=False)
    """SHA-256 of the key, in hexadecimal."""
    scope: Scope
    tenant: str = "default"


@dataclass(frozen=True, slots=True)
class HookSecret:
    """What a source signs its webhooks with, and whose they are; several of one source are for rotation."""

    source: str
    """The name in the path: `POST /v1/hooks/{source}`."""
    secret: Secret
    """As it was given: `whsec_` and base64."""
    tenant: str = "default"

    def key(self) -> bytes:
        """The bytes to sign with. Source: Standard Webhooks, "Signature scheme"."""
        return base64.b64decode(self.secret.reveal().removeprefix(_WHSEC), validate=True)


@dataclass(frozen=True, slots=True)
class Embeddings:
    """What decides which embedder runs."""

    data_dir: Path = field(default_factory=lambda: default_data_dir())
    """Where installed models lie."""
    embedder: Rung | Literal["auto"] = "auto"
    """The rung to begin at; those below it serve where it cannot."""
    model: str = ""
    """Name of the endpoint's embeddings; empty where none is configured."""
    base_url: str = ""
    key: Secret = Secret("")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Embeddings:
        """The part of the settings that decides it, whatever the others are.

        Raises:
            SettingsError: a value cannot be used.
        """
        env = _given(environ)
        return cls(
            data_dir=_data_dir(env),
            embedder=_embedder(env.get("TACTFUL_EMBEDDER") or "auto"),
            model=env.get("TACTFUL_EMBEDDINGS", ""),
            base_url=_web_address("OPENAI_BASE_URL", env),
            key=Secret(env.get("OPENAI_API_KEY", "")),
        )


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """What a million of a model's tokens cost, exactly."""

    prompt: Decimal
    cached: Decimal
    """Tokens of the prompt that the provider had read before."""
    completion: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment decides."""

    topics: Path | None = None
    """Folder of the Topics that are served."""
    published: bool = False
    """Serve what each tenant has published, and no folder."""
    data_dir: Path = field(default_factory=lambda: default_data_dir())
    """Where indexes and the embedded database live."""
    database_url: Secret = Secret("")
    """SQLAlchemy URL, password included; see `database`."""
    jwt_secret: Secret = Secret("")
    jwt_audience: str = "tactful"
    api_keys: tuple[ApiKey, ...] = ()
    hook_secrets: tuple[HookSecret, ...] = ()
    model: str = ""
    """Name of the language model; empty where none is configured."""
    model_api: ModelApi = "chat"
    model_seconds: float = 8.0
    """The deadline of one answer, with everything that the model is asked for it."""
    model_words: ModelWords = "auto"
    model_choice: ModelChoice = "answer"
    model_price: ModelPrice | None = None
    """What a model's tokens cost; None where nobody said."""
    model_log: Path | None = None
    """Where prompts and replies are written, redacted; None where nobody asked for it."""
    openai_base_url: str = ""
    openai_api_key: Secret = Secret("")
    embeddings: Embeddings = field(default_factory=Embeddings)
    port: int = 8000
    gap_log: bool = True
    """Note questions that found nothing or were asked back, redacted, for whoever writes the Topics."""
    gap_days: int = 90
    """So long after it was last asked a gap is kept."""
    tells: bool = False
    """Whether anybody is set up to be told what happens: a webhook, a CRM or analytics."""
    delivery: bool = False
    """Deliver in this server what was decided, beside answering; `tactful serve` does unless that is off."""
    shadow: bool = False
    """Decide and record everything, and show no offer to anybody."""
    sweep_at: str = ""
    """When every account is judged by itself, in UTC as `03:00`; empty where `tactful sweep` is run by something else."""
    allow_unreviewed: bool = False
    """Show generated wording that nobody has reviewed: for tests and first tries."""
    demo: bool = False
    """Serve the demo page and its people. Never set from the environment."""

    @property
    def database(self) -> str:
        """URL of the database: the configured one, or a file in the data directory."""
        return self.database_url.reveal() or f"sqlite:///{quote(str(self.data_dir / 'tactful.db'))}"

    def served_topics(self) -> Path:
        """The folder to serve: the named one, or `topics` in the working directory.

        Raises:
            SettingsError: there is neither, or what is published is served.
        """
        if self.published:
            raise SettingsError(
                f"TACTFUL_TOPICS is `{PUBLISHED}`: what is published is served, and no folder",
                pointer="TACTFUL_TOPICS",
                help=f"name a folder here; one that is called so is `./{PUBLISHED}`",
            )
        here = Path("topics")
        if self.topics is not None:
            return self.topics
        if here.is_dir():
            return here.resolve()
        raise SettingsError(
            "TACTFUL_TOPICS is not set, and there is no folder `topics` here",
            pointer="TACTFUL_TOPICS",
            help="name your Topics folder, or see `tactful demo` for a made-up company",
        )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """The settings of this environment. An empty value counts as not set.

        Raises:
            SettingsError: a value cannot be used; key and value are named, a secret's value is not.
        """
        env = _given(environ)
        return cls(
            topics=_folder("TACTFUL_TOPICS", env),
            published=env.get("TACTFUL_TOPICS") == PUBLISHED,
            data_dir=_data_dir(env),
            database_url=_database(env.get("TACTFUL_DATABASE_URL", "")),
            jwt_secret=_signing_secret(env.get("TACTFUL_JWT_SECRET", "")),
            jwt_audience=env.get("TACTFUL_JWT_AUDIENCE") or "tactful",
            api_keys=_api_keys(env.get("TACTFUL_API_KEYS", "")),
            hook_secrets=_hook_secrets(env.get("TACTFUL_HOOK_SECRETS", "")),
            model=env.get("TACTFUL_MODEL", ""),
            model_api=cast(ModelApi, _one_of("TACTFUL_MODEL_API", env, get_args(ModelApi))),
            model_words=cast(ModelWords, _one_of("TACTFUL_MODEL_WORDS", env, get_args(ModelWords))),
            model_choice=cast(
                ModelChoice, _one_of("TACTFUL_MODEL_CHOICE", env, get_args(ModelChoice), "answer")
            ),
            model_price=_model_price(env.get("TACTFUL_MODEL_PRICE", "")),
            model_log=Path(env["TACTFUL_MODEL_LOG"]) if env.get("TACTFUL_MODEL_LOG") else None,
            model_seconds=_seconds(env.get("TACTFUL_MODEL_SECONDS") or "8"),
            openai_base_url=_web_address("OPENAI_BASE_URL", env),
            openai_api_key=Secret(env.get("OPENAI_API_KEY", "")),
            embeddings=Embeddings.from_env(env),
            port=_port(env.get("TACTFUL_PORT") or "8000"),
            gap_log=_on_or_off("TACTFUL_GAP_LOG", env, default=True),
            gap_days=_days("TACTFUL_GAP_DAYS", env, default=90),
            tells=any(env.get(key) for key in TELLING_KEYS),
            delivery=_on_or_off("TACTFUL_DELIVERY", env, default=True),
            sweep_at=_time_of_day("TACTFUL_SWEEP", env),
            shadow=_on_or_off("TACTFUL_SHADOW", env, default=False),
        )


def default_data_dir() -> Path:
    """The user's data directory, as the operating system has it."""
    return Path(platformdirs.user_data_dir("tactful", appauthor=False))


def unknown_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """Keys that begin like ours and are none, each with the nearest one that exists, if any."""
    strange = sorted(k for k in environ if k.startswith("TACTFUL_") and k not in KEYS)
    # Names that only our own tests read are no typing errors.
    strange = [k for k in strange if not k.startswith(("TACTFUL_TEST_", "TACTFUL_REQUIRE_"))]
    return {k: next(iter(difflib.get_close_matches(k, KEYS, n=1)), "") for k in strange}


def _given(environ: Mapping[str, str] | None) -> dict[str, str]:
    given = os.environ if environ is None else environ
    return {key: given[key].strip() for key in KEYS if key in given}


def _data_dir(env: Mapping[str, str]) -> Path:
    value = env.get("TACTFUL_DATA_DIR")
    return Path(value).expanduser() if value else default_data_dir()


def _embedder(value: str) -> Rung | Literal["auto"]:
    if value == "auto" or value in get_args(Rung):
        return cast(Rung, value)
    raise SettingsError(
        f"TACTFUL_EMBEDDER is `{value}`, which is no embedder",
        pointer="TACTFUL_EMBEDDER",
        help=f"use auto, {', '.join(get_args(Rung)[:-1])} or {get_args(Rung)[-1]}",
    )


def _folder(key: str, env: Mapping[str, str]) -> Path | None:
    value = env.get(key)
    if not value or value == PUBLISHED:
        return None
    path = Path(value).expanduser()
    if not path.is_dir():
        raise SettingsError(
            f"{key} is `{value}`, which is not a folder",
            pointer=key,
            help=f"name the folder that holds your Topics, or `{PUBLISHED}`",
        )
    return path


def _database(value: str) -> Secret:
    url = re.sub(r"^postgres://", "postgresql://", value)
    if url and not re.match(r"(sqlite|postgresql)(\+\w+)?://", url):
        # The rest of the URL may hold a password, so only its beginning is named.
        raise SettingsError(
            f"TACTFUL_DATABASE_URL begins with `{url.split(':', 1)[0][:20]}`: not supported",
            pointer="TACTFUL_DATABASE_URL",
            help="use `sqlite:////path/to/file.db` or `postgresql://user@host:5432/name`",
        )
    return Secret(url)


def _signing_secret(value: str) -> Secret:
    size = len(value.encode())
    if value and size < SHORTEST_SECRET:
        raise SettingsError(
            f"TACTFUL_JWT_SECRET is {size} bytes long; at least {SHORTEST_SECRET} are needed",
            pointer="TACTFUL_JWT_SECRET",
            help="make one with `openssl rand -hex 32`",
        )
    return Secret(value)


def _api_keys(value: str) -> tuple[ApiKey, ...]:
    """Read `secret=scope@tenant` entries; the n-th is named by its place, as its text is secret."""
    keys: dict[str, ApiKey] = {}
    entries = [entry.strip() for entry in value.split(",")]
    for place, entry in enumerate(entries, 1):
        if not entry:
            continue
        key = _api_key(entry, place)
        if key.digest in keys:
            raise _bad_key(place, "repeats an earlier key", "give each key once")
        keys[key.digest] = key
    return tuple(keys.values())


def _api_key(entry: str, place: int) -> ApiKey:
    secret, equals, rights = entry.rpartition("=")
    scope, at, tenant = rights.partition("@")
    if not equals or not secret.strip():
        raise _bad_key(place, "has no scope", "write it as `secret=scope@tenant`")
    if scope == "end_user":
        raise _bad_key(
            place,
            "has the scope `end_user`",
            "an end user needs a signed token, because it says who is asking",
        )
    if scope not in get_args(Scope):
        raise _bad_key(
            place, "has a scope that does not exist", "use support, admin or ingest after the `=`"
        )
    if at and not tenant:
        raise _bad_key(place, "has an empty tenant after `@`", "name the tenant or leave `@` out")
    marker, _, digest = secret.partition(":")
    if marker == "sha256":
        if not _SHA256.fullmatch(digest.lower()):
            raise _bad_key(
                place, "has a `sha256:` that is not 64 hexadecimal digits", "hash the key again"
            )
        digest = digest.lower()
    else:
        digest = hashlib.sha256(secret.encode()).hexdigest()
    return ApiKey(digest=digest, scope=cast(Scope, scope), tenant=tenant or "default")


def _bad_key(place: int, wrong: str, mend: str) -> SettingsError:
    return SettingsError(
        f"TACTFUL_API_KEYS: entry {place} {wrong}", pointer="TACTFUL_API_KEYS", help=mend
    )


def _hook_secrets(value: str) -> tuple[HookSecret, ...]:
    """Read `source=whsec_...@tenant` entries; the n-th is named by its place, as its text is secret."""
    entries = [entry.strip() for entry in value.split(",")]
    return tuple(_hook_secret(entry, place) for place, entry in enumerate(entries, 1) if entry)


def _hook_secret(entry: str, place: int) -> HookSecret:
    source, _, rest = entry.partition("=")
    secret, at, tenant = rest.partition("@")
    wrong = ""
    if not re.fullmatch(r"[a-z0-9-]{1,40}", source):
        wrong = "has no source before `=`"
    elif not secret.startswith(_WHSEC):
        wrong = f"has a secret that does not begin with `{_WHSEC}`"
    elif at and not tenant:
        wrong = "has an empty tenant after `@`"
    found = HookSecret(source=source, secret=Secret(secret), tenant=tenant or "default")
    if not wrong:
        try:
            size = len(found.key())
        except ValueError:
            wrong = "has a secret that is not base64"
        else:
            if not _HOOK_KEY[0] <= size <= _HOOK_KEY[1]:
                wrong = f"has a secret of {size} bytes; from {_HOOK_KEY[0]} to {_HOOK_KEY[1]} are needed"
    if wrong:
        raise SettingsError(
            f"TACTFUL_HOOK_SECRETS: entry {place} {wrong}",
            pointer="TACTFUL_HOOK_SECRETS",
            help="write it as `source=whsec_BASE64@tenant`",
        )
    return found


def _web_address(key: str, env: Mapping[str, str]) -> str:
    value = env.get(key, "")
    if value and not _is_web_address(value):
        raise SettingsError(
            f"{key} is `{value}`, which is not a web address",
            pointer=key,
            help="begin it with https:// or http://",
        )
    return value


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half an IPv6 address, or a port past the last
        return False


def _time_of_day(key: str, env: Mapping[str, str]) -> str:
    value = env.get(key, "")
    if value and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise SettingsError(
            f"{key} is `{value}`, which is no time of the day",
            pointer=key,
            help="write it in UTC, as 03:00",
        )
    return value


def _on_or_off(key: str, env: Mapping[str, str], *, default: bool) -> bool:
    value = env.get(key, "").lower()
    if value not in ("", "on", "off"):
        raise SettingsError(
            f"{key} is `{env[key]}`, which is neither on nor off",
            pointer=key,
            help="say `on` or `off`",
        )
    return value == "on" if value else default


def _days(key: str, env: Mapping[str, str], *, default: int) -> int:
    value = env.get(key) or str(default)
    if not re.fullmatch(r"\d{1,4}", value, re.ASCII) or not 1 <= int(value) <= _MOST_DAYS:
        raise SettingsError(
            f"{key} is `{value}`, which is no number of days",
            pointer=key,
            help=f"use a number from 1 to {_MOST_DAYS:,}",
        )
    return int(value)


def _one_of(key: str, env: Mapping[str, str], known: Sequence[str], default: str = "") -> str:
    value = env.get(key) or default or known[0]
    if value not in known:
        said = f"{', '.join(known[:-1])} or {known[-1]}"
        raise SettingsError(
            f"{key} is `{value}`, which is none of its values", pointer=key, help=f"use {said}"
        )
    return value


def _model_price(value: str) -> ModelPrice | None:
    if not value:
        return None
    amount = r"(\d{1,6}(?:\.\d{1,6})?)"
    found = re.fullmatch(
        rf"\s*{amount}\s*,\s*{amount}\s*,\s*{amount}\s+([A-Z]{{3}})\s*", value, re.ASCII
    )
    if found is None:
        raise SettingsError(
            f"TACTFUL_MODEL_PRICE is `{value}`, which is no price",
            pointer="TACTFUL_MODEL_PRICE",
            help="say what a million tokens cost, read, read from the cache and written: `0.15, 0.075, 0.60 USD`",
        )
    prompt, cached, completion = (Decimal(found[n]) for n in (1, 2, 3))
    return ModelPrice(prompt, cached, completion, found[4])


def _seconds(value: str) -> float:
    shortest, longest = _MODEL_SECONDS
    if (
        not re.fullmatch(r"\d{1,2}(\.\d{1,3})?", value, re.ASCII)
        or not shortest <= float(value) <= longest
    ):
        raise SettingsError(
            f"TACTFUL_MODEL_SECONDS is `{value}`, which is no deadline",
            pointer="TACTFUL_MODEL_SECONDS",
            help=f"use a number of seconds from {shortest} to {longest}",
        )
    return float(value)


def _port(value: str) -> int:
    if not re.fullmatch(r"\d{1,5}", value, re.ASCII) or int(value) > 65535:
        raise SettingsError(
            f"TACTFUL_PORT is `{value}`, which is not a port",
            pointer="TACTFUL_PORT",
            help="use a number from 1 to 65535, or 0 for any free port",
        )
    return int(value)
