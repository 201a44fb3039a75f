"""Every file of tests/cases/costs: what is sold and one account in, what it pays now and would pay then out; and the laws of it."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.compiler.folder import Compiler
from skill.model.account import Customer
from skill.model.common import slug
from skill.model.money import Price, PriceKind, Tier, decimals
from skill.model.playbook import Playbook
from skill.model.preview import Compared, Cost, CostPreview
from skill.model.topic import Span
from skill.policy.prices.charges import charged, coins
from skill.policy.prices.cost_proof import faults
from skill.policy.prices.costs import expected_of
from skill.policy.prices.proration import Period, period_of, shares
from tests.policy.customers import customers

HERE = Path(__file__).parents[1] / "cases" / "costs"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SAMPLE = {
    p.name: p.read_text("utf-8") for p in sorted(Path(__file__).parents[2].glob("topics/*.md"))
}
COMPANY = {p.name: p.read_text("utf-8") for p in sorted((HERE / "topics").glob("*.md"))}
FILES = {p.stem: yaml.safe_load(p.read_text("utf-8")) for p in sorted(HERE.glob("*.yaml"))}
CASES = [
    pytest.param(file["sold"], one, id=f"{name}: {one['says']}")
    for name, file in FILES.items()
    for one in file["accounts"]
]


def sold_topic(sold: dict[str, dict[str, Any]]) -> str:
    """What a case sells, as a Topic."""
    out = "---\nkind: product-bundles\nowner: pricing@harbour.example\nreview_by: 2030-12-31\n---\n# What Harbour sells\n"
    for name, fields in sold.items():
        rows = {"Unlocks": "Boards", **fields}
        out += f"\n## {name}\n\n| Field | Value |\n|---|---|\n"
        for field, value in rows.items():
            for one in value if isinstance(value, list) else [value]:
                out += f"| {field} | {one} |\n"
    return out


@cache
def playbook_of(topic: str) -> Playbook:
    made = Compiler().compile_sources({**COMPANY, "product-bundles.md": topic}, NOW.date())
    wrong = [f"{d.span}: {d.message}" for d in made.diagnostics if d.severity == "error"]
    assert wrong == []
    return made.playbook


def company(sold: dict[str, dict[str, Any]]) -> Playbook:
    return playbook_of(sold_topic(sold))


def now_of(one: dict[str, Any]) -> datetime:
    at = one.get("now", NOW)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def customer(one: dict[str, Any]) -> Customer:
    now = now_of(one)
    told = [
        {"meter": meter, "at": at, "value": value}
        for meter, said in one.get("usage", {}).items()
        for at, value in (said if isinstance(said, dict) else {now: said}).items()
    ]
    traits = {k: str(v) if isinstance(v, date) else v for k, v in one.get("traits", {}).items()}
    names = ("plan", "bundles", "grants", "limits", "region", "currency")
    account = {k: one[k] for k in names if k in one} | {"traits": traits}
    return Customer.model_validate({"account": account, "usage": told})


def steps(one: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    offer = one["offer"]
    pairs = [[offer, 1]] if isinstance(offer, str) else offer
    pairs = pairs if isinstance(pairs[0], list) else [pairs]
    return tuple((slug(name), n) for name, n in pairs)


def preview(sold: dict[str, dict[str, Any]], one: dict[str, Any]) -> CostPreview:
    return expected_of(company(sold), customer(one), steps(one), now_of(one))


def lines(cost: Cost) -> list[str]:
    return [f"{x.units:f} of {x.text}: {x.amount}" for x in cost.lines if x.what != "once"]


def told(value: Any) -> str:
    return "unknown" if value is None else str(value)


def found(one: CostPreview) -> Iterator[tuple[str, Any]]:
    """What a case may expect, by its name there."""
    now = one.now
    yield from {"now": told(now.now.month), "then": told(now.then.month)}.items()
    yield from {"difference": told(now.difference), "cheaper": told(now.cheaper)}.items()
    yield from {"missing_now": [*now.now.missing], "missing_then": [*now.then.missing]}.items()
    yield from {"refused_now": [*now.now.refused], "lines_now": lines(now.now)}.items()
    yield from {"lines_then": lines(now.then), "once": told(one.once), "tax": one.tax}.items()
    yield from {"own_terms": one.own_terms, "fresh": one.fresh, "currency": one.currency}.items()
    yield "break_even", {b.meter.replace("-", "_"): int(b.at) for b in one.break_even}
    later: Compared | None = next((c for c in one.compared if c.use == "projected"), None)
    yield "projected_now", told(later.now.month) if later else "none"
    yield "projected_then", told(later.then.month) if later else "none"
    yield "projected_cheaper", told(later.cheaper) if later else "none"
    first = one.first_period
    days = (first.start, first.end, first.days, first.of_days) if first else ()
    yield "first", [*days, str(first.whole), str(first.amount)] if first else "none"


@pytest.mark.parametrize(("sold", "one"), CASES)
def test_a_case_comes_out_as_it_says(sold: dict[str, Any], one: dict[str, Any]) -> None:
    wanted = dict(one["expect"])
    if isinstance(wanted.get("first"), list):
        wanted["first"] = [str(x) if isinstance(x, date) else x for x in wanted["first"]]
    came = dict(found(preview(sold, one)))
    assert {k: came[k] for k in wanted} == wanted


@pytest.mark.parametrize(("sold", "one"), CASES)
def test_every_preview_is_proven_from_its_own_facts(sold: dict[str, Any], one: dict[str, Any]) -> None:  # fmt: skip
    body = preview(sold, one).model_dump(mode="json")
    assert list(faults(company(sold), body)) == []


FIGURES = ("month", "difference", "amount", "at", "whole", "once")


def forged(value: Any) -> Iterator[Any]:
    """The same body with one figure more by a cent, each in turn."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key in FIGURES and isinstance(part, str):
                yield {**value, key: str(Decimal(part) + Decimal("0.01"))}
            yield from ({**value, key: other} for other in forged(part))
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from ([*value[:i], other, *value[i + 1 :]] for other in forged(part))


