"""What a sweep leaves: done once a day, going on where it got to, and signals with the day since which they hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from skill.errors import LedgerError
from skill.model.rules import State
from skill.store import sweeps
from skill.store.engine import Store
from skill.store.sweeps import Effects, Standing, SweepKey

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = SweepKey("default", "2026-11-21", "own", "sha256:1")
HOLDS = State(holds=True)
CROSSED_4, CROSSED_10 = (State(holds=True, milestone=Decimal(n)) for n in (4, 10))


def keep(
    store: Store,
    before: Standing,
    account: str = "acc_1",
    states: Mapping[str, State] | None = None,
    fired: tuple[str, ...] = (),
    **more: object,
) -> Standing:
    told = [(signal, "team", {"figures": {"used": "8"}}) for signal in fired]
    effects = [Effects(account, states or {}, told)]
    return sweeps.keep(
        store,
        KEY,
        effects,
        before=before,
        position=account,
        found={"judged": int(account[-1])},
        **more,  # type: ignore[arg-type]
    )


def test_the_same_days_sweep_goes_on_with_the_moment_that_it_began_with(store: Store) -> None:
    begun = sweeps.begin(store, KEY, NOON)
    assert begun == Standing(at=NOON)
    keep(store, begun)
    again = sweeps.begin(store, KEY, NOON + timedelta(hours=3))
    assert (again.at, again.position, again.found) == (NOON, "acc_1", {"judged": 1})


def test_an_ended_sweep_stays_ended(store: Store) -> None:
    keep(store, sweeps.begin(store, KEY, NOON), finished_at=NOON)
    assert sweeps.begin(store, KEY, NOON + timedelta(hours=3)).finished_at == NOON


@pytest.mark.parametrize(
    "other",
    [
        KEY._replace(day="2026-11-22"),
        KEY._replace(tenant="acme"),
        KEY._replace(source="parquet"),
        KEY._replace(version="sha256:2"),
    ],
)
def test_another_day_tenant_source_or_version_begins_anew(store: Store, other: SweepKey) -> None:
    keep(store, sweeps.begin(store, KEY, NOON), finished_at=NOON)
    assert sweeps.begin(store, other, NOON) == Standing(at=NOON)


def test_of_two_that_go_on_with_one_sweep_the_second_keeps_nothing(store: Store) -> None:
    begun = sweeps.begin(store, KEY, NOON)
    keep(store, begun, "acc_1", {"seats": HOLDS}, ("seats",))
    with pytest.raises(LedgerError, match="another sweep of `2026-11-21` is under way"):
        keep(store, begun, "acc_2", {"seats": HOLDS}, ("seats",))
    assert sweeps.states_of(store, KEY, ["acc_2"]) == {}
    assert [one.account for one in sweeps.fired_in(store, KEY, NOON)] == ["acc_1"]


def test_states_are_those_that_hold_and_are_replaced_as_a_whole(store: Store) -> None:
    standing = keep(
        store, sweeps.begin(store, KEY, NOON), states={"seats": HOLDS, "calls": State()}
    )
    assert sweeps.states_of(store, KEY, ["acc_1", "acc_2"]) == {"acc_1": {"seats": HOLDS}}
    keep(store, standing, states={"runs": CROSSED_4})
    assert sweeps.states_of(store, KEY, ["acc_1"]) == {"acc_1": {"runs": CROSSED_4}}
    assert sweeps.states_of(store, KEY._replace(tenant="acme"), ["acc_1"]) == {}


def test_what_goes_on_holding_holds_since_it_began_and_a_higher_milestone_begins_anew(
    store: Store,
) -> None:
    tomorrow = NOON + timedelta(days=1)
    keep(store, sweeps.begin(store, KEY, NOON), states={"seats": HOLDS, "size": CROSSED_4})
    begun = Standing(at=tomorrow)
    next_key = KEY._replace(day="2026-11-22")
    sweeps.begin(store, next_key, tomorrow)
    effects = [Effects("acc_1", {"seats": HOLDS, "size": CROSSED_10}, ())]
    sweeps.keep(store, next_key, effects, before=begun, position="acc_1", found={})
    since = sweeps.holding_since(store, "default", "acc_1")
    assert since == {"seats": NOON, "size": tomorrow}


def test_accounts_whose_signals_were_not_looked_at_are_found_in_order(store: Store) -> None:
    standing = sweeps.begin(store, KEY, NOON)
    for account in ("acc_1", "acc_2", "acc_3"):
        standing = keep(store, standing, account, {"seats": HOLDS})
    later = NOON + timedelta(days=1)
    assert sweeps.not_judged_since(store, KEY, NOON, n=9) == ()
    assert sweeps.not_judged_since(store, KEY, later, n=2) == ("acc_1", "acc_2")
    assert sweeps.not_judged_since(store, KEY, later, after="acc_2", n=2) == ("acc_3",)


def test_what_fired_is_told_with_its_figures_in_the_order_of_accounts(store: Store) -> None:
    keep(store, sweeps.begin(store, KEY, NOON), fired=("seats", "calls"))
    fired = list(sweeps.fired_in(store, KEY, NOON))
    assert [(one.account, one.signal, one.offer) for one in fired] == [
        ("acc_1", "calls", "team"),
        ("acc_1", "seats", "team"),
    ]
    assert fired[0].body == {"figures": {"used": "8"}}
    assert fired[0].at == NOON
