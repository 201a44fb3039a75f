"""A sweep of the sample company over a real store: once a day, going on where it broke off, each signal fired once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from skill.errors import InputError, LedgerError
from skill.model.account import Customer, Fact
from skill.model.playbook import Playbook
from skill.sample import sample_customers
from skill.sources.configured import Sources
from skill.sources.warehouse.engines.own import Own
from skill.store.customers import put_customers
from skill.store.engine import Store
from skill.store.sweeps import SweepKey, fired_in, holding_since
from skill.store.usage import EventEntry, UsageEntry, add_usage
from skill.sweep import Row, Sweep, Verdict, sweep
from tests.conftest import NOW

DAY = timedelta(days=1)
OWN = SweepKey("default", "2026-11-21", "own", "")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that holds the sample company; copied for each test."""
    path = tmp_path_factory.mktemp("sweep") / "tactful.db"
    store = Store.open(f"sqlite:///{path}")
    put_customers(store, "default", sample_customers(NOW), at=NOW)
    # The last one to close a database writes its log into it.
    store.close()
    return path


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "tactful.db"
    path.write_bytes(filled.read_bytes())
    opened = Store.open(f"sqlite:///{path}")
    yield opened
    opened.close()


def begun(store: Store, playbook: Playbook, now: datetime = NOW, **more: object) -> Sweep:
    accounts = more.pop("accounts", None) or Own(store, "default")
    return sweep(playbook, accounts, store, tenant="default", now=now, **more)  # type: ignore[arg-type]


def run(store: Store, playbook: Playbook, now: datetime = NOW, **more: object) -> list[Verdict]:
    return [one for batch in begun(store, playbook, now, **more).verdicts() for one in batch]


class BreaksOff(Own):
    """Our own store, whose connection is lost after some accounts."""

    def __init__(self, store: Store, n: int) -> None:
        super().__init__(store, "default")
        self.n = n

    def rows(self, *given: object, **named: object) -> Iterator[Row]:
        """As many as it was told, and then the error of a lost connection."""
        for number, row in enumerate(super().rows(*given, **named)):  # type: ignore[arg-type]
            if number == self.n:
                raise LedgerError("the database went away")
            yield row


def test_statement_and_policy_say_the_same_of_every_account(
    store: Store, fernway: Playbook
) -> None:
    verdicts = run(store, fernway)
    assert len(verdicts) > 20
    assert not [v.account for v in verdicts if v.differs]


def test_only_accounts_with_a_signal_that_holds_are_judged_one_by_one(
    store: Store, fernway: Playbook
) -> None:
    judged = {v.account for v in run(store, fernway)}
    everybody = Own(store, "default").rows(fernway, NOW, only_holding=False)
    assert judged == {account for account, told in everybody if 1 in told}


def test_each_signal_fires_once_and_is_kept_with_what_was_decided(
    store: Store, fernway: Playbook
) -> None:
    first = run(store, fernway)
    kept = {(one.account, one.signal) for one in fired_in(store, OWN, NOW)}
    assert kept == {(v.account, s.key) for v in first for s in v.after.fired}
    offered = {o.account: o.body for o in fired_in(store, OWN, NOW) if o.body["offered"]}
    assert offered["dunmore-logistics"]["because"] == ""
    tomorrow = run(store, fernway, NOW + timedelta(hours=15))
    assert not [s.key for v in tomorrow for s in v.after.fired]


def test_the_same_days_sweep_again_does_nothing_and_tells_what_was_found(
    store: Store, fernway: Playbook
) -> None:
    one = begun(store, fernway)
    list(one.verdicts())
    again = begun(store, fernway, NOW + timedelta(hours=2))
    assert again.is_done
    assert list(again.verdicts()) == []
    assert again.found == one.found


