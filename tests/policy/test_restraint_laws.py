"""Restraint as laws: nothing that speaks against an offer ever adds one, and no clock, zone or group makes a way around."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skill.agent.composer import Composer
from skill.model.account import Customer, Incident, Past, Person, Ticket
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.playbook import Outreach, Playbook, QuietHours, Restraint
from skill.model.topic import Span
from skill.policy.decide import decide
from skill.policy.holdout import is_held_out
from skill.policy.restraint.quiet import quiet_until
from tests.policy.offer_cases import NOW
from tests.policy.restraint_cases import company
from tests.policy.restraint_cases import customer as customer_of

FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EVERY_ROW = [
    "Open support ticket | until it is closed, then 24 hours | ",
    "Incident touching the customer | until it is over, then 7 days | ",
    'Customer said "not now" | 30 days | a limit was reached',
    "An offer was dismissed | 5 days | ",
    "This offer was declined | 60 days | the customer asked",
    "An offer was accepted | 3 days | the customer asked",
    "An email was ignored | 10 days | ",
    "Any offer was shown | 2 days | the customer asked",
    "This offer was shown per account | 4 days | ",
    "3 offers in 30 days | 7 days | the customer asked",
    "2 offers of one family in 20 days per account | until it is over | ",
    "Closed two times in a row | explain the feature instead, until a ready signal | ",
    "First win not reached | until it is reached | ",
]
TOPICS: dict[str, Any] = {
    "rows": EVERY_ROW,
    "front": {
        "attention_cost": "answer 1, in-app notification 2, email 3",
        "attention_budget": "6 in 30 days",
    },
    "play": {"At most": "4 offers in 30 days per account"},
}
PLAYBOOK = company({"says": "every row", "topics": TOPICS}).playbook
BUNDLES = ("connect-pack", "team", "run-boost", "analytics-pack", "gone-long-ago")
WHEN = st.integers(-5 * 24, 70 * 24).map(lambda hours: NOW - timedelta(hours=hours))
CLOSES = ("dismissal", "decline", "not_now", "never")


def pasts(*kinds: str) -> st.SearchStrategy[Past]:
    return st.builds(
        Past,
        kind=st.sampled_from(kinds),
        offer=st.sampled_from(BUNDLES),
        at=WHEN,
        channel=st.sampled_from(["in_app", "email", "answer"]),
        person=st.sampled_from(["", "u_1", "u_2"]),
    )


def people(case: dict[str, Any]) -> st.SearchStrategy[Customer]:
    """The usual customer, who has seen and said this and that."""
    who = customer_of({"says": "x", "person": {"id": "u_1"}, **case})
    history = st.lists(pasts("impression", "acceptance", "click", *CLOSES), max_size=5)
    return history.map(lambda past: who.model_copy(update={"history": tuple(past)}))


ASKED = Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",))
UNASKED = Meaning(outcome=Outcome.SIGNAL)
WHO: list[tuple[dict[str, Any], Meaning]] = [
    ({"usage": {}}, ASKED),
    ({}, UNASKED),
    ({"usage": {"runs": 1000}}, UNASKED),
]
SOMEBODY = st.sampled_from(WHO).flatmap(lambda one: st.tuples(people(one[0]), st.just(one[1])))


def decided(who: Customer, meaning: Meaning, now: datetime = NOW, **more: Any) -> Decision:
    return decide(PLAYBOOK, who, meaning, surface=Surface.IN_PRODUCT, now=now, **more)


def offered(made: Decision) -> set[str]:
    return {offer.bundle for offer in made.offers}


AGAINST: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "history": pasts("impression", *CLOSES).map(lambda p: {"history": p}),
    "tickets": WHEN.map(lambda at: {"tickets": Ticket(id="t", opened_at=at)}),
    "incidents": WHEN.map(lambda at: {"incidents": Incident(id="i", started_at=at)}),
}


@pytest.mark.parametrize("what", AGAINST)
@FEW
@given(somebody=SOMEBODY, data=st.data())
def test_what_speaks_against_an_offer_never_adds_one(
    what: str, somebody: tuple[Customer, Meaning], data: st.DataObject
) -> None:
    who, meaning = somebody
    ((field, one),) = data.draw(AGAINST[what]).items()
    more = who.model_copy(update={field: (*getattr(who, field), one)})
    assert offered(decided(more, meaning)) <= offered(decided(who, meaning))


@FEW
@given(SOMEBODY, st.frozensets(st.sampled_from([*BUNDLES, "*"]), max_size=2))
def test_a_stop_never_adds_an_offer_and_stops_its_own(
    somebody: tuple[Customer, Meaning], stops: frozenset[str]
) -> None:
    left = offered(decided(*somebody, stops=stops))
    assert left <= offered(decided(*somebody))
    assert not left & stops
    assert not (left and "*" in stops)


@FEW
@given(SOMEBODY, st.integers(1, 60 * 24))
def test_a_clock_set_back_never_adds_an_offer(
    somebody: tuple[Customer, Meaning], hours: int
) -> None:
    """What was shown and said lies in the past of the clock that it was written by."""
    who, meaning = somebody
    said = tuple(p for p in who.history if p.at <= NOW)
    written = who.model_copy(update={"history": said})
    back = decided(written, meaning, NOW - timedelta(hours=hours))
    assert offered(back) <= offered(decided(written, meaning))


def test_the_checkers_find_a_restraint_that_forgets_what_lies_ahead() -> None:
    """A naive cap leaves out what is dated after now: a clock set back would make room in it."""
    ahead = Past(kind="impression", offer="team", at=NOW + timedelta(hours=1), person="u_1")
    who = customer_of({"says": "x", "person": {"id": "u_1"}}).model_copy(
        update={"history": (ahead,)}
    )
    naive = who.model_copy(update={"history": tuple(p for p in who.history if p.at <= NOW)})
    assert offered(decided(naive, UNASKED))
    assert not offered(decided(who, UNASKED))


@FEW
@given(st.lists(st.tuples(st.integers(-3 * 24, 10 * 24), st.booleans()), max_size=25))
def test_no_clock_shows_more_than_the_cap_in_any_window(steps: list[tuple[int, bool]]) -> None:
    """Whoever decides writes down what was shown; the clock jumps ahead and back as it likes."""
    playbook = company(
        {"says": "x", "topics": {"rows": ["2 offers in 7 days | 1 day | "]}}
    ).playbook
    who, now, shown = customer_of({"says": "x", "usage": {}}), NOW, list[Past]()
    for hours, _ in steps:
        now += timedelta(hours=hours)
        seen = who.model_copy(update={"history": tuple(shown)})
        made = decide(playbook, seen, ASKED, surface=Surface.IN_PRODUCT, now=now)
        shown += [Past(kind="impression", offer=o.bundle, at=now) for o in made.offers]
        times = sorted(p.at for p in shown)
        assert all(b - a >= timedelta(days=7) for a, b in zip(times, times[2:], strict=False))


@FEW
@given(SOMEBODY)
def test_shadow_decides_all_the_same_and_shows_nothing(somebody: tuple[Customer, Meaning]) -> None:
    usual, shadow = decided(*somebody), decided(*somebody, shadow=True)
    assert (shadow.offers, shadow.shadow, shadow.may_name_unlock) == ((), usual.offers, False)
    for field in ("accesses", "order", "signals", "readiness", "play", "missing"):
        assert getattr(shadow, field) == getattr(usual, field)
    assert usual.shadow == ()


@FEW
@given(people({"usage": {}}))
def test_in_shadow_the_customer_reads_what_is_read_where_all_is_stopped(who: Customer) -> None:
    ways: list[dict[str, Any]] = [{"shadow": True}, {"stops": frozenset({"*"})}]
    said = [
        Composer(PLAYBOOK, decided(who, ASKED, **how), who).answer("dec_1").body() for how in ways
    ]
    assert said[0] == said[1]
    assert "EUR" not in str(said[0])
    assert "connect" not in str(said[0]).lower()


# -- the holdout ------------------------------------------------------------------


def held_out(share: str, ids: list[str], salt: str = "s", tenant: str = "default") -> set[str]:
    bounds = Outreach(holdout=Decimal(share), holdout_salt=salt)
    playbook = Playbook(version="x", outreach=bounds)
    return {one for one in ids if is_held_out(playbook, tenant, one)}


MANY_IDS = [f"acc_{n}" for n in range(20_000)]


@pytest.mark.parametrize("share", ["0.01", "0.1", "0.5"])
@pytest.mark.parametrize("tenant", ["default", "other"])
def test_as_many_are_held_out_as_the_share_says(share: str, tenant: str) -> None:
    part = Decimal(len(held_out(share, MANY_IDS, tenant=tenant))) / len(MANY_IDS)
    p = float(share)
    five_deviations = Decimal(5 * (p * (1 - p) / len(MANY_IDS)) ** 0.5)
    assert abs(part - Decimal(share)) < five_deviations


def test_a_larger_share_keeps_everybody_who_was_held_out() -> None:
    assert held_out("0.1", MANY_IDS) < held_out("0.2", MANY_IDS)
    assert held_out("1", MANY_IDS) == set(MANY_IDS)
    assert held_out("0", MANY_IDS) == set()


def test_another_salt_or_tenant_makes_other_groups_and_nothing_else_does() -> None:
    one = held_out("0.1", MANY_IDS)
    assert one == held_out("0.1", MANY_IDS)
    for other in (held_out("0.1", MANY_IDS, salt="t"), held_out("0.1", MANY_IDS, tenant="b")):
        assert len(one & other) / len(one) == pytest.approx(0.1, abs=0.04)


def test_names_that_run_together_stay_apart() -> None:
    groups = {
        (salt, tenant): frozenset(held_out("0.5", MANY_IDS[:200], salt, tenant))
        for salt, tenant in (("ab", "c"), ("a", "bc"), ("", "abc"))
    }
    assert len(set(groups.values())) == 3


# -- quiet hours ------------------------------------------------------------------

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Apia",
)
CLOCKS = st.tuples(st.integers(0, 23), st.sampled_from([0, 15, 30, 59])).map(
    lambda t: f"{t[0]:02}:{t[1]:02}"
)
HOURS = st.builds(QuietHours, start=CLOCKS, end=CLOCKS, weekends=st.booleans())
# Around every change of the clock in three years, leap day and all.
MOMENTS = st.integers(0, 3 * 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
_DAYS = (
    "2026-03-29",
    "2026-10-25",
    "2026-03-08",
    "2026-11-01",
    "2026-04-04",
    "2026-10-03",
    "2028-02-29",
)
CHANGES = st.sampled_from([datetime.fromisoformat(f"{day}T00:00Z") for day in _DAYS]).flatmap(
    lambda day: st.integers(-1500, 1500).map(lambda minutes: day + timedelta(minutes=minutes))
)


def row_of(hours: QuietHours) -> Restraint:
    return Restraint(
        situation="Quiet hours",
        kind="quiet_hours",
        pause="",
        quiet=hours,
        span=Span(file="restraint.md", line=1, end_line=1),
    )


def is_quiet(at: datetime, zone: str, hours: list[QuietHours]) -> bool:
    """The plainest second opinion: what the clock on the wall shows."""
    wall = at.astimezone(ZoneInfo(zone))
    clock = f"{wall.hour:02}:{wall.minute:02}"
    for one in hours:
        over_night = one.start > one.end
        inside = (
            (clock >= one.start or clock < one.end) if over_night else one.start <= clock < one.end
        )
        if inside or (one.weekends and wall.weekday() in (5, 6)):
            return True
    return False


@FEW
@given(st.one_of(MOMENTS, CHANGES), st.sampled_from(ZONES), HOURS, st.none() | HOURS)
def test_a_message_waits_to_the_very_minute(
    now: datetime, zone: str, hours: QuietHours, own: QuietHours | None
) -> None:
    playbook = Playbook(version="x", restraints=(row_of(hours),))
    person = Person(time_zone=zone, quiet=own)
    both = [hours, *([own] if own else [])]
    until = quiet_until(playbook, person, now)
    at = now
    while is_quiet(at, zone, both) and at < now + timedelta(days=8):
        at += timedelta(minutes=1)
    assert until == (None if at == now else at)


def test_the_checker_finds_a_quiet_end_that_forgets_the_clock_being_put_on() -> None:
    """A naive way adds the hours that are left: in the night that loses one it is an hour late."""
    evening = datetime(2026, 3, 28, 19, tzinfo=UTC)  # eight in the evening in Berlin
    hours = QuietHours(start="19:00", end="08:00")
    playbook = Playbook(version="x", restraints=(row_of(hours),))
    naive = evening + timedelta(hours=12)
    right = quiet_until(playbook, Person(time_zone="Europe/Berlin"), evening)
    assert right == naive - timedelta(hours=1)


@pytest.mark.parametrize("clock", ["24:00", "7:00", "19:60", "", "noon"])
def test_quiet_hours_of_a_person_are_hours(clock: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        QuietHours(start=clock, end="08:00")
