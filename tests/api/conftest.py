"""A real server on the sample company's Topics, with a store in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from skill.api.app import create_app
from skill.clock import now
from tests.api.doors import fill, settings_in


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One server for all tests that do not change its Topics."""
    app = create_app(settings_in(tmp_path_factory.mktemp("server")))
    with TestClient(app, raise_server_exceptions=False) as opened:
        fill(opened, now())
        yield opened
