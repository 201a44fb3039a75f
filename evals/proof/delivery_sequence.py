"""The sequence example under a fixed clock: an upgrade in the product, closed, one email, upgraded, and then the add-on.

    python -m evals.proof.delivery_sequence

Nothing here is made up but the customer: the sweep, the outbox, the inbox, the engine and the verifier are the real
ones, and so are the sample Topics, in which two rows are said otherwise so that three weeks suffice.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from skill.agent.grounding import Prover
from skill.agent.notice import compose_notice
from skill.compiler.folder import Compiler
from skill.delivery.engine import Engine, Tuned
from skill.model.account import Customer, Fact, Person
from skill.model.delivery import Effect
from skill.model.notice import Leaving, Notice
from skill.model.playbook import Playbook
from skill.outlets import InApp
from skill.policy.sequence import Done, Move, Send, Wait
from skill.release import Releases
from skill.sample import sample_customers, sample_topics
from skill.sources.warehouse.engines import open_engine
from skill.store import inbox, inbox_acts, outbox
from skill.store.accounts import Beside, put_account, put_person
from skill.store.engine import Store
from skill.store.preferences import Who
from skill.store.usage import EventEntry, UsageEntry, add_usage
from skill.sweep import sweep

TENANT = "default"
START = datetime(2026, 11, 2, tzinfo=UTC)
"""A Monday: week 1."""
ACCOUNT, PERSON = "mulberry-payroll", "hana"
LIMIT = 50_000
"""API calls a month on Starter."""
SAID_OTHERWISE = {
    "At most | 2 offers in 30 days": "At most | 4 offers in 30 days",
    "stable_weeks_since_upgrade more than 1 over now": "stable_weeks_since_upgrade at least 1 over now",
}


class Ground(NamedTuple):
    """The Topics that are served."""

    playbook: Playbook
    prover: Prover


class Letters:
    """Where emails arrive."""

    def __init__(self, trace: list[str]) -> None:
        self.got: list[str] = []
        self.trace = trace

    def words(self, about: Leaving, prover: Prover) -> Notice:
        """The same proven words as a notification has."""
        notice = compose_notice(about)
        prover.demand(notice.answer.body())
        return notice

    def deliver(self, effect: Effect, content: Notice, now: datetime) -> str:
        """It is there."""
        self.got.append(effect.id)
        self.trace.append(f"{_at(now)}  email to {effect.person}: {content.text.splitlines()[0]}")
        return ""

    def withdraw(self, effect: Effect, now: datetime) -> None:
        """What was sent was sent."""


class Story:
    """Three weeks of one account, told day by day."""

    def __init__(self, store: Store, folder: Path) -> None:
        playbook = Compiler().compile_folder(folder, date(2026, 11, 2)).playbook
        self.trace: list[str] = []
        self.store = store
        self.now = START
        self.ground = Ground(playbook, Prover(playbook))
        self.letters = Letters(self.trace)
        self.releases = Releases(
            store,
            lambda _tenant: self.ground,
            {"in_app": InApp(store), "email": self.letters},
            lambda: self.now,
        )
        found = next(c for c in sample_customers(START) if c.account.id == ACCOUNT)
        self.customer: Customer = found.model_copy(update={"usage": (), "events": ()})
        self.stable_weeks: int | None = None
        self.told: dict[str, str] = {}

    # -- what happens -------------------------------------------------------------------------------------

    def morning(self, day: int, calls: int, engine: Engine) -> None:
        """A day at 09:00: usage and facts are reported, every account is swept, and what is due leaves."""
        self.now = START + timedelta(days=day, hours=9)
        self._report(calls)
        own = open_engine(None, store=self.store, tenant=TENANT)
        try:
            one = sweep(self.ground.playbook, own, self.store, tenant=TENANT, now=self.now)
            for verdicts in one.verdicts():
                for verdict in verdicts:
                    for signal in verdict.after.fired:
                        said = ", ".join(o.bundle for o in verdict.decision.offers) or "nothing"
                        level = f"{verdict.level}: {signal.key} {_figures(signal.figures)}"
                        self.say(f"swept: {level}; offered: {said}")
        finally:
            own.close()
        self.moves(engine)

    def moves(self, engine: Engine) -> None:
        """Whatever is due by now is done, and each play says what it waits for."""
        engine.nudge(self.releases.open_effects(TENANT, ACCOUNT))
        engine.drain()
        for one in reversed(outbox.of_account(self.store, TENANT, ACCOUNT)):
            if one.channel not in outbox.TO_PEOPLE:  # nobody else is set up to be told
                continue
            state = one.state + (f" ({one.reason})" if one.reason else "")
            what = (
                f"{one.channel} about {one.offer}{', a follow-up' if one.follows else ''}: {state}"
            )
            move = _said(self.releases.next(TENANT, one.id))
            if self.told.get(one.id) != (line := f"{what}; next: {move}"):
                self.told[one.id] = line
                self.say(line)

    def opens_the_inbox(self) -> None:
        """The person sees what is there: its showing is spent now."""
        who = Who(TENANT, ACCOUNT, PERSON)
        items = inbox.page(self.store, who, now=self.now).items
        for one in items:
            self.say(f"{PERSON} sees «{one.title}»: {one.text.splitlines()[0]}")
        self.open = [one.id for one in items]

    def closes(self, engine: Engine) -> None:
        """The person closes it."""
        who = Who(TENANT, ACCOUNT, PERSON)
        done = inbox_acts.Act(kind="dismiss", how="dismissal")
        for one in self.open:
            inbox_acts.act(self.store, who, one, done, at=self.now)
        self.say(f"{PERSON} closes it")
        self.moves(engine)

    def upgrades(self, engine: Engine) -> None:
        """The account buys Team: the host reports the purchase and the plan."""
        account = self.customer.account.model_copy(update={"plan": "team"})
        self.customer = self.customer.model_copy(update={"account": account})
        self.event("purchase.made", offer="team")
        self.stable_weeks = 0
        self._report(0)
        self.say("Team is bought")
        self.moves(engine)

    def event(self, name: str, **properties: str) -> None:
        """Something is reported of the account."""
        identity = f"{name}-{self.now.isoformat()}"
        one = EventEntry(
            id=identity, account=ACCOUNT, name=name, at=self.now, properties=dict(properties)
        )
        add_usage(self.store, TENANT, [], [one])

    def say(self, what: str) -> None:
        """One line of the trace."""
        self.trace.append(f"{_at(self.now)}  {what}")

    def _report(self, calls: int) -> None:
        told: dict[str, Any] = {"successful_runs": 40}
        if self.stable_weeks is not None:
            told["stable_weeks_since_upgrade"] = self.stable_weeks
        facts = tuple(Fact(name=name, value=value, as_of=self.now) for name, value in told.items())
        put_account(self.store, TENANT, self.customer.account, Beside(facts=facts), at=self.now)
        if not self.told:
            person = Person.model_validate({**self.customer.person.model_dump(), "id": PERSON})
            put_person(self.store, TENANT, ACCOUNT, person, at=self.now)
        if calls:
            identity = f"api-{self.now.isoformat()}"
            one = UsageEntry(
                id=identity, account=ACCOUNT, meter="api_calls", at=self.now, value=Decimal(calls)
            )
            add_usage(self.store, TENANT, [one], [])


def tell(url: str) -> Story:
    """The whole story before this database, an empty one."""
    with tempfile.TemporaryDirectory(prefix="tactful-topics-") as folder:
        store = Store.open(url)
        try:
            story = Story(store, _topics(Path(folder)))
            with _engine(url, story) as engine:
                _three_weeks(story, engine)
        finally:
            store.close()
    return story


def _three_weeks(story: Story, engine: Engine) -> None:
    story.trace.append("-- week 1: a third of the limit")
    for day in range(5):
        story.morning(day, 2_000 + 3_000 * day, engine)
    story.trace.append("-- week 2: 85 % of the limit")
    for day, share in ((7, 80), (8, 83), (9, 85)):
        story.morning(day, LIMIT * share // 100, engine)
    story.now += timedelta(hours=1)
    story.opens_the_inbox()
    story.now += timedelta(hours=1)
    story.closes(engine)
    story.morning(10, LIMIT * 86 // 100, engine)
    story.morning(11, LIMIT * 87 // 100, engine)
    story.now += timedelta(hours=2)
    story.moves(engine)
    story.trace.append("-- week 3: upgraded, and stable; lists are still carried over by hand")
    story.morning(14, LIMIT * 88 // 100, engine)
    story.now += timedelta(hours=1)
    story.upgrades(engine)
    for day in range(6, 21):
        story.now = START + timedelta(days=day, hours=15)
        story.event("csv_export")
    for hours in (8, 9):
        story.now = START + timedelta(days=20, hours=hours)
        story.event("attempt", feature="salesforce-export")
    story.stable_weeks = 1
    story.morning(21, LIMIT * 90 // 100, engine)
    story.opens_the_inbox()


def _topics(folder: Path) -> Path:
    said = 0
    for file in sorted(sample_topics().glob("*.md")):
        text = file.read_text()
        for was, now in SAID_OTHERWISE.items():
            said += text.count(was)
            text = text.replace(was, now)
        (folder / file.name).write_text(text)
    assert said >= len(SAID_OTHERWISE), "the sample Topics say these rows otherwise by now"
    return folder


@contextmanager
def _engine(url: str, story: Story) -> Iterator[Engine]:
    tuned = Tuned(polls_s=0.05, forgotten=timedelta(0))
    engine = Engine.open(
        url,
        story.releases,
        story.releases,
        clock=lambda: story.now,
        tuned=tuned,
        scheduled=False,
    )
    try:
        yield engine
    finally:
        engine.close()


def _said(move: Move) -> str:
    match move:
        case Send(channel):
            return f"send {channel}"
        case Wait(until):
            return f"wait until {_at(until)}"
        case Done(because):
            return f"done: {because}"


def _figures(figures: dict[str, str]) -> str:
    return f"({figures['percent']} of {figures['limit']})" if "percent" in figures else ""


def _at(moment: datetime) -> str:
    return f"{moment:%a %d %b %H:%M}"


def main() -> int:
    """Tell the story before a database of its own, and print its trace."""
    with tempfile.TemporaryDirectory(prefix="tactful-sequence-") as folder:
        story = tell(f"sqlite:///{folder}/tactful.db")
    print("\n".join(story.trace))
    print(f"emails: {len(story.letters.got)}")
    return 0 if len(story.letters.got) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
