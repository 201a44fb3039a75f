"""The facts that a cost rests on, each with its source and date: enough to compute the same cost again from them alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

from skill.model.account import Account, Customer, Reading, Right
from skill.model.common import slug
from skill.model.preview import Ground
from skill.policy import gate
from skill.policy.signals.record import Record

TRAITS = ("billing-zone", "billing-day", "next-renewal")
"""Keys of what is told about the account's bills, beside `billing`."""
LONGEST_FIGURE = 100
"""Characters of a reading or a limit."""


def stamp(at: datetime) -> str:
    """A moment as it stands in an answer."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def grounds_of(record: Record, terms: Iterable[str]) -> tuple[Ground, ...]:
    """What was known of this account that its costs were computed from."""
    return (*_of_account(record), *_of_traits(record, terms), *_of_usage(record))


def _of_account(record: Record) -> Iterator[Ground]:
    account = record.customer.account
    for name, value in (
        ("plan", account.plan),
        ("region", account.region),
        ("currency", account.currency),
    ):
        if value is not None:
            yield Ground(name=name, value=value, source="account")
    for key, n in Counter(account.bundles).items():
        yield Ground(name=f"bundle.{key}", value=str(n), source="account")
    granted = gate.open_rights(account.grants, record.now)
    for key in dict.fromkeys(right.name for right in account.grants if right.name in granted):
        if key in record.playbook.bundles:
            yield Ground(name="grant", value=key, source="account")
    for key in sorted(gate.open_rights(account.removals, record.now)):
        if key in record.playbook.bundles:
            yield Ground(name="removal", value=key, source="account")
    for meter, limit in account.limits.items():
        value = "unlimited" if limit is None else f"{limit:f}"
        yield Ground(name=f"limit.{meter}", value=value, source="account")
    if "account" in record.customer.unavailable:
        yield Ground(name="unavailable", value="account", source="account")


def _of_traits(record: Record, terms: Iterable[str]) -> Iterator[Ground]:
    billing = record.customer.account.traits.get("billing")
    if billing is not None:
        yield Ground(name="trait.billing", value=str(billing), source="account")
    for key in (*TRAITS, *terms):
        value = record.known(key)
        if value is None:
            continue
        told = [f for f in record.customer.facts if slug(f.name) == key and f.as_of <= record.now]
        newest = max(told, key=lambda f: f.as_of, default=None)
        text = f"{value:f}" if isinstance(value, Decimal) else value
        yield Ground(
            name=f"trait.{key}",
            value=text,
            source=newest.source if newest else "account",
            as_of=stamp(newest.as_of) if newest else None,
        )


def _of_usage(record: Record) -> Iterator[Ground]:
    for key in record.playbook.meters:
        course = record.course(key)
        if course.newest is not None:
            yield Ground(
                name=f"usage.{key}",
                value=f"{course.newest:f}",
                source="usage",
                as_of=stamp(course.ats[-1]),
            )


def _decimal(text: str) -> Decimal:
    """A figure as it is told here: an exponent would make a short word a number that nobody can write out."""
    if len(text) > LONGEST_FIGURE or "e" in text.lower():
        raise ValueError("no figure of ours")
    return Decimal(text)


def customer_of(grounds: Iterable[Ground], now: datetime) -> Customer:
    """The customer that these facts speak of, and nothing else about them.

    Raises:
        ValueError: a fact of another shape.
    """
    plain: dict[str, str] = {}
    bundles: list[str] = []
    limits: dict[str, Decimal | None] = {}
    traits: dict[str, str | int | float | bool | None] = {}
    rights: dict[str, list[Right]] = {"grant": [], "removal": []}
    usage: list[Reading] = []
    unavailable: list[str] = []
    for ground in grounds:
        kind, _, key = ground.name.partition(".")
        if kind in ("plan", "region", "currency") and not key:
            plain[kind] = ground.value
        elif kind == "bundle":
            bundles += [key] * min(int(ground.value), 100_000)
        elif kind in rights:
            rights[kind].append(Right(name=ground.value))
        elif kind == "limit":
            limits[key] = None if ground.value == "unlimited" else _decimal(ground.value)
        elif kind == "trait":
            traits[key] = ground.value
        elif kind == "usage" and ground.as_of is not None:
            at = datetime.fromisoformat(ground.as_of)
            usage.append(Reading(meter=key, at=at, value=_decimal(ground.value)))
        elif kind == "unavailable":
            unavailable.append(ground.value)
        else:
            raise ValueError(f"no fact of ours: `{ground.name}`")
    account = Account(
        plan=plain.get("plan"),
        region=plain.get("region"),
        currency=plain.get("currency"),
        bundles=tuple(bundles),
        grants=tuple(rights["grant"]),
        removals=tuple(rights["removal"]),
        limits=limits,
        traits=traits,
    )
    return Customer(account=account, usage=tuple(usage), unavailable=tuple(unavailable)).at(now)
