"""`/readyz`: whoever runs the server sees which embedder reads questions and which one finds passages."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from skill.api.health import rungs_of
from skill.settings import Embeddings


def test_ready_names_the_rungs_that_run(client: TestClient) -> None:
    body = client.get("/readyz").json()
    assert body["status"] == "ready"
    assert body["embedder"] == {"questions": "wordllama", "passages": "wordllama"}


def test_an_endpoint_finds_passages_and_reads_no_questions(tmp_path: Path) -> None:
    settings = Embeddings(tmp_path, model="m", base_url="http://127.0.0.1:1/v1")
    assert rungs_of(settings) == {"questions": "wordllama", "passages": "remote"}


def test_words_alone_are_named_as_well(tmp_path: Path) -> None:
    settings = Embeddings(tmp_path, embedder="lexical")
    assert rungs_of(settings) == {"questions": "lexical", "passages": "lexical"}
