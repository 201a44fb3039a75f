"""Sources behind one interface: who counts first, what serves while one is down, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.errors import LedgerError, SettingsError
from skill.model.account import Account, Customer, Right
from skill.model.decision import Meaning, Outcome, Surface, Verdict
from skill.model.playbook import Playbook
from skill.policy.decide import decide
from skill.settings import KEYS as ALL_KEYS
from skill.settings import SOURCE_KEYS as KEYS
from skill.sources.configured import Sources, SourceSettings
from skill.sources.gathered import Heard, gathered, laid
from skill.sources.own import customer_of
from skill.sources.source import FAILURES, REST, Down, Line
from skill.store.accounts import Beside, put_account
from skill.store.engine import Store
from skill.store.verified import Told, Verified
from tests.sources.told_by import NOON, Made, Memory, fact, hours, reading, somebody, told

FEATURE = "salesforce-export"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/a.db")
    yield opened
    opened.close()


def ask(
    *sources: Made, customer: Customer | None = None, kept: Any = None, now: datetime = NOON
) -> Customer:
    lines = [Line(source) for source in sources]
    who = (customer or somebody()).at(now)
    found = gathered(who, lines, kept or Memory(), now, features=(FEATURE,))
    for source in sources:
        source.close()
    return found


def granted(customer: Customer) -> dict[str, str]:
    return {right.name: right.source for right in customer.account.grants}


def removed(customer: Customer) -> dict[str, str]:
    return {right.name: right.source for right in customer.account.removals}


# -- who counts first ------------------------------------------------------------------------------


def test_what_a_source_tells_carries_its_name() -> None:
    said = told(FEATURE, facts=(fact("yearly_revenue", 5),), readings=(reading("seats", 3),))

    found = ask(Made("billing", said))

    assert granted(found) == {FEATURE: "billing"}
    assert [(f.name, f.source) for f in found.facts] == [
        ("yearly_revenue", "billing"),
        ("source of seats", "billing"),
    ]
    assert found.usage == (reading("seats", 3),)
    assert found.unavailable == ()


def test_of_two_sources_the_first_decides_a_right_that_both_speak_of() -> None:
    gives, takes = told(FEATURE), told(removals=(Right(name=FEATURE),))

    first = ask(Made("a", gives), Made("b", takes))
    second = ask(Made("b", takes), Made("a", gives))

    assert (granted(first), removed(first)) == ({FEATURE: "a"}, {})
    assert (granted(second), removed(second)) == ({}, {FEATURE: "b"})


def test_a_source_that_contradicts_itself_takes_the_right_away() -> None:
    found = ask(Made("a", told(FEATURE, removals=(Right(name=FEATURE),))))

    assert (granted(found), removed(found)) == ({}, {FEATURE: "a"})


@pytest.mark.parametrize("field", ["grants", "removals"])
def test_what_our_own_store_says_of_a_right_goes_before_every_source(field: str) -> None:
    own = somebody(**{field: [{"name": FEATURE, "source": "contract"}]})
    said = told(FEATURE, removals=(Right(name=FEATURE),))

    found = ask(Made("a", said), customer=own)

    assert found.account == own.account


def test_an_ended_grant_of_our_own_says_nothing_any_more() -> None:
    own = somebody(grants=[{"name": FEATURE, "until": NOON - hours(1)}])

    found = ask(Made("a", told(FEATURE)), customer=own)

    assert [right.source for right in found.account.grants] == ["account", "a"]


def test_a_reading_of_our_own_that_is_newer_keeps_its_place() -> None:
    own = somebody().model_copy(update={"usage": (reading("seats", 9, NOON - hours(1)),)})

    found = ask(Made("a", told(readings=(reading("seats", 3, NOON - hours(2)),))), customer=own)

    assert found.facts == ()
    assert max(found.usage, key=lambda one: one.at).value == 9


# -- down ------------------------------------------------------------------------------------------

FAULTS: list[Any] = [Down("refused"), RuntimeError("secret-123"), "hang"]


@pytest.mark.parametrize("fault", FAULTS, ids=["down", "raises", "hangs"])
def test_a_source_that_is_down_serves_with_its_last_verified_word_marked(fault: Any) -> None:
    kept = Memory()
    ask(Made("billing", told(FEATURE, facts=(fact("tier", "gold"),))), kept=kept)

    down = Made("billing", fault, seconds=0.05)
    found = ask(down, kept=kept, now=NOON + hours(24))

    mark = "billing, last verified 2026-11-21T12:00:00Z"
    assert granted(found) == {FEATURE: mark}
    assert [(f.value, f.source) for f in found.facts] == [("gold", mark)]
    assert len(found.unavailable) == 1
    assert found.unavailable[0].startswith("billing: it ") or "refused" in found.unavailable[0]
    assert "secret-123" not in repr(found)


@pytest.mark.parametrize("fault", FAULTS, ids=["down", "raises", "hangs"])
def test_past_its_maximum_age_the_last_word_is_unknown_and_sells_nothing(fault: Any) -> None:
    kept = Memory()
    ask(Made("billing", told(FEATURE, facts=(fact("tier", "gold"),))), kept=kept)

    down = Made("billing", fault, seconds=0.05)
    found = ask(down, kept=kept, now=NOON + hours(24) + timedelta(microseconds=1))

    assert granted(found) == {}
    assert [(f.name, f.value) for f in found.facts] == [("tier", None)]
    assert "account" in found.unavailable


def test_a_source_of_rights_that_was_never_read_leaves_the_account_unknown() -> None:
    found = ask(Made("billing", Down("refused")))

    assert found.unavailable == ("billing: refused; never verified", "account")


def test_a_source_of_facts_that_was_never_read_leaves_the_account_known() -> None:
    found = ask(Made("billing", Down("refused"), rights=False))

    assert found.unavailable == ("billing: refused; never verified",)


def test_facts_that_keep_offers_back_stand_without_a_value_while_nobody_can_tell_them() -> None:
    source = Made("billing", Down("refused"), rights=False)
    source.withholding = ("unpaid_invoice",)

    (found,) = ask(source).facts

    assert (found.name, found.value) == ("unpaid_invoice", None)


def test_one_slow_source_takes_nothing_from_the_others() -> None:
    slow, quick = Made("slow", "hang", seconds=0.05), Made("quick", told(FEATURE))

    found = ask(slow, quick)

    assert granted(found) == {FEATURE: "quick"}
    assert found.unavailable[0] == "slow: it did not answer within 0.05 s; never verified"


def test_a_source_that_hangs_is_asked_only_so_often_at_a_time() -> None:
    source = Made("slow", "hang", seconds=0.01)
    line = Line(source, most=2)
    for _ in range(2):
        gathered(somebody(), [line], Memory(), NOON)

    found = gathered(somebody(), [line], Memory(), NOON + REST)
    source.close()

    assert source.n_asked == 2
    assert "still has not answered" in found.unavailable[0]


def test_a_source_that_fails_again_and_again_rests_and_is_asked_again_after() -> None:
    source = Made("billing", Down("refused"))
    line, kept = Line(source), Memory()
    for _ in range(FAILURES + 2):
        gathered(somebody(), [line], kept, NOON)
    assert source.n_asked == FAILURES

    source.answer = told(FEATURE)
    found = gathered(somebody(), [line], kept, NOON + REST)

    assert granted(found) == {FEATURE: "billing"}


def test_a_word_that_is_fresh_is_not_asked_for_again() -> None:
    source, kept = Made("billing", told(FEATURE), fresh=timedelta(minutes=5)), Memory()
    ask(source, kept=kept)

    found = ask(source, kept=kept, now=NOON + timedelta(minutes=5))
    assert (source.n_asked, granted(found)) == (1, {FEATURE: "billing"})

    ask(source, kept=kept, now=NOON + timedelta(minutes=5, seconds=1))
    assert source.n_asked == 2


words = st.sampled_from(["a", "b", "c"])
tellings = st.builds(
    lambda grants, removals, ago: Told(
        as_of=NOON - timedelta(minutes=ago),
        grants=tuple(Right(name=name) for name in sorted(grants)),
        removals=tuple(Right(name=name) for name in sorted(removals)),
    ),
    st.sets(words),
    st.sets(words),
    st.integers(0, 3 * 24 * 60),
)
outcomes = st.tuples(st.one_of(st.none(), tellings), st.booleans())


@given(st.lists(outcomes, min_size=1, max_size=4))
def test_whatever_the_sources_do_every_right_has_one_source_and_nothing_outlives_its_age(
    found: list[tuple[Told | None, bool]],
) -> None:
    heard = [
        Heard(
            Made(f"s{n}"),
            Verified(told=said) if said is not None else None,
            Down("refused") if is_down or said is None else None,
        )
        for n, (said, is_down) in enumerate(found)
    ]

    customer = laid(somebody(), heard, NOON)

    rights = (*customer.account.grants, *customer.account.removals)
    assert len({right.name for right in rights}) == len(rights)
    for one in heard:
        said = one.verified.told if one.verified else None
        too_old = one.down and (said is None or NOON - said.as_of > one.source.timing.max_age)
        mine = [r for r in rights if r.source.split(",")[0] == one.source.name]
        assert not (too_old and mine)
        assert not too_old or "account" in customer.unavailable
        assert all(("last verified" in right.source) == bool(one.down) for right in mine)


# -- through to the decision -----------------------------------------------------------------------


def decided(customer: Customer, playbook: Playbook, now: datetime) -> Any:
    meaning = Meaning(outcome=Outcome.FEATURE, features=(FEATURE,))
    return decide(playbook, customer, meaning, surface=Surface.IN_PRODUCT, now=now)


def test_a_right_keeps_its_source_and_its_mark_through_to_the_decision(fernway: Playbook) -> None:
    kept, own = Memory(), somebody(plan="starter")
    fresh = ask(Made("billing", told(FEATURE)), customer=own, kept=kept)
    later = NOON + hours(2)
    stale = ask(Made("billing", Down("refused")), customer=own, kept=kept, now=later)

    (first,) = decided(fresh, fernway, NOON).accesses
    (second,) = decided(stale, fernway, later).accesses

    assert (first.verdict, first.entitlements[0].name) == (Verdict.GRANTED, "billing")
    assert second.verdict is Verdict.GRANTED
    assert second.entitlements[0].name == "billing, last verified 2026-11-21T12:00:00Z"
    warned = ("source billing: refused; last verified 2026-11-21T12:00:00Z",)
    assert decided(stale, fernway, later).warnings == warned


def test_where_nobody_can_say_what_an_account_may_do_nothing_is_offered(fernway: Playbook) -> None:
    own = somebody(plan="starter", region="EU", currency="EUR", traits={"touch": "low"})
    found = ask(Made("billing", Down("refused")), customer=own)

    decision = decided(found, fernway, NOON)

    assert decision.accesses[0].verdict is Verdict.UNKNOWN
    assert (decision.offers, decision.missing) == ((), ("account",))


# -- our own store, and the settings ---------------------------------------------------------------


def test_without_a_source_nothing_is_asked_read_or_changed(store: Store) -> None:
    put_account(store, "default", Account(id="acc_1", plan="team"), Beside(), at=NOON)
    asked = {"tenant": "default", "account": "acc_1", "person": "u_1", "now": NOON}

    assert SourceSettings.from_env({}) == SourceSettings()
    assert customer_of(store, **asked, sources=Sources()) == customer_of(store, **asked)  # type: ignore[arg-type]


def test_a_source_is_asked_about_its_own_tenant_alone(store: Store) -> None:
    source = Made("billing", told(FEATURE))
    sources = Sources((source,), tenant="acme")
    for tenant in ("rival", "acme"):
        customer_of(store, tenant=tenant, account="acc_1", person="u", now=NOON, sources=sources)

    assert source.n_asked == 1


def test_where_our_own_store_is_gone_nobody_is_answered(tmp_path: Path) -> None:
    opened = Store.open(f"sqlite:///{tmp_path}/a.db")
    opened.close()
    for path in tmp_path.iterdir():
        path.unlink()
    tmp_path.joinpath("a.db").mkdir()

    with pytest.raises(LedgerError):
        customer_of(
            opened, tenant="default", account="acc_1", person="u", now=NOON, sources=Sources()
        )


WAREHOUSE = {
    "TACTFUL_SOURCES": "warehouse",
    "TACTFUL_SOURCE_WAREHOUSE_URL": "sqlite:////nowhere.db",
    "TACTFUL_SOURCE_WAREHOUSE_QUERY": str(Path(__file__).parents[1] / "cases" / "warehouse.sql"),
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"TACTFUL_SOURCES": "stripe, strpe"}, "`strpe` is no source"),
        ({"TACTFUL_SOURCES": "stripe, stripe"}, "`stripe` is named twice"),
        ({"TACTFUL_SOURCES": "stripe"}, "TACTFUL_SOURCE_STRIPE_KEY is not set"),
        ({"TACTFUL_SOURCE_SECONDS": "60"}, "`60` cannot be read"),
        ({"TACTFUL_SOURCE_SECONDS": "strpe=1"}, "`strpe=1` cannot be read"),
        ({"TACTFUL_SOURCE_HOURS": "-1"}, "`-1` cannot be read"),
        ({"TACTFUL_SOURCE_FRESH": "soon"}, "`soon` cannot be read"),
        ({"TACTFUL_SOURCE_STRIPE_URL": "stripe.com"}, "not a web address"),
        ({"TACTFUL_SOURCE_STRIPE_FEATURES": "a"}, "`a` cannot be read"),
        ({"TACTFUL_SOURCE_WAREHOUSE_QUERY": "/no/such.sql"}, "cannot be read"),
        ({"TACTFUL_SOURCE_WAREHOUSE_QUERY": "/dev/null"}, "must have `:account`"),
        ({"TACTFUL_SOURCE_WAREHOUSE_URL": "mysql://me:pass@host/x"}, "not supported"),
        ({"TACTFUL_SOURCES": "openfeature", "TACTFUL_SOURCE_OPENFEATURE": "os:nowhere"}, "found"),
        ({"TACTFUL_SOURCES": "openfeature", "TACTFUL_SOURCE_OPENFEATURE": "nowt:x"}, "installed"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(changed: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as found:
        Sources.of(SourceSettings.from_env({**WAREHOUSE, **changed}))

    assert said in found.value.detail
    assert "pass" not in str(found.value)


def test_deadlines_and_ages_are_set_for_all_sources_or_for_one() -> None:
    settings = SourceSettings.from_env(
        {
            **WAREHOUSE,
            "TACTFUL_SOURCES": "warehouse, stripe",
            "TACTFUL_SOURCE_STRIPE_KEY": "rk_1",
            "TACTFUL_SOURCE_SECONDS": "1, warehouse=4.5",
            "TACTFUL_SOURCE_HOURS": "stripe=48",
        }
    )

    stripe, warehouse = settings.timings["stripe"], settings.timings["warehouse"]
    assert (stripe.seconds, warehouse.seconds) == (1, 4.5)
    assert (stripe.max_age, warehouse.max_age) == (hours(48), hours(24))
    assert "rk_1" not in repr(settings.stripe_key)
    assert set(KEYS) <= set(ALL_KEYS)
