"""`tactful decisions` as support runs it: the list, one read back, and why its other offers were not made."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from evals.readme import shown
from skill.agent.composer import Composer
from skill.cli.app import app
from skill.model.account import Customer, Ticket
from skill.model.decision import Meaning, Outcome, Surface
from skill.model.playbook import Playbook
from skill.policy.decide import decide
from skill.sample import find_person
from skill.settings import Settings
from skill.store.engine import Store
from skill.store.ledger import Recorded, record
from tests.conftest import NOW

ROOT = Path(__file__).parents[2]
Run = Callable[..., Result]
SILENT = """---
kind: restraint
owner: customer-care@fernway.example
review_by: 2027-03-31
---
# When we stay quiet

| Situation | Pause offers for | Unless |
|---|---|---|
| Any offer was shown | 7 days | the customer asked |
"""
"""A restraint Topic that no longer minds tickets."""
EXPORT = Meaning(outcome=Outcome.FEATURE, features=("salesforce-export",))


@pytest.fixture
def tactful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `tactful ...` with a database of its own and the sample company's Topics."""
    for key in [key for key in os.environ if key.startswith("TACTFUL_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("TACTFUL_DATA_DIR", str(tmp_path / "d"))
    monkeypatch.setenv("TACTFUL_TOPICS", str(ROOT / "topics"))
    runner = CliRunner()

    def run(*arguments: object) -> Result:
        return runner.invoke(app, [str(one) for one in arguments])

    return run


def keep(
    playbook: Playbook,
    customer: Customer,
    decision_id: str,
    *,
    meaning: Meaning = EXPORT,
    question: str = "Can I export to Salesforce?",
    at: datetime = NOW,
    tenant: str = "default",
    version: str = "",
) -> None:
    """A decision as the server records it."""
    made = decide(playbook, customer, meaning, surface=Surface.IN_PRODUCT, now=NOW)
    if version:
        made = made.model_copy(update={"topics_version": version})
    store = Store.open(Settings.from_env().database)
    record(
        store,
        Recorded(
            id=decision_id,
            tenant=tenant,
            at=at,
            scope="end_user",
            question=question,
            customer=customer,
            surface=Surface.IN_PRODUCT,
            decision=made,
            answer=Composer(playbook, made, customer).answer(decision_id),
        ),
    )
    store.close()


def person(name: str, **update: Any) -> Customer:
    return find_person(name, NOW).model_copy(update=update)


def troubled() -> Customer:
    """Somebody of the sample company with an open ticket."""
    ticket = Ticket(id="t-17", opened_at=NOW - timedelta(days=2))
    return person("ada", tickets=(ticket,))


def test_the_list_names_the_newest_first_and_only_what_was_asked_for(
    tactful: Run, fernway: Playbook
) -> None:
    keep(fernway, person("ada"), "dec_1", at=NOW - timedelta(days=9))
    keep(fernway, person("ben"), "dec_2", at=NOW - timedelta(days=1))
    keep(fernway, person("jul"), "dec_3", at=NOW)
    lines = tactful("decisions", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["ID", "dec_3", "dec_2", "dec_1"]
    assert "salesforce-export  denied  connect-pack" in lines[-1]
    since = tactful("decisions", "list", "--since", "2026-11-20T00:00:00Z", "--json")
    assert [one["id"] for one in json.loads(since.stdout)["items"]] == ["dec_3", "dec_2"]
    assert "dec_2" not in tactful("decisions", "list", "--limit", 1).stdout
    own = tactful("decisions", "list", "--account", person("jul").account.id).stdout
    assert "dec_3" in own
    assert "dec_1" not in own


def test_more_than_one_page_of_the_ledger_is_listed(tactful: Run, fernway: Playbook) -> None:
    ada = person("ada")
    for n in range(203):
        keep(fernway, ada, f"dec_{n:03}", at=NOW - timedelta(minutes=n))
    found = json.loads(tactful("decisions", "list", "--limit", 202, "--json").stdout)
    assert [one["id"] for one in found["items"]] == [f"dec_{n:03}" for n in range(202)]


def test_a_decision_is_read_back_with_its_witness_and_its_inputs(
    tactful: Run, fernway: Playbook
) -> None:
    keep(fernway, person("ada"), "dec_1")
    text = tactful("decisions", "show", "dec_1").stdout
    assert "question: Can I export to Salesforce?" in text
    assert "access: salesforce-export denied (not_in_plan)" in text
    assert "offered: connect-pack (add-on), EUR 49 per workspace per month; link" in text
    assert "yes     sold to this plan: sold to who has Starter" in text
    assert "fact successful_runs = 140, product, as of 2026-11-21 09:00 UTC" in text
    assert "as of 2026-11-21 09:00 UTC" in next(s for s in text.splitlines() if "usage seats" in s)


def test_what_holds_offers_back_is_read_back_with_its_place(
    tactful: Run, fernway: Playbook
) -> None:
    keep(fernway, troubled(), "dec_1")
    text = tactful("decisions", "show", "dec_1").stdout
    assert "offered: nothing" in text
    assert "offers are held back: Open support ticket  restraint.md:" in text


def test_why_not_names_what_failed_and_the_smallest_change(tactful: Run, fernway: Playbook) -> None:
    keep(fernway, troubled(), "dec_1")
    text = tactful("decisions", "why-not", "dec_1", "--offer", "Connect Pack").stdout
    assert "offered: nothing" in text
    assert "Connect Pack (add-on) was not offered" in text
    assert "Open support ticket; needed: its pause has passed" in text
    assert "it is offered when both of these are so" in text
    assert "> ticket t-17 is closed at Saturday 21 November 2026, 09:00 UTC  (restraint.md:" in text
    assert "> time passes until Sunday 22 November 2026, 09:00 UTC" in text


def test_the_same_can_be_asked_of_another_moment(tactful: Run, fernway: Playbook) -> None:
    closed = Ticket(
        id="t-17", opened_at=NOW - timedelta(days=2), closed_at=NOW - timedelta(hours=1)
    )
    keep(fernway, person("ada", tickets=(closed,)), "dec_1")
    now = tactful("decisions", "why-not", "dec_1", "--json")
    later = tactful("decisions", "why-not", "dec_1", "--at", "2026-11-22T08:00:00Z", "--json")
    assert json.loads(now.stdout)["offered"] == []
    assert json.loads(later.stdout)["offered"] == ["connect-pack"]


def test_of_an_offer_that_was_made_nothing_is_told(tactful: Run, fernway: Playbook) -> None:
    keep(fernway, person("ada"), "dec_1")
    done = tactful("decisions", "why-not", "dec_1", "--offer", "connect-pack", "--json")
    body = json.loads(done.stdout)
    assert body["offered"] == ["connect-pack"]
    assert body["not_offered"] == []


def test_other_topics_than_it_was_made_from_are_told(tactful: Run, fernway: Playbook) -> None:
    keep(fernway, person("ada"), "dec_1", version="sha256:0123456789abcdef")
    text = tactful("decisions", "why-not", "dec_1").stdout
    assert "decided again by other Topics than it was made from (sha256:0123456789ab)" in text


def test_published_topics_of_that_day_are_used_where_they_are_kept(
    tactful: Run, fernway: Playbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TACTFUL_TOPICS", "published")
    assert tactful("topics", "publish", ROOT / "topics", "--by", "Ann").exit_code == 0
    keep(fernway, troubled(), "dec_1")
    newer = shutil.copytree(ROOT / "topics", tmp_path / "newer")
    (newer / "restraint.md").write_text(SILENT, encoding="utf-8")
    assert tactful("topics", "publish", newer, "--by", "Ann").exit_code == 0
    body = json.loads(tactful("decisions", "why-not", "dec_1", "--json").stdout)
    assert (body["topics_version"], body["recorded_version"]) == (fernway.version, "")
    by_newer = tactful("decisions", "why-not", "dec_1", "--topics", newer, "--json")
    assert json.loads(by_newer.stdout)["recorded_version"] == fernway.version
    assert json.loads(by_newer.stdout)["offered"] == ["connect-pack"]


@pytest.mark.parametrize(
    ("arguments", "error", "help_"),
    [
        (("show", "dec_none"), "there is no decision `dec_none`", "tactful decisions list"),
        (("why-not", "dec_none"), "there is no decision `dec_none`", "tactful decisions list"),
        (
            ("why-not", "dec_1", "--offer", "conect-pack"),
            "no bundle `conect-pack`",
            "`connect-pack`",
        ),
        (("why-not", "dec_1", "--at", "tomorrow"), "`tomorrow` is not a time", "2026-11-21T09"),
        (("list", "--since", "2026-11-21"), "`2026-11-21` is not a time", "2026-11-21T09"),
        (("list", "--limit", "0"), "`0` is no number", "give 1 to"),
    ],
)
def test_what_cannot_be_answered_is_wrong_usage_with_a_way_out(
    tactful: Run, fernway: Playbook, arguments: tuple[str, ...], error: str, help_: str
) -> None:
    keep(fernway, person("ada"), "dec_1")
    done = tactful("decisions", *arguments)
    assert done.exit_code == 2
    assert f"error: {error}" in done.stderr
    assert help_ in done.stderr


def test_another_tenant_s_decision_is_not_there(tactful: Run, fernway: Playbook) -> None:
    keep(fernway, person("ada"), "dec_1", tenant="acme")
    assert tactful("decisions", "show", "dec_1").exit_code == 2
    assert tactful("decisions", "show", "dec_1", "--tenant", "acme").exit_code == 0


def test_words_of_others_cannot_move_a_terminal_s_cursor(tactful: Run, fernway: Playbook) -> None:
    keep(fernway, person("ada"), "dec_1", question="Salesforce?\x1b[2J\nexport")
    for command in ("list",), ("show", "dec_1"), ("why-not", "dec_1"):
        assert "\x1b" not in tactful("decisions", *command).stdout


def test_the_how_to_page_shows_what_is_printed(tactful: Run, fernway: Playbook) -> None:
    keep(fernway, troubled(), "dec_ticket")
    keep(fernway, person("kai"), "dec_quiet", meaning=Meaning(outcome=Outcome.SIGNAL), question="")
    commands = shown((ROOT / "docs" / "how-to" / "why-not.md").read_text("utf-8"))
    assert len(commands) >= 3
    for one in commands:
        name, *arguments = one.command.split()
        assert name == "tactful"
        done = tactful(*arguments)
        flat = " ".join(done.output.split())
        assert done.exit_code == 0, one.command
        for line in one.lines:
            assert " ".join(line.split()) in flat, (one.command, line)
