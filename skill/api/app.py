"""The application: everything is opened, every noun gets its routes, and every refusal its form."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread
from fastapi import FastAPI

from skill.agent.loop import agent_of
from skill.agent.provider.endpoint import endpoint_of
from skill.agent.provider.turns import LanguageModel
from skill.api import (
    accounts,
    ask,
    decisions,
    demo,
    events,
    features,
    gaps,
    health,
    hooks,
    notifications,
    offers,
    packets,
    preferences,
    problems,
    readiness,
    reports,
    stops,
    tasks,
    topics,
    unsubscribe,
)
from skill.api.after import GapLog
from skill.api.bounds import BoundedBody, largest_for
from skill.api.delivering import Delivery
from skill.api.deps import Desk
from skill.api.live import Live
from skill.api.published import PublishedTopics
from skill.api.watch import ServedTopics, Topics
from skill.clock import Clock
from skill.clock import now as real_now
from skill.settings import Settings
from skill.sources.configured import Sources
from skill.store.engine import Store


def create_app(
    settings: Settings,
    *,
    clock: Clock = real_now,
    store: Store | None = None,
    model: LanguageModel | None = None,
) -> FastAPI:
    """The HTTP service for these settings, ready to answer.

    Args:
        settings: as read from the environment.
        clock: the time.
        store: an open one, kept by the caller; else one is opened here, and closed at the end.
        model: words the answers; else the one that is configured, if any.

    Raises:
        SettingsError: no Topics are named.
        TopicError: the folder of Topics has errors and never had none, so there is nothing to serve.
        LedgerError: the store cannot be opened.
    """
    folder = None if settings.published else settings.served_topics()
    opened = store or Store.open(settings.database, tells=settings.tells)
    try:
        served = _served(folder, settings, opened, clock)
    except BaseException:
        if store is None:
            opened.close()
        raise
    endpoint = None if model is not None else endpoint_of(settings)
    agent = agent_of(model or endpoint, settings)
    sources = Sources.from_env()
    delivery = Delivery(settings, opened, served, clock, sources)
    desk = Desk(
        settings=settings,
        store=opened,
        topics=served,
        clock=clock,
        agent=agent,
        sources=sources,
        heard=delivery.note,
    )
    gap_log = GapLog(opened, settings, clock)
    live = Live(opened, clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # Deciding keeps a core busy and Python runs one thread at a time: with 2 threads 32 callers
        # at once got 169 answers a second and waited at most 0.26 s, with the usual 40 it was 102
        # and 1.05 s. PostgreSQL and other sources are waited for, so there more of them are of use.
        limiter = anyio.to_thread.current_default_thread_limiter()
        asks = desk.sources.lines or desk.billing.is_asked
        waits = not settings.database.startswith("sqlite") or asks
        limiter.total_tokens = 8 if waits else 2
        with served.watched(), gap_log.running(), delivery.running():
            threading.Thread(target=served.warm, name="tactful-warm", daemon=True).start()
            if endpoint is not None:
                # The client takes a second to load, which the first answer should not wait for.
                await endpoint.ready()
            yield
        await live.aclose()
        if endpoint is not None:
            await endpoint.aclose()
        desk.sources.close()
        if store is None:
            desk.store.close()

    app = FastAPI(
        title="Tactful",
        summary="Answers about features, with an offer only where the company's own rules say so.",
        lifespan=lifespan,
        responses=problems.DOCUMENTED,
        redirect_slashes=False,
    )
    app.state.desk = desk
    app.state.gap_log = gap_log
    app.state.delivery = delivery
    app.state.live = live
    problems.install(app)
    app.add_middleware(BoundedBody, largest=largest_for(settings))
    for noun in (
        ask, features, decisions, offers, packets, accounts, readiness, events, hooks, topics, gaps, health, stops,
        notifications, preferences, unsubscribe, tasks, reports,
    ):  # fmt: skip
        app.include_router(noun.router)
    if settings.demo:
        demo.install(app, desk)
    _finish_openapi(app)
    return app


def _served(folder: Path | None, settings: Settings, store: Store, clock: Clock) -> Topics:
    """Where answers come from: a folder, or what each tenant has published."""
    if folder is None:
        return PublishedTopics(store, data_dir=settings.data_dir, clock=clock)
    return ServedTopics(folder, data_dir=settings.data_dir, clock=clock, store=store)


def _finish_openapi(app: FastAPI) -> None:
    """Describe refusals as problems, and prices by the name that is sent."""
    made = app.openapi

    def finished() -> dict[str, Any]:
        document = made()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = problems.SCHEMA
        price = schemas.get("PriceView", {}).get("properties", {})
        if "from_" in price:
            price["from"] = price.pop("from_")
        return document

    app.openapi = finished  # type: ignore[method-assign]
