"""The rung above static word vectors: all-MiniLM-L6-v2, from files that were checked, run without a network."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skill.errors import RetrievalError
from skill.retrieval.carrier import PINS, TOKENIZER, WEIGHTS, checked, home
from skill.retrieval.embed import Vectors, stay_offline
from skill.retrieval.onnx_graph import EPSILON, WIDTH, encoder

Row = npt.NDArray[np.float32]

_LONGEST = 256
"""Pieces of a text that are read. Source: the `sentence_bert_config.json` that is published with the model."""
_KEPT = 4_096
"""So many short texts are remembered: a question's single words come again and again."""
_SHORT = 40


class MiniLM:
    """Sentence vectors of all-MiniLM-L6-v2: the normalized mean over a text's word pieces.

    Each text is run alone and on one thread, so that its vector depends on nothing but the text: batches, their
    order and their neighbours change no bit of it.
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
        self._kept: OrderedDict[str, Row] = OrderedDict()
        self._threads = ThreadPoolExecutor(min(4, os.cpu_count() or 1), "tactful-minilm")
        self._lock = threading.Lock()

    def _load(self, weights: bytes, tokenizer: bytes) -> None:
        import onnxruntime
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        tensors = load(weights)
        self._pieces: Vectors = tensors["embeddings.word_embeddings.weight"]
        # Every text is one sentence, so its kind never differs and is added once.
        places = tensors["embeddings.position_embeddings.weight"][:_LONGEST]
        self._places: Vectors = places + tensors["embeddings.token_type_embeddings.weight"][0]
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
        rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
        found = [self._remembered(text) for text in texts]
        new = list(dict.fromkeys(t for t, row in zip(texts, found, strict=True) if row is None))
        share = self._threads.map if len(new) > 1 else map
        made: dict[str, Row] = dict(zip(new, share(self._run, new), strict=True))
        for at, (text, row) in enumerate(zip(texts, found, strict=True)):
            rows[at] = made[text] if row is None else row
        self._remember(made)
        return rows

    def _remembered(self, text: str) -> Row | None:
        with self._lock:
            row = self._kept.get(text)
            if row is not None:
                self._kept.move_to_end(text)
            return row

    def _remember(self, made: Mapping[str, Row]) -> None:
        with self._lock:
            self._kept.update((text, row) for text, row in made.items() if len(text) <= _SHORT)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def _run(self, text: str) -> Row:
        ids = self._tokenizer.encode(text).ids
        if len(ids) <= 2:  # the two marks around a text, and nothing between them
            return np.zeros(WIDTH, dtype=np.float32)
        x = self._pieces[ids] + self._places[: len(ids)]
        (mean,) = self._session.run(None, {"x": x[None]})[0]
        row: Row = mean / max(float(np.linalg.norm(mean)), EPSILON)
        return row.astype(np.float32)


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
