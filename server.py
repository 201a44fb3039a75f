"""Tactful as an ASGI application: settings in, routes mounted, no decisions.

`python server.py` serves; so does any ASGI server with the factory `server:app`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI


def app() -> FastAPI:
    """The application for the settings in the environment."""
    from skill.api.app import create_app
    from skill.settings import Settings

    return create_app(Settings.from_env())


if __name__ == "__main__":
    from skill.cli.serve import serve

    serve()
