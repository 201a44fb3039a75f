"""Search by vectors: exact in memory, or kept in Chroma as immutable collections that are built once and only read."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from skill.errors import RetrievalError
from skill.retrieval.embed import Vectors, dots

Row = npt.NDArray[np.float32]
Near = tuple[tuple[int, float], ...]
"""Places of passages with their cosine, best first."""

_BATCH = 1_000
_OVERFETCH = 8
"""So many times the wanted number is fetched and scored again: the approximate search misses some."""
_LEAST = 64


class Shelf(Protocol):
    """Vectors of passages, ready to be searched."""

    @property
    def kind(self) -> str:
        """Where the vectors are, for `tactful doctor`."""
        ...

    def near(self, query: Row, limit: int, allowed: Sequence[int] | None) -> Near:
        """The nearest passages, scored exactly; `allowed` are the only places that count."""
        ...


class InMemory:
    """All vectors in one matrix, compared exactly."""

    kind = "memory"

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def near(self, query: Row, limit: int, allowed: Sequence[int] | None) -> Near:
        """The nearest passages by cosine."""
        places = (
            np.arange(len(self._vectors)) if allowed is None else np.asarray(allowed, dtype=np.intp)
        )
        if not len(places):
            return ()
        return _best(places, dots(self._vectors[places], query), limit)


class InChroma:
    """One collection of Chroma, whole and never changed; what it gives back is checked before it is believed."""

    kind = "chroma"

    def __init__(self, collection: Any, ids: Sequence[str]) -> None:
        self._collection = collection
        self._ids = list(ids)
        self._places = {one: place for place, one in enumerate(self._ids)}

    def near(self, query: Row, limit: int, allowed: Sequence[int] | None) -> Near:
        """The nearest passages: candidates from Chroma, scored again exactly.

        Raises:
            RetrievalError: the collection is gone or damaged.
        """
        wanted = len(self._ids) if allowed is None else len(allowed)
        if not wanted:
            return ()
        with _chroma("search"):
            found = self._collection.query(
                query_embeddings=[query.astype(np.float32)],
                n_results=min(wanted, max(_LEAST, limit * _OVERFETCH)),
                ids=None if allowed is None else [self._ids[place] for place in allowed],
                include=["embeddings"],
            )
            ids, rows = found["ids"][0], found["embeddings"][0]
            vectors = np.asarray(rows, dtype=np.float32).reshape(len(ids), len(query))
        if any(one not in self._places for one in ids):
            raise RetrievalError("the index holds a passage that these Topics do not have")
        if not np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3):
            raise RetrievalError("the index holds vectors that are not whole")
        places = np.asarray([self._places[one] for one in ids], dtype=np.intp)
        return _best(places, dots(vectors, query), limit)


def open_chroma(
    folder: Path, name: str, ids: Sequence[str], vectors: Callable[[], Vectors]
) -> InChroma:
    """The collection of this name: the one that is there and whole, or a new one.

    A collection is built under a name of its own and gets its real name as the last step, so that a build that was
    interrupted is never taken for whole, and two processes that build at once do not meet.

    Raises:
        RetrievalError: Chroma cannot be used here.
    """
    with _LOCK, _chroma("open"):
        client = _client(folder)
        found = _whole(client, name, ids)
        if found is None:
            found = _build(client, name, ids, vectors())
        return InChroma(found, ids)


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


def _whole(client: Any, name: str, ids: Sequence[str]) -> Any:
    """The collection if it is there with all its passages; one that is not whole is removed."""
    if name not in {found.name for found in client.list_collections()}:
        return None
    collection = client.get_collection(name, embedding_function=None)
    if collection.count() == len(ids) and (collection.metadata or {}).get("passages") == len(ids):
        return collection
    client.delete_collection(name)
    return None


def _build(client: Any, name: str, ids: Sequence[str], vectors: Vectors) -> Any:
    staging = f"{name}.{os.getpid()}.{threading.get_ident()}"
    if staging in {found.name for found in client.list_collections()}:
        client.delete_collection(staging)
    collection = client.create_collection(
        staging,
        embedding_function=None,
        metadata={"passages": len(ids)},
        configuration={"hnsw": {"space": "cosine"}},
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
        there = _whole(client, name, ids)  # another process was first; its collection is the same
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


def _best(places: npt.NDArray[np.intp], scores: Row, limit: int) -> Near:
    order = np.lexsort((places, -scores))[:limit]
    return tuple((int(places[at]), float(scores[at])) for at in order)