@pytest.mark.parametrize(("sold", "one"), CASES)
def test_a_figure_that_was_changed_by_a_cent_is_not_proven(sold: dict[str, Any], one: dict[str, Any]) -> None:  # fmt: skip
    body = preview(sold, one).model_dump(mode="json")
    assert all(list(faults(company(sold), other)) for other in forged(body))


def test_what_is_no_preview_at_all_is_a_fault_and_no_crash() -> None:
    sold = FILES["yearly"]["sold"]
    body = preview(sold, FILES["yearly"]["accounts"][0]).model_dump(mode="json")
    for wrong in ({}, {**body, "as_of": "soon"}, {**body, "steps": [["nothing", 1]]}, {**body, "steps": []}, {**body, "more": 1}, {**body, "grounds": [{"name": "x.y", "value": "1", "source": "?"}]}):  # fmt: skip
        assert list(faults(company(sold), wrong))


def test_who_can_buy_who_is_billed_and_how_it_is_undone_are_said_for_each_step() -> None:
    plan = {"Sold as": "plan", "Price": "EUR 20 per month", "Who can buy": "admin", "Billed to": "admin", "How to undo": "move back"}  # fmt: skip
    sold = {"Starter": plan, "Pack": {"Sold as": "add-on", "Price": "EUR 9 per month"}}
    made = preview(sold, {"plan": None, "offer": [["Starter", 1], ["Pack", 1]]})
    assert [t.bundle for t in made.terms] == ["starter", "pack"]
    assert made.terms[0].who_can_buy == ("admin",)
    assert (made.terms[0].billed_to, made.terms[0].how_to_undo) == ("admin", "move back")
    assert made.terms[0].source == "product-bundles.md:8"
    assert made.terms[1].who_can_buy == ()


def test_a_preview_rests_on_what_the_answer_tells_and_is_about_its_offer() -> None:
    file = FILES["overage-against-upgrade"]
    body = preview(file["sold"], file["accounts"][1]).model_dump(mode="json")
    book = company(file["sold"])
    fact = {"name": "usage.api-calls", "value": "60,000", "as_of": "2026-11-21T09:00:00Z"}
    plan = {"name": "plan", "value": "Starter", "as_of": None}
    assert list(faults(book, body, facts=[fact, plan], offer={"id": "team", "quantity": 1})) == []
    assert list(faults(book, body, facts=[{**fact, "value": "61,000"}]))
    assert list(faults(book, body, facts=[{**plan, "value": "Team"}]))
    assert list(faults(book, body, offer={"id": "starter", "quantity": 1}))
    assert list(faults(book, body, offer={"id": "team", "quantity": 2}))


# -- laws ------------------------------------------------------------------------------------------------

