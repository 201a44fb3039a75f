"""Entitlements that stand in feature flags: what a provider says is a right, and what it does not say is none."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

pytest.importorskip("openfeature", reason="the extra `openfeature` is not installed")

from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode, GeneralError
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.provider import AbstractProvider, Metadata
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider
from openfeature.provider.no_op_provider import NoOpProvider

from skill.model.account import Account, Customer
from skill.sources.gathered import gathered
from skill.sources.openfeature import DOMAIN, Flags, maker_of
from skill.sources.source import Line, Timing
from tests.sources.told_by import NOON, Memory, hours

FEATURES = ("sso", "audit-log", "api-access")


@pytest.fixture(autouse=True)
def _no_provider_stays(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.CRITICAL, logger="openfeature")
    yield
    api.shutdown()


def flag(value: bool, reason: str = "STATIC", error: ErrorCode | None = None) -> InMemoryFlag[bool]:
    """A flag that answers with this reason."""
    return InMemoryFlag(
        "only",
        {"only": value},
        context_evaluator=lambda _flag, _context: FlagResolutionDetails(
            value=value, reason=reason, error_code=error
        ),
    )


def asked(
    provider: Any, *, kept: Memory | None = None, now: Any = NOON, prefix: str = "", **account: Any
) -> Customer:
    source = Flags(lambda: provider, prefix=prefix, timing=Timing(seconds=0.2))
    own = Customer(account=Account.model_validate({"id": "acc_1", **account})).at(now)
    return gathered(own, [Line(source)], kept or Memory(), now, features=FEATURES)


def rights(customer: Customer) -> tuple[set[str], set[str]]:
    account = customer.account
    return {right.name for right in account.grants}, {right.name for right in account.removals}


@pytest.mark.parametrize("reason", ["STATIC", "TARGETING_MATCH", "SPLIT", "CACHED"])
def test_a_flag_that_is_on_grants_and_one_that_is_off_removes(reason: str) -> None:
    flags = {"sso": flag(True, reason), "audit-log": flag(False, reason)}

    found = asked(InMemoryProvider(flags))

    assert rights(found) == ({"sso"}, {"audit-log"})
    assert {r.source for r in (*found.account.grants, *found.account.removals)} == {"openfeature"}
    assert found.unavailable == ()


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize("reason", ["DEFAULT", "DISABLED", "UNKNOWN", "made up", None])
def test_a_value_that_nobody_chose_for_this_account_says_nothing(value: bool, reason: Any) -> None:
    found = asked(InMemoryProvider({"sso": flag(value, reason)}))

    assert (rights(found), found.unavailable) == ((set(), set()), ())


def test_without_a_provider_of_its_own_nothing_is_said() -> None:
    assert rights(asked(NoOpProvider())) == (set(), set())


class Raising(AbstractProvider):
    """A provider that fails in one of the ways that providers do."""

    def __init__(self, *, starting: Any = None, answering: Any = None) -> None:
        super().__init__()
        self._starting, self._answering = starting, answering

    def get_metadata(self) -> Metadata:
        return Metadata("made up")

    def initialize(self, evaluation_context: EvaluationContext) -> None:
        if isinstance(self._starting, threading.Event):
            self._starting.wait(10)
        elif self._starting is not None:
            raise self._starting

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: Any = None
    ) -> FlagResolutionDetails[bool]:
        if isinstance(self._answering, threading.Event):
            self._answering.wait(10)
        elif self._answering is not None:
            raise self._answering
        return FlagResolutionDetails(True, reason=Reason.STATIC)

    resolve_string_details = resolve_integer_details = resolve_boolean_details  # type: ignore[assignment]
    resolve_float_details = resolve_object_details = resolve_boolean_details  # type: ignore[assignment]


def _hangs(where: str) -> Any:
    return lambda: Raising(**{where: threading.Event()})


FAULTS: dict[str, Any] = {
    "raises": lambda: Raising(answering=RuntimeError("secret-1")),
    "raises its own": lambda: Raising(answering=GeneralError("secret-1")),
    "never starts": lambda: Raising(starting=RuntimeError("secret-1")),
    "hangs when it starts": _hangs("starting"),
    "hangs when asked": _hangs("answering"),
    "cannot be read": lambda: InMemoryProvider({"sso": flag(True, "ERROR", ErrorCode.PARSE_ERROR)}),
    "another type": lambda: InMemoryProvider({"sso": InMemoryFlag("x", {"x": "yes"})}),
    "stale": lambda: InMemoryProvider({"sso": flag(False, "STALE")}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_while_the_flags_cannot_be_read_the_last_verified_ones_hold_until_their_age(
    fault: str,
) -> None:
    kept = Memory()
    asked(InMemoryProvider({"sso": flag(True), "audit-log": flag(False)}), kept=kept)

    within = asked(FAULTS[fault](), kept=kept, now=NOON + hours(24))
    after = asked(FAULTS[fault](), kept=kept, now=NOON + hours(24) + timedelta(seconds=1))

    assert rights(within) == ({"sso"}, {"audit-log"})
    assert within.account.grants[0].source == "openfeature, last verified 2026-11-21T12:00:00Z"
    assert (rights(after), "account" in after.unavailable) == ((set(), set()), True)
    assert "secret-1" not in repr((within, after))


def test_flags_are_targeted_by_the_account_its_plan_and_its_traits() -> None:
    seen: list[EvaluationContext] = []

    def evaluate(_flag: Any, context: EvaluationContext) -> FlagResolutionDetails[bool]:
        seen.append(context)
        return FlagResolutionDetails(True, reason=Reason.TARGETING_MATCH)

    flags = {"feature.sso": InMemoryFlag("x", {"x": True}, context_evaluator=evaluate)}

    found = asked(
        InMemoryProvider(flags),
        prefix="feature.",
        plan="team",
        traits={"team size": 5, "gone": None},
    )

    assert rights(found) == ({"sso"}, set())
    assert seen[0].targeting_key == "acc_1"
    assert dict(seen[0].attributes) == {"account": "acc_1", "plan": "team", "team-size": 5}


def test_the_host_keeps_a_provider_of_its_own() -> None:
    mine = InMemoryProvider({})
    api.set_provider_and_wait(mine)

    asked(InMemoryProvider({"sso": flag(True)}))

    assert api.get_client().provider is mine
    assert api.get_client(DOMAIN).provider is not mine


def test_a_provider_is_named_in_the_settings_and_shut_down_at_the_end() -> None:
    make = maker_of("openfeature.provider.no_op_provider:NoOpProvider", "KEY")
    source = Flags(make)
    own = Customer(account=Account(id="acc_1")).at(NOON)

    found = gathered(own, [Line(source)], Memory(), NOON, features=FEATURES)
    source.close()
    source.close()

    assert found.unavailable == ()
