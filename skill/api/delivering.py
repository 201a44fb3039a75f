"""Delivery beside the answers: plays run in this process, and look again at once when something happens."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from skill.api.watch import Say, Topics, to_stderr
from skill.clock import Clock
from skill.delivery.configured import DeliverySettings, Receivers
from skill.errors import SkillError
from skill.model.delivery import Channel
from skill.outlets import InApp, ToOwner
from skill.outside import ByEmail, ToOthers
from skill.release import Outlet, Releases
from skill.settings import Settings
from skill.sources.configured import Sources
from skill.store.engine import Store
from skill.sweep import sweep

if TYPE_CHECKING:
    from skill.delivery.engine import Engine

MOST_WAITING = 10_000
"""Accounts whose plays are still to look again; past it they look when their time comes."""
_TRIES_AGAIN_S = 60.0
"""After so long it is tried again to run plays, where they could not."""


def releases_of(
    settings: Settings,
    store: Store,
    topics: Topics,
    clock: Clock,
    sources: Sources | None,
    receivers: Receivers,
) -> Releases:
    """Whoever decides and sends, with the channels that are set up here."""
    unreviewed = settings.allow_unreviewed
    outlets: dict[Channel, Outlet] = {
        "in_app": InApp(store, allow_unreviewed=unreviewed),
        "owner_task": ToOwner(store),
    }
    if receivers.mailer is not None:
        secret = settings.jwt_secret
        outlets["email"] = ByEmail(receivers, secret, allow_unreviewed=unreviewed)
    if receivers.settings.receivers:
        told = ToOthers(store, receivers)
        outlets |= {"webhook": told, "crm": told, "analytics": told}
    return Releases(
        store,
        lambda tenant: topics.of(tenant).workspace,
        outlets,
        clock,
        sources,
        shadow=settings.shadow,
    )


def sweeping(
    store: Store,
    topics: Topics,
    clock: Clock,
    sources: Sources | None,
    tenant: str,
    *,
    shadow: bool,
) -> Callable[[], None]:
    """One pass over the accounts of a tenant in our own store; the same day's again goes on where it was broken off."""

    def run() -> None:
        from skill.sources.warehouse.engines import open_engine

        own = open_engine(None, store=store, tenant=tenant)
        try:
            playbook = topics.of(tenant).workspace.playbook
            one = sweep(
                playbook, own, store, tenant=tenant, now=clock(), sources=sources, shadow=shadow
            )
            deque(one.verdicts(), maxlen=0)
        finally:
            own.close()

    return run


class Delivery:
    """The plays of this server; whatever goes wrong in here, nobody's answer is another one."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        topics: Topics,
        clock: Clock,
        sources: Sources | None = None,
        say: Say | None = None,
    ) -> None:
        self._settings = settings
        # A receiver that cannot be used is told at the start, and not when something is to leave.
        self._to = DeliverySettings.from_env() if settings.delivery else DeliverySettings()
        self._store = store
        self._topics = topics
        self._clock = clock
        self._sources = sources
        self._say = say or to_stderr
        self._news: queue.Queue[tuple[str, str] | None] = queue.Queue(MOST_WAITING)
        self._stop = threading.Event()
        self._is_on = threading.Event()

    @property
    def runs(self) -> bool:
        """Whether plays run in this process now."""
        return self._is_on.is_set()

    def note(self, tenant: str, accounts: Collection[str]) -> None:
        """Something happened to these accounts: their plays look again. Never waits and never raises."""
        if self._is_on.is_set():
            with suppress(queue.Full):
                for account in accounts:
                    self._news.put_nowait((tenant, account))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run plays in a thread of their own, unless that is off."""
        if not self._settings.delivery:
            yield
            return
        self._stop.clear()
        thread = threading.Thread(target=self._run, name="tactful-delivery", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            with suppress(queue.Full):
                self._news.put_nowait(None)
            thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stop.is_set():
            receivers = Receivers(self._to)
            releases = releases_of(
                self._settings, self._store, self._topics, self._clock, self._sources, receivers
            )
            try:
                engine = opened(
                    self._settings, releases, self._clock,
                    sweeping(self._store, self._topics, self._clock, self._sources, self._to.tenant, shadow=self._settings.shadow),
                )  # fmt: skip
            except SkillError as error:
                receivers.close()
                self._say(f"nothing is delivered: {error.detail}; trying again")
                self._stop.wait(_TRIES_AGAIN_S)
                continue
            self._is_on.set()
            try:
                self._listen(engine, releases)
            finally:
                self._is_on.clear()
                engine.close()
                receivers.close()

    def _listen(self, engine: Engine, releases: Releases) -> None:
        """What was due while nothing ran, then whatever happens."""
        engine.poke()
        while not self._stop.is_set():
            news = self._news.get()
            if news is None:
                continue
            try:
                engine.nudge(releases.open_effects(*news))
            except Exception as error:  # noqa: BLE001 - it looks again when its time comes; nobody's answer depends on it
                self._say(f"a play was not woken: {type(error).__name__}")


def opened(
    settings: Settings, releases: Releases, clock: Clock, sweep: Callable[[], None]
) -> Engine:
    """The engine, with the schedules that are set.

    Raises:
        DeliveryError: it cannot be opened.
    """
    # It takes a second to load, which nobody who delivers nothing should wait for.
    from skill.delivery.engine import Engine, Tuned

    hour, _, minute = settings.sweep_at.partition(":")
    tuned = Tuned(sweeps=f"{int(minute)} {int(hour)} * * *" if settings.sweep_at else "")
    return Engine.open(settings.database, releases, releases, clock=clock, tuned=tuned, sweep=sweep)
