"""Published Topics in the store: one text is kept once, one writer wins, no tenant sees another's."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import func, select, text

from skill.errors import (
    Conflicting,
    InputError,
    LedgerError,
    NotFound,
    Outdated,
    SkillError,
    Unconditional,
)
from skill.store import engine, migrations
from skill.store.engine import Store
from skill.store.folders import LastGood, keep_last_good, last_good
from skill.store.tables import accounts, topic_files, topic_texts
from skill.store.topics import (
    Expected,
    Made,
    Wanted,
    acts,
    current,
    currents,
    files_of,
    find_version,
    lately_published,
    make_current,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST = Expected(said="none_yet")


def version_of(files: Mapping[str, str]) -> str:
    return "sha256:" + hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()


def publish(
    store: Store,
    files: dict[str, str],
    expected: Expected,
    *,
    tenant: str = "acme",
    by: str = "ada",
    key: str | None = None,
    at: datetime = NOON,
) -> Made:
    wanted = Wanted(
        act="publish", version=version_of(files), at=at, by=by, note="why", request_key=key
    )
    return make_current(store, tenant, wanted, expected, files=files)


def exactly(version: str) -> Expected:
    return Expected(said="versions", versions=(version,))


A, B, C = ({"features.md": f"# {name}\r\n\N{SNOWMAN}\t\n"} for name in "ABC")


def count(store: Store) -> tuple[int, int]:
    with store.reading() as connection:
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (topic_texts, topic_files)
        ]
    return counts[0], counts[1]


def test_a_published_version_comes_back_byte_for_byte(store: Store) -> None:
    files = {"a.md": "# A\r\nend without newline", "b.md": "", "c.md": "\N{PILE OF POO}\u2028 \n\n"}

    made = publish(store, files, FIRST)

    assert made.changed
    assert files_of(store, "acme", made.act.version) == files
    found = current(store, "acme")
    assert found is not None
    assert (found.version, found.sequence) == (made.act.version, 1)


def test_the_same_text_is_kept_once_in_however_many_versions(store: Store) -> None:
    same = {"words.md": "the same words"}
    publish(store, {**A, **same}, FIRST)
    publish(store, {**B, **same, "copy.md": "the same words"}, Expected(said="anything"))
    before = count(store)
    assert before == (3, 5)

    publish(store, {**A, **same}, Expected(said="anything"))

    assert count(store) == before


def test_the_current_version_published_again_writes_nothing(store: Store) -> None:
    publish(store, A, FIRST)

    made = publish(store, A, exactly(version_of(A)), by="ben")

    assert not made.changed
    assert [(act.sequence, act.by) for act in acts(store, "acme").items] == [(1, "ada")]


@pytest.mark.parametrize(
    ("expected", "met_by_nothing", "met_by_a"),
    [
        (Expected(), None, Unconditional),
        (FIRST, None, Outdated),
        (Expected(said="anything"), Outdated, None),
        (exactly(version_of(A)), Outdated, None),
        (exactly(version_of(B)), Outdated, Outdated),
        (Expected(said="versions", versions=(version_of(B), version_of(A))), Outdated, None),
        (Expected(said="versions"), Outdated, Outdated),
    ],
)
def test_a_writer_goes_on_only_where_what_is_current_is_as_expected(
    store: Store,
    expected: Expected,
    met_by_nothing: type[SkillError] | None,
    met_by_a: type[SkillError] | None,
) -> None:
    publish(store, A, FIRST, tenant="with-a")
    for tenant, refusal in (("empty", met_by_nothing), ("with-a", met_by_a)):
        if refusal is None:
            assert publish(store, C, expected, tenant=tenant).changed
            continue
        with pytest.raises(refusal) as caught:
            publish(store, C, expected, tenant=tenant)
        assert type(caught.value) is refusal
        assert caught.value.current == (version_of(A) if tenant == "with-a" else None)  # type: ignore[attr-defined]
        # Nothing of the refused version was kept.
        assert files_of(store, tenant, version_of(C)) == {}


def race(store: Store, expected: Expected, number: int, n: int = 2) -> list[Made | SkillError]:
    """What became of `n` writers who all expect the same and begin together."""
    ready, out = threading.Barrier(n), list[Made | SkillError]()

    def write(who: int) -> None:
        # A store of its own, as another process would have: only the database is between them.
        own = Store(store._engine)
        ready.wait()
        try:
            out.append(publish(own, {"a.md": f"{number} of {who}"}, expected, by=f"w{who}"))
        except SkillError as error:
            out.append(error)

    threads = [threading.Thread(target=write, args=(who,)) for who in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return out


@pytest.mark.parametrize("n", [2, 5])
def test_of_writers_who_expect_the_same_exactly_one_wins_each_round(store: Store, n: int) -> None:
    expected = FIRST
    for number in range(1, 16):
        out = race(store, expected, number, n)

        (won,) = [one for one in out if isinstance(one, Made)]
        lost = [one for one in out if not isinstance(one, Made)]
        assert [type(one) for one in lost] == [Outdated] * (n - 1)
        # Whoever lost learns what is current now.
        assert {one.current for one in lost} == {won.act.version}  # type: ignore[union-attr]
        assert won.act.sequence == number
        expected = exactly(won.act.version)
    assert [act.sequence for act in acts(store, "acme", n=99).items] == list(range(15, 0, -1))


def test_the_history_is_one_chain_whatever_raced(store: Store) -> None:
    publish(store, A, FIRST)
    for number in range(5):
        race(store, Expected(said="anything"), number, 4)

    items = acts(store, "acme", n=99).items

    assert len(items) == 21
    for newer, older in itertools.pairwise(items):
        assert newer.previous == older.version
        assert newer.sequence == older.sequence + 1
    found = current(store, "acme")
    assert found is not None
    assert found.version == items[0].version


def test_readers_see_a_whole_version_while_it_changes(store: Store) -> None:
    drafts = [{f"{n}.md": f"{n} in {d}" for n in range(20)} for d in range(2)]
    publish(store, drafts[0], FIRST)
    done, torn = threading.Event(), list[object]()

    def read() -> None:
        while not done.is_set():
            now = current(store, "acme")
            assert now is not None
            files = files_of(store, "acme", now.version)
            if version_of(files) != now.version:
                torn.append(files)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(30):
        publish(store, drafts[(number + 1) % 2], Expected(said="anything"))
    done.set()
    for reader in readers:
        reader.join()

    assert torn == []


def test_tenants_never_see_each_others_versions(store: Store) -> None:
    publish(store, A, FIRST, tenant="acme")
    publish(store, B, FIRST, tenant="other")

    assert files_of(store, "other", version_of(A)) == {}
    with pytest.raises(NotFound):
        find_version(store, "other", version_of(A))
    assert [act.version for act in acts(store, "other").items] == [version_of(B)]
    assert current(store, "third") is None
    assert set(currents(store, ["acme", "third"])) == {"acme"}


def test_a_version_is_found_by_the_beginning_of_its_digest(store: Store) -> None:
    publish(store, A, FIRST)
    whole = version_of(A)

    for given in (whole, whole[7:], whole[:11], whole[7:11], whole.upper().replace("SHA", "sha")):
        assert find_version(store, "acme", given) == whole


@pytest.mark.parametrize("given", ["", "abc", "sha256:", "%%%%", "____", "' or 1=1 --", "g" * 8])
def test_what_is_no_version_is_refused(store: Store, given: str) -> None:
    publish(store, A, FIRST)

    with pytest.raises(InputError):
        find_version(store, "acme", given)


def test_a_beginning_that_fits_several_versions_is_refused_with_them(store: Store) -> None:
    for last in "ab":
        wanted = Wanted(act="publish", version=f"sha256:{'0' * 63}{last}", at=NOON, by="ada")
        make_current(
            store, "acme", wanted, Expected(said="anything") if last == "b" else FIRST, files=A
        )

    with pytest.raises(InputError, match="several versions") as caught:
        find_version(store, "acme", "0000")
    assert caught.value.help.count("sha256:") == 2


def test_a_request_key_makes_one_act(store: Store) -> None:
    first = publish(store, A, FIRST, key="k1")

    again = publish(store, A, FIRST, key="k1")

    assert again.act == first.act
    with pytest.raises(Conflicting):
        publish(store, B, FIRST, key="k1")
    # Somebody else's key of the same name is another key.
    assert publish(store, B, exactly(version_of(A)), key="k1", by="ben").act.sequence == 2


def test_the_history_comes_in_pages(store: Store) -> None:
    for number in range(7):
        publish(store, {"a.md": str(number)}, Expected(said="anything") if number else FIRST)

    page = acts(store, "acme", n=3)
    assert [act.sequence for act in page.items] == [7, 6, 5]
    assert page.next_cursor == "5"
    assert [act.sequence for act in acts(store, "acme", before=2, n=3).items] == [1]


def test_who_published_last_comes_first(store: Store) -> None:
    for number, tenant in enumerate(("a", "b", "c")):
        publish(store, A, FIRST, tenant=tenant, at=NOON + timedelta(hours=number))
    publish(store, B, exactly(version_of(A)), tenant="a", at=NOON + timedelta(days=1))

    assert lately_published(store, 2) == ("a", "c")


def test_a_text_that_was_changed_in_the_store_is_never_given_out(store: Store) -> None:
    publish(store, A, FIRST)
    with store.writing() as connection:
        connection.execute(text("UPDATE topic_texts SET text = 'something else'"))

    with pytest.raises(LedgerError, match="not whole"):
        files_of(store, "acme", version_of(A))


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_database_of_the_first_version_is_brought_up_with_all_it_holds(
    kind: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    older = Store(engine._engine(url))
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with older.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        row = {"tenant": "acme", "id": "a1", "body": "{}", "updated_at": NOON}
        connection.execute(accounts.insert().values(row))
    older.close()

    store = Store.open(url)

    assert publish(store, A, FIRST).changed
    with store.reading() as connection:
        assert connection.execute(select(accounts.c.id)).scalars().all() == ["a1"]
    store.close()


def test_the_last_good_text_of_a_folder_is_kept_by_folder(store: Store, tmp_path: Path) -> None:
    good = LastGood(version="sha256:1", at=NOON, files=A)
    keep_last_good(store, tmp_path, good)
    later = good.model_copy(update={"version": "sha256:2", "files": B})

    keep_last_good(store, tmp_path, later)

    assert last_good(store, tmp_path) == later
    assert last_good(store, tmp_path / "other") is None
