"""A folder of Topics: what is read, what is refused, and what an edit costs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from skill.compiler.folder import Compiler, read_folder, refuse_errors
from skill.errors import TopicError

TODAY = date(2026, 11, 21)
FEATURE = "---\nkind: features\n---\n# F\n\n## CSV export\n\n| Field | Value |\n|---|---|\n| What it does | Lists. |\n| Free for all | yes |\n"


def test_the_sample_company_compiles_without_a_finding(fernway: object) -> None:
    compiled = Compiler().compile_folder(Path(__file__).parents[2] / "topics", TODAY)
    assert compiled.diagnostics == ()


def test_the_version_is_the_digest_of_names_and_texts() -> None:
    compiler = Compiler()
    one = compiler.compile_sources({"a.md": FEATURE}, TODAY).playbook.version
    assert one == Compiler().compile_sources({"a.md": FEATURE}, TODAY).playbook.version
    assert one != compiler.compile_sources({"b.md": FEATURE}, TODAY).playbook.version
    assert one != compiler.compile_sources({"a.md": FEATURE + " "}, TODAY).playbook.version
    assert one.startswith("sha256:")


def test_unchanged_sources_are_not_compiled_again() -> None:
    compiler = Compiler()
    first = compiler.compile_sources({"a.md": FEATURE}, TODAY)
    assert compiler.compile_sources({"a.md": FEATURE}, TODAY) is first
    assert compiler.compile_sources({"a.md": FEATURE + "\n"}, TODAY) is not first


def test_an_empty_folder_is_told_with_its_mend(tmp_path: Path) -> None:
    with pytest.raises(TopicError, match="no Topics in") as told:
        read_folder(tmp_path)
    assert "import" in told.value.help


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TopicError, match="nowhere"):
        read_folder(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"---\nkind\0: features\n---\n", "a.md:2: holds a NUL byte"),
        (b"ok\n\xff\xfe", "a.md:2: this is not UTF-8"),
    ],
)
def test_bytes_that_are_no_text_are_refused_at_their_line(
    tmp_path: Path, raw: bytes, told: str
) -> None:
    (tmp_path / "a.md").write_bytes(raw)
    with pytest.raises(TopicError, match=told):
        read_folder(tmp_path)


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text(FEATURE, "utf-8")
    (tmp_path / "a.md").symlink_to(tmp_path / "real.txt")
    with pytest.raises(TopicError, match="is a link"):
        read_folder(tmp_path)


def test_a_file_past_its_bound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x" * 2_000_001, "utf-8")
    with pytest.raises(TopicError, match="more than 2,000,000"):
        read_folder(tmp_path)


def test_topics_with_errors_may_not_be_served() -> None:
    compiled = Compiler().compile_sources({"a.md": FEATURE.replace("kind: f", "kind: x")}, TODAY)
    with pytest.raises(TopicError, match=r"a\.md:2: unknown kind") as told:
        refuse_errors(compiled, "topics")
    assert told.value.diagnostics == compiled.diagnostics


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbf" + FEATURE.replace("\n", "\r\n").encode())
    compiled = Compiler().compile_folder(tmp_path, TODAY)
    assert compiled.servable
    assert compiled.playbook.features["csv-export"].span.line == 6
