"""The rung that somebody configured: embeddings of an OpenAI-compatible endpoint, within a deadline and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from skill.clock import Clock, now
from skill.errors import RetrievalError
from skill.retrieval.embed import Vectors

BATCH = 128
"""Texts of one request: few enough for every endpoint that is known."""
LONGEST = 8_000
"""Characters of a text that are sent; what lies beyond says little about what the text is about."""
INDEX_S = 30.0
"""Seconds for a batch of an index, the second try included."""
QUESTION_S = 2.0
"""Seconds for a question, the second try included."""
REST = timedelta(seconds=30)
"""After a failure so long nothing is asked, so that not every question waits for a deadline."""
_QUESTION = 4
"""So many texts at once are a question's; more are an index's."""
_TRIES = 2


class Remote:
    """Embeddings by configuration. Texts leave this machine: it runs only where somebody named a model."""

    name = "remote"

    def __init__(
        self,
        model: str,
        *,
        base_url: str = "",
        key: str = "",
        question_s: float = QUESTION_S,
        index_s: float = INDEX_S,
        clock: Clock = now,
    ) -> None:
        self.model = model
        self._base_url = base_url
        self._key = key
        self._question_s = question_s
        self._index_s = index_s
        self._clock = clock
        self._length = 0
        self._failed: tuple[datetime, str] | None = None

    @property
    def digest(self) -> str:
        """Digest of endpoint and model: nothing else tells whose vectors these are."""
        return hashlib.sha256(f"{self._base_url}\0{self.model}".encode()).hexdigest()

    @property
    def dim(self) -> int:
        """Length of one vector; asked where no answer has told it yet.

        Raises:
            RetrievalError: the endpoint does not answer as it should.
        """
        return self._length or int(self.embed(["length"]).shape[1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One normalized row a text, asked in batches; a blank text is a row of zeros.

        Raises:
            RetrievalError: no answer in time, a refusal, or an answer that is not one vector a text.
        """
        asked = [at for at, text in enumerate(texts) if text.strip()]
        within = self._question_s if len(texts) <= _QUESTION else self._index_s
        parts = [
            self._batch([texts[at][:LONGEST] for at in asked[start : start + BATCH]], within)
            for start in range(0, len(asked), BATCH)
        ]
        rows = np.zeros((len(texts), self._length), dtype=np.float32)
        if asked:
            rows[asked] = np.concatenate(parts)
        return rows

    def words(self, texts: Sequence[str]) -> Vectors:
        """As `embed`."""
        return self.embed(texts)

    def _batch(self, texts: list[str], within: float) -> Vectors:
        if self._failed is not None and self._clock() < self._failed[0] + REST:
            raise RetrievalError(self._failed[1])
        try:
            rows = self._checked(self._asked(texts, within), len(texts))
        except RetrievalError as error:
            self._failed = (self._clock(), error.detail)
            raise
        self._failed = None
        return rows

    def _asked(self, texts: list[str], within: float) -> Any:
        """The endpoint's answer; where it fails as machines do, it is asked once more in the time that is left."""
        import openai

        ends = self._clock() + timedelta(seconds=within)
        told = "no time was left"
        for left_over in reversed(range(_TRIES)):
            left = (ends - self._clock()).total_seconds()
            if left <= 0:
                break
            try:
                return self._client.embeddings.create(
                    model=self.model,
                    input=texts,
                    encoding_format="float",
                    timeout=left / (left_over + 1),
                )
            except openai.APITimeoutError:
                told = f"no answer within {within:g} seconds"
            except openai.APIConnectionError as error:
                told = f"not reached: {error.__cause__ or error}"
            except openai.APIStatusError as error:
                told = f"it says {error.status_code}"
                if error.status_code < 500 and error.status_code not in (408, 409, 429):
                    break
            except (openai.OpenAIError, ValueError) as error:
                told = f"{type(error).__name__}: {error}"
                break
        raise RetrievalError(f"the embeddings `{self.model}` cannot be had: {told}"[:300])

    def _checked(self, answer: Any, wanted: int) -> Vectors:
        try:
            found = sorted(answer.data, key=lambda one: int(one.index))
            places = [int(one.index) for one in found]
            rows = np.asarray([one.embedding for one in found], dtype=np.float32)
        except (AttributeError, TypeError, ValueError) as error:
            raise self._strange("an answer that holds no vectors") from error
        if places != list(range(wanted)) or rows.ndim != 2 or not rows.shape[1]:
            raise self._strange(f"{len(places)} vectors for {wanted} texts, or none in order")
        if self._length and rows.shape[1] != self._length:
            raise self._strange(f"vectors of {rows.shape[1]} numbers, {self._length} before")
        norms = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
        if not np.isfinite(norms).all() or not (norms > 0).all():
            raise self._strange("vectors that are no directions")
        self._length = int(rows.shape[1])
        unit: Vectors = (rows / norms).astype(np.float32)
        return unit

    def _strange(self, told: str) -> RetrievalError:
        return RetrievalError(f"the embeddings `{self.model}` cannot be used: {told}")

    @cached_property
    def _client(self) -> Any:
        import openai

        # An endpoint on one's own machine needs no key, and the client does not start without one.
        return openai.OpenAI(
            api_key=self._key or "none", base_url=self._base_url or None, max_retries=0
        )
