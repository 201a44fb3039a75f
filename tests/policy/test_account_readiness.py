"""What is told of an account: figures that add up, the nearest first, limits with their source, and weeks against limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from skill.compiler.folder import Compiler
from skill.model.account import Customer
from skill.model.playbook import Playbook
from skill.model.readiness import AccountReadiness, SignalTold, Watched
from skill.model.rules import Threshold, Truth
from skill.policy.account.account_readiness import told
from skill.policy.account.watched import by_nearness, watched
from skill.policy.signals import readiness, signals
from skill.policy.signals.found import COMPARISONS, plain_figure, shown
from skill.policy.signals.record import Record
from skill.sample import find_person
from tests.policy import oracle
from tests.policy.test_thresholds import ALL, COMPANIES, MANY, company, row_of, worlds

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def account(
    plan: str | None = "starter", *, used: dict[str, Any] | None = None, **more: Any
) -> Customer:
    """An account with one reading of each meter, an hour old unless `hours` says otherwise."""
    hours = more.pop("hours", 1)
    beside = {
        name: more.pop(name) for name in ("facts", "events", "tickets", "history") if name in more
    }
    at = NOW - timedelta(hours=hours)
    usage = [{"meter": m, "at": at, "value": str(v)} for m, v in (used or {}).items()]
    said = {"id": "acc_1", "plan": plan, **more}
    return Customer.model_validate({"account": said, "usage": usage, **beside})


def signal(playbook: Playbook, customer: Customer, key: str) -> SignalTold:
    return next(s for s in told(playbook, customer, NOW).signals if s.key == key)


# Figures that add up, for every form of a threshold.

Told = Callable[[Playbook, Customer, datetime], AccountReadiness]


def bar_of(row: Threshold, world: oracle.World) -> Decimal | None:
    """The figure that a value must reach, made from the made-up world alone; None where there is none."""
    figure = plain_figure(row.holds)
    if row.holds.op in COMPARISONS:
        return figure
    whole = world.commit if row.holds.op.endswith("commit") else world.limit
    if whole in (None, 0, "0", "unknown", "unlimited"):
        return None
    limit = Decimal(whole)  # type: ignore[arg-type]
    return limit - figure if row.holds.op == "at_most_left" else figure * limit


def adds_up(tell: Told, world: oracle.World) -> None:
    """Of every level: the value is on the side of its bar that the verdict says, and as far off as is told."""
    rows = {row.key: row for row in UNLIKE}
    for one in tell(UNLIKE_IN[world.limit], world.customer, world.now).signals:
        row = rows[one.key]
        bar = bar_of(row, world)
        if one.truth is Truth.UNKNOWN:
            assert one.missing, one
            continue
        if bar is None or row.window.kind in ("each", "sustained"):
            continue
        compare = COMPARISONS.get(row.holds.op, COMPARISONS["at_least"])
        assert isinstance(one.value, Decimal), one
        assert compare(one.value, bar) is (one.truth is Truth.TRUE), one
        if one.truth is Truth.FALSE:
            assert one.distance is not None
            assert one.distance.figure == abs(bar - one.value), one


LEVELS = (*COMPARISONS, "at_least_percent_of_limit", "at_least_percent_of_commit", "at_most_left")
UNLIKE = tuple(
    row.model_copy(update={"key": f"row-{n}"})
    for n, row in enumerate(row for row in ALL if row.holds.op in LEVELS)
)
"""Every level over every window, each with a key of its own."""
UNLIKE_IN = {
    limit: playbook.model_copy(update={"thresholds": UNLIKE, "version": f"unlike {limit}"})
    for limit, playbook in COMPANIES.items()
}


@settings(MANY, max_examples=12)
@given(worlds())
def test_value_distance_and_verdict_add_up_for_every_level_and_window(world: oracle.World) -> None:
    adds_up(told, world)


def newest_always(playbook: Playbook, customer: Customer, now: datetime) -> AccountReadiness:
    """What a quick implementation does: whatever the window, the newest reading is shown."""
    found = told(playbook, customer, now)
    record = Record(playbook, customer, now)
    naive = tuple(
        s.model_copy(update={"value": record.course(s.counts).newest})
        if s.value is not None and s.counts in playbook.meters
        else s
        for s in found.signals
    )
    return found.model_copy(update={"signals": naive})


def test_the_check_finds_a_naive_implementation_out() -> None:
    @settings(MANY, max_examples=150, database=None, phases=[Phase.generate])
    @given(worlds())
    def checked(world: oracle.World) -> None:
        adds_up(newest_always, world)

    with pytest.raises(AssertionError):
        checked()


def is_counted_up(row: Threshold) -> bool:
    """Whether what was used in the window is compared, and not the newest reading, which wording tells."""
    resets = row.counts[0].what == "meter" and row.counts[0].name == "calls"
    return resets and row.holds.op in COMPARISONS and row.window.kind in ("last", "each")


@settings(MANY, max_examples=12)
@given(worlds())
def test_what_holds_is_told_with_the_figure_that_its_wording_shows(world: oracle.World) -> None:
    rows = [row.model_copy(update={"key": f"row-{n}"}) for n, row in enumerate(ALL)]
    playbook = COMPANIES[world.limit].model_copy(
        update={"thresholds": tuple(rows), "version": f"all of {world.limit}"}
    )
    found = {s.key: s for s in told(playbook, world.customer, world.now).signals}
    assert len(found) == len(rows)
    for row, plain in zip(rows, signals.signals(playbook, world.customer, world.now), strict=True):
        one = found[row.key]
        assert one.truth is plain.truth
        if one.truth is Truth.TRUE and not is_counted_up(row):
            assert isinstance(one.value, Decimal)
            assert shown(one.value) == plain.figures["value"], one


# The list.


def test_the_order_is_what_holds_then_what_is_unknown_then_the_nearest(fernway: Playbook) -> None:
    customer = account(used={"seats": 9, "reports": 7, "dashboards": 1})
    found = told(fernway, customer, NOW).signals
    kinds = [one.truth for one in found]
    assert kinds == sorted(kinds, key=[Truth.TRUE, Truth.UNKNOWN, Truth.FALSE].index)
    assert found[0].key == "seats-almost-full"
    assert [one.key for one in found if one.truth is Truth.FALSE] == ["reports-almost-full"]


def test_of_two_false_rows_the_one_with_less_of_its_way_to_go_stands_first(
    fernway: Playbook,
) -> None:
    def first(seats: int, reports: int) -> str:
        found = told(fernway, account(used={"seats": seats, "reports": reports}), NOW).signals
        return next(one.key for one in found if one.truth is Truth.FALSE)

    assert first(7, 3) == "seats-almost-full"
    assert first(3, 8) == "reports-almost-full"


def test_a_row_that_use_alone_does_not_bring_to_hold_stands_last(fernway: Playbook) -> None:
    views = [{"id": "1", "name": "view", "at": NOW - timedelta(hours=1), "properties": {"page": "pricing"}}]  # fmt: skip
    customer = account(events=views, traits={"touch": "high"})
    found = told(fernway, customer, NOW).signals
    assert (found[-1].key, found[-1].in_audience) == ("pricing-views", Truth.FALSE)


def test_every_signal_names_the_line_of_its_row(fernway: Playbook) -> None:
    lines = (ROOT / "topics" / "usage-thresholds.md").read_text("utf-8").splitlines()
    found = told(fernway, account(), NOW).signals
    assert len(found) == len(fernway.thresholds)
    for one in found:
        assert one.topic == "usage-thresholds.md"
        cells = [cell.strip() for cell in lines[one.line - 1].strip("|").split("|")]
        assert cells[:4] == [one.name, one.counts, one.holds_when, one.window]


def test_the_verdicts_are_those_of_the_policy_for_every_account_of_the_sample(
    fernway: Playbook,
) -> None:
    for name in ("ada", "cleo", "dora", "gia"):
        customer = find_person(name, NOW)
        found = told(fernway, customer, NOW)
        nobody = customer.model_copy(update={"person": Customer().person})
        plain = signals.signals(fernway, nobody, NOW, signals.moments(Record(fernway, nobody, NOW)))
        assert {one.key: one.truth for one in found.signals} == {s.key: s.truth for s in plain}
        ready = readiness.of_account(plain)
        assert (found.upsell_readiness == "ready") == (ready is Truth.TRUE)
        assert (found.upsell_readiness == "unknown") == (ready is Truth.UNKNOWN)


def test_nobody_asks_so_no_person_s_role_has_a_say(fernway: Playbook) -> None:
    row = fernway.thresholds[1].model_copy(update={"audience": "admins"})
    playbook = fernway.model_copy(update={"thresholds": (row,), "version": "one row"})
    customer = account(used={"seats": 9})
    admin = customer.model_copy(update={"person": find_person("ada", NOW).person})
    (found,) = told(playbook, admin, NOW).signals
    assert (found.truth, found.in_audience, found.missing) == ("unknown", "unknown", ("role",))
    assert told(playbook, admin, NOW) == told(playbook, customer, NOW)


def test_a_warming_account_that_may_be_ready_for_all_we_know_is_unknown(fernway: Playbook) -> None:
    whole = find_person("ada", NOW)
    assert told(fernway, whole, NOW).upsell_readiness == "warming"
    unread = whole.model_copy(update={"usage": ()})
    assert told(fernway, unread, NOW).upsell_readiness == "unknown"


# Limits.


@pytest.mark.parametrize(
    ("used", "truth", "share", "off"),
    [
        (7, "false", "0.7000", "1.0"),
        (8, "true", "0.8000", None),
        (9, "true", "0.9000", None),
        (10, "true", "1.0000", None),
        (11, "true", "1.1000", None),
        (0, "false", "0.0000", "8.0"),
    ],
)
def test_on_and_around_the_limit(
    fernway: Playbook, used: int, truth: str, share: str, off: str | None
) -> None:
    found = signal(fernway, account(used={"seats": used}), "seats-almost-full")
    body = found.model_dump(mode="json")
    assert (body["truth"], body["value"], body["share"]) == (truth, str(used), share)
    assert (body["distance"] or {}).get("figure") == off
    assert body["limit"]["value"] == "10"


@pytest.mark.parametrize(
    ("more", "value", "source", "names"),
    [
        ({}, "10", "plan", ("Starter",)),
        ({"limits": {"seats": 12}}, "12", "override", ()),
        ({"bundles": ["extra-seats"] * 3}, "13", "plan and add-on", ("Starter", "Extra Seats")),
        ({"grants": ["extra-seats"]}, "11", "plan and grant", ("Starter", "Extra Seats")),
        ({"grants": ["team"]}, "25", "grant", ("Team",)),
        (
            {"bundles": ["extra-seats"], "grants": ["extra-seats"]},
            "11",
            "plan and add-on",
            ("Starter", "Extra Seats"),
        ),
        ({"limits": {"seats": "unlimited"}}, "unlimited", "override", ()),
        ({"limits": {"seats": 0}}, "0", "override", ()),
    ],
)
def test_a_limit_is_told_with_what_gives_it(
    fernway: Playbook, more: dict[str, Any], value: str, source: str, names: tuple[str, ...]
) -> None:
    limit = signal(fernway, account(used={"seats": 5}, **more), "seats-almost-full").limit
    assert limit is not None
    assert (str(limit.value), limit.source, limit.names) == (value, source, names)


@pytest.mark.parametrize("limit", [0, "unlimited"])
def test_where_there_is_nothing_to_reach_no_share_and_no_distance_is_told(
    fernway: Playbook, limit: int | str
) -> None:
    found = signal(fernway, account(used={"seats": 5}, limits={"seats": limit}), "seats-almost-full")  # fmt: skip
    assert (found.truth, found.value) == (Truth.FALSE, 5)
    assert (found.share, found.distance) == (None, None)


def test_a_stale_reading_is_told_as_such_and_not_as_a_value(fernway: Playbook) -> None:
    found = signal(fernway, account(used={"seats": 9}, hours=37), "seats-almost-full")
    assert (found.truth, found.value, found.stale) == (Truth.UNKNOWN, None, True)
    assert found.as_of == NOW - timedelta(hours=37)
    assert found.missing == ("usage of seats",)


def test_an_account_without_any_usage_is_unknown_and_never_a_zero(fernway: Playbook) -> None:
    found = told(fernway, account(), NOW)
    assert found.upsell_readiness == "unknown"
    for one in found.signals:
        assert (one.truth, one.value, one.as_of, one.stale) == (Truth.UNKNOWN, None, None, False)


def test_a_count_of_none_is_as_old_as_the_last_that_was_heard(fernway: Playbook) -> None:
    heard = NOW - timedelta(hours=5)
    customer = account(events=[{"id": "1", "name": "other", "at": heard}])
    found = signal(fernway, customer, "asked-for-export")
    assert (found.value, found.unit, found.as_of) == (0, "times", heard)
    long_ago = {"id": "2", "name": "attempt", "at": NOW - timedelta(days=5), "properties": {"feature": "salesforce-export"}}  # fmt: skip
    before = account(events=[{"id": "1", "name": "other", "at": heard}, long_ago])
    again = signal(fernway, before, "asked-for-export")
    assert (again.value, again.as_of) == (0, heard)


def test_a_pace_is_told_whether_or_not_it_passes_the_limit(fernway: Playbook) -> None:
    slow = signal(fernway, account(used={"runs": 2_000}), "runs-on-pace")
    fast = signal(fernway, account(used={"runs": 4_000}), "runs-on-pace")
    assert (slow.truth, slow.projected, slow.projected_day) == (Truth.FALSE, 2_951, None)
    assert slow.distance is not None
    assert slow.distance.figure.to_integral_value() == 5_000 - 2_951
    assert (fast.truth, fast.projected_day) == (Truth.TRUE, date(2026, 11, 26))


def test_growth_is_told_even_where_it_is_not_enough() -> None:
    playbook = company(row_of("seats", "grew by at least 5", "the last 7 days"), "10")
    readings = [(8, 4), (1, 6)]
    usage = [{"meter": "seats", "at": NOW - timedelta(days=d), "value": v} for d, v in readings]
    customer = Customer.model_validate({"account": {"plan": "team"}, "usage": usage})
    (found,) = told(playbook, customer, NOW).signals
    assert (found.value, found.truth) == (6, Truth.FALSE)
    assert found.grown is not None
    assert found.distance is not None
    assert (found.grown.figure, found.distance.figure, found.grown.unit) == (2, 3, "seat")


def test_a_row_of_two_counts_tells_of_the_one_that_decides_and_of_the_other_beside() -> None:
    playbook = company(row_of("seats and calls", "at least 8", "now"), "10")
    usage = [{"meter": m, "at": NOW, "value": v} for m, v in (("seats", 9), ("calls", 5))]
    customer = Customer.model_validate({"account": {"plan": "team"}, "usage": usage})
    (found,) = told(playbook, customer, NOW).signals
    assert (found.counts, found.value, found.truth) == ("calls", 5, Truth.FALSE)
    assert [(b.counts, b.value, b.truth) for b in found.beside] == [("seats", 9, Truth.TRUE)]


def test_what_holds_offers_back_is_told_with_its_place(fernway: Playbook) -> None:
    tickets = [{"id": "t1", "opened_at": NOW - timedelta(days=1)}]
    found = told(fernway, account(tickets=tickets, traits={"segment": "enterprise"}), NOW)
    said = {one.because: one.topic for one in found.held_back}
    assert said["Open support ticket"] == "restraint.md"
    assert said["the play `A person helps large accounts` holds offers back"] == "expansion-playbooks.md"  # fmt: skip


def test_an_offer_that_was_shown_lately_holds_back_what_nobody_asked_for(fernway: Playbook) -> None:
    history = [{"kind": "impression", "offer": "team", "at": NOW - timedelta(days=2)}]
    found = told(fernway, account(history=history), NOW)
    until = {one.because: one.until for one in found.held_back}
    assert until["Any offer was shown"] == NOW + timedelta(days=5)


def test_the_journey_is_told_with_what_is_still_to_go(fernway: Playbook) -> None:
    at = NOW.isoformat()
    customer = account(facts=[{"name": "successful_runs", "value": 1, "as_of": at}])
    first, *_ = told(fernway, customer, NOW).journey
    assert (first.key, first.truth) == ("first-win", Truth.FALSE)
    assert first.measured is not None
    assert first.measured.distance is not None
    assert (first.measured.value, first.measured.distance.figure) == (1, 2)


def test_huge_figures_are_told_and_not_refused(fernway: Playbook) -> None:
    found = told(fernway, account(used={"seats": "9" * 29, "runs": "9" * 29}), NOW)
    body = next(s for s in found.model_dump(mode="json")["signals"] if s["key"] == "seats-almost-full")  # fmt: skip
    assert body["value"] == "9" * 29
    assert watched(fernway, account(used={"seats": "9" * 29, "runs": "9" * 29}), NOW)


# Accounts against their limits.


def course(meter: str, *readings: tuple[float, int], plan: str = "starter") -> Customer:
    """Readings as days ago and value."""
    usage = [{"meter": meter, "at": NOW - timedelta(days=d), "value": v} for d, v in readings]
    return Customer.model_validate({"account": {"id": "acc_1", "plan": plan}, "usage": usage})


def row_for(
    fernway: Playbook, customer: Customer, meter: str, weeks: int = 4, now: datetime = NOW
) -> Watched:
    found = watched(fernway, customer, now, weeks=weeks)
    return next(row for row in found if row.meter == meter)


def test_each_week_is_told_by_itself(fernway: Playbook) -> None:
    customer = course("seats", (28, 1), (21, 2), (14, 4), (7, 3), (0, 8))
    assert row_for(fernway, customer, "seats").changes == (5, -1, 2, 1)
    assert row_for(fernway, customer, "seats", weeks=1).changes == (5,)


def test_a_meter_that_begins_again_is_told_by_what_was_used_in_the_week(fernway: Playbook) -> None:
    after_reset = datetime(2026, 12, 3, tzinfo=UTC)
    readings = [(datetime(2026, 11, 26, tzinfo=UTC), 900), (datetime(2026, 11, 30, 23, tzinfo=UTC), 1_000), (after_reset, 50)]  # fmt: skip
    usage = [{"meter": "runs", "at": at, "value": v} for at, v in readings]
    customer = Customer.model_validate({"account": {"plan": "starter"}, "usage": usage})
    assert row_for(fernway, customer, "runs", now=after_reset).changes[0] == 150


def test_a_week_that_was_not_read_at_its_start_or_end_is_unknown(fernway: Playbook) -> None:
    gap = course("seats", (28, 1), (14, 4), (0, 8))
    assert row_for(fernway, gap, "seats").changes == (None, None, None, None)
    stale = course("seats", (14, 4), (7, 6), (3, 8))
    assert row_for(fernway, stale, "seats").changes == (None, 2, None, None)


def test_the_nearest_to_its_limit_stands_first_and_what_nobody_can_say_last(
    fernway: Playbook,
) -> None:
    customer = account(used={"seats": 9, "reports": 10, "dashboards": 1}, limits={"dashboards": 0})
    rows = by_nearness(watched(fernway, customer, NOW))
    assert [row.meter for row in rows][:3] == ["reports", "seats", "dashboards"]
    assert [row.share for row in rows][:3] == [1, Decimal("0.9"), None]
    assert all(row.used is None for row in rows[3:])


def test_what_is_unlimited_or_has_no_limit_stands_in_no_row(fernway: Playbook) -> None:
    meters = {row.meter for row in watched(fernway, account("team"), NOW)}
    assert "reports" not in meters
    assert watched(fernway, account(None), NOW) == ()


def test_stale_and_never_read_are_told_apart(fernway: Playbook) -> None:
    stale = row_for(fernway, course("seats", (3, 8)), "seats")
    assert (stale.used, stale.stale, stale.share) == (None, True, None)
    never = row_for(fernway, course("seats"), "seats")
    assert (never.used, never.stale, never.as_of) == (None, False, None)


def test_the_same_topics_and_account_give_the_same_bytes() -> None:
    compiled = Compiler().compile_folder(ROOT / "topics", NOW.date())
    again = Compiler().compile_folder(ROOT / "topics", NOW.date())
    customer = find_person("ada", NOW)
    one = told(compiled.playbook, customer, NOW).model_dump_json()
    assert one == told(again.playbook, customer, NOW).model_dump_json()
