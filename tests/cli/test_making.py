"""`tactful topics import` and `tactful init` as somebody runs them, in a script and in a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from skill.compiler.folder import Compiler

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "importers"
TACTFUL = Path(sys.executable).with_name("tactful")
TODAY = "2026-11-21"
PRICING = """
syntaxVersion: '2.1'
saasName: Mapwork
currency: EUR
features:
  maps: {valueType: BOOLEAN, defaultValue: true}
  routes: {valueType: BOOLEAN, defaultValue: false}
plans:
  FREE: {price: 0, unit: user/month}
  PRO: {price: 29, unit: user/month, features: {routes: {value: true}}}
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a user's shell has, with a data folder of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TACTFUL_")}
    path = f"{TACTFUL.parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "TACTFUL_DATA_DIR": str(tmp_path / "data"), "PATH": path}


@pytest.fixture
def tactful(tmp_path: Path, environment: dict[str, str]):  # type: ignore[no-untyped-def]
    """Runs the command in an empty folder, without a terminal."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(TACTFUL), *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def is_servable(folder: Path) -> bool:
    return Compiler().compile_folder(folder, date.fromisoformat(TODAY)).servable


def test_tables_are_imported_into_one_folder_and_losses_are_told(
    tactful: Any, tmp_path: Path
) -> None:
    done = tactful(
        "topics", "import", "csv", CASES / "bundles.csv", CASES / "meters.csv", "--out", "t"
    )
    assert done.returncode == 0
    assert done.stdout == ""
    assert "not carried over: bundles.csv row 5, `Monthly price (EUR)`" in done.stderr
    assert "5 bundles, 2 meters -> t" in done.stderr
    assert is_servable(tmp_path / "t")


def test_a_stripe_export_is_imported(tactful: Any, tmp_path: Path) -> None:
    done = tactful("topics", "import", "stripe", CASES / "stripe.json", "--out", "t")
    assert done.returncode == 0
    assert "3 features, 4 bundles -> t" in done.stderr
    assert is_servable(tmp_path / "t")


def test_two_imports_of_the_same_day_give_the_same_bytes(tactful: Any, tmp_path: Path) -> None:
    for out in ("a", "b"):
        tactful("topics", "import", "stripe", CASES / "stripe.json", "--out", out, "--today", TODAY)
    files = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert files
    assert [(tmp_path / "a" / n).read_bytes() for n in files] == [
        (tmp_path / "b" / n).read_bytes() for n in files
    ]


def test_signals_are_added_to_a_folder_that_stands(tactful: Any, tmp_path: Path) -> None:
    tactful("topics", "import", "csv", CASES / "bundles.csv", CASES / "meters.csv", "--out", "t")
    done = tactful("topics", "import", "csv", CASES / "signals.csv", "--out", "t")
    assert done.returncode == 0
    assert "2 signals -> t" in done.stderr
    assert is_servable(tmp_path / "t")


def test_an_import_never_writes_over_what_a_person_wrote(tactful: Any, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    mine = tmp_path / "t" / "product-bundles.md"
    mine.write_text("---\nkind: product-bundles\nowner: me\n---\n# Mine\n", "utf-8")
    done = tactful("topics", "import", "csv", CASES / "bundles.csv", "--out", "t")
    assert done.returncode == 2
    assert "was not generated" in done.stderr
    assert [p.name for p in (tmp_path / "t").iterdir()] == ["product-bundles.md"]


def test_a_folder_that_compiles_is_never_broken_by_an_import(tactful: Any, tmp_path: Path) -> None:
    tactful("topics", "import", "csv", CASES / "bundles.csv", CASES / "meters.csv", "--out", "t")
    tactful("topics", "import", "csv", CASES / "signals.csv", "--out", "t")
    before = {p.name: p.read_bytes() for p in (tmp_path / "t").iterdir()}
    done = tactful("topics", "import", "csv", CASES / "comparison.tsv", "--out", "t")
    assert done.returncode == 2
    assert "usage-thresholds.md:" in done.stderr
    assert {p.name: p.read_bytes() for p in (tmp_path / "t").iterdir()} == before


def test_pricings_that_would_share_a_folder_are_refused(tactful: Any, tmp_path: Path) -> None:
    paths = [tmp_path / a / "p" / "x.yml" for a in ("one", "two")]
    for path in paths:
        path.parent.mkdir(parents=True)
        path.write_text(PRICING, "utf-8")
    done = tactful("topics", "import", "pricing2yaml", *paths, "--out", "t")
    assert done.returncode == 2
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("excel", "x.csv"), "known: pricing2yaml, csv, stripe"),
        (("csv", "nowhere.csv"), "cannot read nowhere.csv"),
        (("csv", str(CASES / "bundles.csv"), "--today", "soon"), "`soon` is no date"),
    ],
)
def test_wrong_usage_is_told_in_one_line(
    tactful: Any, arguments: tuple[str, ...], told: str
) -> None:
    done = tactful("topics", "import", *arguments, "--out", "t")
    assert done.returncode == 2
    assert told in done.stderr


# -- the guided start -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "files",
    [("pricing",), ("stripe.json",), ("comparison.tsv",), ("bundles.csv", "meters.csv"), ()],
    ids=lambda files: "-".join(files) or "blank",
)
def test_a_start_from_anything_is_a_folder_that_answers(
    tactful: Any, tmp_path: Path, files: tuple[str, ...]
) -> None:
    source: list[object] = []
    for name in files:
        renamed = tmp_path / f"{name}.txt"  # what it is, is read from what stands in it
        renamed.write_bytes(PRICING.encode() if name == "pricing" else (CASES / name).read_bytes())
        source += ["--from", renamed]
    done = tactful("init", "t", "--yes", "--today", TODAY, *source)
    assert done.returncode == 0, done.stderr
    assert is_servable(tmp_path / "t")
    assert re.search(r"Robin, an admin on \w+, asks: Do you have ", done.stderr)
    assert re.search(r"\n  \[(plan|add-on)\] .+: .+\n", done.stderr)
    kinds = {p.stem for p in (tmp_path / "t").glob("*.md")}
    assert kinds >= {"account", "expansion-playbooks", "features", "product-bundles", "restraint"}
    assert "words" in kinds


def test_the_three_next_commands_run_as_they_are_printed(
    tactful: Any, tmp_path: Path, environment: dict[str, str]
) -> None:
    done = tactful("init", "my topics", "--today", TODAY)
    commands = done.stdout.splitlines()
    assert len(commands) == 3
    for command in commands:
        run = subprocess.run(
            command,
            shell=True,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, (command, run.stderr)
        assert run.stdout or "0 errors" in run.stderr


def test_every_page_of_a_start_is_marked_as_generated(tactful: Any, tmp_path: Path) -> None:
    tactful("init", "t", "--yes")
    pages = list((tmp_path / "t").glob("*.md"))
    assert len(pages) >= 7
    assert all("\ngenerated: yes\n" in page.read_text("utf-8") for page in pages)


def test_without_a_terminal_nothing_is_asked_and_nothing_hangs(tactful: Any) -> None:
    done = tactful("init", "t")
    assert done.returncode == 0
    assert "What do you have?" not in done.stderr


def test_a_folder_with_anything_in_it_is_left_alone(tactful: Any, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "notes.txt").write_text("mine", "utf-8")
    done = tactful("init", "t", "--yes")
    assert done.returncode == 2
    assert [p.name for p in (tmp_path / "t").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "is empty"), ("colour,size\nred,4\n", "cannot tell what"), ('{"a": 1}', "")],
)
def test_a_file_that_nothing_reads_leaves_nothing_behind(
    tactful: Any, tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "x.csv").write_text(text, "utf-8")
    done = tactful("init", "t", "--yes", "--from", "x.csv")
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "t").exists()


def in_terminal(
    arguments: list[str], replies: list[str], folder: Path, environment: dict[str, str]
) -> tuple[int, str]:
    """Runs the command in a terminal of its own and types a reply at each prompt (a line that ends in `: `)."""
    main, other = pty.openpty()
    done = subprocess.Popen(
        [str(TACTFUL), *arguments],
        cwd=folder,
        env={**environment, "TERM": "dumb"},
        stdin=other,
        stdout=other,
        stderr=other,
        start_new_session=True,
    )
    os.close(other)
    seen, answered = "", 0
    waiting = list(replies)
    # Not select(): a worker of a long test run may have more than 1,024 files open.
    watched = select.poll()
    watched.register(main, select.POLLIN)
    while watched.poll(120_000):
        try:
            piece = os.read(main, 4096).decode("utf-8", "replace")
        except OSError:
            break
        if not piece:
            break
        seen += piece
        if waiting and re.search(r": $", seen[answered:]):
            answered = len(seen)
            os.write(main, (waiting.pop(0) + "\n").encode())
    status = done.wait(timeout=60)
    os.close(main)
    return status, seen


def test_in_a_terminal_a_blank_page_is_asked_for_step_by_step(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    replies = ["4", "Plotly Notes", "lee@plot.example", "Solo, Team", "free", "ask Bob"]
    replies += ["EUR 12 per seat per month", "Shared boards", "many", "3"]
    status, seen = in_terminal(["init", "t", "--today", TODAY], replies, tmp_path, environment)
    assert status == 0, seen
    assert "unreadable price `ask Bob`" in seen
    assert "`many` is no number of people" in seen
    assert "Shared boards is part of Team." in seen
    book = Compiler().compile_folder(tmp_path / "t", date.fromisoformat(TODAY)).playbook
    assert book.bundles["solo"].limits[0].value == 3
    assert [p.text for p in book.bundles["team"].prices] == ["EUR 12 per seat per month"]
    assert {t.owner for t in book.topics} == {"lee@plot.example"}


def test_in_a_terminal_a_file_is_asked_for_until_one_can_be_read(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    shutil.copy(CASES / "stripe.json", tmp_path / "export.json")
    replies = ["9", "3", "nowhere.json", "export.json", "Notely", "lee@notely.example"]
    status, seen = in_terminal(["init", "t", "--today", TODAY], replies, tmp_path, environment)
    assert status == 0, seen
    assert "`9` is none of them" in seen
    assert "cannot read nowhere.json" in seen
    assert "Shared notebooks is part of Team." in seen


# -- the how-to pages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["start", "import"])
def test_the_commands_of_the_page_run_in_order_and_print_what_it_shows(
    page: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    from evals.readme import shown

    text = (ROOT / "docs" / "how-to" / f"{page}.md").read_text("utf-8")
    for name, content in re.findall(
        r"`([\w.-]+)`:\n\n```(?:csv|json|yaml)\n(.*?)```", text, re.DOTALL
    ):
        (tmp_path / name).write_text(content, "utf-8")
    commands = shown(text)
    assert len(commands) >= 3
    for one in commands:
        done = subprocess.run(
            one.command, shell=True, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (one.command, done.stderr)
        printed = [line.strip() for line in (done.stdout + done.stderr).splitlines()]
        assert [line for line in one.lines if line not in printed] == [], one.command


def test_json_that_an_example_holds_is_an_account(tactful: Any, tmp_path: Path) -> None:
    tactful("init", "t", "--today", TODAY)
    account = json.loads((tmp_path / "t" / "example-account.json").read_text("utf-8"))
    assert account["account"]["plan"] == "basic"
    assert account["now"] == "2026-11-20T10:00:00+00:00"
