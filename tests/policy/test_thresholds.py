"""Every form of a threshold against the plain oracle, over made-up accounts: days on which clocks change, empty windows, zero limits, readings on the boundary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from skill.compiler import grammar
from skill.model.account import Account, Customer, Event, Fact, Reading
from skill.model.decision import Signal
from skill.model.playbook import Bundle, Limit, Meter, Playbook, SoldAs
from skill.model.rules import Distance, Threshold, Truth, Window
from skill.model.topic import Span
from skill.policy.signals import signals
from skill.policy.signals.record import Record
from skill.policy.signals.states import FRESH, after
from skill.policy.signals.thresholds import compiled
from tests.policy import oracle

HERE = Span(file="usage-thresholds.md", line=1, end_line=1)
RESETS = {"calls": "monthly", "seats": "never"}
LEVELS = ("at least 8", "more than 8", "at most 3", "less than 3")
LIMITED = ("at least 80% of limit", "at most 2 left", "at least 80% of commit")
RISES = ("crosses 4, 10", "grew by at least 50%", "grew by at least 2")
FORMS = {
    "meter: calls": (*LEVELS, *LIMITED, *RISES, "on pace to pass the limit"),
    "meter: seats": (*LEVELS, *LIMITED, *RISES, "on pace to pass the limit"),
    "ratio: seats / calls": ("at least 2", "less than 1", *RISES),
    "fact: queue": (*LEVELS, *RISES),
    "events: done": (*LEVELS, *RISES),
    "events: done where kind is big": ("at least 2", "at most 1", "crosses 2, 5"),
    "attempts: export": ("at least 2", "more than 2"),
    "attempts: anything in pack": ("at least 2", "grew by at least 1"),
    "views: pricing": ("at least 2", "crosses 2, 5"),
}
WINDOWS = (
    "now",
    "this period",
    "the last 48 hours",
    "the last 7 days",
    "the last 2 weeks",
    "the last 1 months",
    "3 of the last 7 days",
    "2 of the last 3 weeks",
    "each of the last 3 days",
    "each of the last 3 weeks",
)
ROWS = [
    (count, holds, over) for count, forms in FORMS.items() for holds in forms for over in WINDOWS
]
MOMENTS = (
    datetime(2026, 11, 21, 9, tzinfo=UTC),
    datetime(2026, 10, 27, 23, tzinfo=UTC),
    datetime(2026, 3, 30, 0, tzinfo=UTC),
    datetime(2026, 3, 10, 6, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
    datetime(2026, 11, 4, 12, tzinfo=UTC),
)
"""A usual day; days after clocks changed in Europe and on Cuba, where midnight itself is skipped; early in a month."""
ZONES = ("UTC", "Europe/Berlin", "America/Havana", "Asia/Kolkata")
MANY = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
"""Each made-up account is asked every row, so sixty of them are thirty thousand cases."""


def row_of(counts: str, holds: str, over: str, **more: Any) -> Threshold:
    """A row as a writer says it; `anything in pack` and the like are keys already."""
    read = grammar.read_counts(counts.removeprefix("meter: "))
    return Threshold.model_validate(
        {
            "key": "row", "signal": "row", "counts": read, "holds": grammar.read_holds(holds),
            "window": grammar.read_window(over), "means": "ready", "offer": "team", "span": HERE,
            **more,
        }
    )  # fmt: skip


def company(row: Threshold | tuple[Threshold, ...], limit: str) -> Playbook:
    """A company with two meters, one plan that limits them, and one pack of two features."""
    meters = {
        key: Meter(key=key, name=key, unit=key[:-1], resets=resets, span=HERE)
        for key, resets in RESETS.items()
    }
    bundle: dict[str, Any] = {"position": 1, "topic": "product-bundles", "span": HERE}
    value = None if limit == "unlimited" else Decimal(limit if limit != "unknown" else 0)
    limits = [
        Limit(meter=m, value=value, text=limit, span=HERE) for m in RESETS if limit != "unknown"
    ]
    plan = Bundle(key="team", name="Team", sold_as=SoldAs.PLAN, limits=tuple(limits), **bundle)
    pack = Bundle(key="pack", name="Pack", sold_as=SoldAs.ADD_ON, unlocks=("export", "import"), **bundle)  # fmt: skip
    return Playbook(
        version="made up",
        meters=meters,
        bundles={"team": plan, "pack": pack},
        thresholds=row if isinstance(row, tuple) else (row,),
    )


@st.composite
def worlds(draw: st.DrawFn) -> oracle.World:
    """Any account: readings by the hour, many of them on the edge of a window or of a day somewhere."""
    now = draw(st.sampled_from(MOMENTS))
    edges = [24 * d for d in (0, 1, 2, 3, 7, 14, 21, 28, 30)]
    hours = st.one_of(st.sampled_from(edges), st.integers(0, 40 * 24), st.integers(0, 60))
    minutes = st.sampled_from([0, 0, 0, 1, 30, 59])
    ago = st.tuples(hours, minutes).map(lambda p: now - timedelta(hours=p[0], minutes=p[1]))
    times = lambda n: draw(st.lists(ago, max_size=n, unique=True))  # noqa: E731
    value = st.one_of(st.integers(0, 12), st.sampled_from([4, 8, 10]))
    usage = [Reading(meter=m, at=at, value=draw(value)) for m in RESETS for at in times(8)]
    facts = [Fact(name="queue", value=draw(value), as_of=at) for at in times(5)]
    events = []
    for n, at in enumerate(times(10)):
        name, said = draw(
            st.sampled_from(
                [
                    ("done", {"kind": "big"}), ("done", {"kind": "small"}), ("done", {}),
                    ("attempt", {"feature": "export"}), ("attempt", {"feature": "other"}),
                    ("view", {"page": "pricing"}),
                ]
            )
        )  # fmt: skip
        events.append(Event(id=str(n), name=name, at=at, properties=said))
    zone = draw(st.sampled_from(ZONES))
    commit = draw(st.sampled_from([None, 0, 10]))
    traits: dict[str, Any] = {"time zone": zone}
    for meter in RESETS if commit is not None else ():
        traits[f"{meter} commit"] = commit
    limit = draw(st.sampled_from(["unknown", "unlimited", "0", "5", "10", "10"]))
    customer = Customer(
        account=Account(plan="team", traits=traits),
        usage=tuple(draw(st.permutations(usage))),
        facts=tuple(facts),
        events=tuple(events),
    )
    return oracle.World(customer, now, zone, limit, commit, RESETS)


ALL = tuple(row_of(*form) for form in ROWS)
COMPANIES = {limit: company(ALL, limit) for limit in ("unknown", "unlimited", "0", "5", "10")}


def found(world: oracle.World) -> tuple[Signal, ...]:
    """What every row says of an account."""
    return signals.signals(COMPANIES[world.limit], world.customer, world.now)


def says(row: Threshold, world: oracle.World) -> Truth:
    playbook = company(row, world.limit)
    return signals.signals(playbook, world.customer, world.now)[0].truth


Opinion = Callable[[Threshold, oracle.World], Truth]


def agrees(opinion: Opinion, row: Threshold, world: oracle.World) -> None:
    wanted = oracle.judge(row.counts[0], row.holds, row.window, world)
    assert opinion(row, world) is wanted


@settings(MANY, max_examples=200)
@given(worlds())
def test_every_form_is_judged_as_the_plain_oracle_judges_it(world: oracle.World) -> None:
    for form, row, signal in zip(ROWS, ALL, found(world), strict=True):
        wanted = oracle.judge(row.counts[0], row.holds, row.window, world)
        assert signal.truth is wanted, form


def naive(row: Threshold, world: oracle.World) -> Truth:
    """What a quick implementation does: whatever is not known is zero, a window is so many times 24 hours, `>` is `>=`."""
    if row.window.kind == "sustained" and row.window.unit == "day":
        row = row.model_copy(update={"window": Window(kind="each", n=row.window.n, unit="day")})
    found = says(row, world)
    return Truth.FALSE if found is Truth.UNKNOWN else found


@pytest.mark.parametrize("over", ["now", "3 of the last 7 days"])
def test_the_oracle_finds_a_naive_implementation_out(over: str) -> None:
    row = row_of("seats", "at least 8", over)

    @settings(MANY, max_examples=300, database=None, report_multiple_bugs=False)
    @given(worlds())
    def compared(world: oracle.World) -> None:
        agrees(naive, row, world)

    with pytest.raises(AssertionError):
        compared()


@MANY
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_arrive_changes_nothing(world: oracle.World, chance: Any) -> None:
    one = world.customer
    usage, events, facts = list(one.usage), list(one.events), list(one.facts)
    for things in (usage, events, facts):
        chance.shuffle(things)
    told = {"usage": tuple(usage), "events": tuple(events), "facts": tuple(facts)}

    assert found(replace(world, customer=one.model_copy(update=told))) == found(world)


@MANY
@given(worlds())
def test_what_is_still_to_come_says_nothing_about_now(world: oracle.World) -> None:
    one, later = world.customer, world.now + timedelta(hours=1)
    assume(one.events)
    told = {
        "usage": (*one.usage, Reading(meter="seats", at=later, value=Decimal(99))),
        "events": (*one.events, Event(id="later", name="done", at=later)),
        "facts": (*one.facts, Fact(name="queue", value=99, as_of=later)),
    }

    assert found(replace(world, customer=one.model_copy(update=told))) == found(world)


@MANY
@given(worlds())
def test_unknown_names_what_was_missing_and_a_distance_is_never_negative(
    world: oracle.World,
) -> None:
    for one in signals.judged(Record(COMPANIES[world.limit], world.customer, world.now)):
        signal, distances = one.signal, one.distances
        assert bool(signal.missing) == (signal.truth is Truth.UNKNOWN)
        assert all(d.figure >= 0 and d.figure.is_finite() for d in distances)
        assert not distances or signal.truth is Truth.FALSE
        assert not signal.figures or signal.truth is Truth.TRUE


def seats(value: int, **more: Any) -> Customer:
    return Customer(
        account=Account(plan="team", **more),
        usage=(Reading(meter="seats", at=MOMENTS[0] - timedelta(hours=1), value=Decimal(value)),),
    )


@pytest.mark.parametrize(("used", "truth"), [(7, "false"), (8, "true"), (9, "true")])
def test_exactly_on_the_share_of_the_limit_holds(used: int, truth: str) -> None:
    playbook = company(row_of("seats", "at least 80% of limit", "now"), "10")
    assert signals.signals(playbook, seats(used), MOMENTS[0])[0].truth == truth


def test_an_override_goes_before_the_plan() -> None:
    playbook = company(row_of("seats", "at least 80% of limit", "now"), "10")
    assert signals.signals(playbook, seats(8, limits={"seats": 20}), MOMENTS[0])[0].truth == "false"
    assert signals.signals(playbook, seats(8, limits={"seats": "unlimited"}), MOMENTS[0])[0].truth == "false"  # fmt: skip
    assert signals.signals(playbook, seats(1, limits={"seats": 0}), MOMENTS[0])[0].truth == "false"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-inf", float("nan"), float("inf")])
def test_what_is_no_finite_number_is_not_known(value: str | float) -> None:
    playbook = company(row_of("fact: load", "at least 8", "now"), "10")
    customer = Customer(account=Account(plan="team", traits={"load": value}))
    assert signals.signals(playbook, customer, MOMENTS[0])[0].truth == "unknown"


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../x", "", 7])
def test_a_time_zone_that_nobody_knows_is_utc(zone: str | int) -> None:
    record = Record(company((), "10"), seats(1, traits={"time zone": zone}), MOMENTS[0])
    assert record.zone is UTC


@pytest.mark.parametrize("source", ["usage", "account"])
def test_a_source_that_could_not_be_read_leaves_a_row_unknown(source: str) -> None:
    playbook = company(row_of("seats", "at least 80% of limit", "now"), "10")
    customer = seats(9).model_copy(update={"unavailable": (source,)})
    assert signals.signals(playbook, customer, MOMENTS[0])[0].truth == "unknown"


@pytest.mark.parametrize(
    ("at", "used", "truth"),
    [
        (datetime(2026, 11, 8, 12, tzinfo=UTC), 3, "true"),
        (datetime(2026, 11, 8, 11, 59, tzinfo=UTC), 3, "false"),
        (datetime(2026, 11, 16, tzinfo=UTC), 5, "true"),
        (datetime(2026, 11, 16, tzinfo=UTC), 4, "false"),
    ],
    ids=["a quarter is gone", "not quite a quarter", "half gone and half used", "half gone and less used"],
)  # fmt: skip
def test_pace_is_told_from_a_quarter_of_the_period_on(at: datetime, used: int, truth: str) -> None:
    playbook = company(row_of("calls", "on pace to pass the limit", "this period"), "10")
    reading = Reading(meter="calls", at=at, value=Decimal(used))
    customer = Customer(account=Account(plan="team"), usage=(reading,))
    assert signals.signals(playbook, customer, at)[0].truth == truth


def test_two_counts_must_both_hold() -> None:
    row = row_of("seats and calls", "at least 8", "now")
    found = signals.signals(company(row, "10"), seats(9), MOMENTS[0])[0]
    assert (found.truth, found.missing) == ("unknown", ("usage of calls",))
    assert signals.signals(company(row, "10"), seats(3), MOMENTS[0])[0].truth == "false"


def test_how_far_a_row_is_from_holding_is_told_in_its_own_unit() -> None:
    def off(holds: str, over: str = "now") -> tuple[Distance, ...]:
        playbook = company(row_of("seats", holds, over), "10")
        return signals.judged(Record(playbook, seats(5), MOMENTS[0]))[0].distances

    assert off("at least 80% of limit") == (Distance(figure=Decimal("3.0"), unit="seat"),)
    assert off("at most 2 left") == (Distance(figure=Decimal(3), unit="seat"),)
    assert off("more than 8") == (Distance(figure=Decimal(3), unit="seat"),)


def test_a_longer_window_than_any_calendar_is_no_accident() -> None:
    for over in ("the last 9,999,999 months", "each of the last 9,999,999 hours"):
        playbook = company(row_of("events: done", "at least 1", over), "10")
        customer = Customer(events=(Event(id="1", name="done", at=MOMENTS[0] - timedelta(days=1)),))
        assert signals.signals(playbook, customer, MOMENTS[0])[0].truth in ("true", "false")


def test_rows_are_compiled_once_for_a_playbook_and_never_serve_another() -> None:
    one = company(row_of("seats", "at least 8", "now"), "10")
    other = company(row_of("seats", "at least 9", "now"), "10")

    assert compiled(one) is compiled(one)
    assert signals.signals(one, seats(8), MOMENTS[0])[0].truth == "true"
    assert signals.signals(other, seats(8), MOMENTS[0])[0].truth == "false"


def signal(truth: str, milestone: str = "") -> Signal:
    return Signal.model_validate(
        {
            "key": "row", "truth": truth, "means": "ready", "offer": "team", "span": HERE,
            "figures": {"milestone": milestone} if milestone else {},
        }
    )  # fmt: skip


def fired_at(*told: tuple[str, str]) -> list[int]:
    """At which of these judgements the signal fires."""
    states: Any = {}
    at = []
    for n, (truth, milestone) in enumerate(told):
        changed = after(states, [signal(truth, milestone)])
        states = changed.states
        at += [n] * len(changed.fired)
    return at


def test_a_signal_fires_once_until_it_has_stopped_holding() -> None:
    told = [("true", ""), ("true", ""), ("unknown", ""), ("true", ""), ("false", ""), ("true", "")]
    assert fired_at(*told) == [0, 5]


def test_each_milestone_fires_once() -> None:
    told = [("true", "4"), ("true", "4"), ("true", "10"), ("unknown", ""), ("true", "10"), ("true", "1,000")]  # fmt: skip
    assert fired_at(*told) == [0, 2, 5]


def test_stopping_is_told_once_and_a_row_that_is_gone_is_resolved() -> None:
    holding = after({}, [signal("true")])
    stopped = after(holding.states, [signal("false")])

    assert stopped.resolved == ("row",)
    assert stopped.states == {"row": FRESH}
    assert after(stopped.states, [signal("false")]).resolved == ()
    assert after(holding.states, []).resolved == ("row",)


@given(st.lists(st.sampled_from(["true", "false", "unknown"]), max_size=30))
def test_it_fires_as_often_as_it_was_known_to_stop_and_one_time_more_at_most(
    told: list[str],
) -> None:
    known = [truth for truth in told if truth != "unknown"]
    starts = sum(t == "true" and (n == 0 or known[n - 1] == "false") for n, t in enumerate(known))
    assert len(fired_at(*((t, "") for t in told))) == starts
