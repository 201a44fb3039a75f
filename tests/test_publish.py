"""A draft is published only whole, bounded and without errors; any version comes back byte for byte."""

from __future__ import annotations

import builtins
import itertools
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill import publish as roof
from skill.compiler.build import version_of
from skill.compiler.folder import Compiler, read_folder
from skill.errors import (
    Conflicting,
    DraftRefused,
    InputError,
    NotFound,
    Outdated,
    Unconditional,
)
from skill.publish import admit, check, history, publish, rollback
from skill.sources.faults import Refused
from skill.store.engine import Store
from skill.store.topics import Expected, current, files_of
from tests.conftest import NOW, ROOT

TODAY = NOW.date()
FIRST = Expected(said="none_yet")
ANY = Expected(said="anything")
BROKEN = "---\nkind: nonsense\nowner: a@b.example\nreview_by: 2030-01-01\n---\n# X\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'tactful.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def sample() -> dict[str, str]:
    return read_folder(ROOT / "topics")


def edited(files: dict[str, str], mark: str) -> dict[str, str]:
    return {**files, "features.md": files["features.md"] + f"\n<!-- {mark} -->\n"}


# Names


PARTS = [
    "..",
    "../..",
    "/",
    "\\",
    "/etc",
    "C:",
    "C:\\",
    "\\\\host\\share",
    "~",
    ".",
    "./",
    "//",
    "",
]
DOTS = [
    "..",
    "%2e%2e",
    "%252e%252e",
    "..%00",
    "\uff0e\uff0e",
    "\u2024\u2024",
    ".\u200b.",
    "..;",
    "....",
]
SLASHES = [
    "/",
    "\\",
    "%2f",
    "%5c",
    "%252f",
    "\uff0f",
    "\u2044",
    "\u2215",
    "\u29f5",
    "/./",
    "//",
    "\\/",
]
ENDS = ["etc/passwd", "x.md", "features.md", ".md", "etc/x.md"]
TRAVERSALS = sorted(
    {f"{dots}{slash}{end}" for dots, slash, end in itertools.product(DOTS, SLASHES, ENDS)}
    | {f"{part}{slash}x.md" for part, slash in itertools.product(PARTS, SLASHES)}
    | {f"a{slash}..{slash}x.md" for slash in SLASHES}
    | {f"x.md{end}" for end in ("\0", "\0.md", "/", "\\", "/.", " ", ".", "\n", "::$DATA", ":s.md")}
    | {f"{start}x.md" for start in (".", "-", "_", " ", "\t", "\n", "\0", "\ufeff", "\u202e", "~", ":")}
    | {"..md", "a..md", "a..b.md", "x.MD", "x.Md", "x.md.txt", "x", "md", ".md", "", "x.md\u200b"}
    | {"\u00fc.md", "x\u0301.md", "\uff58.md", "\u0445.md", "x\ud800.md", "file:///x.md", "a b.md"}
)  # fmt: skip


def test_there_are_a_few_hundred_spellings_to_try() -> None:
    assert len(TRAVERSALS) > 600


@pytest.mark.parametrize("name", TRAVERSALS, ids=ascii)
def test_a_name_that_is_not_flat_is_refused(name: str) -> None:
    with pytest.raises(Refused) as caught:
        admit({"features.md": "# A", name: "# B"})

    (fault,) = caught.value.faults
    assert fault.path == ("files", name)
    assert caught.value.detail.isprintable()


@pytest.mark.parametrize(
    "name",
    ["con.md", "CON.md", "nul.md", "aux.de.md", "com1.md", "LPT9.md", "prn.x.y.md",
     "README.md", "readme.md", "License.md", "tactful-words.md", "Tactful-Words.md", "x" * 118 + ".md"],
)  # fmt: skip
def test_a_reserved_name_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        admit({name: "# A"})


@pytest.mark.parametrize(
    "name",
    ["features.md", "product-bundles.de.md", "a.md", "0.md", "A_b-c.d.md", "console.md", "null.md"],
)
def test_a_plain_name_is_admitted(name: str) -> None:
    assert admit({name: "# A"}) == {name: "# A"}


@given(st.text(max_size=20))
def test_whatever_is_admitted_is_one_plain_part_of_a_path(name: str) -> None:
    try:
        admit({name: "# A"})
    except Refused:
        return
    assert name.isascii()
    assert os.path.basename(name) == name == os.path.normpath(name)  # noqa: PTH119 - of a text, not a file
    assert not name.startswith(".")


def test_names_that_differ_in_capitals_alone_are_refused() -> None:
    with pytest.raises(Refused, match="only in capitals"):
        admit({"Features.md": "# A", "features.md": "# B"})


