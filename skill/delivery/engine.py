"""The engine of durable plays: one workflow for each effect, which survives its process; the only door to DBOS."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple, ParamSpec, TypeVar

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID, StepOptions, WorkflowStatus
from dbos import error as failures

from skill.clock import Clock
from skill.clock import now as real_now
from skill.delivery import worker
from skill.delivery.beside import place_beside
from skill.delivery.plays import Dropped, Held, Outbox, Release, Sent
from skill.delivery.relay import FORGOTTEN, relay, remind
from skill.delivery.tries import next_try
from skill.errors import DeliveryError, SkillError
from skill.policy.sequence import Done, Send, Wait

P = ParamSpec("P")
T = TypeVar("T")

AT_MOST = timedelta(hours=12)
"""How long a play sleeps in one go: then it looks again, as the Topics, or the clock, may say otherwise by then."""
LEASE = timedelta(minutes=5)
"""A worker of another host that has not finished a move by then is taken for gone; no move takes as long."""
KEPT = timedelta(days=30)
"""How long the engine remembers a play that is over; the outbox remembers it for ever."""
PLAYS = "plays"
_APP = "tactful"
_VERSION = "plays-1"
"""The form of a play's steps: plays of another form are left to workers that know it."""
_MOST_MOVES = 8
"""Of one go; no play has as many."""
_BROKEN_S = 1_800.0
"""After so long a play goes on of which a step broke each time."""
_LIVE = ("ENQUEUED", "PENDING")
_STEP_TRIES = 3
"""Of a step that breaks, as where the store is away for a moment; then its play goes on with the next look at the outbox."""
_running: list[Engine] = []


Sweep = Callable[[], None]


class Tuned(NamedTuple):
    """What tests and machines of another size set otherwise."""

    at_once: int = 6
    """Plays that move at the same time in this process, which answers questions beside."""
    polls_s: float = 0.25
    forgotten: timedelta = FORGOTTEN
    lease: timedelta = LEASE
    every: str = "* * * * *"
    """When the outbox is looked at, beside whenever somebody asks for it."""
    sweeps: str = ""
    """When the daily sweep begins, in UTC and as cron has it; empty where something else begins it."""


