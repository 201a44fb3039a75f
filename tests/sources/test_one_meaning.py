"""A rule means the same for one account and in a sweep: every form on every engine, over made-up accounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

import pytest

from evals.proof import one_meaning, sweep_worlds
from evals.proof.one_meaning import Compiled, Figures, compiled, run
from evals.proof.sweep_backends import ENGINES
from evals.proof.sweep_company import ROWS, company
from evals.proof.sweep_worlds import MOMENTS, World, rows_of
from skill.model.account import Account, Customer, Event, Fact, Reading
from skill.model.common import slug
from skill.model.playbook import Playbook
from skill.sources.warehouse.dialects import Told, carried
from skill.sources.warehouse.statement import statement
from tests.policy import test_thresholds
from tests.store.conftest import POSTGRES, no_server

NOW = MOMENTS[0]
DAY = timedelta(days=1)
NAMES = [name for name in ENGINES if name != "spark"]
"""Spark is asked in the proof."""


@pytest.fixture(params=NAMES)
def engine(request: pytest.FixtureRequest) -> str:
    """An engine that runs here."""
    name: str = request.param
    if name == "duckdb" and find_spec("duckdb") is None:
        pytest.skip("DuckDB is not installed: the extra `parquet`")
    if name.startswith("postgres"):
        psycopg = pytest.importorskip("psycopg")
        try:
            psycopg.connect(POSTGRES, connect_timeout=3).close()
        except psycopg.OperationalError as error:
            no_server(f"no PostgreSQL at TACTFUL_TEST_POSTGRES_URL: {error}")
    return name


def swept(engine: str, playbook: Playbook, *some: Customer, now: datetime = NOW) -> list[Any]:
    """What an engine says of these accounts, row by row; the policy must say the same."""
    world = World(now, some, rows_of(some, playbook, now))
    with ENGINES[engine]() as backend:
        backend.load(world)
        found = one_meaning.Asking(playbook).swept(backend, now)
    assert found == one_meaning.alone(playbook, world)
    return [found[one.account.id] for one in some]


def test_every_row_that_the_policy_is_tested_with_is_swept() -> None:
    theirs = {(c.removeprefix("meter: "), h, o) for c, h, o in test_thresholds.ROWS}
    assert theirs <= set(ROWS)


def test_a_sweep_says_of_every_account_what_the_policy_says_of_it(engine: str) -> None:
    place = NAMES.index(engine)
    moments = MOMENTS[place : place + 1] if engine != "sqlite" else (MOMENTS[0], *MOMENTS[4:])
    found = run(500, [engine], seed=place, moments=moments)

    assert found.apart == []
    assert found.n_judged == found.n_accounts * found.n_rows
    assert found.n_true > found.n_judged // 10


def naive(change: Callable[[str], str]) -> Compiled:
    """The statement, changed as a quick one would have it."""
    return lambda playbook, now, told: change(compiled(playbook, now, told))


def in_utc(playbook: Playbook, now: datetime, told: Told) -> str:
    return statement(playbook, now, dialect=told.dialect, only_holding=False)


def asked(rows: tuple[str, str, str], compiled: Compiled) -> Figures:
    book = company([rows], audiences=False)
    return run(250, ["sqlite"], moments=MOMENTS[1:2], playbook=book, asked=compiled)


@pytest.mark.parametrize(
    ("row", "statement"),
    [
        (("seats", "at least 8", "3 of the last 7 days"), in_utc),
        (("events: done", "at least 1", "the last 7 days"), naive(lambda t: t.replace("t.at < ", "t.at <= "))),
        (("events: done", "at least 1", "the last 7 days"), naive(lambda t: t.replace("t.at >= ", "t.at > "))),
        (("seats", "at least 8", "now"), naive(lambda t: t.replace("t.stamp", "t.v"))),
        (("seats", "at least 8", "now"), naive(lambda t: f"SELECT account, COALESCE(r0, 0) AS r0 FROM ({t}) AS q")),
    ],
    ids=["days in UTC", "the end within", "the start without", "the highest for the newest", "unknown is no"],
)  # fmt: skip
def test_the_checker_finds_a_naive_statement_out(
    row: tuple[str, str, str], statement: Compiled
) -> None:
    assert asked(row, compiled).apart == []
    assert asked(row, statement).apart != []


def account(name: str, plan: str = "ten", **more: Any) -> Account:
    return Account.model_validate({"id": name, "plan": plan, **more})


def reading(meter: str, value: str, ago: timedelta = timedelta(hours=1)) -> Reading:
    return Reading(meter=meter, at=NOW - ago, value=Decimal(value))


def test_figures_of_twelve_digits_are_compared_exactly(engine: str) -> None:
    rows = (
        ("seats", "at least 80% of limit", "now"),
        ("calls", "on pace to pass the limit", "now"),
        ("ratio: seats / calls", "at least 1.333333", "now"),
    )
    limit = {"seats": 999_999_999_995, "calls": 900_000_000_000}
    half = NOW.replace(day=16, hour=0)
    customers = [
        Customer(
            account=account(f"acc_{n}", limits=limit),
            usage=(
                Reading(meter="seats", at=half, value=Decimal(799_999_999_996 - n)),
                Reading(meter="calls", at=half, value=Decimal(450_000_000_000 - n)),
            ),
        )
        for n in (0, 1)
    ]
    found = swept(engine, company(rows, audiences=False), *customers, now=half)
    assert found == [(1, 1, 1), (0, 0, 1)]


def test_the_highest_of_several_readings_at_one_moment_is_the_newest(engine: str) -> None:
    book = company([("seats", "at least 8", "now")], audiences=False)
    tied = (reading("seats", "7"), reading("seats", "8"), reading("seats", "3"))
    assert swept(engine, book, Customer(account=account("acc"), usage=tied)) == [(1,)]


def test_a_reading_on_the_start_of_a_window_lies_in_it_and_an_event_of_now_lies_outside(
    engine: str,
) -> None:
    rows = (
        ("seats", "at least 8", "the last 7 days"),
        ("events: done", "at least 1", "the last 7 days"),
    )
    tick = timedelta(microseconds=1)

    def customer(name: str, ago: timedelta, happened: timedelta) -> Customer:
        return Customer(
            account=account(name),
            usage=(reading("seats", "9", ago), reading("seats", "1", tick)),
            events=(Event(id="1", name="done", at=NOW - happened),),
        )

    some = (
        customer("acc_1", 7 * DAY, 7 * DAY),
        customer("acc_2", 7 * DAY + tick, 7 * DAY + tick),
        customer("acc_3", tick, tick),
        customer("acc_4", tick, 0 * tick),
    )
    found = swept(engine, company(rows, audiences=False), *some)
    assert found == [(1, 1), (0, 0), (1, 1), (1, 0)]


def test_a_date_is_told_by_the_days_where_the_account_is(engine: str) -> None:
    book = company([("fact: renewal", "at most 1 days", "now")], audiences=False)

    def customer(name: str, zone: str, day: str) -> Customer:
        fact = Fact(name="renewal", value=day, as_of=NOW)
        return Customer(account=account(name, traits={"time zone": zone}), facts=(fact,))

    late = datetime(2026, 11, 22, 20, tzinfo=NOW.tzinfo).isoformat()
    some = (
        customer("acc_1", "UTC", late),
        customer("acc_2", "Asia/Kolkata", late),
        customer("acc_3", "UTC", "2026-11-22"),
        customer("acc_4", "UTC", "2026-11-20"),
        customer("acc_5", "UTC", "2026-02-30"),
    )
    assert swept(engine, book, *some) == [(1,), (0,), (1,), (0,), (None,)]


def test_the_key_of_a_text_is_the_same_in_every_engine(engine: str) -> None:
    words = (
        "auditLogAPI", "Audit log API", "Café Größe", "日本 語", "  x  ", "a1B2c", "École-2", "naïve_case",
        "ABC", "Straße", "it's", "Ğ", "two  words!", "", "-", "été", "Ελλάδα 2", "привет, мир",
    )  # fmt: skip
    rows = [{"account": f"{n:02}", "name": "n", "value": word} for n, word in enumerate(words)]
    empty: dict[str, Any] = {name: [] for name in rows_of([], company([]), NOW)}
    with ENGINES[engine]() as backend:
        backend.load(World(NOW, (), {**empty, "traits": rows}))
        text = "SELECT w.account, tactful_key(w.value) AS k FROM traits AS w ORDER BY w.account"
        found = [key for _, key in backend.ask(carried(text, backend.told))]
    assert found == [slug(word) for word in words]


def test_what_is_no_reading_changes_nothing(engine: str) -> None:
    book = company(
        [("seats", "at least 8", "now"), ("seats", "at least 8", "each of the last 3 weeks")]
    )
    some = sweep_worlds.customers(1, 40, NOW)
    tables = rows_of(some, book, NOW)
    noisy = {**tables, "readings": [*tables["readings"], *sweep_worlds.noise(1, some, NOW)]}
    with ENGINES[engine]() as backend:
        asking = one_meaning.Asking(book)
        backend.load(World(NOW, some, tables))
        quiet = asking.swept(backend, NOW)
        backend.load(World(NOW, some, noisy))
        assert asking.swept(backend, NOW) == quiet
