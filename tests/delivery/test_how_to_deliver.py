"""The page about delivery says what the code does."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import get_args

import pytest

from skill.delivery.attio import FIELDS
from skill.delivery.outgoing import Outgoing
from skill.delivery.tries import RETRY_AFTER
from skill.delivery.webhooks import Webhooks
from skill.model.announcement import Announcement, Happening
from skill.settings import Secret
from tests.delivery.receiver import receiving

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "deliver.md").read_text("utf-8")


def test_the_receiver_of_the_page_believes_what_is_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the receiver looks at the real time
    with receiving() as receiver:
        out = Outgoing(allowed=[ip_network("127.0.0.0/8")])
        hooks = Webhooks(out, [Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")])
        hooks.send(receiver.url, "eff_1", "upsell_offer_sent", now, {"account": "acc_4"}, now)
        out.close()
    got = receiver.got[0]
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "deliver.md", "exec"), {"body": got.body, "headers": got.headers})
    assert capsys.readouterr().out == "upsell_offer_sent acc_4\n"


def test_every_happening_stands_in_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (?!when)", PAGE, re.MULTILINE)
    assert rows == list(get_args(Happening))


def test_every_name_of_the_page_is_one_of_ours() -> None:
    known = {*Announcement.model_fields, *get_args(Happening)}
    assert set(FIELDS) <= known
    assert all(name in PAGE for name in FIELDS)


def test_the_schedule_is_the_one_that_is_kept() -> None:
    said = "5 seconds, 5 minutes, 30 minutes, 2, 5, 10, 14, 20 and 24 hours"
    assert said in PAGE
    hours = [wait.total_seconds() / 3600 for wait in RETRY_AFTER]
    assert hours[3:] == [2, 5, 10, 14, 20, 24]
    assert [wait.total_seconds() for wait in RETRY_AFTER[:3]] == [5, 300, 1800]