class Engine:
    """Runs plays until it is closed; one in a process."""

    def __init__(
        self, release: Release, outbox: Outbox, clock: Clock, tuned: Tuned, sweep: Sweep | None
    ) -> None:
        self.release = release
        self.outbox = outbox
        self.clock = clock
        self.tuned = tuned
        self.sweep = sweep
        self._turn = threading.Lock()
        self._poked = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._released, name="tactful-release", daemon=True)

    @classmethod
    def open(
        cls,
        database: str,
        release: Release,
        outbox: Outbox,
        *,
        clock: Clock = real_now,
        tuned: Tuned | None = None,
        scheduled: bool = True,
        sweep: Sweep | None = None,
    ) -> Engine:
        """An engine that keeps its plays beside this database, and goes on with those that were broken off.

        Args:
            database: the store's own URL: a SQLite file gets a sibling `plays.db`, PostgreSQL a schema of its own.
            release: decides and sends.
            outbox: where effects are taken up.
            clock: the time that plays wait for.
            tuned: sizes and times.
            scheduled: whether the outbox is looked at by the engine's own schedule.
            sweep: one pass over all accounts, which goes on where it was broken off; of several workers one does it.

        Raises:
            DeliveryError: it cannot be opened, or one is open in this process.
        """
        if _running:
            raise DeliveryError("plays run in this process already")
        tuned = tuned or Tuned()
        made = cls(release, outbox, clock, tuned, sweep)
        _running.append(made)
        try:
            DBOS(config=_config(database))
            DBOS.launch()
            DBOS.register_queue(
                PLAYS, worker_concurrency=tuned.at_once, polling_interval_sec=tuned.polls_s
            )
            made._thread.start()
            if scheduled:
                DBOS.apply_schedules(
                    [{"schedule_name": "release", "workflow_fn": _release, "schedule": tuned.every}]
                )
            if sweep is not None and tuned.sweeps:
                DBOS.apply_schedules(
                    [{"schedule_name": "sweep", "workflow_fn": _sweep, "schedule": tuned.sweeps}]
                )
        except Exception as error:
            made.close()
            said = next(iter(str(error).splitlines()), "")
            raise DeliveryError(f"plays cannot run: {type(error).__name__}: {said}") from error
        return made

    # -- what others ask for ------------------------------------------------------------------------------

    def release_due(self) -> int:
        """Take up everything that is due, go on with what a dead worker left, and say how many were taken up."""
        with self._turn:
            now = self.clock()
            self._take_over()
            n = relay(self.outbox, self.start, now)
            remind(self.outbox, self.go_on, now, self.tuned.forgotten)
            return n

    def poke(self) -> None:
        """Have the outbox looked at soon, by a thread of the engine's own."""
        self._poked.set()

    def _released(self) -> None:
        while self._poked.wait() and not self._closing.is_set():
            self._poked.clear()
            # Whatever broke, the next turn of the schedule comes back to it: nothing is taken up and forgotten.
            with suppress(SkillError, failures.DBOSException):
                self.release_due()
                self.tidy()

    def go_on(self, tenant: str, effect: str) -> None:
        """Start the play of an effect that was begun and has none; one that sleeps sleeps on."""
        self.start(tenant, effect, wakes=False)

    def start(self, tenant: str, effect: str, *, wakes: bool = True) -> None:
        """Start the play of an effect, or wake it; one that runs is left alone, one that broke off goes on."""
        known = self._parts([effect])
        if any(part.status in _LIVE for part in known):
            return
        sleeping = [part.workflow_id for part in known if part.status == "DELAYED"]
        if sleeping:
            if wakes:
                self._wake(sleeping)
            return
        _enqueue(
            tenant, effect, max((_number(part.workflow_id) + 1 for part in known), default=0), 0
        )

    def nudge(self, effects: Sequence[str]) -> None:
        """Something happened: sleeping plays of these effects look again at once."""
        sleeping = self._parts(effects, status="DELAYED")
        self._wake([part.workflow_id for part in sleeping])

    def settle(self, seconds: float = 60.0) -> bool:
        """Wait until no play moves; False where some still do after that long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self._moving():
                return True
            time.sleep(0.05)
        return False

    def drain(self, seconds: float = 600.0) -> int:
        """Do everything that is due, follow-ups among it, and say how many effects were taken up."""
        until = time.monotonic() + seconds
        taken = self.release_due()
        n = taken
        while self.settle(until - time.monotonic()) and (taken := self.release_due()):
            n += taken
        return n

    def close(self) -> None:
        """Stop. A play in the middle of a move goes on with the next worker."""
        self._closing.set()
        self._poked.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        moving = True
        with suppress(Exception):  # a database that is away must not keep a process from ending
            moving = self._is_moving_here()
        DBOS.destroy(workflow_completion_timeout_sec=5 if moving else 0)
        _running.clear()

    # -- one move -----------------------------------------------------------------------------------------

    def look(self, tenant: str, effect: str) -> list[str]:
        """What comes next, in words that are kept."""
        match self.release.next(tenant, effect):
            case Send(channel):
                return ["send", channel]
            case Wait(until):
                return ["wait", until.isoformat()]
            case Done(because, bought, withdraws):
                return ["done", because, "bought" * bought, "withdraws" * withdraws]

    def send(self, tenant: str, effect: str, channel: Any, tries: int) -> list[str]:
        """Hand it over, and say what came of it."""
        try:
            came = self.release.send(tenant, effect, channel)
        except DeliveryError as error:
            until = next_try(tries + 1, self.clock(), asked_for=error.asked_for)
            if until is None:
                self.release.give_up(tenant, effect, error.detail)
                return ["dropped", error.detail]
            self.release.wait(tenant, effect, until)
            return ["again", until.isoformat()]
        match came:
            case Sent():
                return ["sent"]
            case Held(until, because):
                self.release.wait(tenant, effect, until)
                return ["held", until.isoformat(), because]
            case Dropped(because):
                return ["dropped", because]

    def done(self, tenant: str, effect: str, end: list[str]) -> None:
        """The play is over."""
        self.release.done(tenant, effect, Done(end[1], bool(end[2]), bool(end[3])))

    def seconds_until(self, until: str) -> float:
        """How long to sleep in one go."""
        left = datetime.fromisoformat(until) - self.clock()
        return max(0.0, min(left, AT_MOST).total_seconds())

    # -- the engine's own tables --------------------------------------------------------------------------

    def _take_over(self) -> None:
        """Go on with the plays of workers that are gone."""
        known = DBOS.list_workflows(
            status="PENDING", name=[PLAYS, "sweep"], load_input=False, load_output=False
        )
        late = (real_now() - self.tuned.lease).timestamp() * 1000
        left = [
            one.workflow_id
            for one in known
            if one.executor_id != DBOS.executor_id
            and (worker.is_gone(one.executor_id or "") or (one.updated_at or late) < late)
        ]
        if left:
            DBOS.resume_workflows(left, queue_name=PLAYS)

    def _parts(
        self, effects: Sequence[str], status: str | list[str] | None = None
    ) -> list[WorkflowStatus]:
        """Every go of these plays so far."""
        if not effects:
            return []
        return DBOS.list_workflows(
            workflow_id_prefix=list(effects), status=status, load_input=False, load_output=False
        )

    def _wake(self, parts: Sequence[str]) -> None:
        for part in parts:
            DBOS.set_workflow_delay(part, delay_seconds=0)

    def _moving(self) -> bool:
        now_ms = real_now().timestamp() * 1000
        found = DBOS.list_workflows(
            name=PLAYS, status=[*_LIVE, "DELAYED"], load_input=False, load_output=False
        )
        return any(
            one.status != "DELAYED" or (one.delay_until_epoch_ms or 0) <= now_ms for one in found
        )

    def _is_moving_here(self) -> bool:
        return bool(
            DBOS.list_workflows(name=PLAYS, status="PENDING", executor_id=DBOS.executor_id, limit=1)
        )

    def tidy(self) -> None:
        """Forget plays that were over long ago, and the turns of the schedule."""
        now = real_now()
        old = DBOS.list_workflows(
            completed_before=(now - KEPT).isoformat(),
            limit=500,
            load_input=False,
            load_output=False,
        )
        turns = DBOS.list_workflows(
            name="release", completed_before=(now - timedelta(hours=1)).isoformat(), limit=500,
            load_input=False, load_output=False,
        )  # fmt: skip
        gone = dict.fromkeys(one.workflow_id for one in (*old, *turns))
        if gone:
            DBOS.delete_workflows(list(gone))


@DBOS.workflow(name=PLAYS)
def _play(tenant: str, effect: str, n: int, tries: int) -> str:
    """One go of a play: moves until it has to wait, then the next go is put to sleep and this one ends.

    So a sleeping play is a row, not a thread, and any worker may wake it; and its steps are those of one version.
    """
    try:
        return _moves(_running[0], tenant, effect, n, tries)
    except failures.DBOSMaxStepRetriesExceeded:
        # The store was away, or something is broken that a later version mends: a play never dies of it.
        _enqueue(tenant, effect, n + 1, tries, _BROKEN_S)
        return "a step broke; later again"


def _moves(engine: Engine, tenant: str, effect: str, n: int, tries: int) -> str:
    for _ in range(_MOST_MOVES):
        move = _step("look", engine.look, tenant, effect)
        if move[0] == "done":
            _step("done", engine.done, tenant, effect, move)
            return move[1]
        if move[0] == "wait":
            return _sleep(engine, tenant, effect, n, 0, move)
        came = _step("send", engine.send, tenant, effect, move[1], tries)
        if came[0] == "dropped":
            return came[1]
        if came[0] in ("held", "again"):
            return _sleep(engine, tenant, effect, n, tries + (came[0] == "again"), came)
        tries = 0
    return "too many moves"


def _sleep(engine: Engine, tenant: str, effect: str, n: int, tries: int, move: list[str]) -> str:
    """Put the next go to sleep; then look once more, as nobody could wake it before it slept."""
    seconds = _step("how long", engine.seconds_until, move[1])
    _enqueue(tenant, effect, n + 1, tries, seconds)
    if move[0] == "wait":
        again = _step("look again", engine.look, tenant, effect)
        if again != move and again[0] != "wait":
            DBOS.set_workflow_delay(_part(effect, n + 1), delay_seconds=0)
    return f"{move[0]} until {move[1]}"


@DBOS.workflow(name="release")
def _release(_at: datetime, _context: Any) -> None:
    """The schedule's turn: it only rings, as a workflow must not begin others from within a step."""
    _running[0].poke()


