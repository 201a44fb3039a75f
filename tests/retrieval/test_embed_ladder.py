"""Which embedder runs, what each rung gives, and that a damaged model is never used."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from skill.errors import RetrievalError, SettingsError
from skill.model.playbook import Playbook
from skill.retrieval.carrier import PINS, home
from skill.retrieval.embed import Embedder, best_embedder
from skill.retrieval.index import Library
from skill.retrieval.kept import kept
from skill.retrieval.ladder import Ladder, opened, rungs
from skill.retrieval.minilm import MiniLM
from skill.retrieval.rank import learned_with
from skill.settings import Embeddings

QUESTIONS = ["Can we export to Salesforce?", "a", "who changed what", "export " * 300, "", " "]
PUBLISHED = [-0.0098145, -0.1153014, -0.0826832, 0.0048434, 0.0592106, 0.0680451]
"""The first numbers of "Can I export to Salesforce?", by a plain forward pass in double precision."""


@pytest.fixture(scope="module")
def minilm(models_at: Path, tmp_path_factory: pytest.TempPathFactory) -> MiniLM:
    """MiniLM from a folder of its own, so that what it keeps is not kept among the user's files."""
    folder = home(tmp_path_factory.mktemp("data"))
    folder.mkdir(parents=True)
    for pin in PINS:
        (folder / pin.name).symlink_to(home(models_at) / pin.name)
    return MiniLM(folder)


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        (Embeddings(), ("minilm", "wordllama", "lexical")),
        (Embeddings(model="m"), ("remote", "minilm", "wordllama", "lexical")),
        (Embeddings(embedder="minilm"), ("minilm", "wordllama", "lexical")),
        (Embeddings(embedder="wordllama", model="m"), ("wordllama", "lexical")),
        (Embeddings(embedder="lexical"), ("lexical",)),
    ],
)
def test_the_rungs_by_the_settings(settings: Embeddings, wanted: tuple[str, ...]) -> None:
    assert rungs(settings) == wanted


def test_an_embedder_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingsError, match="TACTFUL_EMBEDDER is `bert`"):
        Embeddings.from_env({"TACTFUL_EMBEDDER": "bert"})


def test_a_rung_that_is_not_here_leaves_the_next(fernway: Playbook, tmp_path: Path) -> None:
    settings = Embeddings(data_dir=tmp_path, embedder="remote")
    library = Library.build(fernway, embeddings=settings)
    alone = Library.build(fernway, embedder=best_embedder())
    asked = ("export to a file", "customers")
    assert library.search(*asked) == alone.search(*asked)
    told = library.status()["index customers"]
    assert "TACTFUL_EMBEDDINGS names no model; MiniLM is not installed" in told


def test_words_alone_answer_where_they_were_chosen(fernway: Playbook, tmp_path: Path) -> None:
    library = Library.build(fernway, embeddings=Embeddings(tmp_path, embedder="lexical"))
    assert {h.found_by for h in library.search("export to a file", "all")} == {("words",)}


def test_a_loaded_rung_is_loaded_once(tmp_path: Path) -> None:
    ladder = Ladder.of(Embeddings(data_dir=tmp_path))
    assert ladder.embedder() is ladder.embedder()
    assert ladder.reader() is ladder.embedder()
    assert ladder.reader().name in learned_with()


def test_minilm_serves_as_soon_as_it_is_installed(models_at: Path) -> None:
    ladder = Ladder.of(Embeddings(data_dir=models_at))
    assert (ladder.reader().name, ladder.embedder().name) == ("minilm", "minilm")


def test_questions_are_never_read_by_a_rung_that_nothing_was_learned_with(tmp_path: Path) -> None:
    ladder = Ladder.of(Embeddings(tmp_path, model="m", base_url="http://127.0.0.1:1/v1"))
    assert ladder.embedder().name == "remote"
    assert ladder.reader().name == "wordllama"


def test_a_rung_that_was_given_up_stays_so(tmp_path: Path) -> None:
    ladder = Ladder.of(Embeddings(data_dir=tmp_path))
    ladder.give_up(ladder.embedder(), "it failed")
    assert ladder.embedder().name == "lexical"
    assert [one.why for one in ladder.passed] == ["MiniLM is not installed", "it failed"]


