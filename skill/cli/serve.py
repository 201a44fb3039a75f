"""`tactful serve`, `demo`, `doctor`: the server, the sample company in a browser, the set-up."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skill.cli.exits import exits, note
from skill.errors import SettingsError, TopicError

if TYPE_CHECKING:
    import socket

    from fastapi import FastAPI

_DEMO_PORT = 8765
"""Tried first, so that a bookmark of the demo keeps working; any free one if it is taken."""


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(serve)
    app.command()(demo)
    app.command()(doctor)


def serve(
    topics: Annotated[
        Path | None,
        typer.Option(help="Folder of Topics to serve, or `published`: each tenant's own version."),
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    allow_unreviewed: Annotated[
        bool, typer.Option(help="Show generated wording that nobody has reviewed.")
    ] = False,
) -> None:
    """Serve answers over HTTP; settings come from the environment (see `tactful doctor`)."""
    with exits(), _findings_first():
        from skill.api.app import create_app
        from skill.settings import PUBLISHED, Settings

        settings = Settings.from_env()
        if topics is not None:
            named = str(topics) == PUBLISHED
            folder = None if named else _folder(topics)
            settings = replace(settings, topics=folder, published=named)
        settings = replace(settings, allow_unreviewed=allow_unreviewed)
        listening = _listen(host, settings.port if port is None else port)
        if not (settings.jwt_secret or settings.api_keys):
            note("nobody can ask yet: set TACTFUL_JWT_SECRET or TACTFUL_API_KEYS")
        _run(create_app(settings), listening, lambda url: note(f"serving at {url}"))


def demo(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the page.")] = True,
) -> None:
    """Try the sample company in a browser: no key, no network, nothing kept."""
    import secrets
    import tempfile

    with exits(), _findings_first(), tempfile.TemporaryDirectory(prefix="tactful-demo-") as folder:
        from skill.api.app import create_app
        from skill.sample import sample_topics
        from skill.settings import Secret, Settings

        settings = Settings(
            topics=sample_topics(),
            data_dir=Path(folder),
            jwt_secret=Secret(secrets.token_hex(32)),
            demo=True,
        )
        listening = _listen(
            "127.0.0.1", _DEMO_PORT if port is None else port, any_free=port is None
        )

        def ready(url: str) -> None:
            typer.echo(f"{url}/demo")  # the one line on standard output
            if browser:
                _open_browser(f"{url}/demo")

        _run(create_app(settings), listening, ready)


def doctor() -> None:
    """Say what is configured, what is missing, and what to do about it."""
    import os

    from skill.cli.checkup import examine

    rows = examine(os.environ)
    width = max(len(row.what) for row in rows)
    for row in rows:
        typer.echo(f"{row.state:<8} {row.what:<{width}}  {row.found}")
        if row.mend:
            typer.echo(f"{'':8} {'':{width}}  help: {row.mend}")
    raise typer.Exit(2 if any(row.state in ("missing", "wrong") for row in rows) else 0)


def _run(app: FastAPI, listening: socket.socket, ready: Callable[[str], None]) -> None:
    import uvicorn

    host, port = listening.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready(url)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # It waits for whoever is still answered, and an open inbox is answered for a quarter of an hour.
            app.state.live.end_all()
            await super().shutdown(sockets)

    # The access log would tell who asks what; the ledger is the place for that.
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    Server(config).run(sockets=[listening])


def _listen(host: str, port: int, *, any_free: bool = False) -> socket.socket:
    """A socket, bound before anything slow is loaded, so that a taken port is said at once."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        if any_free and port:
            return _listen(host, 0)
        raise SettingsError(
            f"cannot listen on {host}, port {port}: {(error.strerror or str(error)).lower()}",
            help="choose another with --port, or 0 for any free one",
        ) from error
    return listening


def _open_browser(url: str) -> None:
    import os
    import threading
    import webbrowser

    # Without a screen, a text browser would take over this terminal.
    screen = (
        sys.platform in ("darwin", "win32")
        or os.environ.get("DISPLAY")
        or os.environ.get("WAYLAND_DISPLAY")
    )
    if screen:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise SettingsError(f"--topics is `{path}`, which is not a folder")
    return path


@contextmanager
def _findings_first() -> Iterator[None]:
    """Where Topics cannot be served, print why like a compiler does before the last line."""
    try:
        yield
    except TopicError as error:
        from skill.compiler.diagnostics import concise

        for found in getattr(error, "diagnostics", ()):
            note(concise(found))
        raise
