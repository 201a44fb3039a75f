"""Which sources are asked beside our own store: read from the environment once, and opened once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from skill.errors import SettingsError
from skill.model.account import Account, Customer, Person
from skill.model.playbook import Playbook
from skill.settings import SOURCE_KEYS, Secret
from skill.sources.gathered import answered, gathered
from skill.sources.openfeature import Flags, maker_of
from skill.sources.source import OPENFEATURE, STRIPE, WAREHOUSE, Asked, Down, Line, Source, Timing
from skill.sources.stripe import TRAIT, Entitlements, loaded
from skill.sources.warehouse_query import WarehouseQuery
from skill.store.engine import Store
from skill.store.verified import LastTold, Verified

NAMES = (OPENFEATURE, STRIPE, WAREHOUSE)

_SECONDS = (0.1, 10.0)
"""The shortest and the longest deadline: nobody waits longer for an answer."""
_FRESH = (0.0, 86_400.0)
_HOURS = (0.0, 720.0)
"""The longest is a month: an entitlement that nobody could read for longer is not known."""

_DEFAULT_FRESH = {OPENFEATURE: 0.0, STRIPE: 300.0, WAREHOUSE: 300.0}
"""Seconds. Providers of flags answer from memory; the others are asked over a network."""

_LARGEST_QUERY = 100_000
"""Characters."""


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """What decides which sources are asked, and how."""

    order: tuple[str, ...] = ()
    """Names of the sources, the one that counts first first."""
    tenant: str = "default"
    """Whose accounts they know: nobody else's are asked about."""
    timings: Mapping[str, Timing] = field(default_factory=dict)
    openfeature: str = ""
    """What makes the provider, as `package.module:name`."""
    openfeature_prefix: str = ""
    stripe_key: Secret = field(default_factory=lambda: Secret(""))
    stripe_url: str = ""
    stripe_features: Mapping[str, str] = field(default_factory=dict)
    warehouse_url: Secret = field(default_factory=lambda: Secret(""))
    warehouse_query: str = ""
    """The query itself."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> SourceSettings:
        """The settings of this environment.

        Raises:
            SettingsError: a value cannot be used, or one that a source needs is missing.
        """
        given = os.environ if environ is None else environ
        env = {key: given[key].strip() for key in SOURCE_KEYS if key in given}
        order = _order(env.get("TACTFUL_SOURCES", ""))
        for name, needed in _NEEDED.items():
            for key in needed:
                if name in order and not env.get(key):
                    raise SettingsError(
                        f"{key} is not set, and TACTFUL_SOURCES names `{name}`", pointer=key
                    )
        return cls(
            order=order,
            tenant=env.get("TACTFUL_SOURCE_TENANT") or "default",
            timings=_timings(env, order),
            openfeature=env.get("TACTFUL_SOURCE_OPENFEATURE", ""),
            openfeature_prefix=env.get("TACTFUL_SOURCE_OPENFEATURE_PREFIX", ""),
            stripe_key=Secret(env.get("TACTFUL_SOURCE_STRIPE_KEY", "")),
            stripe_url=_address(env.get("TACTFUL_SOURCE_STRIPE_URL", "")),
            stripe_features=_features(env.get("TACTFUL_SOURCE_STRIPE_FEATURES", "")),
            warehouse_url=Secret(env.get("TACTFUL_SOURCE_WAREHOUSE_URL", "")),
            warehouse_query=_query(env.get("TACTFUL_SOURCE_WAREHOUSE_QUERY", "")),
        )


_NEEDED = {
    OPENFEATURE: ("TACTFUL_SOURCE_OPENFEATURE",),
    STRIPE: ("TACTFUL_SOURCE_STRIPE_KEY",),
    WAREHOUSE: ("TACTFUL_SOURCE_WAREHOUSE_URL", "TACTFUL_SOURCE_WAREHOUSE_QUERY"),
}


class Sources:
    """The sources of one server, open as long as it runs."""

    def __init__(self, sources: tuple[Source, ...] = (), *, tenant: str = "default") -> None:
        self.lines = tuple(Line(source) for source in sources)
        self.tenant = tenant

    @classmethod
    def of(cls, settings: SourceSettings) -> Sources:
        """The sources that these settings name; none of them is asked yet.

        Raises:
            SettingsError: a source cannot be used as it is set up.
        """
        return cls(tuple(_made(name, settings) for name in settings.order), tenant=settings.tenant)

    @classmethod
    def from_env(cls) -> Sources:
        """The sources that this environment names."""
        return cls.of(SourceSettings.from_env())

    def over(
        self, customer: Customer, store: Store, now: datetime, playbook: Playbook | None
    ) -> Customer:
        """The customer with what these sources say laid over; as it is where none knows this tenant."""
        if not self.lines or customer.tenant != self.tenant:
            return customer
        return gathered(
            customer,
            self.lines,
            LastTold(store, self.tenant),
            now,
            features=tuple(playbook.features) if playbook is not None else (),
            meters=frozenset(playbook.meters) if playbook is not None else frozenset(),
        )

    @property
    def stripe(self) -> Entitlements | None:
        """The source that Stripe's webhooks are for, where it is configured."""
        found = (line.source for line in self.lines if isinstance(line.source, Entitlements))
        return next(found, None)

    def reread_stripe(self, customer: str, kept: LastTold, now: datetime) -> bool:
        """Read all entitlements of a customer and join them with what is kept; whether that could be done.

        Args:
            customer: the id at Stripe.
            kept: where the last that each source said is kept.
            now: the moment of asking.
        """
        line = next((one for one in self.lines if one.source.name == STRIPE), None)
        if line is None or line.rests(now):
            return False
        account = Account(traits={TRAIT: customer})
        ((_, answer),) = answered([(line, line.ask(Asked(account, Person(), self.tenant, now)))])
        line.heard(answer, now)
        if isinstance(answer, Down):
            return False
        kept.keep(STRIPE, customer, Verified(told=answer))
        return True

    def close(self) -> None:
        """End what they have running."""
        for line in self.lines:
            line.source.close()


