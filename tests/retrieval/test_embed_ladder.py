"""Which embedder runs, what each rung gives, and that a damaged model is never used."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from skill.errors import RetrievalError, SettingsError
from skill.model.playbook import Playbook
from skill.retrieval.carrier import PINS, home, installed
from skill.retrieval.embed import Embedder, best_embedder
from skill.retrieval.index import Library
from skill.retrieval.ladder import LEARNED_WITH, Ladder, opened, rungs
from skill.retrieval.minilm import MiniLM
from skill.settings import Embeddings

QUESTIONS = ["Can we export to Salesforce?", "a", "who changed what", "export " * 300, "", " "]
HERE = Embeddings.from_env()
PUBLISHED = [-0.0098145, -0.1153014, -0.0826832, 0.0048434, 0.0592106, 0.0680451]
"""The first numbers of "Can I export to Salesforce?", by a plain forward pass in double precision."""


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    if not installed(HERE.data_dir):
        pytest.skip("MiniLM is not installed here: tactful models install")
    return MiniLM(home(HERE.data_dir))


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        (Embeddings(), ("wordllama", "lexical")),
        (Embeddings(model="m"), ("remote", "wordllama", "lexical")),
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
    assert ladder.reader().name in LEARNED_WITH


def test_a_rung_that_was_given_up_stays_so(tmp_path: Path) -> None:
    ladder = Ladder.of(Embeddings(data_dir=tmp_path))
    ladder.give_up(ladder.embedder(), "it failed")
    assert ladder.embedder().name == "lexical"
    assert [one.why for one in ladder.passed] == ["it failed"]


def invariant(embedder: Embedder) -> None:
    whole = embedder.embed(QUESTIONS * 5)
    alone = np.vstack([embedder.embed([text]) for text in QUESTIONS * 5])
    assert np.array_equal(whole, alone)
    norms = np.linalg.norm(whole[: len(QUESTIONS)], axis=1)
    assert np.allclose(norms[:5], [1, 1, 1, 1, 0], atol=1e-5)


def test_wordllama_gives_unit_vectors_whatever_the_batch() -> None:
    invariant(opened("wordllama", HERE))


def test_minilm_gives_unit_vectors_whatever_the_batch(minilm: MiniLM) -> None:
    invariant(minilm)


def test_minilm_gives_the_published_models_vectors(minilm: MiniLM) -> None:
    (row,) = minilm.embed(["Can I export to Salesforce?"])
    assert np.allclose(row[:6], PUBLISHED, atol=2e-6)


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


@pytest.mark.usefixtures("minilm")
def test_a_byte_changed_anywhere_in_the_weights_is_refused(tmp_path: Path) -> None:
    for pin in PINS:
        shutil.copy(home(HERE.data_dir) / pin.name, tmp_path / pin.name)
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


@pytest.mark.usefixtures("minilm")
def test_weights_that_were_cut_leave_the_next_rung(fernway: Playbook, tmp_path: Path) -> None:
    shutil.copytree(home(HERE.data_dir), home(tmp_path))
    with (home(tmp_path) / "model.safetensors").open("r+b") as file:
        file.truncate(1_000_000)
    library = Library.build(fernway, embeddings=Embeddings(tmp_path, embedder="minilm"))
    assert library.search("export to a file", "customers")
    told = library.status()["index customers"]
    assert best_embedder().name in told
    assert "is not the published file" in told
