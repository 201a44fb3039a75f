"""The made-up accounts: the same each time, true to their stories, and one for every situation that the Topics name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from skill.errors import UnknownPerson
from skill.model.account import Customer
from skill.model.decision import Decision, Meaning, Outcome, Reason, Surface
from skill.model.playbook import Playbook, SoldAs
from skill.model.rules import Truth
from skill.policy import gate, restraint, rules
from skill.policy.decide import decide
from skill.policy.signals import signals
from skill.policy.signals.record import Record
from skill.sample import find_person, sample_customers, why_here
from tests.conftest import NOW

EVERYBODY = sample_customers(NOW)
MOMENTS = (
    NOW,
    datetime(2026, 12, 1, 0, 30, tzinfo=UTC),
    datetime(2027, 1, 3, 23, 59, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 0, tzinfo=timezone(timedelta(hours=9))),
)
"""Any day will do: the first and the last of a month, a Sunday, a leap day elsewhere."""


def asked(customer: Customer, feature: str, playbook: Playbook) -> Decision:
    meaning = Meaning(outcome=Outcome.FEATURE, features=(feature,))
    return decide(playbook, customer, meaning, surface=Surface.IN_PRODUCT, now=NOW)


def holding(people: Iterable[Customer], playbook: Playbook, now: datetime) -> dict[str, set[str]]:
    """Who makes each signal hold."""
    found: dict[str, set[str]] = {}
    for one in people:
        for signal in signals.signals(playbook, one, now):
            if signal.truth is Truth.TRUE:
                found.setdefault(signal.key, set()).add(one.person.id)
    return found


def test_the_same_moment_and_seed_give_equal_customers() -> None:
    assert sample_customers(NOW) == EVERYBODY
    assert sample_customers(NOW, seed=8) != EVERYBODY


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_nothing_in_the_sample_happens_after_now(now: datetime) -> None:
    for one in sample_customers(now):
        assert all(r.at <= now for r in one.usage)
        assert all(e.at <= now for e in one.events)
        assert all(f.as_of <= now for f in one.facts)


def test_every_account_says_in_one_line_why_it_is_there() -> None:
    whys = {one.account.id: why_here(one.account.id) for one in EVERYBODY}

    assert len(set(whys.values())) == len(whys) >= 40
    assert all(20 < len(why) < 130 and "\n" not in why for why in whys.values())


def test_the_sample_stays_small() -> None:
    assert max(len(one.usage) for one in EVERYBODY) <= 400
    assert max(len(one.events) for one in EVERYBODY) <= 150


def test_no_two_people_or_events_share_an_id() -> None:
    accounts = {one.account.id: one for one in EVERYBODY}.values()
    people = [one.person.id for one in EVERYBODY]
    events = [event.id for one in accounts for event in one.events]

    assert len(set(people)) == len(people)
    assert len(set(events)) == len(events)


def test_people_of_one_account_share_everything_but_themselves() -> None:
    ada, ben = find_person("ada", NOW), find_person("ben", NOW)

    assert ada.model_copy(update={"person": ben.person}) == ben


def test_a_person_is_found_by_id_first_name_and_address() -> None:
    for one in EVERYBODY:
        person = one.person
        for name in (person.id, person.name, person.email.upper()):
            assert find_person(name, NOW) == one


def test_an_unknown_name_gets_the_nearest_ones_as_help() -> None:
    with pytest.raises(UnknownPerson) as raised:
        find_person("adda", NOW)

    assert "`ada`" in raised.value.help


def test_monthly_meters_begin_again_with_the_month_and_never_fall_within_it() -> None:
    readings = [r for r in find_person("ada", NOW).usage if r.meter == "runs"]

    for before, after in pairwise(readings):
        if after.at.month == before.at.month:
            assert after.value >= before.value
        else:
            assert after.value == 0
    assert readings[0].at < NOW - timedelta(days=89)


def test_less_happens_on_a_weekend() -> None:
    runs = {r.at.date(): r.value for r in find_person("ada", NOW).usage if r.meter == "runs"}
    grown = {
        d: runs[d + timedelta(days=1)] - v for d, v in runs.items() if d + timedelta(1) in runs
    }
    working = [n for day, n in grown.items() if day.weekday() < 5 and n >= 0]
    weekend = [n for day, n in grown.items() if day.weekday() >= 5 and n >= 0]

    assert max(weekend) * 2 < sum(working) / len(working)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_every_signal_holds_somewhere_on_any_day(fernway: Playbook, now: datetime) -> None:
    people = sample_customers(now)
    found = holding(people, fernway, now)
    told_by_figures = {
        "runs-on-pace",
        "seats-growing",
    }  # plain arithmetic, whatever policy makes of them
    if now.day < 20:
        told_by_figures.add("api-near-limit")  # a month's calls are only near its limit later on

    assert set(found) | told_by_figures == {t.key for t in fernway.thresholds}
    assert _grew(next(c for c in people if c.person.id == "nils"), "seats", now) >= 3


def _grew(customer: Customer, meter: str, now: datetime) -> int:
    week = [r.value for r in customer.usage if r.meter == meter and r.at >= now - timedelta(days=7)]
    return int(week[-1] - week[0])


def test_a_busy_month_is_on_pace_to_pass_its_limit(fernway: Playbook) -> None:
    kira = find_person("kira", NOW)
    limit = gate.effective_limit(fernway, kira, "runs", NOW)

    assert limit is not None
    assert limit.value is not None
    assert limit.used is not None
    assert limit.used * 30 / NOW.day > limit.value >= limit.used


def test_one_wrong_count_is_no_signal(fernway: Playbook) -> None:
    rex = find_person("rex", NOW)

    assert max(r.value for r in rex.usage if r.meter == "api-calls") > 45_000
    assert "rex" not in holding([rex], fernway, NOW).get("api-near-limit", set())


def test_every_plan_and_none_is_held_and_every_extra(fernway: Playbook) -> None:
    held = {b.key for one in EVERYBODY for b in gate.held_bundles(fernway, one, NOW)}
    plans = {one.account.plan for one in EVERYBODY}

    assert held >= {b.key for b in fernway.bundles.values() if b.sold_as is not SoldAs.PLAN}
    assert plans > {b.key for b in fernway.bundles.values() if b.sold_as is SoldAs.PLAN}
    assert None in plans


def test_every_audience_and_every_role_has_somebody(fernway: Playbook) -> None:
    for audience in fernway.audiences.values():
        standing = rules.Standing(ready=Truth.FALSE)
        values = {rules.judge(audience.rule, fernway, c, NOW, standing)[0] for c in EVERYBODY}
        assert Truth.TRUE in values, audience.name
    assert {one.person.role for one in EVERYBODY} == set(fernway.roles)


def test_every_situation_of_restraint_holds_for_somebody(fernway: Playbook) -> None:
    found = set()
    for one in EVERYBODY:
        standing = rules.Standing(Truth.FALSE, moments=signals.moments(Record(fernway, one, NOW)))
        asking = restraint.Asking(fernway, one, NOW, limit_reached=False, standing=standing)
        found |= {s.because for s in restraint.suppressions(asking)[0]}
    by_plain_figures = {"any_offer_shown", "this_offer_shown", "frequency_cap", "quiet_hours"}

    for row in fernway.restraints:
        assert row.situation in found or row.kind in by_plain_figures, row.situation
    assert _shown_within("kai", 7) == 1
    assert _shown_within("lou", 30) == 3


def _shown_within(person: str, days: int) -> int:
    since = NOW - timedelta(days=days)
    return sum(p.kind == "impression" and p.at > since for p in find_person(person, NOW).history)


def test_it_is_always_night_for_somebody() -> None:
    zones = {one.person.time_zone for one in EVERYBODY}

    assert {"Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo"} <= zones


def test_ada_is_offered_the_pack_for_what_she_does_by_hand(fernway: Playbook) -> None:
    made = asked(find_person("ada", NOW), "salesforce-export", fernway)

    assert made.offers[0].bundle == "connect-pack"
    assert made.offers[0].signals == ("manual-export",)
    assert made.offers[0].action.allowed


def test_ben_works_with_ada_and_is_told_to_ask_her(fernway: Playbook) -> None:
    ada, ben = find_person("ada", NOW), find_person("ben", NOW)
    made = asked(ben, "salesforce-export", fernway)

    assert ben.account == ada.account
    assert made.offers[0].action.kind == "ask_admin"
    assert ben.account.admins == ("Ada",)


def test_cleo_is_helped_by_a_person_and_offered_nothing(fernway: Playbook) -> None:
    cleo = find_person("cleo", NOW)
    made = asked(cleo, "salesforce-export", fernway)

    assert made.accesses[0].reason is Reason.NOT_IN_PLAN
    assert made.offers == ()
    assert cleo.account.owner is not None


def test_a_viewer_is_not_told(fernway: Playbook) -> None:
    assert asked(find_person("val", NOW), "salesforce-export", fernway).offers == ()


def test_early_promises_and_ended_trials_are_in_the_sample(fernway: Playbook) -> None:
    zoe, xena = find_person("zoe", NOW), find_person("xena", NOW)

    assert asked(zoe, "audit-log", fernway).accesses[0].reason is Reason.GRANTED
    assert zoe.account.limits["api-calls"] == 80_000
    assert asked(xena, "parallel-runs", fernway).accesses[0].reason is Reason.TRIAL_ENDED


def test_dollars_old_figures_and_unknown_traits_are_in_the_sample(fernway: Playbook) -> None:
    limit = gate.effective_limit(fernway, find_person("cyd", NOW), "api-calls", NOW)
    made = asked(find_person("abe", NOW), "salesforce-export", fernway)

    assert limit is not None
    assert limit.stale
    assert made.offers[0].price is not None
    assert made.offers[0].price.currency == "USD"
    assert asked(find_person("dov", NOW), "salesforce-export", fernway).offers == ()


def test_who_pays_is_known_to_be_billed_by_the_month_or_the_year(fernway: Playbook) -> None:
    by_account = {c.account.id: c.account for c in EVERYBODY}.values()
    billing = {a.id: a.traits.get("billing") for a in by_account}
    assert {a.id for a in by_account if billing[a.id] is None} == {
        a.id for a in by_account if a.plan in (None, "free")
    }
    how = list(billing.values())
    assert how.count("monthly") > how.count("yearly") > 2
    assert [a.id for a in by_account if a.traits.get("grandfathered")] == ["wrenfield"]
    assert {key for a in by_account for key in a.traits} <= set(fernway.traits)


def test_whoever_pays_by_the_year_is_known_to_renew_on_a_day_to_come() -> None:
    for moment in MOMENTS:
        for one in sample_customers(moment):
            if one.account.traits.get("billing") == "yearly":
                renews = date.fromisoformat(str(one.account.traits["next-renewal"]))
                assert renews > moment.astimezone(UTC).date()