def _made(name: str, settings: SourceSettings) -> Source:
    timing = settings.timings[name]
    if name == STRIPE:
        loaded()
        return Entitlements(
            settings.stripe_key.reveal(),
            address=settings.stripe_url,
            features=settings.stripe_features,
            timing=timing,
        )
    if name == OPENFEATURE:
        make = maker_of(settings.openfeature, "TACTFUL_SOURCE_OPENFEATURE")
        return Flags(make, prefix=settings.openfeature_prefix, timing=timing)
    return WarehouseQuery(settings.warehouse_url.reveal(), settings.warehouse_query, timing=timing)


def _order(value: str) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    for name in names:
        if name not in NAMES or names.count(name) > 1:
            what = "named twice" if name in NAMES else "no source"
            raise SettingsError(
                f"TACTFUL_SOURCES: `{name[:40]}` is {what}",
                pointer="TACTFUL_SOURCES",
                help=f"use some of {', '.join(NAMES)}, the one that counts first first",
            )
    return tuple(names)


def _timings(env: Mapping[str, str], order: tuple[str, ...]) -> dict[str, Timing]:
    seconds = _per_source("TACTFUL_SOURCE_SECONDS", env, _SECONDS, dict.fromkeys(NAMES, 2.0))
    fresh = _per_source("TACTFUL_SOURCE_FRESH", env, _FRESH, _DEFAULT_FRESH)
    hours = _per_source("TACTFUL_SOURCE_HOURS", env, _HOURS, dict.fromkeys(NAMES, 24.0))
    return {
        name: Timing(seconds[name], timedelta(seconds=fresh[name]), timedelta(hours=hours[name]))
        for name in order
    }


def _per_source(
    key: str, env: Mapping[str, str], bounds: tuple[float, float], default: Mapping[str, float]
) -> dict[str, float]:
    """`5` for all of them, or `warehouse=5, stripe=1` for some."""
    found = dict(default)
    least, most = bounds
    for entry in filter(None, (part.strip() for part in env.get(key, "").split(","))):
        name, equals, value = (part.strip() for part in entry.rpartition("="))
        number = re.fullmatch(r"\d{1,6}(\.\d{1,3})?", value, re.ASCII)
        if (equals and name not in NAMES) or not number or not least <= float(value) <= most:
            raise SettingsError(
                f"{key}: `{entry[:60]}` cannot be read",
                pointer=key,
                help=f"use a number from {least:g} to {most:g}, or `warehouse=5, stripe=1`",
            )
        found.update(dict.fromkeys([name] if equals else NAMES, float(value)))
    return found


def _features(value: str) -> dict[str, str]:
    """Our feature by Stripe's lookup key: `lookup_key=Feature name, ...`."""
    found = {}
    for entry in filter(None, (part.strip() for part in value.split(","))):
        lookup, equals, name = (part.strip() for part in entry.partition("="))
        if not (lookup and equals and name):
            raise SettingsError(
                f"TACTFUL_SOURCE_STRIPE_FEATURES: `{entry[:60]}` cannot be read",
                pointer="TACTFUL_SOURCE_STRIPE_FEATURES",
                help="write it as `lookup_key=Feature name`, separated by commas",
            )
        found[lookup] = name
    return found


def _address(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise SettingsError(
            f"TACTFUL_SOURCE_STRIPE_URL is `{value}`, which is not a web address",
            pointer="TACTFUL_SOURCE_STRIPE_URL",
            help="begin it with https:// or http://",
        )
    return value


def _query(value: str) -> str:
    """The text of the file that holds the query."""
    if not value:
        return ""
    key = "TACTFUL_SOURCE_WAREHOUSE_QUERY"
    try:
        query = Path(value).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{key} is `{value}`, which cannot be read",
            pointer=key,
            help="name a file that holds one SELECT",
        ) from error
    if len(query) > _LARGEST_QUERY:
        raise SettingsError(f"{key}: `{value}` is too long for one query", pointer=key)
    return query
