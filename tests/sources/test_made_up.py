"""A draft can be seen by somebody of each audience before anybody real asks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from skill.compiler.folder import Compiler
from skill.errors import InputError
from skill.model.rules import Truth
from skill.policy import rules
from skill.policy.signals.record import Record
from skill.policy.signals.signals import moments
from skill.sources.made_up import of_audience

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
FERNWAY = Compiler().compile_folder(Path(__file__).parents[2] / "topics", NOW.date()).playbook
ACCOUNT = """\
---
kind: account
owner: a@b.example
review_by: 2027-03-31
---
# Account

## Traits

| Trait | Type | Unit or values |
|---|---|---|
| revenue | money | EUR |
| sector | one of | public, private |

## Audiences

| Audience | Rule |
|---|---|
| Rich | revenue is more than EUR 10 |
| Not public | sector is not public |
| Rich and private | Rich is true, and sector is private |
| Nobody | sector is public, and sector is private |
| Buyers of nothing | plan is not free |
"""


@pytest.mark.parametrize("key", FERNWAY.audiences)
def test_somebody_of_an_audience_belongs_to_it(key: str) -> None:
    customer = of_audience(FERNWAY, key, NOW)
    standing = rules.Standing(moments=moments(Record(FERNWAY, customer, NOW)))
    value, _ = rules.judge(FERNWAY.audiences[key].rule, FERNWAY, customer, NOW, standing)
    assert value is Truth.TRUE


@pytest.mark.parametrize("key", ["rich", "not-public", "rich-and-private"])
def test_amounts_and_opposites_are_met_too(key: str) -> None:
    playbook = Compiler().compile_sources({"a.md": ACCOUNT}, date(2026, 11, 21)).playbook
    customer = of_audience(playbook, key, NOW)
    assert rules.judge(playbook.audiences[key].rule, playbook, customer, NOW)[0] is Truth.TRUE


def test_an_audience_that_nobody_can_be_in_is_told() -> None:
    playbook = Compiler().compile_sources({"a.md": ACCOUNT}, date(2026, 11, 21)).playbook
    with pytest.raises(InputError, match="nobody can be in the audience `Nobody`"):
        of_audience(playbook, "nobody", NOW)
