"""An effect on its way out is judged again at the last moment: fresh facts, stops, quiet hours, then words that are proven."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from skill.agent.grounding import Prover
from skill.delivery.plays import Dropped, Held, Sent
from skill.model.delivery import Effect, Stop
from skill.model.playbook import Playbook
from skill.policy.sequence import Done, Send, Wait
from skill.sample import sample_customers
from skill.store import inbox, outbox, showings, stops, tasks
from skill.store.accounts import put_person
from skill.store.engine import Store
from skill.store.preferences import Who
from tests.delivery.plays import TENANT, Ground, World, of_sample

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
FOLLOWED = "an-email-follows-a-closed-prompt-once"
CALLS = ("team", "api-near-limit", FOLLOWED)


@pytest.fixture
def world(tmp_path: Path, fernway: Playbook) -> Iterator[World]:
    customers = {c.account.id: c for c in sample_customers(MONDAY)}
    store = Store.open(f"sqlite:///{tmp_path}/a.db", tells=True)
    yield World(
        store, Ground(fernway, Prover(fernway)), of_sample(customers, "mulberry-payroll"), MONDAY
    )
    store.close()


def listed(world: World) -> list[str]:
    who = Who(TENANT, world.account, world.customer.person.id)
    return [one.id for one in inbox.page(world.store, who, now=world.now).items]


def sent(world: World, effect: Effect, channel: Any = "in_app") -> object:
    return world.release.send(TENANT, effect.id, channel)


def kept(world: World, effect: str) -> str:
    found = showings.of_effect(world.store, TENANT, effect)
    return found.showing.state if found is not None else "none"


def following(world: World) -> Effect | None:
    found = outbox.of_account(world.store, TENANT, world.account)
    return next((one for one in found if one.follows), None)


def ignored(world: World, **changed: Any) -> Effect:
    """An effect that was delivered, displayed, and left alone for two days."""
    effect = world.claim(*CALLS)
    assert sent(world, effect) == Sent()
    assert listed(world) == [effect.id]
    world.now = changed.get("now", MONDAY + timedelta(days=2))
    world.uses("api_calls", 43_100)
    return effect


def test_it_is_delivered_under_its_id_and_spent_when_it_is_displayed(world: World) -> None:
    effect = world.claim(*CALLS)
    assert world.release.next(TENANT, effect.id) == Send("in_app")
    assert sent(world, effect) == Sent()
    assert world.state(effect.id) == "delivered"
    assert kept(world, effect.id) == "reserved"
    assert listed(world) == [effect.id]
    assert kept(world, effect.id) == "spent"


def test_sending_it_twice_is_once(world: World) -> None:
    effect = world.claim(*CALLS)
    assert [sent(world, effect) for _ in range(3)] == [Sent()] * 3
    assert len(listed(world)) == 1


def test_its_own_reservation_does_not_stand_against_it_and_anothers_does(world: World) -> None:
    first, second = world.claim(*CALLS), world.claim(*CALLS, period="2")
    assert isinstance(sent(world, first), Dropped)
    assert world.state(first.id).startswith("suppressed: ")
    assert kept(world, first.id) == "returned"
    assert sent(world, second) == Sent()


@pytest.mark.parametrize("offer", ["", "team"])
def test_a_stop_holds_for_what_is_queued_and_for_what_is_on_its_way(
    world: World, offer: str
) -> None:
    queued = world.claim(*CALLS)
    stops.pull(world.store, TENANT, Stop(offer=offer, since=world.now))
    assert sent(world, queued) == Dropped("stopped")
    assert world.state(queued.id) == "suppressed: stopped"
    assert listed(world) == []


def test_a_stop_pulled_while_words_are_found_still_stops_it(world: World) -> None:
    effect = world.claim(*CALLS)
    inner = world.outlets["in_app"].words

    def slow(*asked: Any) -> Any:
        found = inner(*asked)
        stops.pull(world.store, TENANT, Stop(since=world.now))
        return found

    world.outlets["in_app"].words = slow  # type: ignore[method-assign]
    assert sent(world, effect) == Dropped("stopped")
    assert listed(world) == []


def test_in_quiet_hours_it_is_held_and_judged_again_when_they_end(world: World) -> None:
    world.now = MONDAY.replace(hour=22)
    effect = world.claim(*CALLS)
    came = sent(world, effect)
    assert isinstance(came, Held)
    assert world.state(effect.id) == "pending"
    world.now = came.until
    world.event("ticket.opened", ticket="t_1")
    assert isinstance(sent(world, effect), Dropped)
    assert world.state(effect.id) == "suppressed: Open support ticket"


@pytest.mark.parametrize("off", ["offers", "in_app", "all"])
def test_who_opted_out_meanwhile_gets_nothing(world: World, off: str) -> None:
    effect = world.claim(*CALLS)
    person = world.customer.person.model_copy(update={"opted_out": (off,)})
    put_person(world.store, TENANT, world.account, person, at=world.now)
    assert isinstance(sent(world, effect), Dropped)
    assert listed(world) == []


def test_a_signal_that_no_longer_holds_takes_its_offer_along(world: World) -> None:
    world.now = MONDAY + timedelta(days=21)
    effect = world.claim(*CALLS)
    came = sent(world, effect)
    assert isinstance(came, Dropped)
    assert kept(world, effect.id) == "returned"


def test_words_that_cannot_be_proven_keep_it_from_leaving(world: World) -> None:
    effect = world.claim(*CALLS)
    # The Topics change between composing and proving: what was composed is of no version that is served.
    newer = world.ground.playbook.model_copy(update={"version": "sha256:other"})
    world.ground.prover = Prover(newer)
    came = sent(world, effect)
    assert isinstance(came, Dropped)
    assert came.because.startswith("not proven: /topics_version")
    assert world.state(effect.id).startswith("suppressed: not proven")
    assert listed(world) == []


def test_a_channel_that_is_not_set_up_is_told_and_not_waited_for(world: World) -> None:
    effect = world.claim(*CALLS)
    del world.outlets["in_app"]
    assert sent(world, effect) == Dropped("nothing is set up for `in_app` here")


def test_the_follow_up_is_an_effect_of_its_own_with_a_showing_of_its_own(world: World) -> None:
    effect = ignored(world)
    assert world.release.next(TENANT, effect.id) == Send("email")
    assert [sent(world, effect, "email") for _ in range(2)] == [Sent(), Sent()]
    made = following(world)
    assert made is not None
    assert (made.follows, made.channel, made.state) == (effect.id, "email", "pending")
    assert kept(world, made.id) == "reserved"
    assert sent(world, made, "email") == Sent()
    assert world.letters.got == {made.id: 1}
    assert kept(world, made.id) == "spent"
    assert isinstance(world.release.next(TENANT, effect.id), Wait)


def test_a_follow_up_that_is_held_back_is_written_down_with_the_reason(world: World) -> None:
    effect = ignored(world)
    world.event("incident.started", incident="i_1")
    assert sent(world, effect, "email") == Sent()
    made = following(world)
    assert made is not None
    assert world.state(made.id).startswith("suppressed: Incident")
    assert kept(world, made.id) == "none"
    assert not world.letters.got


def test_a_follow_up_counts_against_the_caps_as_any_showing_does(world: World) -> None:
    effect = ignored(world)
    for n in range(2):
        other = world.claim("extra-seats", "seats-almost-full", FOLLOWED, period=str(n))
        showings.spend(world.store, TENANT, other.id, at=world.now)
    assert sent(world, effect, "email") == Sent()
    made = following(world)
    assert made is not None
    assert made.state == "suppressed"
    assert made.reason != "This offer was shown"


def test_in_quiet_hours_the_follow_up_is_not_even_written_down(world: World) -> None:
    effect = ignored(world, now=(MONDAY + timedelta(days=2)).replace(hour=22))
    assert isinstance(sent(world, effect, "email"), Held)
    assert following(world) is None


def test_a_purchase_closes_what_does_the_same_job(world: World) -> None:
    effect = ignored(world)
    sibling = world.claim("business", "manual-invites", FOLLOWED)
    seats = world.claim("extra-seats", "seats-almost-full", FOLLOWED)
    world.event("purchase.made", offer="team")
    assert isinstance(world.release.next(TENANT, effect.id), Wait)  # it is not open yet
    account = world.customer.account.model_copy(update={"plan": "team"})
    world.customer = world.customer.model_copy(update={"account": account})
    world.happens("click", "team")
    move = world.release.next(TENANT, effect.id)
    assert move == Done("bought, and open", bought=True)
    world.release.done(TENANT, effect.id, move)
    assert world.state(sibling.id) == "suppressed: bought"
    assert kept(world, sibling.id) == "returned"
    assert world.state(seats.id) == "pending"
    assert listed(world) == []


def test_what_nobody_displayed_is_given_back_when_its_time_is_over(world: World) -> None:
    effect = world.claim(*CALLS)
    sent(world, effect)
    world.release.done(TENANT, effect.id, Done("its time is over"))
    assert kept(world, effect.id) == "returned"
    assert listed(world) == []
    assert world.state(effect.id) == "delivered"


def test_a_task_reaches_the_accounts_owner(world: World) -> None:
    effect = world.claim(*CALLS, channel="owner_task")
    assert sent(world, effect, "owner_task") == Sent()
    assert world.state(effect.id) == "delivered"
    found = tasks.find(world.store, TENANT, effect.id)
    assert found is not None
    assert found.task.proposal is not None
    assert world.release.next(TENANT, effect.id) == Done("with the account's owner")


def test_other_systems_are_told_of_what_left_and_of_nothing_else(world: World) -> None:
    effect = world.claim(*CALLS)
    stopped = world.claim("extra-seats", "seats-almost-full", FOLLOWED)
    stops.pull(world.store, TENANT, Stop(offer="extra-seats", since=world.now))
    world.outlets["webhook"] = world.letters
    for one in (stopped, effect):
        sent(world, one)
    told = [
        o for o in outbox.of_account(world.store, TENANT, world.account) if o.channel == "webhook"
    ]
    sent_one = [one for one in told if one.rule == "upsell_offer_sent"]
    assert [one.offer for one in sent_one] == ["team"]
    assert world.release.next(TENANT, sent_one[0].id) == Send("webhook")
