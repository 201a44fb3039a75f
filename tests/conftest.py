"""What many tests share: the sample company compiled once, one fixed moment, and a data folder of the tests' own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from skill.compiler.folder import Compiler
from skill.model.playbook import Playbook
from skill.retrieval import vector
from skill.retrieval.carrier import installed
from skill.settings import Embeddings

ROOT = Path(__file__).parents[1]
settings.register_profile("tactful", deadline=None)
settings.load_profile("tactful")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_MODELS = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """No test depends on what is configured or installed for whoever runs it; what asks for MiniLM says so."""
    config.stash[_MODELS] = Embeddings.from_env(
        {key: value for key, value in os.environ.items() if key == "TACTFUL_DATA_DIR"}
    ).data_dir
    own = tempfile.TemporaryDirectory(prefix="tactful-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(own.cleanup)
    for key in ("TACTFUL_EMBEDDER", "TACTFUL_EMBEDDINGS"):
        os.environ.pop(key, None)
    os.environ["TACTFUL_DATA_DIR"] = own.name


@pytest.fixture(scope="module", autouse=True)
def _few_open_files() -> Iterator[None]:
    """Hundreds of folders are indexed in one process here; each would keep a dozen files open."""
    yield
    vector.close_all()


@pytest.fixture(scope="session")
def models_at(pytestconfig: pytest.Config) -> Path:
    """The data folder in which MiniLM is installed on this machine; a test that asks for it is skipped without."""
    found = pytestconfig.stash[_MODELS]
    if not installed(found):
        pytest.skip("MiniLM is not installed here: tactful models install")
    return found


@pytest.fixture(scope="session")
def fernway() -> Playbook:
    """The sample company's playbook."""
    compiled = Compiler().compile_folder(ROOT / "topics", date(2026, 11, 21))
    assert compiled.servable
    return compiled.playbook


@pytest.fixture
def now() -> datetime:
    return NOW
