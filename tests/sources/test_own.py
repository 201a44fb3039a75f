"""A customer from our own store: what was reported, and honest about what was not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from skill.model.account import Account, Person
from skill.sources.own import customer_of
from skill.store.accounts import Beside, put_account, put_person
from skill.store.engine import Store

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/a.db")
    put_account(opened, "acme", Account(id="acc_1", plan="team"), Beside(), at=NOON)
    put_person(opened, "acme", "acc_1", Person(id="u_1", role="member"), at=NOON)
    yield opened
    opened.close()


def test_a_known_customer_comes_with_the_moment_of_asking(store: Store) -> None:
    customer = customer_of(store, tenant="acme", account="acc_1", person="u_1", now=NOON)

    assert (customer.account.plan, customer.person.role) == ("team", "member")
    assert (customer.now, customer.unavailable) == (NOON, ())


def test_an_account_nobody_reported_is_unavailable(store: Store) -> None:
    customer = customer_of(store, tenant="acme", account="acc_2", person="u_1", now=NOON)

    assert customer.unavailable == ("account",)
    assert customer.account.id == "acc_2"


def test_the_role_of_the_credential_is_newer_than_the_one_kept(store: Store) -> None:
    customer = customer_of(
        store, tenant="acme", account="acc_1", person="u_1", now=NOON, role="Admin"
    )

    assert customer.person.role == "admin"
