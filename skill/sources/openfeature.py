"""Entitlements that stand in feature flags, asked through OpenFeature: one boolean flag for each feature key.

Source: OpenFeature specification 0.8, "Flag Evaluation", https://openfeature.dev/specification/sections/flag-evaluation.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from skill.errors import SettingsError
from skill.model.account import Account, Right
from skill.sources.source import OPENFEATURE, Asked, Down, Timing
from skill.store.verified import Told

if TYPE_CHECKING:
    from openfeature.client import OpenFeatureClient
    from openfeature.evaluation_context import EvaluationContext
    from openfeature.flag_evaluation import FlagEvaluationDetails
    from openfeature.provider import FeatureProvider

DOMAIN = "tactful"
"""Under this name the provider is registered, so that it never takes the place of the host's own."""

_SAYS = frozenset(("STATIC", "TARGETING_MATCH", "SPLIT", "CACHED"))
"""Reasons of a value that somebody chose for this account."""

_SAYS_NOTHING = frozenset(("FLAG_NOT_FOUND",))
"""Error codes of a feature that no flag is about; with any other one the flags could not be read."""

_PART_FOR_BEGINNING = 0.8
"""Of the deadline: so long a question waits for a provider that is not ready yet."""

MakeProvider = Callable[[], "FeatureProvider"]


class Flags:
    """The flags of one provider: true grants a feature, false removes it, and a default says nothing."""

    name = OPENFEATURE
    tells_rights = True
    withholding: tuple[str, ...] = ()

    def __init__(
        self, make: MakeProvider, *, prefix: str = "", timing: Timing | None = None
    ) -> None:
        """The provider is made when it is first asked, and gets ready in its own time.

        Args:
            make: makes the provider.
            prefix: stands before the feature's key in the name of its flag.
            timing: how long it is waited for and believed.
        """
        self.timing = timing or Timing()
        self._make = make
        self._prefix = prefix
        self._making = threading.Lock()
        self._settled = threading.Event()
        self._client: OpenFeatureClient | None = None

    def subject(self, asked: Asked) -> str:
        """The account's own id; where no feature is known there is no flag to ask for."""
        return asked.account.id if asked.features else ""

    def tell(self, asked: Asked) -> Told | Down:
        """A grant or removal for each feature that a flag was set for."""
        client = self._opened()
        # Only the first questions wait: a provider begins by fetching its flags.
        self._settled.wait(self.timing.seconds * _PART_FOR_BEGINNING)
        status = client.get_provider_status().value
        if status != "READY":
            # It may still answer, with what it was shipped with or knew before.
            return Down(f"the provider is {status}")
        context = _context(asked.account)
        grants: list[Right] = []
        removals: list[Right] = []
        for feature in asked.features:
            flag = f"{self._prefix}{feature}"
            said = _said(client.get_boolean_details(flag, False, context))
            if isinstance(said, Down):
                return Down(f"flag `{flag}`: {said.why}")
            if said is not None:
                (grants if said else removals).append(Right(name=feature, source=self.name))
        return Told(as_of=asked.now, grants=tuple(grants), removals=tuple(removals))

    def close(self) -> None:
        """Let the provider end what it has running."""
        with self._making:
            client, self._client = self._client, None
        if client is not None:
            client.provider.shutdown()

    def _opened(self) -> OpenFeatureClient:
        from openfeature import api
        from openfeature.event import ProviderEvent

        with self._making:
            if self._client is None:
                # Not waited for here: one that hangs would keep this lock for ever.
                api.set_provider(self._make(), DOMAIN)
                self._client = api.get_client(DOMAIN)
                for event in (ProviderEvent.PROVIDER_READY, ProviderEvent.PROVIDER_ERROR):
                    self._client.add_handler(event, lambda _: self._settled.set())
            return self._client


def _said(details: FlagEvaluationDetails[bool]) -> bool | Down | None:
    """What a flag says; None where it says nothing about this account."""
    code = str(details.error_code.value) if details.error_code is not None else ""
    reason = str(details.reason or "")
    if code in _SAYS_NOTHING:
        return None
    if code or reason == "ERROR":
        return Down(code or "ERROR")
    if reason == "STALE":
        # The provider repeats what it knew before it lost its server; we know when we last heard it.
        return Down("its value is stale")
    if reason not in _SAYS or not isinstance(details.value, bool):
        return None
    return details.value


def _context(account: Account) -> EvaluationContext:
    """Whom flags are targeted by: the account's id, its plan and its traits."""
    from openfeature.evaluation_context import EvaluationContext

    attributes: dict[str, bool | int | float | str | datetime] = {
        key: value for key, value in account.traits.items() if value is not None
    }
    if account.plan is not None:
        attributes["plan"] = account.plan
    attributes["account"] = account.id
    return EvaluationContext(targeting_key=account.id, attributes=attributes)


def maker_of(value: str, key: str) -> MakeProvider:
    """What makes the provider that a setting names as `package.module:name`.

    Raises:
        SettingsError: there is no such thing, or the package is not installed.
    """
    module, _, name = value.partition(":")
    try:
        importlib.import_module("openfeature.api")
        found = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{key} is `{value}`, and `{error.name}` is not installed",
            pointer=key,
            help="pip install 'tactful[openfeature]', and the provider's own package",
        ) from error
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(
            f"{key} is `{value}`, which cannot be found",
            pointer=key,
            help="write it as `package.module:name`, such as `openfeature.contrib.provider.flagd:FlagdProvider`",
        ) from error
    if not callable(found):
        raise SettingsError(f"{key} is `{value}`, which makes no provider", pointer=key)
    made: MakeProvider = found
    return made