@DBOS.workflow(name="sweep")
def _sweep(_at: datetime, _context: Any) -> None:
    """The day's sweep, and what it found to be due. Broken off, it goes on with the next worker."""
    engine = _running[0]
    if engine.sweep is not None:
        _step("sweep", engine.sweep)
        engine.poke()


def _step(name: str, done: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """One step, whose result is kept: after a crash it is not done again, unless it was under way."""
    options: StepOptions = {
        "name": name,
        "retries_allowed": True,
        "max_attempts": _STEP_TRIES,
        "interval_seconds": 0.5,
    }
    return DBOS.run_step(options, done, *args, **kwargs)


def _enqueue(tenant: str, effect: str, n: int, tries: int, seconds: float | None = None) -> None:
    """Have a play go on. The first go has the id of its effect: starting it twice is one."""
    with SetWorkflowID(_part(effect, n)), SetEnqueueOptions(delay_seconds=seconds or None):
        DBOS.enqueue_workflow(PLAYS, _play, tenant, effect, n, tries)


def _part(effect: str, n: int) -> str:
    return effect if n == 0 else f"{effect}/{n}"


def _number(part: str) -> int:
    return int(part.partition("/")[2] or 0)


def _config(database: str) -> DBOSConfig:
    kept = worker.of_this_process(worker.name_of_worker())
    # With a handler of ours it makes none of its own, which would write to the console.
    log = logging.getLogger("dbos")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
        log.propagate = False
    place = place_beside(database)
    config: DBOSConfig = {
        "name": _APP,
        "system_database_url": place.url,
        "application_version": _VERSION,
        "executor_id": kept,
        "log_level": "CRITICAL",
        "enable_otlp": False,
        "use_listen_notify": False,
        "sys_db_pool_size": 8,
        "max_executor_threads": 32,
        "scheduler_polling_interval_sec": 5.0,
    }
    if place.schema is not None:
        config["dbos_system_schema"] = place.schema
    return config
