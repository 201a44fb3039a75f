"""Search by vectors: exact, ties by key; in memory, or kept in Chroma as collections that are built once and only read."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from skill.errors import RetrievalError
from skill.retrieval.embed import Vectors, dots

Row = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]
Near = tuple[tuple[int, float], ...]
"""Places of passages with their cosine, best first."""

EXACT = 50_000
"""Up to so many vectors are held in memory and compared exactly, wherever they are kept."""
_GRID = np.float32(2048)
"""Vectors are compared on a grid of 1/2048. A product of two numbers on it is a whole multiple of 2**-22, and a sum of
such products of two unit vectors stays within 24 bits: float32 adds it without rounding, in any order, on any machine.
It moves a cosine by about 0.0002, far less than what tells two passages apart."""
_BATCH = 1_000
_OVERFETCH = 8
"""So many times the wanted number is fetched and scored again: the approximate search misses some."""
_LEAST, _MOST = 64, 400
"""Bounds of what is fetched; where more than half of the most is wanted, twice as many are."""


def snapped(vectors: Vectors) -> Vectors:
    """The vectors on the grid on which they are compared; what is on it stays as it is."""
    on_grid: Vectors = np.rint(vectors.astype(np.float32, copy=False) * _GRID) / _GRID
    return on_grid


def best(scores: Row, places: Places | None, order: Places, limit: int) -> Near:
    """The highest scores among these places, equal ones by `order`: whatever order they came in."""
    found = best_places(scores, places, order, limit)
    return tuple(zip(found.tolist(), scores[found].tolist(), strict=True))


def best_places(scores: Row, places: Places | None, order: Places, limit: int) -> Places:
    """The places alone, best first."""
    at = np.arange(len(scores)) if places is None else places
    if limit <= 0 or not len(at):
        return np.zeros(0, dtype=np.intp)
    mine = scores[at]
    if limit < len(mine):
        # Everything that is as good as the last one wanted stays, so that the order decides, and not the search.
        kept = mine >= np.partition(mine, len(mine) - limit)[len(mine) - limit]
        at, mine = at[kept], mine[kept]
    found: Places = at[np.lexsort((order[at], -mine))[:limit]]
    return found


class Shelf(Protocol):
    """Vectors of passages, ready to be searched."""

    @property
    def kind(self) -> str:
        """Where the vectors are, for `tactful doctor`."""
        ...

    def near(self, query: Row, limit: int, allowed: Places | None) -> Near:
        """The nearest passages, scored exactly; `allowed` are the only places that count.

        Raises:
            RetrievalError: the query is another embedder's, or the shelf is gone.
        """
        ...


class InMemory:
    """All vectors in one matrix, compared exactly."""

    def __init__(self, vectors: Vectors, order: Places, kind: str = "memory") -> None:
        """Hold the vectors.

        Args:
            vectors: one unit row a passage.
            order: for each passage its place among equals.
            kind: where they are kept.
        """
        self._vectors = np.ascontiguousarray(snapped(vectors))
        self._order = order
        self.kind = kind

    def near(self, query: Row, limit: int, allowed: Places | None) -> Near:
        """The nearest passages by cosine."""
        _fits(query, self._vectors.shape[1])
        if limit <= 0 or (allowed is not None and not len(allowed)):
            return ()
        return best(dots(self._vectors, snapped(query)), allowed, self._order, limit)


class InChroma:
    """A collection too large for memory: candidates come from Chroma, and are scored again exactly."""

    kind = "chroma"

    def __init__(self, collection: Any, ids: Sequence[str], dim: int, order: Places) -> None:
        self._collection = collection
        self._ids = list(ids)
        self._places = {one: place for place, one in enumerate(self._ids)}
        self._dim = dim
        self._order = order

    def near(self, query: Row, limit: int, allowed: Places | None) -> Near:
        """The nearest passages among the allowed ones.

        Raises:
            RetrievalError: the collection is gone or damaged, or the query is another embedder's.
        """
        _fits(query, self._dim)
        wanted = len(self._ids) if allowed is None else len(allowed)
        if limit <= 0 or not wanted:
            return ()
        with _chroma("search"):
            found = self._collection.query(
                query_embeddings=[snapped(query)],
                n_results=min(wanted, max(_LEAST, 2 * limit, min(limit * _OVERFETCH, _MOST))),
                ids=None if allowed is None else [self._ids[place] for place in allowed],
                include=["embeddings"],
            )
            ids, rows = found["ids"][0], found["embeddings"][0]
            vectors = np.asarray(rows, dtype=np.float32).reshape(len(ids), self._dim)
        if any(one not in self._places for one in ids) or not _are_whole(vectors):
            raise RetrievalError("the index holds what these Topics do not have")
        places = np.asarray([self._places[one] for one in ids], dtype=np.intp)
        scores = np.full(len(self._ids), -np.inf, dtype=np.float32)
        scores[places] = dots(snapped(vectors), snapped(query))
        return best(scores, places, self._order, limit)


def open_chroma(
    folder: Path,
    name: str,
    ids: Sequence[str],
    vectors: Callable[[], Vectors],
    order: Places,
    made_by: Mapping[str, str],
) -> Shelf:
    """The collection of this name: the one that is there and whole, or a new one.

    A collection is built under a name of its own and gets its real name as the last step, so that a build that was
    interrupted is never taken for whole, and two processes that build at once do not meet.

    Args:
        folder: of Chroma.
        name: of the collection.
        ids: of the passages.
        vectors: makes them, where they are not there.
        order: for each passage its place among equals.
        made_by: name and digest of the embedder; a collection that says otherwise is built again.

    Raises:
        RetrievalError: Chroma cannot be used here, or no vectors could be made.
    """
    with _LOCK, _chroma("open"):
        client = _client(folder)
        there = _whole(client, name, ids, made_by)
        rows = None if there is None else _read(there, ids)
        if there is None or rows is None:
            if there is not None:
                client.delete_collection(name)
            made = snapped(vectors())
            there = _build(client, name, ids, made, made_by)
            rows = made
        if len(ids) <= EXACT:
            return InMemory(rows, order, kind="chroma")
        return InChroma(there, ids, rows.shape[1], order)


def _read(collection: Any, ids: Sequence[str]) -> Vectors | None:
    """The vectors in the order of the passages, or None where they are not what they should be.

    Of a collection too large for memory, the first ones stand for all: the others are looked at when they are found.
    """
    wanted = list(ids) if len(ids) <= EXACT else list(ids[:_BATCH])
    parts: list[Vectors] = []
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        found = collection.get(ids=part, include=["embeddings"])
        at = {one: place for place, one in enumerate(found["ids"])}
        if len(at) != len(part) or any(one not in at for one in part):
            return None
        rows = np.asarray(found["embeddings"], dtype=np.float32)
        parts.append(rows[[at[one] for one in part]])
    vectors: Vectors = np.concatenate(parts)
    return vectors if _are_whole(vectors) else None


def _are_whole(vectors: Vectors) -> bool:
    """Each row is a direction, or nothing at all: a text of which no word is known."""
    if vectors.ndim != 2 or not vectors.shape[1]:
        return False
    norms = np.linalg.norm(vectors, axis=1)
    return bool((np.isclose(norms, 1.0, atol=2e-2) | (norms == 0)).all())


def _fits(query: Row, dim: int) -> None:
    if query.shape != (dim,) or not np.isfinite(query).all():
        raise RetrievalError(
            f"the index holds vectors of {dim} numbers, the question's has {len(query)}"
        )


_LOCK = threading.Lock()
_CLIENTS: dict[str, Any] = {}


def _client(folder: Path) -> Any:
    key = str(folder.resolve())
    if key not in _CLIENTS:
        import chromadb
        from chromadb.config import Settings

        folder.mkdir(parents=True, exist_ok=True)
        _CLIENTS[key] = chromadb.PersistentClient(
            path=key, settings=Settings(anonymized_telemetry=False)
        )
    return _CLIENTS[key]


def close_all() -> None:
    """Give back what every open folder holds: for a process that opens many, one after the other."""
    with _LOCK:
        while _CLIENTS:
            _CLIENTS.popitem()[1].close()


def _whole(client: Any, name: str, ids: Sequence[str], made_by: Mapping[str, str]) -> Any:
    """The collection if it is there with all its passages, made by this embedder; another one is removed."""
    if name not in {found.name for found in client.list_collections()}:
        return None
    collection = client.get_collection(name, embedding_function=None)
    said = {"passages": len(ids), **made_by}
    told = collection.metadata or {}
    if collection.count() == len(ids) and all(told.get(key) == said[key] for key in said):
        return collection
    client.delete_collection(name)
    return None


def _build(
    client: Any, name: str, ids: Sequence[str], vectors: Vectors, made_by: Mapping[str, str]
) -> Any:
    staging = f"{name}.{os.getpid()}.{threading.get_ident()}"
    if staging in {found.name for found in client.list_collections()}:
        client.delete_collection(staging)
    collection = client.create_collection(
        staging,
        embedding_function=None,
        metadata={"passages": len(ids), **made_by},
        # In cosine space Chroma divides every vector by its length once more and gives back other bits.
        configuration={"hnsw": {"space": "ip"}},
    )
    for start in range(0, len(ids), _BATCH):
        part = vectors[start : start + _BATCH]
        collection.add(
            ids=list(ids[start : start + _BATCH]),
            embeddings=list(part),
        )
    try:
        collection.modify(name=name)
    except Exception:
        there = _whole(
            client, name, ids, made_by
        )  # another process was first; its collection is the same
        client.delete_collection(staging)
        if there is None:
            raise
        return there
    return collection


@contextmanager
def _chroma(doing: str) -> Iterator[None]:
    """Every failure of Chroma, a panic of its Rust part included, as one kind of error."""
    try:
        yield
    except RetrievalError:
        raise
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            raise
        raise RetrievalError(
            f"Chroma cannot {doing}: {type(error).__name__}: {error}",
            help="words alone are searched until then; delete the index folder to build it again",
        ) from error
