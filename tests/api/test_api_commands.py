"""`tactful serve`, `demo` and `doctor` as a person runs them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from skill.sample import sample_topics
from tests.api.doors import ADA, SECRET

ROOT = Path(__file__).parents[2]


WAIT = 120
"""Seconds for a server on a busy machine; nothing here is timed."""


def environment(**more: str) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("TACTFUL_")}
    own["TACTFUL_DATA_DIR"] = os.environ["TACTFUL_DATA_DIR"]  # never that of whoever runs the tests
    return {**own, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **more}


@contextmanager
def started(*command: str, **env: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *command],
        env=environment(**env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)


def tactful(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    program = "from skill.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


MAIN = ("-c", "from skill.cli import main; main()")


def test_the_demo_prints_one_line_and_serves_its_page_and_people() -> None:
    with started(*MAIN, "demo", "--port", "0", "--no-browser") as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()

        page = httpx2.get(url, timeout=WAIT)
        people = httpx2.get(f"{url}/people", timeout=WAIT).json()["people"]
        headers = {"Authorization": f"Bearer {people[1]['token']}"}
        body = {"question": people[1]["questions"][0]}
        answer = httpx2.post(
            url.replace("/demo", "/v1/ask"), json=body, headers=headers, timeout=WAIT
        )

    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert len(people) == 3
    assert answer.json()["recommended_offers"]


def test_serving_says_where_on_standard_error_and_answers(tmp_path: Path) -> None:
    env = {"TACTFUL_DATA_DIR": str(tmp_path), "TACTFUL_JWT_SECRET": SECRET}
    with started(*MAIN, "serve", "--topics", str(sample_topics()), "--port", "0", **env) as process:
        assert process.stderr is not None
        url = process.stderr.readline().split()[-1]

        ready = httpx2.get(f"{url}/readyz", timeout=WAIT)
        answer = httpx2.post(
            f"{url}/v1/ask", json={"question": "Do I have SSO?"}, headers=ADA, timeout=WAIT
        )

    assert ready.json()["status"] == "ready"
    assert answer.status_code == 200
    assert (tmp_path / "tactful.db").is_file()


def test_server_py_serves_like_the_command(tmp_path: Path) -> None:
    env = {
        "TACTFUL_DATA_DIR": str(tmp_path),
        "TACTFUL_JWT_SECRET": SECRET,
        "TACTFUL_PORT": "0",
    }
    with started("server.py", **env) as process:
        assert process.stderr is not None
        url = process.stderr.readline().split()[-1]

        assert httpx2.get(f"{url}/healthz", timeout=WAIT).json() == {"status": "ok"}


def test_a_kill_loses_no_decision_that_was_acknowledged(tmp_path: Path) -> None:
    env = {"TACTFUL_DATA_DIR": str(tmp_path), "TACTFUL_JWT_SECRET": SECRET}
    command = (*MAIN, "serve", "--topics", str(sample_topics()), "--port", "0")
    answered = []
    with started(*command, **env) as process:
        assert process.stderr is not None
        url = process.stderr.readline().split()[-1]
        for _ in range(20):
            body = {"question": "Do I have SSO?"}
            answer = httpx2.post(f"{url}/v1/ask", json=body, headers=ADA, timeout=WAIT).json()
            answered.append(answer["decision_id"])
        process.kill()

    with started(*command, **env, TACTFUL_API_KEYS="key=support") as process:
        assert process.stderr is not None
        url = process.stderr.readline().split()[-1]
        for decision in answered:
            kept = httpx2.get(
                f"{url}/v1/decisions/{decision}", headers={"X-API-Key": "key"}, timeout=WAIT
            )
            assert kept.status_code == 200


def test_a_port_that_is_taken_is_said_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        ran = tactful("serve", "--topics", str(sample_topics()), "--port", str(port))

    assert ran.returncode == 2
    assert f"port {port}" in ran.stderr
    assert ran.stdout == ""


def test_topics_with_errors_are_named_like_a_compiler_does(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("---\nkind: nonsense\n---\n# X\n", encoding="utf-8")

    ran = tactful("serve", "--topics", str(tmp_path), "--port", "0")

    assert ran.returncode == 2
    assert "x.md:2" in ran.stderr
    assert "error[T001]" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_bad_setting_ends_with_one_clear_line() -> None:
    ran = tactful("serve", TACTFUL_PORT="eighty")

    assert ran.returncode == 2
    assert ran.stderr.splitlines()[0] == "error: TACTFUL_PORT is `eighty`, which is not a port"


def test_the_doctor_is_content_where_all_is_set(tmp_path: Path) -> None:
    ran = tactful(
        "doctor",
        TACTFUL_TOPICS=str(sample_topics()),
        TACTFUL_DATA_DIR=str(tmp_path),
        TACTFUL_JWT_SECRET=SECRET,
        TACTFUL_API_KEYS="hunter2=support@acme",
    )

    assert ran.returncode == 0, ran.stdout
    assert "support for acme" in ran.stdout
    assert SECRET not in ran.stdout
    assert "hunter2" not in ran.stdout


def test_the_doctor_names_everything_that_is_missing_or_wrong_and_the_mend(tmp_path: Path) -> None:
    ran = tactful(
        "doctor",
        TACTFUL_TOPICS="/no/such/folder",
        TACTFUL_PORT="eighty",
        TACTFUL_DATA_DIR=str(tmp_path),
        TACTFUL_DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/x",
        TACTFUL_JWT_SECERT="x",
    )

    assert ran.returncode == 2
    for said in ("/no/such/folder", "`eighty`", "openssl rand", "did you mean TACTFUL_JWT_SECRET"):
        assert said in ran.stdout
    assert "hunter2" not in ran.stdout + ran.stderr


def test_the_server_says_where_it_is_once_it_can_answer(tmp_path: Path) -> None:
    env = {"TACTFUL_DATA_DIR": str(tmp_path), "TACTFUL_JWT_SECRET": SECRET}
    with started(*MAIN, "serve", "--topics", str(sample_topics()), "--port", "0", **env) as process:
        assert process.stderr is not None
        url = process.stderr.readline().split()[-1]
        assert httpx2.get(f"{url}/readyz", timeout=WAIT).status_code == 200


@pytest.mark.parametrize("module", ["openai", "chromadb", "fastapi", "sqlalchemy"])
def test_help_loads_nothing_heavy(module: str) -> None:
    program = (
        "import sys; from skill.cli.app import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        f"sys.exit({module!r} in sys.modules)"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, check=False
    )

    assert ran.returncode == 0


def test_the_doctor_looks_and_makes_nothing(tmp_path: Path) -> None:
    tactful("doctor", TACTFUL_DATA_DIR=str(tmp_path / "data"), TACTFUL_TOPICS=str(sample_topics()))

    assert list(tmp_path.iterdir()) == []
