"""A model that is asked with patience: when it is asked again, when it is left alone, and what is counted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.agent.provider.endpoint import ChatEndpoint
from skill.agent.provider.steady import PAUSE_S, Breaker, Steady, Ticket
from skill.agent.provider.turns import Heard, Turn, TurnRequest, User
from skill.errors import ModelFailed
from skill.testing import Cut, ScriptedModel, ScriptedServer, Status

HI = TurnRequest((User("Can I export?"),), seconds=8)
REST_S = 10.0


class Watch:
    """A clock that moves by being slept on."""

    def __init__(self) -> None:
        self.at = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


def failed(why: Any, **more: Any) -> ModelFailed:
    return ModelFailed("no answer", why=why, **more)


def steady(*steps: Any, breaker: Breaker | None = None) -> tuple[Steady, ScriptedModel, Watch]:
    model, watch = ScriptedModel(*steps), Watch()
    return Steady(model, clock=watch, sleep=watch.sleep, breaker=breaker), model, watch


def ask(model: Steady, request: TurnRequest = HI, heard: Heard | None = None) -> Turn | str:
    """The answer, or why there was none."""
    try:
        return asyncio.run(model.turn(request, heard))
    except ModelFailed as error:
        return error.why


async def asked_once(server: ScriptedServer, heard: list[str]) -> Turn:
    endpoint = ChatEndpoint("m", base_url=server.base_url)
    try:
        return await Steady(endpoint).turn(HI, heard.append)
    finally:
        await endpoint.aclose()


@pytest.mark.parametrize("why", ["unreachable", "rate_limited", "server_error", "broken_off"])
def test_what_may_pass_is_asked_once_more(why: str) -> None:
    asked, model, watch = steady(failed(why), Turn("Yes."))
    assert ask(asked) == Turn("Yes.")
    assert watch.slept == [PAUSE_S]
    assert model.requests[1].seconds == pytest.approx(HI.seconds - PAUSE_S)


@pytest.mark.parametrize("why", ["timeout", "refused_request", "malformed", "too_long", "no_key"])
def test_what_would_not_be_otherwise_is_not_asked_again(why: str) -> None:
    asked, model, _ = steady(failed(why))
    assert ask(asked) == why
    model.finish()


def test_there_is_no_third_try() -> None:
    asked, model, _ = steady(failed("server_error"), failed("unreachable"))
    assert ask(asked) == "unreachable"
    model.finish()


@pytest.mark.parametrize(("after_s", "slept"), [(3.0, [3.0]), (7.9, [7.9]), (8.0, []), (60.0, [])])
def test_a_wish_to_be_asked_later_counts_only_where_it_fits(
    after_s: float, slept: list[float]
) -> None:
    asked, _, watch = steady(failed("rate_limited", retry_after_s=after_s), Turn("Yes."))
    assert ask(asked) == (Turn("Yes.") if slept else "rate_limited")
    assert watch.slept == slept


def test_words_that_were_heard_are_not_said_again() -> None:
    heard: list[str] = []
    with (
        ScriptedServer([Cut("Yes, with Team.", 0.7)]) as server,
        pytest.raises(ModelFailed) as error,
    ):
        asyncio.run(asked_once(server, heard))
    assert error.value.why == "broken_off"
    assert heard


def test_a_stream_cut_before_its_first_word_is_asked_again() -> None:
    heard: list[str] = []
    with ScriptedServer([Cut("Yes.", 0.0), "Yes."]) as server:
        assert asyncio.run(asked_once(server, heard)).text == "Yes."
    assert heard == ["Yes."]


def test_after_failures_in_a_row_it_is_left_alone_and_then_tried_by_one() -> None:
    asked, model, watch = steady(*[failed("refused_request")] * 5, failed("timeout"), Turn("Yes."))
    assert [ask(asked) for _ in range(6)] == ["refused_request"] * 5 + ["breaker_open"]
    watch.at += REST_S
    assert [ask(asked), ask(asked)] == ["timeout", "breaker_open"]
    watch.at += REST_S
    assert ask(asked) == Turn("Yes.")
    model.finish()
    assert asked.counts() == {
        "calls": 9,
        "retries": 0,
        "failed_refused_request": 5,
        "failed_timeout": 1,
        "failed_breaker_open": 2,
        "breaker_openings": 2,
    }


def test_a_second_try_that_the_breaker_forbids_tells_what_the_first_failed_of() -> None:
    asked, model, _ = steady(failed("server_error"), breaker=Breaker(failures=1))
    assert ask(asked) == "server_error"
    assert asked.counts()["retries"] == 0
    model.finish()


def test_a_missing_key_does_not_open_the_breaker() -> None:
    asked, _, _ = steady(*[failed("no_key")] * 9)
    assert {ask(asked) for _ in range(9)} == {"no_key"}


def test_a_cancelled_trial_lets_the_next_one_try() -> None:
    class Hangs:
        name = "hangs"

        async def turn(self, request: TurnRequest, heard: Heard | None = None) -> Turn:
            await asyncio.Event().wait()
            raise AssertionError

    breaker, watch = Breaker(failures=1), Watch()
    opened = breaker.admit(watch.at)
    assert opened is not None
    breaker.settle(opened, watch.at, answered=False)
    watch.at += REST_S

    async def cancelled() -> None:
        trial = asyncio.create_task(Steady(Hangs(), clock=watch, breaker=breaker).turn(HI))
        await asyncio.sleep(0)
        assert breaker.admit(watch.at) is None
        trial.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trial

    asyncio.run(cancelled())
    assert breaker.admit(watch.at) is not None


def test_many_tasks_send_one_trial() -> None:
    with ScriptedServer([Status(401), "Yes."]) as server:

        async def crowd() -> list[Turn | BaseException]:
            endpoint, watch = ChatEndpoint("m", base_url=server.base_url), Watch()
            asked = Steady(endpoint, clock=watch, breaker=Breaker(failures=1))
            with pytest.raises(ModelFailed):
                await asked.turn(HI)
            watch.at += REST_S
            told = await asyncio.gather(
                *[asked.turn(HI) for _ in range(20)], return_exceptions=True
            )
            await endpoint.aclose()
            return list(told)

        told = asyncio.run(crowd())
    assert [one for one in told if isinstance(one, Turn)] == [told[0]]
    assert {one.why for one in told if isinstance(one, ModelFailed)} == {"breaker_open"}


def test_threads_never_get_two_trials() -> None:
    breaker = Breaker(failures=1)
    for round_at in range(0, 2_000, 20):
        ticket = breaker.admit(round_at)
        assert ticket is not None
        breaker.settle(ticket, round_at, answered=False)
        got: list[Ticket | None] = []
        start = threading.Barrier(4)

        def admit(at: float, got: list[Any] = got, start: threading.Barrier = start) -> None:
            start.wait()
            got.append(breaker.admit(at))

        threads = [threading.Thread(target=admit, args=(round_at + REST_S,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        trials = [ticket for ticket in got if ticket is not None]
        assert len(trials) == 1
        breaker.settle(trials[0], round_at + REST_S, answered=True)


# -- the breaker against a plain account of what happened ----------------------------------------------------


class SomeBreaker(Protocol):
    def admit(self, at: float) -> Ticket | None: ...
    def settle(self, ticket: Ticket, at: float, *, answered: bool | None) -> None: ...


def fault_of(breaker: SomeBreaker, moves: list[tuple[str, float]], failures: int = 3) -> str:
    """The first move after which the breaker is not as a plain account has it; empty where there is none.

    A move waits so many seconds, asks, or settles one of the questions that are under way.
    """
    at, opened_at, in_a_row, era, trial = 0.0, None, 0, 0, False
    under_way: list[tuple[Ticket, int, bool]] = []
    for move, much in moves:
        if move == "wait":
            at += much
        elif move == "ask":
            rested = opened_at is not None and at - opened_at >= REST_S and not trial
            ticket = breaker.admit(at)
            if (ticket is not None) != (opened_at is None or rested):
                return f"at {at}: {ticket}, opened at {opened_at}, on trial: {trial}"
            if ticket is not None:
                trial = trial or rested
                under_way.append((ticket, era, rested))
        elif under_way:
            ticket, its_era, on_trial = under_way.pop(int(much) % len(under_way))
            answered = {"yes": True, "no": False, "gone": None}[move]
            breaker.settle(ticket, at, answered=answered)
            if its_era != era:
                continue
            trial = False if on_trial else trial
            if answered:
                opened_at, in_a_row, era = None, 0, era + on_trial
            elif answered is False:
                in_a_row += 1
                if on_trial or in_a_row == failures:
                    opened_at, in_a_row, era = at, 0, era + 1
    return ""


moves = st.lists(
    st.tuples(st.sampled_from(["ask", "ask", "yes", "no", "no", "gone"]), st.floats(0, 9))
    | st.tuples(st.just("wait"), st.sampled_from([0.5, 5.0, 9.5, 10.0, 11.0])),
    max_size=60,
)


@given(moves)
def test_the_breaker_is_as_a_plain_account_has_it(moves: list[tuple[str, float]]) -> None:
    assert fault_of(Breaker(failures=3, rest_s=REST_S), moves) == ""


class Crowding(Breaker):
    """Naive: it lets everybody through once it has rested."""

    def admit(self, at: float) -> Ticket | None:
        ticket = super().admit(at)
        self._on_trial = False
        return ticket


class Forgiving(Breaker):
    """Naive: an answer to a question of long ago closes it."""

    def settle(self, ticket: Ticket, at: float, *, answered: bool | None) -> None:
        super().settle(ticket, at, answered=answered)
        if answered:
            self._opened_at = None


FAILS = [("ask", 0.0), ("no", 0.0)] * 3


@pytest.mark.parametrize(
    ("naive", "shown"),
    [
        (Crowding, [*FAILS, ("wait", 10.0), ("ask", 0.0), ("ask", 0.0)]),
        (Forgiving, [("ask", 0.0), *[("ask", 0.0), ("no", 1.0)] * 3, ("yes", 0.0), ("ask", 0.0)]),
    ],
)
def test_the_account_finds_what_is_wrong_with_naive_breakers(
    naive: Callable[..., SomeBreaker], shown: list[tuple[str, float]]
) -> None:
    assert fault_of(naive(failures=3, rest_s=REST_S), shown)
    assert fault_of(Breaker(failures=3, rest_s=REST_S), shown) == ""
