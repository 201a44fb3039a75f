"""The built wheel in an empty environment: it installs, answers, and shows the sample company in a browser."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from urllib.request import urlopen

from evals.shell import environment, server

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Build, install, ask, and open the demo; a failure says which step."""
    with tempfile.TemporaryDirectory(prefix="tactful-wheel-") as folder:
        work = Path(folder)
        python = _empty_environment(work)
        _install(python, _wheel(work))
        env = environment(python.parent, work)
        env.pop("TACTFUL_TOPICS", None)
        asked = _run(env, work, "tactful", "ask", "Can I export to Salesforce?", "--as", "ada")
        assert "Connect Pack" in asked, asked
        with server("tactful demo --no-browser --port 0", work, env, patience=60) as url:
            page = urlopen(url, timeout=20).read().decode()
        assert "<html" in page.lower(), page[:200]
        print(f"ok  the wheel answers and its demo serves {len(page):,} characters at {url}")


def _wheel(work: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(work), str(ROOT)]
    if shutil.which("uv"):
        command = ["uv", "build", "-q", "--wheel", "--out-dir", str(work), str(ROOT)]
    subprocess.run(command, check=True)
    return next(work.glob("tactful-*.whl"))


def _empty_environment(work: Path) -> Path:
    venv.create(work / "venv", with_pip=True)
    return work / "venv" / "bin" / "python"


def _install(python: Path, wheel: Path) -> None:
    pins = str(ROOT / "constraints.txt")
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if shutil.which("uv"):
        pip = ["uv", "pip", "install", "-q", "--python", str(python)]
    subprocess.run([*pip, "--require-hashes", "-r", pins], check=True)
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True)


def _run(env: dict[str, str], cwd: Path, *command: str) -> str:
    program = shutil.which(command[0], path=env["PATH"]) or command[0]
    done = subprocess.run(
        [program, *command[1:]], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


if __name__ == "__main__":
    main()