@pytest.mark.parametrize("n", [0, 1, 7, 20])
def test_what_broke_off_goes_on_and_ends_like_a_whole_one(
    store: Store, fernway: Playbook, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skill.sweep.AT_ONCE", 3)
    with pytest.raises(LedgerError):
        run(store, fernway, accounts=BreaksOff(store, n))
    done = begun(store, fernway)
    rest = [one.account for batch in done.verdicts() for one in batch]
    assert len(set(rest)) == len(rest)
    fired = Counter((one.account, one.signal) for one in fired_in(store, OWN, NOW))
    assert set(fired.values()) == {1}
    assert done.found["fired"] == len(fired)


def test_a_signal_that_stops_is_resolved_though_its_account_has_none_left(
    store: Store, fernway: Playbook
) -> None:
    run(store, fernway)
    assert holding_since(store, "default", "dunmore-logistics") == {"two-regions": NOW}
    later = NOW + 200 * DAY
    fact = "active_regions"
    account = next(c for c in sample_customers(NOW) if c.account.id == "dunmore-logistics")
    told = tuple(
        f.model_copy(update={"value": 1, "as_of": later}) if f.name == fact else f
        for f in account.facts
    )
    put_customers(store, "default", [account.model_copy(update={"facts": told})], at=later)
    resolved = {v.account: v.after.resolved for v in run(store, fernway, later)}
    assert resolved["dunmore-logistics"] == ("two-regions",)
    assert holding_since(store, "default", "dunmore-logistics") == {}


def test_what_is_unknown_neither_fires_nor_resolves(store: Store, fernway: Playbook) -> None:
    run(store, fernway)
    before = holding_since(store, "default", "greyfriars-dental")
    assert before
    # Nobody reports anything for a year: every reading is too old to be believed.
    verdicts = {v.account: v for v in run(store, fernway, NOW + 300 * DAY)}
    assert verdicts["greyfriars-dental"].after.resolved == ()
    assert holding_since(store, "default", "greyfriars-dental") == before


def test_a_late_reading_is_seen_by_the_next_sweep(store: Store, fernway: Playbook) -> None:
    run(store, fernway)
    tomorrow = NOW + timedelta(hours=20)
    late = UsageEntry(id="late", account="harborlight", meter="seats", at=NOW, value=10)  # type: ignore[arg-type]
    add_usage(store, "default", [late], [])
    fired = {v.account: [s.key for s in v.after.fired] for v in run(store, fernway, tomorrow)}
    assert "seats-almost-full" in fired["harborlight"]


def test_a_dry_run_judges_everybody_and_keeps_nothing(store: Store, fernway: Playbook) -> None:
    first = run(store, fernway, dry_run=True)
    assert list(fired_in(store, OWN, NOW)) == []
    assert [v.account for v in run(store, fernway, dry_run=True)] == [v.account for v in first]
    assert not begun(store, fernway).is_done


class Mistaken(Own):
    """Our own store with a statement that takes every row for one that holds."""

    def rows(self, *given: object, **named: object) -> Iterator[Row]:
        """Every row as true."""
        for account, told in super().rows(*given, **named):  # type: ignore[arg-type]
            yield account, tuple(1 for _ in told)


def test_where_statement_and_policy_differ_it_is_counted_and_nothing_rests_on_it(
    store: Store, fernway: Playbook
) -> None:
    one = begun(store, fernway, accounts=Mistaken(store, "default"))
    verdicts = [v for batch in one.verdicts() for v in batch]
    assert one.found["differing"] == sum(len(v.differs) for v in verdicts) > 0
    for verdict in verdicts:
        assert not {s.key for s in verdict.after.fired} & set(verdict.differs)
        assert not (verdict.differs and verdict.decision.offers)


class Gone(Own):
    """Our own store, in which an account is erased between the statement and its reading."""

    def customers(self, accounts: Sequence[str], now: datetime) -> Iterator[Customer]:
        """All but one."""
        yield from (c for c in super().customers(accounts, now) if c.account.id != "fieldnote")


def test_an_account_that_is_erased_meanwhile_is_left_out(store: Store, fernway: Playbook) -> None:
    one = begun(store, fernway, accounts=Gone(store, "default"))
    assert "fieldnote" not in {v.account for batch in one.verdicts() for v in batch}
    assert one.standing.finished_at == NOW


def test_another_tenants_accounts_are_not_swept(store: Store, fernway: Playbook) -> None:
    other = sweep(fernway, Own(store, "acme"), store, tenant="acme", now=NOW)
    assert list(other.verdicts()) == []
    assert other.found["judged"] == 0


def test_each_source_is_compared_with_itself(store: Store, fernway: Playbook) -> None:
    run(store, fernway)

    class Elsewhere(Own):
        name = "elsewhere"

    first = run(store, fernway, accounts=Elsewhere(store, "default"))
    again = run(store, fernway, NOW + DAY, accounts=Elsewhere(store, "default"))
    assert any(v.after.fired for v in first)
    assert not [s.key for v in again for s in v.after.fired if v.account == "fieldnote"]


def test_a_sweep_never_goes_back(store: Store, fernway: Playbook) -> None:
    run(store, fernway)
    with pytest.raises(InputError, match="a sweep never goes back"):
        begun(store, fernway, NOW - 7 * DAY)
    assert run(store, fernway, NOW - 7 * DAY, dry_run=True)


def test_an_account_that_was_merged_away_is_nobodys_any_more(
    store: Store, fernway: Playbook
) -> None:
    run(store, fernway)
    who = {"from": "greyfriars-dental", "into": "fieldnote"}
    moved = EventEntry(id="m", account="fieldnote", name="account.merged", at=NOW, properties=who)  # fmt: skip
    add_usage(store, "default", [], [moved])
    assert "greyfriars-dental" not in {v.account for v in run(store, fernway, NOW + DAY)}


class Unpaid(Sources):
    """A source that says of everybody that an invoice is unpaid."""

    def over(
        self, customer: Customer, store: Store, now: datetime, playbook: Playbook | None
    ) -> Customer:
        """The customer with that fact."""
        fact = Fact(name="unpaid_invoice", value=True, as_of=now)
        return customer.model_copy(update={"facts": (*customer.facts, fact)})


def test_what_another_source_says_keeps_offers_back_as_for_a_question(
    store: Store, fernway: Playbook
) -> None:
    verdicts = run(store, fernway, sources=Unpaid())
    assert any(v.after.fired for v in verdicts)
    assert not any(v.decision.offers for v in verdicts)
    assert not any(v.differs for v in verdicts)
