"""Preferences in both databases: laid over the person, carried along, and nothing queued leaves against them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from skill.model.account import Person
from skill.model.playbook import QuietHours
from skill.model.preferences import Preferences, is_off
from skill.store import outbox, showings
from skill.store.accounts import get_customer, put_person
from skill.store.engine import Store
from skill.store.inbox import page, put_notification
from skill.store.opting_out import choose
from skill.store.preferences import Who, get_preferences
from skill.store.usage import EventEntry, add_usage
from tests.store.notices import ADA, BEN, NOON, NOTICE, claimed, effect

HOUR = timedelta(hours=1)
PLAYS = {"self-serve": "offers", "tips": "product-tips"}
EVENING = QuietHours(start="19:00", end="08:00", weekends=True)


def chosen(**more: Any) -> Preferences:
    return Preferences.model_validate(more)


def keep(store: Store, given: Preferences, who: Who = ADA) -> Preferences:
    return choose(store, who, lambda _: given, PLAYS, at=NOON + HOUR)


def person(store: Store, who: Who = ADA) -> Person:
    known = get_customer(store, who.tenant, who.account, who.person, since=NOON)
    return known.customer.person


def test_whoever_chose_nothing_is_left_as_the_product_reports_them(store: Store) -> None:
    told = Person(id="u_admin", locale="de", time_zone="Europe/Berlin", opted_out=("offers",))
    put_person(store, "default", "acc_1", told, at=NOON)

    assert get_preferences(store, ADA) == Preferences()
    assert person(store) == told


def test_a_choice_goes_before_what_the_product_reports_and_opt_outs_add_up(store: Store) -> None:
    told = Person(id="u_admin", role="admin", locale="de", opted_out=("product-tips",))
    put_person(store, "default", "acc_1", told, at=NOON)

    keep(
        store,
        chosen(
            opted_out=["offers"],
            channels={"email": False},
            quiet_hours=EVENING,
            locale="fr",
            time_zone="Europe/Paris",
        ),
    )

    found = person(store)
    assert (found.role, found.locale, found.time_zone) == ("admin", "fr", "Europe/Paris")
    assert found.opted_out == ("product-tips", "offers", "email")
    assert found.quiet == EVENING
    assert person(store, BEN).opted_out == ()


def moved(store: Store) -> None:
    entry = {"id": "m1", "account": "acc_2", "person": "u_admin", "name": "person.moved", "at": NOON, "properties": {"from": "acc_1", "into": "acc_2"}}  # fmt: skip
    add_usage(store, "default", [], [EventEntry.model_validate(entry)])


def test_a_choice_follows_a_person_who_moves_until_they_choose_anew(store: Store) -> None:
    keep(store, chosen(channels={"email": False}, time_zone="Asia/Tokyo", quiet_hours=EVENING))
    moved(store)
    there = ADA._replace(account="acc_2")

    before = person(store, there)
    carried = get_preferences(store, there)
    keep(store, chosen(), there)

    assert (before.opted_out, before.time_zone, before.quiet) == (("email",), "Asia/Tokyo", EVENING)
    assert carried.channels.email is False
    assert person(store, there).opted_out == ()
    assert person(store, ADA).opted_out == ("email",)


QUEUED = [
    ("email_1", {"channel": "email", "play": "self-serve"}),
    ("in_app_1", {"channel": "in_app", "play": "self-serve"}),
    ("tip_1", {"channel": "in_app", "play": "tips"}),
    ("task_1", {"channel": "owner_task", "play": "self-serve"}),
]
CHOICES = [
    ({"opted_out": ["offers"]}, {"email_1", "in_app_1"}),
    ({"opted_out": ["product-tips"]}, {"tip_1"}),
    ({"opted_out": ["all"]}, {"email_1", "in_app_1", "tip_1"}),
    ({"channels": {"email": False}}, {"email_1"}),
    ({"channels": {"in_app": False}}, {"in_app_1", "tip_1"}),
    ({"time_zone": "Asia/Tokyo"}, set()),
]


@pytest.mark.parametrize(
    ("choice", "suppressed"), CHOICES, ids=[str(choice) for choice, _ in CHOICES]
)
def test_what_is_queued_against_a_choice_does_not_leave(
    store: Store, choice: dict[str, Any], suppressed: set[str]
) -> None:
    for key, fields in QUEUED:
        claimed(store, effect(key, **fields))
    claimed(store, effect("of_ben", who=BEN, channel="email"))

    keep(store, chosen(**choice))

    found = {one.id: one for one in outbox.of_account(store, "default", "acc_1")}
    assert {key for key, one in found.items() if one.state == "suppressed"} == suppressed
    assert {found[key].reason for key in suppressed} <= {"opted out"}
    for key in found:
        kept = showings.of_effect(store, "default", key)
        assert kept is not None
        assert (kept.showing.state == "returned") is (key in suppressed)


def test_what_was_never_displayed_leaves_the_inbox_and_what_was_stays(store: Store) -> None:
    for key, at in (("eff_1", NOON), ("eff_2", NOON + HOUR)):
        claimed(store, effect(key, at=at))
        put_notification(store, effect(key, at=at), NOTICE, at)
        outbox.delivered(store, "default", key, at=at)
        if key == "eff_1":
            page(store, ADA, now=NOON)

    keep(store, chosen(opted_out=["offers"]))

    left = page(store, ADA, now=NOON + 2 * HOUR).items
    kept = showings.of_effect(store, "default", "eff_2")
    assert [one.id for one in left] == ["eff_1"]
    assert kept is not None
    assert kept.showing.state == "returned"


def test_nothing_is_placed_for_whoever_switched_the_channel_off(store: Store) -> None:
    keep(store, chosen(channels={"in_app": False}))

    assert put_notification(store, effect(), NOTICE, NOON) == "refused"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"time_zone": "Berlin"}, "IANA"),
    ({"time_zone": "../../etc/passwd"}, "IANA"),
    ({"quiet_hours": {"start": "25:00", "end": "08:00"}}, "start"),
    ({"channels": {"push": False}}, "push"),
    ({"opted_out": ["email"]}, "channels"),
    ({"opted_out": ["!"]}, "letter"),
    ({"locale": "english please"}, "locale"),
]


@pytest.mark.parametrize(("given", "named"), WRONG, ids=lambda g: str(g)[:40])
def test_a_choice_that_means_nothing_is_refused_by_name(given: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        chosen(**given)


OFF: list[tuple[tuple[str, ...], str, str, bool]] = [
    (("all",), "email", "product-tips", True),
    (("offers",), "email", "", True),
    (("offers",), "email", "product-tips", False),
    (("email",), "email", "product-tips", True),
    (("email",), "in_app", "", False),
    ((), "email", "", False),
]


@pytest.mark.parametrize(("entries", "channel", "category", "off"), OFF)
def test_what_is_off_is_the_category_or_the_channel(
    entries: tuple[str, ...], channel: str, category: str, off: bool
) -> None:
    assert is_off(entries, channel, category) is off


ONCE: list[Callable[[Preferences], Preferences]] = [
    lambda p: p.without("email").again("email"),
    lambda p: p.without("offers").without("offers").again("offers"),
]


@pytest.mark.parametrize("change", ONCE)
def test_what_is_switched_off_and_on_again_is_as_before(
    change: Callable[[Preferences], Preferences],
) -> None:
    assert change(Preferences()) == Preferences()
