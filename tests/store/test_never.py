"""The law of "don't show this again": nothing decides for that offer and person any more, however it is reached, until it is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skill.errors import Conflicting, NotFound
from skill.model.account import Account, Person
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.policy.decide import decide
from skill.store.accounts import Beside, get_customer, put_account, put_person
from skill.store.engine import Store
from skill.store.inbox import page
from skill.store.inbox_acts import Act, act, undo
from skill.store.preferences import Who
from skill.store.usage import UsageEntry, add_usage
from skill.testing.made_up import customer
from tests.conftest import NOW
from tests.store.notices import ADA, BEN, place

HOUR = timedelta(hours=1)
NOBODY_ASKED = Meaning(outcome=Outcome.SIGNAL)
ASKED = Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",))
NEVER = Act(kind="dismiss", how="never")


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("never")
    opened = Store.open(f"sqlite:///{folder / 'tactful.db'}")
    yield opened
    opened.close()


def told(store: Store, account: str) -> None:
    """An account near its limits, with two admins."""
    facts = {"successful_runs": 40, "stable_weeks_since_upgrade": 9}
    whole = customer(account_id=account, now=NOW, facts=facts)
    beside = Beside(facts=whole.facts)
    put_account(store, "default", Account.model_validate(whole.account), beside, at=NOW)
    for who in (ADA, BEN):
        put_person(store, "default", account, Person(id=who.person, role="admin"), at=NOW)
    near = {"seats": 10, "api_calls": 49_000}
    usage = [
        UsageEntry.model_validate({"id": f"{account}-{meter}-{h}", "account": account, "meter": meter, "at": NOW - h * HOUR, "value": value})
        for meter, value in near.items()
        for h in (72, 48, 24, 1)
    ]  # fmt: skip
    add_usage(store, "default", usage, [])


def decided(
    store: Store, playbook: Playbook, who: Who, meaning: Meaning, at: datetime = NOW
) -> Decision:
    known = get_customer(store, *who, since=NOW - timedelta(days=100))
    return decide(playbook, known.customer, meaning, surface=Surface.IN_PRODUCT, now=at, max_offers=9)  # fmt: skip


def offered(*of: Any) -> set[str]:
    return {offer.bundle for offer in decided(*of).offers}


@pytest.mark.parametrize(
    ("meaning", "offer"), [(NOBODY_ASKED, "extra-seats"), (ASKED, "connect-pack")]
)
def test_never_ends_an_offer_in_answers_and_in_sweeps_and_undo_lifts_it_without_a_remainder(
    store: Store, fernway: Playbook, meaning: Meaning, offer: str
) -> None:
    told(store, "acc_1")
    place(store, "eff_1", offer=offer, at=NOW, created_at=NOW)
    with store.writing() as connection:  # caps are another matter
        connection.exec_driver_sql("UPDATE showings SET state = 'returned'")
    before = decided(store, fernway, ADA, meaning)

    act(store, ADA, "eff_1", NEVER, at=NOW)
    after = [offered(store, fernway, ADA, meaning, NOW + days * 24 * HOUR) for days in (0, 30, 900)]
    undo(store, ADA, "eff_1", at=NOW)

    assert offer in {one.bundle for one in before.offers}
    assert [offer in each for each in after] == [False] * 3
    assert decided(store, fernway, ADA, meaning) == before


STEPS = st.lists(
    st.tuples(
        st.sampled_from([ADA, BEN]),
        st.sampled_from(["extra-seats", "connect-pack"]),
        st.sampled_from(["never", "not_now", "click", "archive", "undo"]),
    ),
    max_size=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, n=st.integers(0, 10**9))
def test_whoever_said_never_is_not_reached_about_that_offer_whatever_else_was_done(
    embedded: Store, fernway: Playbook, steps: list[tuple[Who, str, str]], n: int
) -> None:
    account = f"acc_{n}"
    with embedded.writing() as connection:
        for table in ("notifications", "notification_acts", "history", "showings", "effects"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    told(embedded, account)
    said: dict[tuple[str, str], list[str]] = {}
    for i, (who, offer, step) in enumerate(steps):
        _do(embedded, who._replace(account=account), offer, step, said, NOW + i * HOUR)

    later = NOW + 400 * 24 * HOUR
    for (person, offer), acts in said.items():
        if "never" not in acts:
            continue
        who = Who("default", account, person)
        for meaning in (ASKED, NOBODY_ASKED):
            assert offer not in offered(embedded, fernway, who, meaning, later)
        assert place(embedded, f"x-{person}-{offer}", who=who, offer=offer, at=later) == "refused"
        assert offer not in {one.offer for one in page(embedded, who, now=later).items}


def _do(
    store: Store,
    who: Who,
    offer: str,
    step: str,
    said: dict[tuple[str, str], list[str]],
    at: datetime,
) -> None:
    """Do it with this person's one notification of the offer; `said` holds what of it stands."""
    key = f"{who.account}-{who.person}-{offer}"
    standing = said.setdefault((who.person, offer), [])
    place(store, key, who=who, offer=offer, at=at) if key not in _ids(store) else None
    try:
        if step == "undo":
            undo(store, who, key, at=at)
            standing.pop()
            return
        done = Act(kind="dismiss", how=step) if step in ("never", "not_now") else Act(kind=step)  # type: ignore[arg-type]
        before = _n_acts(store)
        act(store, who, key, done, at=at)
        if step != "click" and _n_acts(store) > before:
            standing.append(step)
    except (Conflicting, NotFound):
        return


def _ids(store: Store) -> set[str]:
    with store.reading() as connection:
        return set(connection.exec_driver_sql("SELECT id FROM notifications").scalars())


def _n_acts(store: Store) -> int:
    with store.reading() as connection:
        return int(
            connection.exec_driver_sql("SELECT count(*) FROM notification_acts").scalar_one()
        )