def test_a_draft_is_bounded_in_files_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    largest = "x" * roof.MAX_BYTES
    assert admit({"a.md": largest})
    for files, said in (
        ({}, "no files"),
        ({f"{n}.md": "" for n in range(roof.MAX_FILES + 1)}, "1,001 files"),
        ({"a.md": largest + "x"}, "2,000,001 bytes"),
        # Characters are not bytes.
        ({"a.md": "\N{SNOWMAN}" * (roof.MAX_BYTES // 2)}, "3,000,000 bytes"),
        ({f"{n}.md": largest for n in range(11)}, "22,000,000 bytes in all"),
        ({"a.md": "one\ntwo\0"}, "a.md:2 holds a NUL"),
        ({"a.md": "\ud800"}, "half a character"),
    ):
        with pytest.raises(Refused, match=said):
            admit(files)


def test_no_name_of_a_draft_touches_the_disk(
    store: Store, sample: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    touched: list[str] = []
    real_open, real_os_open = builtins.open, os.open
    publish(
        store, "acme", sample, expected=FIRST, by="ada", now=NOW
    )  # whatever is loaded lazily is loaded

    def opened(file, *more, **also):  # type: ignore[no-untyped-def]
        touched.append(str(file))
        return real_open(file, *more, **also)

    def os_opened(file, *more, **also):  # type: ignore[no-untyped-def]
        touched.append(str(file))
        return real_os_open(file, *more, **also)

    monkeypatch.setattr(builtins, "open", opened)
    monkeypatch.setattr(os, "open", os_opened)
    publish(store, "acme", edited(sample, "x"), expected=ANY, by="ada", now=NOW)
    rollback(store, "acme", expected=ANY, by="ada", now=NOW)

    assert [name for name in touched if name.endswith(".md") and "words.md" not in name] == []


def test_a_mark_of_the_byte_order_makes_no_other_version(sample: dict[str, str]) -> None:
    marked = {name: "\ufeff" + text for name, text in sample.items()}

    assert check(marked, TODAY).playbook.version == check(sample, TODAY).playbook.version


# Publishing


def test_a_good_draft_becomes_current_under_the_digest_of_its_playbook(
    store: Store, sample: dict[str, str]
) -> None:
    made = publish(store, "acme", sample, expected=FIRST, by="ada", note="the first", now=NOW)

    compiled = Compiler().compile_sources(sample, TODAY)
    assert made.act.version == compiled.playbook.version == version_of(compiled.playbook.topics)
    assert files_of(store, "acme", made.act.version) == sample
    assert (made.act.by, made.act.note, made.act.at) == ("ada", "the first", NOW)


def test_a_draft_with_errors_is_refused_with_all_its_findings(
    store: Store, sample: dict[str, str]
) -> None:
    good = publish(store, "acme", sample, expected=FIRST, by="ada", now=NOW)
    draft = {**sample, "one.md": BROKEN, "two.md": BROKEN}

    with pytest.raises(DraftRefused) as caught:
        publish(store, "acme", draft, expected=ANY, by="ada", now=NOW)

    errors = [d.span.file for d in caught.value.diagnostics if d.severity == "error"]
    assert {"one.md", "two.md"} <= set(errors)
    found = current(store, "acme")
    assert found is not None
    assert found.version == good.act.version
    assert len(history(store, "acme").items) == 1


def test_a_review_date_that_has_passed_is_a_warning_only(
    store: Store, sample: dict[str, str]
) -> None:
    later = NOW + timedelta(days=3650)

    made = publish(store, "acme", sample, expected=FIRST, by="ada", now=later)

    assert {d.code for d in made.diagnostics if d.severity == "warning"} >= {"T002"}


def test_a_writer_says_what_they_replace_once_something_is_there(
    store: Store, sample: dict[str, str]
) -> None:
    first = publish(store, "acme", sample, expected=Expected(), by="ada", now=NOW)
    draft = edited(sample, "second")

    with pytest.raises(Unconditional):
        publish(store, "acme", draft, expected=Expected(), by="ben", now=NOW)
    named = Expected(said="versions", versions=(first.act.version,))
    publish(store, "acme", draft, expected=named, by="ben", now=NOW)
    with pytest.raises(Outdated):
        publish(store, "acme", edited(sample, "third"), expected=named, by="cleo", now=NOW)


@pytest.mark.parametrize(
    ("by", "note"), [("", ""), (" ", ""), ("a\nb", ""), ("a\0", ""), ("x" * 201, ""), ("\udcff", ""),
                     ("ada", "\0"), ("ada", "x" * 1001), ("ada", "\x1b[2J"), ("ada", "\ud800")]
)  # fmt: skip
def test_words_that_no_history_can_hold_are_refused(
    store: Store, sample: dict[str, str], by: str, note: str
) -> None:
    with pytest.raises(InputError):
        publish(store, "acme", sample, expected=FIRST, by=by, note=note, now=NOW)
    assert current(store, "acme") is None


# Rolling back


def test_rolling_back_gives_the_same_bytes_under_the_same_version(
    store: Store, sample: dict[str, str]
) -> None:
    windows = {name: text.replace("\n", "\r\n") for name, text in edited(sample, "x").items()}
    first = publish(store, "acme", windows, expected=FIRST, by="ada", now=NOW)
    publish(store, "acme", sample, expected=ANY, by="ada", now=NOW)

    back = rollback(store, "acme", first.act.version[:15], expected=ANY, by="ben", now=NOW)

    assert back.act.version == first.act.version
    found = current(store, "acme")
    assert found is not None
    assert files_of(store, "acme", found.version) == windows


def test_rolling_back_twice_ends_where_it_began(store: Store, sample: dict[str, str]) -> None:
    drafts = [edited(sample, mark) for mark in "abc"]
    made = [
        publish(store, "acme", draft, expected=ANY if n else FIRST, by="ada", now=NOW)
        for n, draft in enumerate(drafts)
    ]

    once = rollback(store, "acme", expected=ANY, by="ada", now=NOW)
    twice = rollback(store, "acme", expected=ANY, by="ada", now=NOW)

    assert once.act.version == made[1].act.version
    assert twice.act.version == made[2].act.version


def test_there_must_be_something_to_go_back_to(store: Store, sample: dict[str, str]) -> None:
    with pytest.raises(NotFound):
        rollback(store, "acme", expected=Expected(), by="ada", now=NOW)
    publish(store, "acme", sample, expected=FIRST, by="ada", now=NOW)
    with pytest.raises(NotFound):
        rollback(store, "acme", expected=ANY, by="ada", now=NOW)
    with pytest.raises(NotFound):
        rollback(store, "acme", "0" * 64, expected=ANY, by="ada", now=NOW)


def test_a_version_of_another_tenant_cannot_be_rolled_back_to(
    store: Store, sample: dict[str, str]
) -> None:
    theirs = publish(store, "other", edited(sample, "theirs"), expected=FIRST, by="eve", now=NOW)
    publish(store, "acme", sample, expected=FIRST, by="ada", now=NOW)

    with pytest.raises(NotFound):
        rollback(store, "acme", theirs.act.version, expected=ANY, by="ada", now=NOW)


def test_a_stored_version_that_no_longer_compiles_is_refused_with_its_findings(
    store: Store, sample: dict[str, str]
) -> None:
    # As if an older compiler had let it through.
    from skill.store.topics import Wanted, make_current

    draft = {**sample, "old.md": BROKEN}
    version = check(draft, TODAY).playbook.version
    wanted = Wanted(act="publish", version=version, at=NOW, by="ada")
    make_current(store, "acme", wanted, FIRST, files=draft)
    good = publish(store, "acme", sample, expected=ANY, by="ada", now=NOW)

    with pytest.raises(DraftRefused) as caught:
        rollback(store, "acme", version, expected=ANY, by="ada", now=NOW)

    assert {d.code for d in caught.value.diagnostics} >= {"T001"}
    assert history(store, "acme").items[0] == good.act


# History


def test_the_history_tells_who_did_what_when_and_why(store: Store, sample: dict[str, str]) -> None:
    publish(store, "acme", sample, expected=FIRST, by="ada", note="first", now=NOW)
    later = NOW + timedelta(hours=1)
    publish(store, "acme", edited(sample, "x"), expected=ANY, by="ben", note="prices", now=later)
    rollback(store, "acme", expected=ANY, by="cleo", note="too early", now=later)

    told = [(a.sequence, a.act, a.by, a.note, a.at) for a in history(store, "acme").items]

    assert told == [
        (3, "rollback", "cleo", "too early", later),
        (2, "publish", "ben", "prices", later),
        (1, "publish", "ada", "first", NOW),
    ]


@pytest.mark.parametrize("cursor", ["", "0", "-1", "x", "1" * 10, "\u0661", "1.0"])
def test_a_foreign_cursor_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(InputError, match="cursor"):
        history(store, "acme", cursor=cursor)


def test_a_request_that_comes_twice_is_one_act(store: Store, sample: dict[str, str]) -> None:
    def send(mark: str) -> roof.Published:
        draft = edited(sample, mark)
        return publish(store, "acme", draft, expected=FIRST, by="ada", now=NOW, request_key="once")

    assert send("x").act == send("x").act
    with pytest.raises(Conflicting):
        send("y")
    assert len(history(store, "acme").items) == 1


def test_a_rollback_that_comes_twice_is_one_act(store: Store, sample: dict[str, str]) -> None:
    for number, mark in enumerate("ab"):
        publish(
            store,
            "acme",
            edited(sample, mark),
            expected=ANY if number else FIRST,
            by="ada",
            now=NOW,
        )
    now = current(store, "acme")
    assert now is not None
    named = Expected(said="versions", versions=(now.version,))

    first = rollback(store, "acme", expected=named, by="ada", now=NOW, request_key="once")
    again = rollback(store, "acme", expected=named, by="ada", now=NOW, request_key="once")

    assert again.act == first.act
    assert len(history(store, "acme").items) == 3
