"""The days of a month of the sample company: what is reported, swept, asked, delivered, and what people do with it.

Customers and what they do are made up from a seed; sweep, claims, outbox, release, inbox and tasks are the real ones.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from evals.proof.delivery_recount import (
    Delivery,
)
from skill.agent.grounding import Prover
from skill.agent.notice import compose_notice
from skill.api.claiming import Decided, settled
from skill.ask import Workspace
from skill.converse import Asking
from skill.delivery.plays import Dropped, Held
from skill.model.account import Account, Customer, Person
from skill.model.delivery import Effect, Stop
from skill.model.notice import Leaving, Notice
from skill.outlets import InApp, ToOwner
from skill.policy.sequence import Done, Send, Wait
from skill.release import Releases
from skill.sample import sample_customers
from skill.sources.own import read_customer
from skill.sources.warehouse.engines import open_engine
from skill.store import inbox, inbox_acts, stops
from skill.store.accounts import Beside, put_account, put_person
from skill.store.customers import put_customers
from skill.store.engine import Store
from skill.store.ledger import Recorded, new_decision_id
from skill.store.preferences import Who
from skill.store.usage import EventEntry, UsageEntry, add_usage
from skill.sweep import sweep

TENANT = "default"
START = datetime(2026, 11, 2, tzinfo=UTC)
"""A Monday; the month has 28 days, four weekends, and nothing to do with the day it is run on."""
DAYS, QUESTIONS_A_DAY = 28, 11
JOINS_WITHIN = 14
"""Accounts come to be known over the first two weeks, so that signals come to hold on many days."""
QUESTIONS = (
    "Can I export to Salesforce?", "Do we have single sign-on?", "Can we have 12 team members?",
    "Can we use webhooks?", "Do we have an audit log?", "Can I save another report?",
    "How many API calls do we have left?", "Can our data be kept in Europe?",
    "Are 60,000 API calls a month enough with what we have?", "Can we use shared workspaces?",
)  # fmt: skip
_DAY = timedelta(days=1)


class Letters:
    """A mailbox that is never down: the words are those of a notification."""

    def words(self, about: Leaving, prover: Prover) -> Notice:
        """Composed and proven."""
        notice = compose_notice(about)
        prover.demand(notice.answer.body())
        return notice

    def deliver(self, effect: Effect, content: Notice, now: datetime) -> str:
        """It is there."""
        del effect, content, now
        return ""

    def withdraw(self, effect: Effect, now: datetime) -> None:
        """What was sent was sent."""


class Noted:
    """A channel whose deliveries are noted, with the recipient's own time zone."""

    def __init__(self, month: Month, channel: str, inner: InApp | Letters) -> None:
        self.month, self.channel, self.inner = month, channel, inner

    def words(self, about: Leaving, prover: Prover) -> Notice:
        """As the channel has them."""
        return self.inner.words(about, prover)

    def deliver(self, effect: Effect, content: Notice, now: datetime) -> str:
        """Delivered, and noted where it was taken."""
        refused = self.inner.deliver(effect, content, now)
        if not refused:
            who = (effect.account, effect.person)
            zone = self.month.people[who].time_zone
            self.month.left.append(
                Delivery(now, self.channel, effect.id, *who, zone, effect.follows)
            )
        return refused

    def withdraw(self, effect: Effect, now: datetime) -> None:
        """As the channel does."""
        self.inner.withdraw(effect, now)


