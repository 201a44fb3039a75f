"""The next size counts the projected need: 45,000 of 50,000 and rising gets the 100,000 step, not the next 60,000 one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from skill.compiler.folder import Compiler
from skill.model.account import Customer
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.policy.decide import decide

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
HEAD = "---\nkind: {}\nowner: a@b.example\nreview_by: 2027-03-31\n---\n# T\n\n"
SIZES = {"Basic": "50,000", "Plus": "60,000", "Large": "100,000", "Huge": "250,000"}


def topics(sizes: dict[str, str]) -> dict[str, str]:
    plans = "".join(
        f"## {name}\n\n| Field | Value |\n|---|---|\n| Sold as | plan |\n| Unlocks | API |\n"
        f"| Limits | api_calls: {size} per month |\n| Price | EUR {n}0 per month |\n\n"
        for n, (name, size) in enumerate(sizes.items(), 1)
    )
    return {
        "meters.md": HEAD.format("meters")
        + "| Meter | Unit | Counts | Resets | Limit is | Maximum age |\n|---|---|---|---|---|---|\n"
        "| api_calls | call | Each call. | monthly | soft | 36 hours |\n",
        "features.md": HEAD.format("features")
        + "## API\n\n| Field | Value |\n|---|---|\n| What it does | Calls. |\n| Kind | metered api_calls |\n",
        "product-bundles.md": HEAD.format("product-bundles") + plans,
    }


def asked(used: int, need: int | None = None, sizes: dict[str, str] = SIZES) -> Decision:
    compiled = Compiler().compile_sources(topics(sizes), date(2026, 11, 21))
    told: dict[str, Any] = {
        "account": {"plan": "basic"},
        "usage": [{"meter": "api_calls", "at": NOW.isoformat(), "value": used}],
    }
    meaning = Meaning.model_validate(
        {
            "outcome": Outcome.FEATURE, "features": ("api",), "meter": "api-calls",
            "wants": "more" if need is None else "enough", "need": need,
        }
    )  # fmt: skip
    customer = Customer.model_validate(told)
    return decide(compiled.playbook, customer, meaning, surface=Surface.IN_PRODUCT, now=NOW)


@pytest.mark.parametrize(
    ("used", "offered"),
    [(45_000, "large"), (40_000, "plus"), (20_000, "plus"), (90_000, "huge")],
    ids=["on pace for 66,000", "on pace for 59,000", "on pace for 29,000", "on pace for 133,000"],
)
def test_the_pace_says_which_size_comes_next(used: int, offered: str) -> None:
    assert asked(used).offers[0].bundle == offered


def test_an_amount_that_somebody_names_goes_before_the_pace() -> None:
    assert asked(45_000, need=55_000).offers[0].bundle == "plus"


def test_where_nothing_goes_so_far_any_step_up_is_a_way() -> None:
    sizes = {"Basic": "50,000", "Plus": "60,000"}
    assert asked(45_000, sizes=sizes).offers[0].bundle == "plus"
