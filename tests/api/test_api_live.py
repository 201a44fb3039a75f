"""Streams of the inbox from a real server: the count first, each change after it, and nothing held in between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from skill.api.app import create_app
from skill.api.live import Live
from skill.clock import now
from skill.model.delivery import Stop
from skill.store import showings, stops
from skill.store.engine import Store
from skill.store.inbox_acts import Act, act
from skill.store.usage import EventEntry, add_usage
from tests.api.doors import ADA, BEN, settings_in
from tests.api.served import Heard, served
from tests.store import notices

HOUR = timedelta(hours=1)
STREAM = "/v1/notifications/stream"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def app(folder: Path) -> FastAPI:
    made = create_app(settings_in(folder))
    desk = made.state.desk
    made.state.live = Live(desk.store, desk.clock, every_s=0.05, heartbeat_s=0.3)
    return made


@pytest.fixture(scope="module")
def url(app: FastAPI) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def store(app: FastAPI) -> Store:
    opened = app.state.desk.store
    assert isinstance(opened, Store)
    with opened.writing() as connection:
        for table in ("notifications", "notification_acts", "showings", "effects", "history", "stops"):  # fmt: skip
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return opened


def hear(url: str, who: dict[str, str] = ADA, **headers: str) -> Heard:
    return Heard(url + STREAM, {**who, **headers})


def test_first_comes_the_count_and_then_what_is_placed(url: str, store: Store) -> None:
    notices.place(store, "eff_1", at=now())

    with hear(url) as heard:
        first = heard.next()
        notices.place(store, "eff_2", at=now())
        told, counted = heard.until("notification"), heard.until("count")

    assert heard.answered.headers["content-type"].startswith("text/event-stream")
    assert (first.kind, first.data["unread"]) == ("count", 1)
    assert (told.data["id"], told.data["state"], counted.data["unread"]) == ("eff_2", "unread", 2)
    assert told.id


def test_being_told_on_a_stream_is_being_displayed_and_being_counted_is_not(
    url: str, store: Store
) -> None:
    notices.place(store, "eff_1", at=now())
    with hear(url) as heard:
        heard.until("count")
        notices.place(store, "eff_2", at=now())
        heard.until("notification")

    kept = [showings.of_effect(store, "default", key) for key in ("eff_1", "eff_2")]
    assert [one.showing.state for one in kept if one is not None] == ["reserved", "spent"]


def test_what_is_dismissed_on_one_device_is_told_to_the_other(url: str, store: Store) -> None:
    notices.place(store, "eff_1", at=now())
    with hear(url) as phone:
        phone.until("count")
        httpx.post(f"{url}/v1/notifications/eff_1/dismiss", json={"how": "never"}, headers=ADA)
        told = phone.until("notification")

    assert (told.data["state"], told.data["closed"]["how"]) == ("archived", "never")


def bought(store: Store) -> None:
    entry = {"id": "p1", "account": "acc_1", "name": "purchase.made", "at": now(), "properties": {"offer": "run-credits"}}  # fmt: skip
    add_usage(store, "default", [], [EventEntry.model_validate(entry)])


GONE: list[Callable[[Store], object]] = [
    lambda store: stops.pull(store, "default", Stop(offer="run-credits", since=now())),
    bought,
    lambda store: act(store, notices.ADA, "eff_2", Act(kind="dismiss", how="never"), at=now()),
]


@pytest.mark.parametrize("learn", GONE, ids=["stopped", "bought", "never, said to another one"])
def test_what_was_learned_takes_a_notification_off_an_open_page(
    url: str, store: Store, learn: Callable[[Store], object]
) -> None:
    notices.place(store, "eff_1", at=now())
    notices.place(store, "eff_2", at=now())
    with hear(url) as heard:
        heard.until("count")
        learn(store)
        gone, counted = heard.until("gone"), heard.until("count")

    assert gone.data == {"id": "eff_1"}
    assert counted.data["unread"] == 0


def test_a_stopped_offer_comes_back_to_an_open_page_once_it_goes_on(url: str, store: Store) -> None:
    notices.place(store, "eff_1", at=now())
    stops.pull(store, "default", Stop(since=now()))
    with hear(url) as heard:
        first = heard.until("count")
        stops.release(store, "default")
        told = heard.until("notification")

    assert (first.data["unread"], told.data["id"]) == (0, "eff_1")


def test_what_was_put_off_is_told_when_it_comes_back(url: str, store: Store) -> None:
    notices.place(store, "eff_1", at=now())
    soon = now() + timedelta(seconds=1)
    act(store, notices.ADA, "eff_1", Act(kind="snooze", until=soon), at=now())
    with hear(url) as heard:
        first = heard.until("count")
        told = heard.until("notification")

    assert (first.data["snoozed"], told.data["state"]) == (1, "unread")


def test_who_comes_back_hears_what_they_missed_and_nothing_from_long_before(
    url: str, store: Store
) -> None:
    notices.place(store, "eff_old", at=now() - HOUR)
    left = now() - HOUR / 2
    notices.place(store, "eff_new", at=now())

    with hear(url, **{"Last-Event-ID": left.isoformat()}) as heard:
        first, told = heard.next(), heard.next()
        notices.place(store, "eff_next", at=now())
        after = heard.until("notification")

    assert (first.kind, told.data["id"], after.data["id"]) == ("count", "eff_new", "eff_next")


def test_the_id_of_an_event_is_where_its_stream_goes_on(url: str, store: Store) -> None:
    with hear(url) as heard:
        begun = heard.next().id
        notices.place(store, "eff_1", at=now())
        last = heard.until("notification").id
    notices.place(store, "eff_2", at=now() + HOUR)

    for since in (begun, last):
        with hear(url, **{"Last-Event-ID": since}) as heard:
            told = {heard.until("notification").data["id"] for _ in range(2)}
        assert told == {"eff_1", "eff_2"}


def test_nobody_hears_what_concerns_somebody_else(url: str, store: Store) -> None:
    with hear(url, BEN) as heard:
        heard.until("count")
        notices.place(store, "of_ada", who=notices.ADA, at=now())
        notices.place(store, "of_ben", who=notices.BEN, at=now())
        told = heard.until("notification")

    assert told.data["id"] == "of_ben"


def test_a_quiet_stream_is_kept_open_with_comments(url: str, store: Store) -> None:
    with hear(url) as heard:
        heard.until("count")
        assert [heard.next().kind for _ in range(2)] == [":", ":"]


def test_many_streams_hold_no_thread_and_no_connection_and_end_when_their_clients_leave(
    url: str, store: Store, app: FastAPI
) -> None:
    live: Live = app.state.live
    before = threading.active_count()
    with ExitStack() as open_:
        heard = [open_.enter_context(hear(url)) for _ in range(60)]
        for one in heard:
            one.until("count")
        during = (live.n_open, threading.active_count() - before, checked_out(store))
        notices.place(store, "eff_1", at=now())
        told = {one.until("notification").data["id"] for one in heard}
        # Deciding threads are as free as before.
        assert httpx.get(f"{url}/healthz").status_code == 200
    with hear(url) as last:
        while live.n_open > 1:
            last.next()

    n_open, n_threads, n_connections = during
    assert n_open == 60
    assert n_threads <= 2
    assert n_connections <= 1
    assert told == {"eff_1"}


def checked_out(store: Store) -> int:
    pool: Any = store._engine.pool
    return int(pool.checkedout())


def test_a_stream_hears_of_what_another_server_did(url: str, store: Store, folder: Path) -> None:
    notices.place(store, "eff_1", at=now())
    with served(create_app(settings_in(folder))) as other, hear(url) as heard:
        heard.until("count")
        done = httpx.post(f"{other}/v1/notifications/eff_1/archive", headers=ADA)
        told = heard.until("notification")

    assert done.status_code == 200
    assert told.data["state"] == "archived"


def test_a_stream_ends_in_time_and_with_the_server(folder: Path) -> None:
    app = create_app(settings_in(folder))
    app.state.live = Live(app.state.desk.store, now, longest_s=0.2)
    with served(app) as address:
        with hear(address) as heard:
            heard.until("count")
            with pytest.raises(StopIteration):
                heard.until("never")
        app.state.live = Live(app.state.desk.store, now, heartbeat_s=0.2)
        with hear(address) as heard:
            heard.until("count")
            app.state.live.end_all()
            with pytest.raises(StopIteration):
                heard.until("never")
