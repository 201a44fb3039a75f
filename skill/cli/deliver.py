"""`tactful deliver`: hands over what was decided, beside or instead of the server."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skill.cli.exits import exits, note

if TYPE_CHECKING:
    from skill.delivery.engine import Engine

_LOOKS_S = 3_600.0


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(deliver)


def deliver(
    once: Annotated[
        bool, typer.Option("--once", help="Hand over what is due now, and end.")
    ] = False,
    topics: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of Topics; the one configured if left out."),
    ] = None,
) -> None:
    """Hand over what was decided: notifications, tasks, letters, and what follows them.

    `tactful serve` does it too, unless TACTFUL_DELIVERY is off. Several workers may run before one PostgreSQL.
    """
    with exits(), ExitStack() as opened:
        engine = _opened(opened, topics)
        if once:
            n = engine.drain()
            typer.echo(f"{n:,} taken up")
            return
        note("delivering; Ctrl-C ends it")
        engine.release_due()
        _until_stopped()


def _opened(opened: ExitStack, topics: Path | None) -> Engine:
    """Everything that delivery needs, closed again in the end."""
    from skill import clock
    from skill.api.delivering import opened as opened_engine
    from skill.api.delivering import releases_of, sweeping
    from skill.api.published import PublishedTopics
    from skill.api.watch import ServedTopics
    from skill.delivery.configured import DeliverySettings, Receivers
    from skill.settings import Settings
    from skill.sources.configured import Sources
    from skill.store.engine import Store

    settings = Settings.from_env()
    if topics is not None:
        settings = replace(settings, topics=topics, published=False)
    store = Store.open(settings.database, tells=settings.tells)
    opened.callback(store.close)
    sources = Sources.from_env()
    opened.callback(sources.close)
    served: PublishedTopics | ServedTopics
    if settings.published:
        served = PublishedTopics(store, data_dir=settings.data_dir, clock=clock.now)
    else:
        folder = settings.served_topics()
        served = ServedTopics(folder, data_dir=settings.data_dir, clock=clock.now, store=store)
    opened.enter_context(served.watched())
    to = DeliverySettings.from_env()
    receivers = Receivers(to)
    opened.callback(receivers.close)
    releases = releases_of(settings, store, served, clock.now, sources, receivers)
    whole = sweeping(store, served, clock.now, sources, to.tenant, shadow=settings.shadow)
    engine = opened_engine(settings, releases, clock.now, whole)
    opened.callback(engine.close)
    return engine


def _until_stopped() -> None:
    """Nothing but waiting: the engine has threads and a schedule of its own."""
    import signal
    import threading

    stopped = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stopped.set())
    while not stopped.wait(_LOOKS_S):
        continue
