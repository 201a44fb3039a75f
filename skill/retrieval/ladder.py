"""Which embedder runs: the first rung that works here, from one that was configured down to words alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from skill.errors import RetrievalError
from skill.retrieval.embed import Embedder, LexicalOnly, best_embedder
from skill.retrieval.minilm import minilm
from skill.retrieval.rank import learned_with
from skill.retrieval.remote import Remote
from skill.settings import Embeddings, Rung

LADDER: tuple[Rung, ...] = ("remote", "minilm", "wordllama", "lexical")
"""From the best to the one that always works.

MiniLM reads questions before `wordllama` too: on made-up products left out it puts first what was said in other words
33 times in 100 instead of 26, and among three 54 times instead of 43, with as few wrong as if sure; see
evals/resolver/train.py.
"""


@dataclass(frozen=True, slots=True)
class Passed:
    """A rung that does not run, and why."""

    rung: str
    why: str
    help: str = ""


class Ladder:
    """The rungs that may run. It only ever goes down, and each rung is opened once, when it is needed."""

    def __init__(
        self, rungs: Mapping[str, Callable[[], Embedder]], learned: frozenset[str]
    ) -> None:
        self._rungs = dict(rungs)
        self._learned = learned
        self._left = list(self._rungs)
        self._open: dict[str, Embedder] = {}
        self._passed: list[Passed] = []
        self._lock = threading.RLock()

    @classmethod
    def of(cls, settings: Embeddings) -> Ladder:
        """The ladder of these settings. Words alone are its floor and no rung."""
        above = [rung for rung in rungs(settings) if rung != "lexical"]
        return cls({rung: partial(opened, rung, settings) for rung in above}, learned_with())

    @classmethod
    def only(cls, embedder: Embedder) -> Ladder:
        """One embedder that somebody brings along, for everything; words alone below it."""
        return cls({embedder.name: lambda: embedder}, frozenset({embedder.name}))

    @property
    def passed(self) -> tuple[Passed, ...]:
        """The rungs that were tried and do not run."""
        return tuple(self._passed)

    def embedder(self) -> Embedder:
        """The first rung that runs; the same until it is given up."""
        return self._first(lambda _: True)

    def reader(self) -> Embedder:
        """The first rung that runs and that the resolver was made for."""
        return self._first(lambda rung: rung in self._learned)

    def give_up(self, embedder: Embedder, why: str) -> None:
        """A rung failed when an index was made: the next one serves from here on."""
        with self._lock:
            if embedder.name in self._left:
                self._left.remove(embedder.name)
                self._passed.append(Passed(embedder.name, why))

    def _first(self, wanted: Callable[[str], bool]) -> Embedder:
        with self._lock:
            for rung in list(self._left):
                if wanted(rung):
                    try:
                        if rung not in self._open:
                            self._open[rung] = self._rungs[rung]()
                        return self._open[rung]
                    except RetrievalError as error:
                        self._left.remove(rung)
                        self._passed.append(Passed(rung, error.detail, error.help))
            reasons = "; ".join(one.why for one in self._passed)
            return LexicalOnly(reasons or "TACTFUL_EMBEDDER says so")


def rungs(settings: Embeddings) -> tuple[Rung, ...]:
    """The rungs that may run by these settings, best first; `lexical` is always the last."""
    if settings.embedder != "auto":
        return LADDER[LADDER.index(settings.embedder) :]
    learned, configured = learned_with(), {"remote"} if settings.model else set[str]()
    return tuple(rung for rung in LADDER if rung in learned or rung in configured)


def opened(rung: Rung, settings: Embeddings) -> Embedder:
    """One rung, loaded; an endpoint is not asked yet.

    Raises:
        RetrievalError: it cannot run here; says why.
    """
    if rung == "remote":
        return _remote(settings)
    if rung == "minilm":
        return minilm(settings.data_dir)
    return _wordllama() if rung == "wordllama" else LexicalOnly("nothing is needed for it")


def told(embedder: Embedder) -> str:
    """One embedder in one line, for people."""
    if isinstance(embedder, LexicalOnly):
        return f"lexical, words alone: {embedder.reason}"
    if isinstance(embedder, Remote):
        return f"remote, `{embedder.model}`"
    return f"{embedder.name}, {embedder.dim} numbers, {embedder.digest[:12]}"


def _wordllama() -> Embedder:
    """As `best_embedder` has it; what it falls back to is another rung."""
    found = best_embedder()
    if isinstance(found, LexicalOnly):
        raise RetrievalError(found.reason)
    return found


def _remote(settings: Embeddings) -> Embedder:
    if not settings.model:
        raise RetrievalError("TACTFUL_EMBEDDINGS names no model")
    if not (settings.base_url or settings.key):
        raise RetrievalError("neither OPENAI_BASE_URL nor OPENAI_API_KEY is set")
    return _remembered(settings.model, settings.base_url, settings.key.reveal())


@lru_cache(maxsize=4)
def _remembered(model: str, base_url: str, key: str) -> Remote:
    """One for the whole process, so that what one library found unreachable, another does not wait for."""
    return Remote(model, base_url=base_url, key=key)