class Month:
    """The month, day by day."""

    def __init__(self, store: Store, workspace: Workspace, seed: int) -> None:
        self.store, self.workspace, self.chance = store, workspace, Random(seed)
        self.now = START
        self.left: list[Delivery] = []
        self.people: dict[tuple[str, str], Person] = {}
        self.accounts: dict[str, Account] = {}
        self.asleep: dict[str, datetime] = {}
        self.did: Counter[str] = Counter()
        self.tickets: dict[int, str] = {}
        outlets = {
            "in_app": Noted(self, "in_app", InApp(store)),
            "email": Noted(self, "email", Letters()),
            "owner_task": ToOwner(store),
        }
        self.releases = Releases(store, lambda _: workspace, outlets, lambda: self.now)  # type: ignore[arg-type]

    def run(self) -> None:
        """All of it."""
        everybody = sorted({c.account.id for c in sample_customers(START)})
        joins = {one: self.chance.randrange(JOINS_WITHIN) for one in everybody}
        for day in range(DAYS):
            midnight = START + day * _DAY
            self.now = midnight + timedelta(hours=5)
            self._report({one for one, when in joins.items() if when <= day})
            # One day early in the morning, the next late in the evening: both are quiet hours somewhere.
            hours = (6, 9, 11, 14, 17, 20)
            swept = 6 if day % 2 else 20
            for hour in hours:
                self.now = midnight + timedelta(hours=hour, minutes=7)
                if hour == swept:
                    self._sweep()
                if hour in (9, 14, 20):
                    self._questions(QUESTIONS_A_DAY // 3 + (hour == 9) * (QUESTIONS_A_DAY % 3))
                if hour in (11, 17):
                    self._reactions()
                self._happens(day, hour)
                self._drive()

    # -- what is reported ---------------------------------------------------------------------------------

    def _report(self, known: set[str]) -> None:
        """Who joined today, whole; of the others what was used since yesterday."""
        today = [c for c in sample_customers(self.now) if c.account.id in known]
        new = [c for c in today if c.account.id not in self.accounts]
        put_customers(self.store, TENANT, new, at=self.now)
        for customer in today:
            self.people.setdefault((customer.account.id, customer.person.id), customer.person)
        for customer in {c.account.id: c for c in today if c not in new}.values():
            self._goes_on(customer)
        self.accounts |= {c.account.id: c.account for c in new}

    def _goes_on(self, customer: Customer) -> None:
        account = self.accounts[customer.account.id]
        put_account(self.store, TENANT, account, Beside(facts=customer.facts), at=self.now)
        recent = self.now - _DAY
        stamp = f"{account.id}-{self.now:%m%d}"
        usage = [
            UsageEntry(id=f"{stamp}-{n}", account=account.id, **one.model_dump())
            for n, one in enumerate(customer.usage) if one.at > recent
        ]  # fmt: skip
        events = [
            EventEntry(account=account.id, **{**one.model_dump(), "id": f"{stamp}-e{n}"})
            for n, one in enumerate(customer.events) if one.at > recent
        ]  # fmt: skip
        add_usage(self.store, TENANT, usage, events)

    def _event(self, account: str, name: str, person: str | None = None, **said: str) -> None:
        self.did[name] += 1
        identity = f"{account}-{name}-{self.now.isoformat()}"
        one = EventEntry(id=identity, account=account, person=person, name=name, at=self.now, properties=dict(said))  # fmt: skip
        add_usage(self.store, TENANT, [], [one])
        self._wake(account)

    # -- what the skill does ------------------------------------------------------------------------------

    def _sweep(self) -> None:
        own = open_engine(None, store=self.store, tenant=TENANT)
        try:
            one = sweep(self.workspace.playbook, own, self.store, tenant=TENANT, now=self.now)
            for _ in one.verdicts():
                pass
        finally:
            own.close()

    def _questions(self, n: int) -> None:
        for _ in range(n):
            account, person = self.chance.choice(sorted(self.people))
            self._ask(account, person, self.chance.choice(QUESTIONS))
            self.now += timedelta(minutes=3)

    def _ask(self, account: str, person: str, question: str) -> None:
        """As the server answers: decided, claimed with what it shows, and decided again where somebody was quicker."""

        def decided(offers: int | None = None) -> Decided:
            playbook = self.workspace.playbook
            met = read_customer(self.store, tenant=TENANT, account=account, person=person, now=self.now, playbook=playbook)  # fmt: skip
            asking = Asking(
                question, met.customer, self.now, max_offers=2 if offers is None else offers,
                decision_id=new_decision_id(self.now), stops=stops.stopped(self.store, TENANT),
            )  # fmt: skip
            asked = asking.answered(self.workspace)
            entry = Recorded(
                id=asking.decision_id, tenant=TENANT, at=self.now, scope="end_user", question=question,
                customer=met.customer, surface=asking.surface, decision=asked.decision, answer=asked.answer,
            )  # fmt: skip
            return Decided(self.workspace, asking, entry, met.n_showings)

        assert settled(self.store, decided(), decided) is not None
        self.did["question"] += 1

    def _drive(self) -> None:
        """What is due is taken up and walked to its next rest, as the engine would."""
        for effect, until in sorted(self.asleep.items()):
            if until <= self.now:
                self._walk(effect)
        while found := self.releases.due(self.now, 200):
            for tenant, effect in found:
                if self.releases.take_up(tenant, effect, self.now):
                    self._walk(effect)

    def _walk(self, effect: str) -> None:
        self.asleep.pop(effect, None)
        while True:
            match self.releases.next(TENANT, effect):
                case Wait(until):
                    self.asleep[effect] = until
                    return
                case Done() as end:
                    self.releases.done(TENANT, effect, end)
                    return
                case Send(channel):
                    came = self.releases.send(TENANT, effect, channel)
                    if isinstance(came, Held):
                        self.did["held"] += 1
                        self.releases.wait(TENANT, effect, came.until)
                        self.asleep[effect] = came.until
                        return
                    if isinstance(came, Dropped):
                        return

    def _wake(self, account: str) -> None:
        for effect in self.releases.open_effects(TENANT, account):
            if effect in self.asleep:
                self.asleep[effect] = self.now

    # -- what people do -----------------------------------------------------------------------------------

    def _reactions(self) -> None:
        """Three of five open their inbox, and do something with what is in it."""
        for account, person in sorted(self.people):
            if self.chance.random() < 0.6:
                who = Who(TENANT, account, person)
                for one in inbox.page(self.store, who, now=self.now).items:
                    if one.state == "unread" and one.closed is None:
                        self._reacts(who, one.id, one.offer)

    def _reacts(self, who: Who, notification: str, offer: str) -> None:
        what = self.chance.choices(
            ("dismissal", "not_now", "never", "click", "buy", "nothing"), (30, 12, 4, 14, 10, 30)
        )[0]
        self.did[what] += 1
        if what == "buy":
            self._buys(who.account, offer)
        elif what == "click":
            inbox_acts.act(self.store, who, notification, inbox_acts.Act(kind="click"), at=self.now)
        elif what != "nothing":
            done = inbox_acts.Act.model_validate({"kind": "dismiss", "how": what})
            inbox_acts.act(self.store, who, notification, done, at=self.now)
        self._wake(who.account)

    def _buys(self, account: str, offer: str) -> None:
        bundle, before = self.workspace.playbook.bundles[offer], self.accounts[account]
        is_plan = bundle.sold_as.value == "plan"
        change = {"plan": offer} if is_plan else {"bundles": (*before.bundles, offer)}
        self.accounts[account] = before.model_copy(update=change)
        put_account(self.store, TENANT, self.accounts[account], Beside(), at=self.now)
        self._event(account, "purchase.made", offer=offer)

    def _happens(self, day: int, hour: int) -> None:
        """Tickets, an incident, an opt-out, and one offer stopped for two days."""
        anybody = sorted(self.accounts)
        if hour == 9 and self.chance.random() < 0.5:
            self.tickets[day] = self.chance.choice(anybody)
            self._event(self.tickets[day], "ticket.opened", ticket=f"t_{day}")
        if hour == 14 and day - 2 in self.tickets:
            self._event(self.tickets[day - 2], "ticket.closed", ticket=f"t_{day - 2}")
        if (day, hour) in ((12, 11), (12, 17)):
            for account in anybody[::4]:
                name = "incident.started" if hour == 11 else "incident.ended"
                self._event(account, name, incident="i_12")
        if hour == 17 and day % 6 == 3:
            account, person = self.chance.choice(sorted(self.people))
            out = self.people[account, person].model_copy(update={"opted_out": ("offers",)})
            put_person(self.store, TENANT, account, out, at=self.now)
            self.did["opted out"] += 1
        if (day, hour) == (16, 9):
            stops.pull(
                self.store, TENANT, Stop(offer="team", since=self.now, why="a price is checked")
            )
        if (day, hour) == (18, 9):
            stops.release(self.store, TENANT, "team")
