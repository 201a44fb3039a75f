"""Sources made up for tests, and somebody to ask them about."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from skill.model.account import Account, Customer, Fact, Reading, Right
from skill.sources.source import Asked, Down, Timing
from skill.store.verified import NOTHING, Told, Verified, joined

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PATIENT = Timing(seconds=5)


class Made:
    """A source that answers what it is told to: a `Told`, a `Down`, an exception, or nothing until it is released."""

    withholding: tuple[str, ...] = ()

    def __init__(
        self, name: str = "billing", answer: Any = None, *, rights: bool = True, **timing: Any
    ) -> None:
        self.name = name
        self.answer = answer
        self.tells_rights = rights
        self.timing = Timing(**{**PATIENT._asdict(), **timing})
        self.n_asked = 0
        self.release = threading.Event()

    def subject(self, asked: Asked) -> str:
        return asked.account.id

    def tell(self, asked: Asked) -> Told | Down:
        self.n_asked += 1
        if self.answer == "hang":
            self.release.wait(10)
        if isinstance(self.answer, Exception):
            raise self.answer
        found: Told | Down = self.answer if self.answer != "hang" else Told(as_of=asked.now)
        return found

    def close(self) -> None:
        self.release.set()


class Memory:
    """What was said last, kept in memory."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Verified] = {}

    def read(self, wanted: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Verified]:
        return {key: self.rows[key] for key in wanted if key in self.rows}

    def keep(self, source: str, subject: str, said: Verified) -> Verified:
        key = (source, subject)
        self.rows[key] = joined(self.rows.get(key, NOTHING), said)
        return self.rows[key]


def told(*grants: str, at: datetime = NOON, **more: Any) -> Told:
    rights = tuple(Right(name=name, source="?") for name in grants)
    return Told(as_of=at, grants=rights, **more)


def fact(name: str, value: Any, at: datetime = NOON, source: str = "?") -> Fact:
    return Fact(name=name, value=value, source=source, as_of=at)


def reading(meter: str, value: int, at: datetime = NOON) -> Reading:
    return Reading.model_validate({"meter": meter, "at": at, "value": value})


def somebody(**account: Any) -> Customer:
    return Customer(account=Account.model_validate({"id": "acc_1", **account})).at(NOON)


def hours(n: float) -> timedelta:
    return timedelta(hours=n)
