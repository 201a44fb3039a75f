"""An account of the store without a person: known by whatever was told of it, and asked about elsewhere only then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from skill.errors import NotFound
from skill.model.account import Account
from skill.sources.account import account_of
from skill.sources.configured import Sources
from skill.sources.source import Down
from skill.store.accounts import Beside, put_account
from skill.store.engine import Store
from skill.store.usage import EventEntry, UsageEntry, add_usage
from tests.sources.told_by import NOON, Made, fact, told


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/a.db")
    put_account(opened, "acme", Account(id="acc_1", plan="team"), Beside(), at=NOON)
    yield opened
    opened.close()


def test_an_account_is_known_without_anybody_in_it(store: Store) -> None:
    found = account_of(store, tenant="acme", account="acc_1", now=NOON)
    assert (found.account.plan, found.person.role, found.unavailable) == ("team", None, ())


@pytest.mark.parametrize("tenant", ["acme", "other"])
def test_one_that_this_tenant_told_nothing_about_is_not_found(store: Store, tenant: str) -> None:
    missing = "acc_2" if tenant == "acme" else "acc_1"
    with pytest.raises(NotFound):
        account_of(store, tenant=tenant, account=missing, now=NOON)


def test_usage_or_events_alone_make_an_account_known(store: Store) -> None:
    reading = UsageEntry(id="r1", account="acc_2", meter="seats", at=NOON, value=3)
    event = EventEntry(id="e1", account="acc_3", name="csv_export", at=NOON)
    add_usage(store, "acme", [reading], [event])
    for account in ("acc_2", "acc_3"):
        found = account_of(store, tenant="acme", account=account, now=NOON)
        assert found.unavailable == ("account",)


def test_what_other_sources_say_is_laid_over_it(store: Store) -> None:
    source = Made(answer=told("sso", facts=(fact("successful_runs", 9),)))
    sources = Sources((source,), tenant="acme")
    found = account_of(store, tenant="acme", account="acc_1", now=NOON, sources=sources)
    assert [one.value for one in found.facts] == [9]
    sources.close()


def test_nobody_is_asked_about_an_account_that_we_do_not_know(store: Store) -> None:
    source = Made(answer=Down("never asked"))
    sources = Sources((source,), tenant="acme")
    with pytest.raises(NotFound):
        account_of(store, tenant="acme", account="acc_2", now=NOON, sources=sources)
    assert source.n_asked == 0
    sources.close()
