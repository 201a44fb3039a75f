"""The rung above static word vectors: all-MiniLM-L6-v2, from files that were checked, run without a network."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skill.errors import RetrievalError
from skill.retrieval.carrier import PINS, TOKENIZER, WEIGHTS, checked, home
from skill.retrieval.embed import FEW, Met, Vectors, stay_offline
from skill.retrieval.kept import kept
from skill.retrieval.onnx_graph import EPSILON, WIDTH, encoder

Row = npt.NDArray[np.float32]

_LONGEST = 256
"""Pieces of a text that are read. Source: the `sentence_bert_config.json` that is published with the model."""
_TOGETHER = 16
_TRIED = (5, 9, 14)
"""So many texts are run together, and the lengths on which it is seen whether they may be."""
_MET = 1_024
"""So many short texts are remembered: the same question is asked again."""


class MiniLM:
    """Sentence vectors of all-MiniLM-L6-v2: the normalized mean over a text's word pieces.

    A text's vector depends on nothing but the text: neighbours, their number and their order change no bit of it.
    Few texts are run alone, one after the other. Many at once, as a whole product has them, are run with others of
    their length where that is seen to change no bit on this processor, and kept beside the model for the next process.

    Single words are not run: the model's own table of word pieces says which of them are alike. On made-up products
    left out that is as good, and a question of eight words takes two runs instead of ten.
    """

    name = "minilm"
    dim = WIDTH

    def __init__(self, folder: Path) -> None:
        """Load the checked files.

        Raises:
            RetrievalError: they are not there, are not what was published, or cannot be run here.
        """
        weights, tokenizer = (checked(folder, pin) for pin in (WEIGHTS, TOKENIZER))
        stay_offline()
        try:
            self._load(weights, tokenizer)
        except Exception as error:
            raise RetrievalError(
                f"MiniLM cannot be run here: {type(error).__name__}: {error}"
            ) from error
        self._beside = folder.with_name(f"{folder.name}-vectors")
        self._texts, self._words = Met(_MET), Met()
        self._threads = ThreadPoolExecutor(min(4, os.cpu_count() or 1), "tactful-minilm")

    def _load(self, weights: bytes, tokenizer: bytes) -> None:
        import onnxruntime
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        tensors = load(weights)
        self._pieces: Vectors = tensors["embeddings.word_embeddings.weight"]
        # Every text is one sentence, so its kind never differs and is added once.
        places = tensors["embeddings.position_embeddings.weight"][:_LONGEST]
        self._places: Vectors = places + tensors["embeddings.token_type_embeddings.weight"][0]
        self._middle: Row = self._pieces.mean(axis=0)
        self._runtime = f"{onnxruntime.__version__} {platform.machine()}"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            encoder(tensors), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Any = Tokenizer.from_buffer(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_LONGEST)

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of the files."""
        return hashlib.sha256("\0".join(pin.sha256 for pin in PINS).encode()).hexdigest()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The normalized mean of each text's word pieces; a text without any is a row of zeros."""
        if len(texts) <= FEW:
            return self._texts.rows(texts, self._made)
        maker = f"{self.digest} {self._runtime}"
        return kept(self._beside, maker, texts, WIDTH, lambda: self._made(texts))

    def words(self, texts: Sequence[str]) -> Vectors:
        """The normalized sum of each word's pieces as they go into the model, seen from the middle of all of them."""
        return self._words.rows(texts, self._pieced)

    def _made(self, texts: Sequence[str]) -> Vectors:
        different = list(dict.fromkeys(texts))
        ids = [self._tokenizer.encode(text).ids for text in different]
        together = _TOGETHER if len(different) > FEW and self._together_as_alone else 1
        found: dict[str, Row] = {}
        runs = list(_of_one_length([len(one) for one in ids], together))
        # A question's two texts are run one after the other: sharing them costs more than it saves.
        share = self._threads.map if len(different) > FEW else map
        for places, rows in zip(
            runs, share(self._run, [[ids[i] for i in r] for r in runs]), strict=True
        ):
            found.update((different[at], row) for at, row in zip(places, rows, strict=True))
        return (
            np.stack([found[text] for text in texts]) if texts else np.zeros((0, WIDTH), np.float32)
        )

    def _pieced(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for at, text in enumerate(texts):
            ids = self._tokenizer.encode(text, add_special_tokens=False).ids
            total = (self._pieces[ids] - self._middle).sum(axis=0)
            rows[at] = total / max(float(np.linalg.norm(total)), EPSILON)
        return rows

    def _run(self, ids: Sequence[Sequence[int]]) -> Vectors:
        """One row a text; all of them have equally many pieces."""
        rows = np.zeros((len(ids), WIDTH), dtype=np.float32)
        if len(ids[0]) <= 2:  # the two marks around a text, and nothing between them
            return rows
        x = self._pieces[np.asarray(ids)] + self._places[: len(ids[0])]
        for at, read in enumerate(self._session.run(None, {"x": x})[0]):
            mean = read.mean(axis=0)
            rows[at] = mean / max(float(np.linalg.norm(mean)), EPSILON)
        return rows

    @cached_property
    def _together_as_alone(self) -> bool:
        """Whether texts that are run together come out as they do alone, to the last bit; seen on a few lengths."""
        first = 1_000  # pieces from here on are whole words
        for length in _TRIED:
            ids = [list(range(first + n, first + n + length)) for n in range(_TOGETHER)]
            alone = np.concatenate([self._run([one]) for one in ids])
            if not np.array_equal(self._run(ids), alone):
                return False
        return True


def _of_one_length(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Places of equal length, at most so many at once."""
    for length in sorted(set(lengths)):
        same = [at for at, one in enumerate(lengths) if one == length]
        for start in range(0, len(same), most):
            yield same[start : start + most]


@lru_cache(maxsize=2)
def minilm(data_dir: Path) -> MiniLM:
    """The model that is installed under this data directory, loaded once.

    Raises:
        RetrievalError: it is not installed, or not whole.
    """
    folder = home(data_dir)
    if not folder.is_dir():
        raise RetrievalError("MiniLM is not installed", help="tactful models install")
    return MiniLM(folder)
