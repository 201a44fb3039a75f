"""The embedder seam: sentences become vectors offline, or there is none and the reason is said."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from skill.errors import RetrievalError

Vectors = npt.NDArray[np.float32]

_WEIGHTS = Path("weights") / "l2_supercat_256.safetensors"
_TOKENIZER = Path("tokenizers") / "l2_supercat_tokenizer_config.json"


FEW = 64
"""So many texts at once are a question's or a name's; more are a whole product's.

Few are cut into pieces one by one: a thread for each would wait longer than it works.
"""
_MET = 4_096
"""So many words are remembered: those of one question come again in the next."""


def dots(rows: Vectors, vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Each row times the vector, on one thread: BLAS's threads wait for each other on a busy machine."""
    out: npt.NDArray[np.float32] = np.einsum("ij,j->i", rows, vector)
    return out


class Embedder(Protocol):
    """Turns texts into unit vectors; the same text always gives the same vector."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def digest(self) -> str:
        """Digest of what makes the vectors: an index made by one is never read with another."""
        ...

    @property
    def dim(self) -> int:
        """Length of one vector; 0 where there are none."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One normalized row a text; a text without a single known piece is a row of zeros."""
        ...

    def words(self, texts: Sequence[str]) -> Vectors:
        """The same for single words, at little cost; they are compared with each other and with no longer text."""
        ...


class Met:
    """Rows of texts that were met before; the one that was met longest ago goes first."""

    def __init__(self, most: int = _MET) -> None:
        self._most = most
        self._rows: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def rows(self, texts: Sequence[str], make: Callable[[list[str]], Vectors]) -> Vectors:
        """The rows of these texts; those that were not met are made. Many at once are not remembered."""
        if not texts or len(texts) > FEW:
            return make(list(texts))
        with self._lock:
            found = {text: self._rows[text] for text in texts if text in self._rows}
            for text in found:
                self._rows.move_to_end(text)
        new = list(dict.fromkeys(text for text in texts if text not in found))
        if new:
            made = {text: row.copy() for text, row in zip(new, make(new), strict=True)}
            found |= made
            with self._lock:
                self._rows |= made
                while len(self._rows) > self._most:
                    self._rows.popitem(last=False)
        return np.stack([found[text] for text in texts])


class LexicalOnly:
    """The last rung: no vectors, words alone; `reason` says why."""

    name = "lexical"
    digest = "lexical"
    dim = 0

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Rows without columns, one a text."""
        return np.zeros((len(texts), 0), dtype=np.float32)

    def words(self, texts: Sequence[str]) -> Vectors:
        """As `embed`."""
        return self.embed(texts)


class WordLlama:
    """Static word vectors of the package `wordllama`, averaged over a text; needs no network and no model server.

    The two files in the package are read directly: its own loader looks for the tokenizer in the wrong
    place, asks a hub, and turns on logging for the whole process.
    """

    name = "wordllama"

    def __init__(self) -> None:
        folder = _package_folder()
        try:
            from safetensors.numpy import load_file
            from tokenizers import Tokenizer

            self._table: Vectors = load_file(folder / _WEIGHTS)["embedding.weight"].astype(
                np.float32
            )
            self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        except Exception as error:
            raise RetrievalError(
                f"the word vectors of `wordllama` cannot be read: {error}",
                help="install `wordllama` again; until then words alone are matched",
            ) from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._met = Met()

    @property
    def dim(self) -> int:
        """256 numbers a text."""
        return int(self._table.shape[1])

    @property
    def digest(self) -> str:
        """SHA-256 of the weights and the tokenizer."""
        return _digest(_package_folder())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The normalized mean of each text's word pieces."""
        rows = np.zeros((len(texts), self.dim), dtype=np.float32)
        if len(texts) <= FEW:
            encoded = [self._tokenizer.encode(text, add_special_tokens=False) for text in texts]
        else:
            encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        counts = [len(one.ids) for one in encoded]
        filled = [i for i, n in enumerate(counts) if n]
        if not filled:
            return rows
        ids = np.concatenate([np.asarray(encoded[i].ids, dtype=np.intp) for i in filled])
        starts = np.concatenate([[0], np.cumsum([counts[i] for i in filled])[:-1]]).astype(np.intp)
        sums = np.add.reduceat(self._table[ids.clip(0, len(self._table) - 1)], starts, axis=0)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        rows[filled] = sums / np.maximum(norms, 1e-12)
        return rows

    def words(self, texts: Sequence[str]) -> Vectors:
        """As `embed`; words that were met lately are remembered."""
        return self._met.rows(texts, self.embed)


def stay_offline() -> None:
    """Tells libraries, before they are loaded, to ask no hub, report nothing and start no threads of their own."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def best_embedder() -> Embedder:
    """The best rung that works on this machine, without asking the network."""
    try:
        return _wordllama()
    except RetrievalError as error:
        return LexicalOnly(error.detail)


@lru_cache(maxsize=1)
def _wordllama() -> WordLlama:
    return WordLlama()


def _package_folder() -> Path:
    """Where `wordllama` lies, found without importing it: its import alone takes half a second."""
    spec = importlib.util.find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise RetrievalError(
            "the package `wordllama` is not installed",
            help="`pip install wordllama`; until then words alone are matched",
        )
    return Path(spec.origin).parent


@lru_cache(maxsize=4)
def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for part in (_WEIGHTS, _TOKENIZER):
        try:
            whole.update((folder / part).read_bytes())
        except OSError as error:
            raise RetrievalError(f"`{part}` of `wordllama` cannot be read: {error}") from error
    return whole.hexdigest()
