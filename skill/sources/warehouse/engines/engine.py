"""What every engine answers, and how it reads rows of the statement."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from skill.errors import InputError
from skill.model.account import Customer
from skill.model.playbook import Playbook

Row = tuple[str, tuple[int | None, ...]]
"""An account, and of each row of the thresholds in their order: 1 true, 0 false, None unknown."""
Completed = Callable[[Customer, datetime], Customer]
"""An account as a source knows it, with what our own store alone knows of it."""


class Engine(Protocol):
    """Where accounts and their usage are, and who runs the statement there."""

    @property
    def name(self) -> str:
        """How it is called in the ledger and in messages: no password stands in it."""

    def zones(self) -> tuple[str, ...]:
        """The time zones that accounts tell, as they are told."""

    def rows(
        self, playbook: Playbook, now: datetime, *, after: str = "", only_holding: bool = True
    ) -> Iterator[Row]:
        """What the statement says of each account behind `after`, in the order of their ids, as they arrive.

        Raises:
            LedgerError: the database went away; what was handed on stays right, and one may go on behind it.
        """

    def customers(self, accounts: Sequence[str], now: datetime) -> Iterator[Customer]:
        """These accounts with everything that is known about them, in order; one that is gone is left out.

        Raises:
            LedgerError: the database went away.
        """

    def count(self) -> int:
        """How many accounts there are."""

    def text(
        self, playbook: Playbook, now: datetime, *, after: str = "", only_holding: bool = True
    ) -> str:
        """The statement that would run."""

    def close(self) -> None:
        """Give everything back."""


def as_told(customer: Customer, _now: datetime) -> Customer:
    """An account of which nothing is known beside what its source says."""
    return customer


def library(name: str, extra: str, what: str) -> Any:
    """An optional library, loaded when it is first needed.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise InputError(
            f"{what} needs `{name}`, which is not installed",
            pointer="--source",
            help=f"pip install 'tactful[{extra}]'",
        ) from error


def read(found: Iterable[Sequence[Any]]) -> Iterator[Row]:
    """Rows as they come from a driver: whole numbers of whatever type as 1 and 0."""
    for account, *told in found:
        yield account, tuple([None if one is None else int(one) for one in told])


def first_line(error: BaseException) -> str:
    """What a driver says, without the statement that it repeats."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
