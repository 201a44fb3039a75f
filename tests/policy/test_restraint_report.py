"""What the reports count: what restraint alone kept back, for how many, and how much anybody was shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.model.restraint_report import (
    Bounds,
    Impression,
    Judged,
    Kept,
    Left,
    Outbox,
    RestraintReport,
    ShadowReport,
)
from skill.model.shadow import Would
from skill.policy import restraint_report, shadow_report
from skill.policy.restraint_report import prompts_of, showings_of

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
SOON = AT + timedelta(days=3)
TICKET = Kept("team", "Open support ticket", True, None, "restraint.md:12")
LATELY = Kept("team", "Any offer was shown", True, SOON, "restraint.md:19")
HELPED = Kept("team", "free to offer: not so (play `A person helps`)", False, None, "")
UNSOLD = Kept("business", "sold here: not so (Europe only)", False, None, "")
BOUNDS = Bounds(
    rules={"restraint.md:12": "until it is closed, then 24 hours"},
    plays={"A person helps": "plays.md:16"},
)


def judged(account: str = "a", person: str = "u_1", **more: Any) -> Judged:
    said = {
        "is_asked": True,
        "offers": (),
        "in_shadow": (),
        "withheld": (),
        "held": (),
        "play": "p",
    }
    return Judged(id="dec_1", account=account, person=person, at=AT, **{**said, **more})


def report(*given: Judged, fired: Sequence[tuple[str, str, bool]] = ()) -> RestraintReport:
    return restraint_report.report(
        "acme",
        AT,
        SOON,
        judged=given,
        fired=fired,
        shown=(),
        left=Left(Outbox(), (), 0, ()),
        stops=frozenset(),
        bounds=BOUNDS,
    )


def in_shadow(*given: Judged, words: Any = lambda _: ("words",)) -> ShadowReport:
    fired = [("a", "shadow", False), ("a", "Any offer was shown", False), ("b", "", True)]
    return shadow_report.report(
        "acme", AT, SOON, judged=given, fired=fired, words=words, bounds=BOUNDS
    )


def test_each_reason_says_how_often_for_how_many_and_until_when() -> None:
    made = report(
        judged("a", "u_1", withheld=(TICKET, LATELY)),
        judged("a", "u_2", withheld=(TICKET,)),
        judged("b", "u_1", withheld=(TICKET,)),
        judged("b", "u_1", withheld=(TICKET,)),
    )
    ticket, lately = made.reasons
    assert (ticket.because, ticket.rule) == (TICKET.because, BOUNDS.rules[TICKET.line])
    assert (ticket.n_offers, ticket.n_decisions, ticket.n_accounts, ticket.n_persons) == (
        4,
        4,
        2,
        3,
    )
    assert (ticket.until, ticket.n_open) == (None, 4)
    assert (lately.until, lately.n_open, lately.n_accounts) == (SOON, 0, 1)


def test_what_could_not_be_sold_anyway_was_not_kept_back_by_restraint() -> None:
    quiet_too = TICKET._replace(alone=False)
    made = report(judged(withheld=(UNSOLD, quiet_too)), judged(offers=("team",)))
    assert (made.n_withheld, made.reasons, made.n_no_offer) == (0, (), 2)
    assert (made.n_possible, made.n_offering, made.n_offers) == (1, 1, 1)


def test_a_play_in_which_a_person_helps_is_a_reason_with_its_line() -> None:
    (reason,) = report(judged(withheld=(HELPED,))).reasons
    assert "`A person helps` holds offers back" in reason.because
    assert reason.line == "plays.md:16"


def test_held_out_and_stopped_accounts_are_counted_once_each() -> None:
    out = Kept("team", "holdout", True, None, "plays.md:5")
    stopped = Kept("team", "stopped", True, None, "")
    made = report(
        judged("a", held=("holdout",), withheld=(out,)),
        judged("a", held=("holdout",)),
        judged("b", withheld=(stopped,)),
    )
    assert (made.held_out.n_decisions, made.held_out.n_accounts) == (2, 1)
    assert (made.stopped.n_decisions, made.stopped.n_accounts) == (1, 1)


def test_offers_and_plays_say_how_often_they_were_made_and_kept_back() -> None:
    made = report(
        judged(offers=("team", "pack"), play="self-serve"),
        judged(withheld=(TICKET,), play="self-serve"),
        judged("b", withheld=(TICKET,), play="followed"),
    )
    assert [(o.key, o.made, o.withheld) for o in made.offers] == [("team", 1, 2), ("pack", 1, 0)]
    assert [(p.key, p.made, p.withheld) for p in made.plays] == [
        ("self-serve", 2, 1),
        ("followed", 0, 1),
    ]


def test_a_signal_nobody_was_told_of_says_why_without_anybodys_figures() -> None:
    told = [
        ("a", "", True),
        ("a", "sold: not so (78 runs)", False),
        ("b", "sold: not so (9)", False),
    ]
    signals = report(fired=told).signals
    assert (signals.n, signals.n_told) == (3, 1)
    assert [(u.because, u.n, u.n_accounts) for u in signals.untold] == [("sold: not so", 2, 2)]


@given(st.lists(st.integers(1, 40), max_size=30))
def test_the_median_of_a_histogram_is_the_median(shown: list[int]) -> None:
    told = prompts_of(Counter(shown))
    assert (told.n_accounts, told.most) == (len(shown), max(shown, default=0))
    assert float(told.median) == (median(shown) if shown else 0)


@given(st.lists(st.integers(0, 60 * 24), max_size=12), st.integers(1, 30))
def test_the_most_that_one_person_was_shown_in_a_window_is_counted_over_every_window(
    hours: list[int], days: int
) -> None:
    window = timedelta(days=days)
    times = [AT + timedelta(hours=one) for one in hours]
    shown = [Impression("a", "u_1", "email", at) for at in times]
    cost = {"email": Decimal(3)}
    _, told = showings_of(shown, Bounds(cost=cost, hours=Decimal(24 * days)))
    most = max((sum(end - window < at <= end for at in times) for end in times), default=0)
    assert (int(told.most), int(told.spent)) == (3 * most, 3 * len(times))


def test_only_one_account_is_held_at_a_time() -> None:
    """The reasons keep no person of an account that is over, however many accounts there are."""
    reasons = restraint_report.Reasons()
    for n in range(1_000):
        one = judged(f"acc_{n}", f"u_{n}", withheld=(TICKET,))
        reasons.add(one, restraint_report.kept_back(one, BOUNDS))
        reasons.next_account()
        assert not reasons._persons
    (told,) = reasons.told(BOUNDS)
    assert (told.n_accounts, told.n_persons) == (1_000, 1_000)


def test_shadow_tells_what_would_have_been_shown_and_passes_over_the_rest() -> None:
    answer = Would(channel="answer", offer="team", person="u_1")
    task = Would(channel="owner_task", offer="business")
    shadow: dict[str, Any] = {"held": ("shadow",)}
    made = in_shadow(
        judged("a", would=(answer,), in_shadow=("team",), **shadow),
        judged("a", "u_2", would=(answer.model_copy(update={"person": "u_2"}),), **shadow),
        judged("b", would=(task,), is_asked=False, **shadow),
        judged("b", withheld=(TICKET, Kept("pack", "shadow", True, None, "")), **shadow),
        judged("c", offers=("team",)),
    )
    assert (made.n_decisions, made.n_questions, made.n_would) == (4, 3, 3)
    assert (made.n_showings, made.n_tasks, made.n_leaked) == (2, 1, 0)
    assert [(c.key, c.n, c.n_accounts, c.n_persons) for c in made.channels] == [
        ("answer", 2, 1, 2),
        ("owner_task", 1, 1, 0),
    ]
    assert (made.prompts.n_accounts, made.prompts.most) == (1, 2)
    assert [r.because for r in made.reasons] == ["Open support ticket"]
    assert [(w.text, w.n) for w in made.wordings] == [("words", 2)]
    assert [(u.because, u.n) for u in made.signals.untold] == [("Any offer was shown", 1)]


@pytest.mark.parametrize("left", [{"offers": ("team",)}, {"n_effects": 2}])
def test_whatever_left_in_shadow_mode_is_called_out(left: dict[str, Any]) -> None:
    assert in_shadow(judged(held=("shadow",), **left)).n_leaked == sum(
        n if isinstance(n, int) else len(n) for n in left.values()
    )


def test_the_ten_most_frequent_wordings_are_told_however_many_there_are() -> None:
    would = (Would(channel="answer", offer="team", person="u_1"),)
    texts: Iterator[str] = iter([*(f"once {n}" for n in range(5_000)), *["often"] * 7])
    given = [judged(f"acc_{n}", would=would, held=("shadow",)) for n in range(5_007)]
    made = in_shadow(*given, words=lambda _: (next(texts),))
    assert len(made.wordings) == 10
    assert (made.wordings[0].text, made.wordings[0].n) == ("often", 7)
