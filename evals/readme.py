"""Runs every command of the README and checks that it prints what the README shows."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from evals.shell import environment, server

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
SERVERS = ("make demo", "tactful demo", "tactful serve")
ELSEWHERE = ("make test", "make proof", "make check", "git clone", "pip install", "cd ")
"""Commands that the gate runs by itself, or that set up what is already set up."""


@dataclass(frozen=True)
class Shown:
    """A command of the README and the lines that it is said to print."""

    command: str
    lines: tuple[str, ...]


def shown(text: str) -> list[Shown]:
    """Every command in a `console` block; what follows it until the next one is its output."""
    out: list[Shown] = []
    for block in BLOCK.findall(text):
        command = ""
        lines: list[str] = []
        for line in [*block.splitlines(), "$ "]:
            if line.startswith("$ "):
                if command:
                    out.append(Shown(command, tuple(lines)))
                command, lines = line[2:].strip(), []
            elif command.endswith("\\"):
                command = command[:-1] + line.strip()
            elif line.strip() and line.strip() != "...":
                lines.append(line.strip())
    return out


def main() -> None:
    """Run them in order in one folder; status 1 where one fails or prints something else."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        home = Path(folder)
        shutil.copytree(ROOT / "topics", home / "topics")
        env = environment(ROOT / ".venv" / "bin", home)
        for one in shown((ROOT / "README.md").read_text("utf-8")):
            if one.command.startswith(ELSEWHERE):
                continue
            if one.command.startswith(SERVERS):
                url = running.enter_context(server(one.command, ROOT, env, patience=300))
                print(f"ok    {one.command}  ->  {url}")
                continue
            problem = _problem(one, home, env)
            failed += problem is not None
            print(
                f"{'FAIL' if problem else 'ok'}  {one.command}{f': {problem}' if problem else ''}"
            )
    sys.exit(1 if failed else 0)


def _problem(one: Shown, home: Path, env: dict[str, str]) -> str | None:
    done = subprocess.run(
        one.command,
        shell=True,
        cwd=home,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = done.stdout + done.stderr
    if done.returncode != 0:
        return f"status {done.returncode}: {said[-400:]}"
    flat = " ".join(said.split())
    missing = [line for line in one.lines if " ".join(line.split()) not in flat]
    return f"does not print `{missing[0]}`" if missing else None


if __name__ == "__main__":
    main()
