"""The owner task of the sample company's large account: as a page, as a picture of it, and printed as Markdown.

`python -m evals.proof.delivery_task`; the files are under `out/proof/delivery/`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from skill.agent.owner_task import compose_task
from skill.agent.packet_proof import prove_packet
from skill.ask import ask, open_workspace
from skill.delivery.calendar import call_at, ics
from skill.delivery.chart import svg
from skill.delivery.task_page import as_html
from skill.delivery.task_text import as_markdown
from skill.model.delivery import Effect, effect_id
from skill.model.task import OwnerTask
from skill.sample import find_person, sample_topics

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
QUESTION = "Can I export to Salesforce?"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OUT = Path("out/proof/delivery")
_WIDTH, _HEIGHT = 1_000, 2_300
_PATIENCE_S = 120


def northmoor_task() -> OwnerTask:
    """What Cleo of northmoor asks, which her account's play leaves to its owner."""
    workspace = open_workspace(sample_topics(), data_dir=None, today=NOW.date())
    playbook = workspace.playbook
    who = find_person("cleo", NOW)
    decision = ask(workspace, QUESTION, who, now=NOW).decision
    assert not decision.offers, "the play holds offers back"
    assert decision.play is not None
    effect = Effect(
        id=effect_id("default", "northmoor", "cleo", f"{decision.play}/question", playbook.version, "1"),
        tenant="default",
        account="northmoor",
        person="cleo",
        channel="owner_task",
        play=decision.play,
        rule="question",
        created_at=NOW,
        due_at=NOW,
        body={"cause": "question", "asked": QUESTION},
    )  # fmt: skip
    task = compose_task(playbook, who, decision, effect, NOW)
    assert task.note is not None
    assert not list(prove_packet(playbook, task.note)), "the note is proven"
    return task


def pictured(page: Path, picture: Path) -> str:
    """Take the page's picture with whichever browser there is; says what came of it."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        return f"no picture: none of {', '.join(BROWSERS)} is installed here"
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            f"--window-size={_WIDTH},{_HEIGHT}",
            f"--screenshot={picture.resolve()}",
            page.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=False)
        except subprocess.TimeoutExpired:
            return f"no picture: {browser} took longer than {_PATIENCE_S} s"
    if done.returncode or not picture.is_file():
        return f"no picture: {browser} ended with status {done.returncode}"
    return f"picture: {picture}"


def main(out: Path = OUT) -> int:
    """Write the page, the chart, the call and the picture, and print the task."""
    task = northmoor_task()
    out.mkdir(parents=True, exist_ok=True)
    page = out / "owner-task.html"
    page.write_text(as_html(task), "utf-8")
    if task.chart is not None:
        (out / "owner-task-chart.svg").write_text(svg(task.chart), "utf-8")
    (out / "owner-task.ics").write_bytes(ics(task, starts_at=call_at(task, NOW)))
    print(as_markdown(task))
    print(f"page: {page}")
    print(pictured(page, out / "owner-task.png"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
