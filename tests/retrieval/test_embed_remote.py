"""Embeddings by configuration, against a real endpoint on this machine that behaves well, badly, or not at all."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skill.errors import RetrievalError
from skill.model.playbook import Playbook
from skill.retrieval.embed import best_embedder
from skill.retrieval.index import Library
from skill.retrieval.ladder import Ladder
from skill.retrieval.remote import BATCH, REST, Remote
from skill.settings import Embeddings, Secret

ASKED = ("export to a file", "customers")


def numbers(text: str, dim: int) -> list[float]:
    seed = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
    found: list[float] = np.random.default_rng(seed).standard_normal(dim).tolist()
    return found


class Endpoint:
    """What the endpoint does next, and what it was asked."""

    def __init__(self) -> None:
        self.dim = 24
        self.fails: list[int] = []
        """Status codes of the next answers; after them it behaves well."""
        self.always = 0
        self.waits_s = 0.0
        self.turned = False
        self.spoils: Any = None
        self.requests: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.url = ""

    def answer(self, asked: dict[str, Any]) -> tuple[int, bytes]:
        time.sleep(self.waits_s)
        status = self.always or (self.fails.pop(0) if self.fails else 200)
        if status != 200:
            return status, b'{"error": {"message": "not today"}}'
        found = [
            {"object": "embedding", "index": at, "embedding": numbers(text, self.dim)}
            for at, text in enumerate(asked["input"])
        ]
        body: Any = {"object": "list", "model": "m", "data": found[::-1] if self.turned else found}
        return 200, json.dumps(self.spoils(body) if self.spoils else body).encode()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    told = Endpoint()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.requests.append(asked)
            told.keys.add(self.headers["Authorization"])
            status, body = told.answer(asked)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Retry-After", "60")
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return  # whoever asked has gone

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_port}/v1"
    yield told
    server.shutdown()
    server.server_close()


def remote(endpoint: Endpoint, **more: Any) -> Remote:
    return Remote("m", base_url=endpoint.url, key="k", **more)


def configured(endpoint: Endpoint, data_dir: Path, model: str = "m") -> Embeddings:
    return Embeddings(data_dir=data_dir, model=model, base_url=endpoint.url, key=Secret("k"))


def test_texts_become_unit_vectors_in_batches(endpoint: Endpoint) -> None:
    endpoint.turned = True
    texts = [f"text {n}" for n in range(BATCH + 5)]
    rows = remote(endpoint).embed(["", *texts])
    assert [len(one["input"]) for one in endpoint.requests] == [BATCH, 5]
    assert not rows[0].any()
    wanted = np.asarray([numbers(text, 24) for text in texts])
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    assert np.allclose(rows[1:], wanted, atol=1e-6)
    assert endpoint.keys == {"Bearer k"}


@pytest.mark.parametrize("status", [500, 503, 429])
def test_one_failure_is_tried_again_at_once(endpoint: Endpoint, status: int) -> None:
    endpoint.fails = [status]
    assert remote(endpoint).embed(["a"]).shape == (1, 24)
    assert len(endpoint.requests) == 2


def test_two_failures_are_told(endpoint: Endpoint) -> None:
    endpoint.always = 500
    with pytest.raises(RetrievalError, match="says 500"):
        remote(endpoint).embed(["a"])
    assert len(endpoint.requests) == 2


def test_a_refused_key_is_not_tried_again(endpoint: Endpoint) -> None:
    endpoint.always = 401
    with pytest.raises(RetrievalError, match="says 401"):
        remote(endpoint).embed(["a"])
    assert len(endpoint.requests) == 1


def test_an_endpoint_that_is_silent_is_left_at_the_deadline(endpoint: Endpoint) -> None:
    endpoint.waits_s = 30
    with pytest.raises(RetrievalError, match=r"no answer within 0\.3 seconds"):
        remote(endpoint, question_s=0.3).embed(["a"])


def test_an_endpoint_that_is_not_there_is_told() -> None:
    with pytest.raises(RetrievalError, match="not reached"):
        Remote("m", base_url="http://127.0.0.1:1/v1").embed(["a"])


SPOILT = {
    "one too few": lambda body: {**body, "data": body["data"][1:]},
    "one twice": lambda body: {**body, "data": [body["data"][0]] * 2},
    "none at all": lambda body: {**body, "data": []},
    "of two lengths": lambda body: (body["data"][0]["embedding"].pop(), body)[1],
    "of nothing": lambda body: {
        **body,
        "data": [{**one, "embedding": [0.0] * 24} for one in body["data"]],
    },
    "not numbers": lambda body: {
        **body,
        "data": [{**one, "embedding": ["x"] * 24} for one in body["data"]],
    },
    "not finite": lambda body: {
        **body,
        "data": [{**one, "embedding": [1e999] * 24} for one in body["data"]],
    },
    "no list": lambda _: {"object": "list"},
    "no object": lambda _: [1, 2],
}


@pytest.mark.parametrize("how", SPOILT)
def test_an_answer_that_is_not_one_vector_a_text_is_refused(endpoint: Endpoint, how: str) -> None:
    endpoint.spoils = SPOILT[how]
    with pytest.raises(RetrievalError):
        remote(endpoint).embed(["a", "b"])


def test_vectors_of_another_length_than_before_are_refused(endpoint: Endpoint) -> None:
    there = remote(endpoint)
    there.embed(["a"])
    endpoint.dim = 12
    with pytest.raises(RetrievalError, match="12 numbers, 24 before"):
        there.embed(["b"])


def test_after_a_failure_it_rests_and_then_is_asked_again(endpoint: Endpoint) -> None:
    moments = [datetime(2026, 11, 21, tzinfo=UTC)]
    there = remote(endpoint, clock=lambda: moments[-1])
    endpoint.always = 500
    for _ in range(3):
        with pytest.raises(RetrievalError, match="says 500"):
            there.embed(["a"])
    assert len(endpoint.requests) == 2
    endpoint.always = 0
    moments.append(moments[0] + REST + timedelta(seconds=1))
    assert there.embed(["a"]).shape == (1, 24)


@pytest.mark.parametrize("where", ["memory", "chroma"])
def test_passages_are_found_by_it(
    endpoint: Endpoint, fernway: Playbook, tmp_path: Path, where: str
) -> None:
    data_dir = tmp_path if where == "chroma" else None
    embeddings = configured(endpoint, tmp_path, f"found in {where}")
    library = Library.build(fernway, data_dir=data_dir, embeddings=embeddings)
    assert any("vectors" in hit.found_by for hit in library.search(*ASKED))
    assert f"`found in {where}`" in library.status()["index customers"]


def test_questions_are_read_by_what_the_resolver_was_made_for(
    endpoint: Endpoint, fernway: Playbook, tmp_path: Path
) -> None:
    library = Library.build(fernway, embeddings=configured(endpoint, tmp_path, "reads"))
    alone = Library.build(fernway, embedder=best_embedder())
    question = "Can I export to Salesforce?"
    assert library.resolver.resolve(question) == alone.resolver.resolve(question)
    assert endpoint.requests == []


def test_where_it_fails_when_the_index_is_made_the_next_rung_serves_and_says_so(
    endpoint: Endpoint, fernway: Playbook, tmp_path: Path
) -> None:
    endpoint.always = 500
    embeddings = configured(endpoint, tmp_path, "fails at index time")
    library = Library.build(fernway, data_dir=tmp_path, embeddings=embeddings)
    next_one = Library.build(fernway, embedder=best_embedder())
    assert library.search(*ASKED) == next_one.search(*ASKED)
    told = library.status()["index customers"]
    assert best_embedder().name in told
    assert "`fails at index time` cannot be had: it says 500" in told
    n_before = len(endpoint.requests)
    library.search("export", "all")
    assert len(endpoint.requests) == n_before


@pytest.mark.parametrize("how", ["fails", "another length"])
def test_where_it_fails_at_question_time_words_answer_and_later_it_serves_again(
    endpoint: Endpoint, fernway: Playbook, tmp_path: Path, how: str
) -> None:
    moments = [datetime(2026, 11, 21, tzinfo=UTC)]
    there = remote(endpoint, clock=lambda: moments[-1])
    library = Library(fernway, tmp_path, Ladder.only(there))
    before = library.search(*ASKED)
    endpoint.always, endpoint.dim = (500, 24) if how == "fails" else (0, 12)
    hits = library.search(*ASKED)
    assert hits
    assert {hit.found_by for hit in hits} == {("words",)}
    assert "by words alone" in library.status()["index customers"]
    endpoint.always, endpoint.dim = 0, 24
    moments.append(moments[0] + REST + timedelta(seconds=1))
    assert library.search(*ASKED) == before


def test_an_index_is_opened_again_without_embedding_it(
    endpoint: Endpoint, fernway: Playbook, tmp_path: Path
) -> None:
    first = Library(fernway, tmp_path, Ladder.only(remote(endpoint)))
    found = first.search(*ASKED)
    n_texts = sum(len(one["input"]) for one in endpoint.requests)
    again = Library(fernway, tmp_path, Ladder.only(remote(endpoint)))
    assert again.search(*ASKED) == found
    assert sum(len(one["input"]) for one in endpoint.requests) == n_texts + 1


def test_another_model_of_the_same_endpoint_never_reads_its_index(
    endpoint: Endpoint, fernway: Playbook, tmp_path: Path
) -> None:
    Library(fernway, tmp_path, Ladder.only(remote(endpoint))).search(*ASKED)
    n_before = len(endpoint.requests)
    other = Remote("other", base_url=endpoint.url, key="k")
    Library(fernway, tmp_path, Ladder.only(other)).search(*ASKED)
    texts = sum(len(one["input"]) for one in endpoint.requests[n_before:])
    assert texts > 2


def test_the_key_is_never_told(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.always = 401
    settings = Embeddings(tmp_path, model="m", base_url=endpoint.url, key=Secret("sk-secret"))
    assert "sk-secret" not in repr(settings)
    with pytest.raises(RetrievalError) as refused:
        Ladder.of(settings).embedder().embed(["a"])
    assert endpoint.keys == {"Bearer sk-secret"}
    assert "sk-secret" not in refused.value.detail