def invariant(embedder: Embedder) -> None:
    many = [f"{question} {n % 7}".strip() for n in range(20) for question in QUESTIONS]
    for texts in (QUESTIONS, QUESTIONS * 5, many):
        alone = np.vstack([embedder.embed([text]) for text in texts])
        assert np.array_equal(embedder.embed(texts), alone)
    whole = embedder.embed(QUESTIONS)
    norms = np.linalg.norm(whole[: len(QUESTIONS)], axis=1)
    assert np.allclose(norms[:5], [1, 1, 1, 1, 0], atol=1e-5)


def test_wordllama_gives_unit_vectors_whatever_the_batch(tmp_path: Path) -> None:
    invariant(opened("wordllama", Embeddings(tmp_path)))


def test_minilm_gives_unit_vectors_whatever_the_batch(minilm: MiniLM) -> None:
    invariant(minilm)


def test_minilm_gives_the_published_models_vectors(minilm: MiniLM) -> None:
    (row,) = minilm.embed(["Can I export to Salesforce?"])
    assert np.allclose(row[:6], PUBLISHED, atol=2e-6)


def test_a_word_has_one_vector_whatever_stands_beside_it(minilm: MiniLM) -> None:
    words = ["exports", "", "export", "\u4e00", "exports"]
    for embedder in (minilm, best_embedder()):
        alone = np.vstack([embedder.words([word]) for word in words])
        assert np.array_equal(alone, embedder.words(words))
        assert np.array_equal(alone[0], alone[4])
        assert float(alone[0] @ alone[2]) > 0.4
        assert not alone[1].any()


def test_what_was_made_before_is_read_and_what_was_damaged_is_made_again(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> np.ndarray:
        made.append(1)
        return np.arange(6, dtype=np.float32).reshape(2, 3)

    def rows(maker: str, *texts: str) -> np.ndarray:
        return kept(tmp_path / "v", maker, texts, 3, make)

    assert np.array_equal(rows("m", "a", "b"), rows("m", "a", "b"))
    assert len(made) == 1
    (path,) = (tmp_path / "v").iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert np.array_equal(rows("m", "a", "b"), make())
    rows("n", "a", "b"), rows("m", "ab", "")
    assert len(made) == 5


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "v").write_text("a file", encoding="utf-8")
    rows = kept(tmp_path / "v", "m", ["a"], 1, lambda: np.ones((1, 1), dtype=np.float32))
    assert rows.tolist() == [[1.0]]


def test_minilm_knows_what_other_words_mean(minilm: MiniLM) -> None:
    asked, same, other = minilm.embed(
        ["sign in with our company directory", "single sign-on", "pay by invoice"]
    )
    assert float(asked @ same) > float(asked @ other) + 0.2


def test_an_index_of_one_embedder_is_not_read_with_another(
    minilm: MiniLM, fernway: Playbook, tmp_path: Path
) -> None:
    asked = ("sign in with our company directory", "customers")
    for embedder in (best_embedder(), minilm, best_embedder()):
        kept = Library.build(fernway, data_dir=tmp_path, embedder=embedder)
        fresh = Library.build(fernway, embedder=embedder)
        assert kept.search(*asked) == fresh.search(*asked)
        assert embedder.name in kept.status()["index customers"]


def test_a_byte_changed_anywhere_in_the_weights_is_refused(models_at: Path, tmp_path: Path) -> None:
    for pin in PINS:
        shutil.copy(home(models_at) / pin.name, tmp_path / pin.name)
    for n in range(30):
        pin = PINS[n % 10 == 9]
        at = 0 if n == 0 else pin.size - 1 if n == 1 else pin.size * n // 30
        with (tmp_path / pin.name).open("r+b") as file:
            file.seek(at)
            byte = file.read(1)
            file.seek(at)
            file.write(bytes([byte[0] ^ 1 << n % 8]))
        with pytest.raises(RetrievalError, match="is not the published file"):
            MiniLM(tmp_path)
        with (tmp_path / pin.name).open("r+b") as file:
            file.seek(at)
            file.write(byte)
    assert MiniLM(tmp_path).digest


def test_weights_that_were_cut_leave_the_next_rung(
    models_at: Path, fernway: Playbook, tmp_path: Path
) -> None:
    shutil.copytree(home(models_at), home(tmp_path))
    with (home(tmp_path) / "model.safetensors").open("r+b") as file:
        file.truncate(1_000_000)
    library = Library.build(fernway, embeddings=Embeddings(tmp_path, embedder="minilm"))
    assert library.search("export to a file", "customers")
    told = library.status()["index customers"]
    assert best_embedder().name in told
    assert "is not the published file" in told