MONEY = st.integers(0, 10**7).map(lambda n: Decimal(n).scaleb(-4))
UNITS = st.integers(0, 10**6)
HERE_SPAN = Span(file="product-bundles.md", line=1, end_line=1)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    ends = sorted(draw(st.sets(st.integers(1, 10**5), max_size=3)))
    return Price(
        kind=PriceKind.FIXED,
        currency="EUR",
        amount=draw(MONEY),
        tiers=tuple(Tier(until=Decimal(end), amount=draw(MONEY)) for end in ends),
        first_free=None if ends else draw(st.none() | st.integers(1, 9000).map(Decimal)),
        at_least=draw(st.none() | st.integers(1, 50).map(Decimal)),
        each=None if ends else draw(st.none() | st.integers(1, 5000).map(Decimal)),
        text="",
        span=HERE_SPAN,
    )


@given(prices(), UNITS, UNITS)
def test_more_use_never_costs_less(price: Price, a: int, b: int) -> None:
    less, more = sorted((a, b))
    low, high = charged(price, Fraction(less)), charged(price, Fraction(more))
    assert low is not None
    assert high is not None
    assert 0 <= low <= high


@given(prices(), st.integers(0, 300))
def test_a_price_is_what_counting_unit_by_unit_comes_to(price: Price, units: int) -> None:
    assert price.amount is not None
    total, counted = Fraction(0), max(units, int(price.at_least or 0))
    for n in range(1, counted + 1):
        rate = next((t.amount for t in price.tiers if n <= t.until), None)
        if rate is None:
            free = price.first_free is not None and n <= price.first_free
            rate = Decimal(0) if free else price.amount
            total += Fraction(rate) / Fraction(price.each or 1)
        else:
            total += Fraction(rate)
    assert charged(price, Fraction(units)) == total


def plans(low: int, high: int, included: int, more: int, rate: int, later: int) -> dict[str, Any]:
    """Two plans: the dearer one has more calls in it."""
    return {
        "Small": {"Sold as": "plan", "Price": f"EUR {low} per month", "Limits": f"api_calls: {included} per month", "Overage": f"EUR {Decimal(rate).scaleb(-3):f} per api_call"},
        "Big": {"Sold as": "plan", "Price": f"EUR {high} per month", "Limits": f"api_calls: {included + more} per month", "Overage": f"EUR {Decimal(later).scaleb(-3):f} per api_call"},
    }  # fmt: skip


def added(book: Playbook, calls: int) -> tuple[Cost, Cost, Decimal]:
    one = {"plan": "Small", "usage": {"api_calls": calls}}
    made = expected_of(book, customer(one), (("big", 1),), NOW).now
    assert made.difference is not None
    return made.now, made.then, made.difference


PLANS = st.builds(plans, st.integers(0, 50), st.integers(51, 400), st.integers(0, 900), st.integers(1, 9000), st.integers(1, 90).filter(lambda n: n % 10), st.integers(1, 90).filter(lambda n: n % 10))  # fmt: skip


@given(PLANS)
def test_at_the_break_even_both_are_equal_and_a_unit_before_staying_is_cheaper(sold: dict[str, Any]) -> None:  # fmt: skip
    book = company(sold)
    one = {"plan": "Small", "usage": {"api_calls": 1}}
    made = expected_of(book, customer(one), (("big", 1),), NOW)
    if not made.break_even:
        for calls in (0, 1000, 10_000, 10**6, 10**9):  # staying is the cheaper one for ever
            assert added(book, calls)[2] > 0
        return
    (found,) = made.break_even
    at = int(found.at)
    assert added(book, at)[2] <= 0
    assert added(book, at)[2] > Decimal("-0.10")  # a unit costs less than ten cents
    assert added(book, at - 1)[2] >= 0
    assert added(book, at - 20)[2] > 0
    if found.exact:
        assert added(book, at)[2] == 0
    if found.until is not None:
        assert added(book, int(found.until) + 20)[2] > 0


@given(PLANS, UNITS, UNITS)
def test_a_bill_is_never_smaller_at_more_use_and_is_the_sum_of_its_lines(sold: dict[str, Any], a: int, b: int) -> None:  # fmt: skip
    book = company(sold)
    less, more = (added(book, n) for n in sorted((a, b)))
    for low, high in zip(less[:2], more[:2], strict=True):
        assert low.month is not None
        assert high.month is not None
        assert low.month <= high.month
        assert sum((x.amount for x in high.lines), Decimal(0)) == high.month
    assert more[1].month - more[0].month == more[2]  # type: ignore[operator]


DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
AMOUNTS = st.fractions(min_value=0, max_value=10**6, max_denominator=10**4)


@given(DAYS, st.integers(1, 31), AMOUNTS, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_the_parts_of_a_period_sum_to_the_whole(today: date, day: int, whole: Fraction, currency: str) -> None:  # fmt: skip
    period = period_of("month", today, day=day)
    assert period is not None
    gone, left = shares(whole, period, today, currency)
    assert gone + left == coins(whole, currency)
    assert left >= 0
    assert abs(Fraction(left) - whole * period.left(today) / period.n_days) <= Fraction(1, 2 * 10 ** decimals(currency))  # fmt: skip


@given(DAYS, st.integers(1, 31))
def test_every_day_is_in_exactly_one_billing_period(today: date, day: int) -> None:
    period = period_of("month", today, day=day)
    assert period is not None
    assert period.start <= today < period.end
    assert 28 <= period.n_days <= 31
    following = period_of("month", period.end, day=day)
    before = period_of("month", period.start - timedelta(days=1), day=day)
    assert following is not None
    assert before is not None
    assert (before.end, following.start) == (period.start, period.end)


@given(DAYS, st.integers(1, 31))
def test_the_next_renewal_alone_gives_the_same_period_or_none(today: date, day: int) -> None:
    known = period_of("month", today, day=day)
    assert known is not None
    assert period_of("month", today, renewal=known.end) in (None, known)
    assert period_of("month", today, day=day, renewal=known.end) == known
    assert period_of("month", today, day=day, renewal=known.end + timedelta(days=1)) is None


def test_each_day_of_a_period_costs_the_same_or_a_coin_more() -> None:
    period = Period(date(2027, 2, 1), date(2027, 3, 1))
    days = [period.start + timedelta(days=n) for n in range(period.n_days)]
    left = [shares(Fraction(10), period, day, "EUR")[1] for day in days]
    assert left[0] == Decimal("10.00")
    assert left == sorted(left, reverse=True)
    assert {a - b for a, b in itertools.pairwise(left)} <= {
        Decimal("0.35"),
        Decimal("0.36"),
    }


def test_coins_round_halves_away_from_zero_in_every_currency() -> None:
    half = Fraction(1, 2)
    assert coins(half, "JPY") == Decimal(1)
    assert coins(-half, "JPY") == Decimal(-1)
    assert str(coins(Fraction(1225, 100000), "KWD")) == "0.012"
    assert str(coins(Fraction(1225, 1000), "EUR")) == "1.23"
    assert str(coins(Fraction(0), "EUR")) == "0.00"


FERNWAY = Compiler().compile_sources(SAMPLE, NOW.date()).playbook
BUNDLES = sorted(FERNWAY.bundles)
TOLD = {"billing": ["monthly", "yearly", "weekly"], "billing-zone": ["Europe/Berlin", "UTC", "?"], "billing-day": [1, 31, 0, 1.5], "next-renewal": ["2026-12-01", "soon"], "grandfathered": [True, False]}  # fmt: skip
BOUGHT = st.lists(st.tuples(st.sampled_from(BUNDLES), st.integers(1, 12)), min_size=1, max_size=2)


@given(customers(FERNWAY, NOW), BOUGHT, st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in TOLD.items()}))  # fmt: skip
@settings(max_examples=300)
def test_whatever_is_known_of_an_account_its_costs_are_proven_or_unknown(who: Customer, bought: list[tuple[str, int]], told: dict[str, Any]) -> None:  # fmt: skip
    traits = {**who.account.traits, **told}
    who = who.model_copy(update={"account": who.account.model_copy(update={"traits": traits})})
    made = expected_of(FERNWAY, who, tuple(bought), NOW)
    assert list(faults(FERNWAY, made.model_dump(mode="json"))) == []
    for one in made.compared:
        for cost in (one.now, one.then):
            assert (cost.month is None) == bool(cost.missing)
        if one.now.month is not None and one.then.month is not None:
            assert one.difference == one.then.month - one.now.month
        assert not (made.own_terms and who.account.plan and one.now.month is not None)


@pytest.mark.parametrize("room", ["charges", "bills", "costs", "break_even", "proration", "paid_for", "first_period", "grounds", "pricing", "cost_proof"])  # fmt: skip
def test_no_room_of_prices_computes_with_floats(room: str) -> None:
    source = (
        Path(__file__)
        .parents[2]
        .joinpath("skill", "policy", "prices", f"{room}.py")
        .read_text("utf-8")
    )
    for node in ast.walk(ast.parse(source)):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        assert not (called and node.func.id == "float")  # type: ignore[attr-defined]
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))
