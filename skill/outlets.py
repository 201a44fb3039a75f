"""The roof of channels: for each its words, composed and proven, and the handing over to where they are shown."""

from __future__ import annotations

from datetime import datetime

from skill.agent.grounding import Prover
from skill.agent.notice import compose_notice
from skill.agent.owner_task import compose_task
from skill.model.delivery import Effect
from skill.model.notice import Leaving, Notice
from skill.model.task import OwnerTask
from skill.store import inbox, tasks
from skill.store.engine import Store


class InApp:
    """A notification in the person's inbox."""

    def __init__(self, store: Store, *, allow_unreviewed: bool = False) -> None:
        self.store = store
        self.allow_unreviewed = allow_unreviewed

    def words(self, about: Leaving, prover: Prover) -> Notice:
        """The signal's own words, the price and the way, every sentence proven."""
        notice = compose_notice(about, allow_unreviewed=self.allow_unreviewed)
        prover.demand(notice.answer.body())
        return notice

    def deliver(self, effect: Effect, content: Notice, now: datetime) -> str:
        """Into the inbox, once under the effect's id."""
        category = content.category
        put = inbox.put_notification(self.store, effect, content.shown(), now, category=category)
        return "this person wants no such notification" if put == "refused" else ""

    def withdraw(self, effect: Effect, now: datetime) -> None:
        """Off every list."""
        with self.store.writing() as connection:
            inbox.withdraw(connection, effect.tenant, effect.account, at=now, ids=[effect.id])


class ToOwner:
    """A task for the account's owner, on our own people's page."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def words(self, about: Leaving, prover: Prover) -> OwnerTask:  # noqa: ARG002 - its composer proves it
        """Figures, chart, talking points, and the note to forward, which its composer proves."""
        return compose_task(
            about.playbook, about.customer, about.decision, about.effect, about.decision.now
        )

    def deliver(self, effect: Effect, content: OwnerTask, now: datetime) -> str:  # noqa: ARG002 - it is dated
        """Among the tasks, once under the effect's id; a further cause joins a task that is open."""
        tasks.put_task(self.store, effect.tenant, effect, content)
        return ""

    def withdraw(self, effect: Effect, now: datetime) -> None:
        """It is the owner's: nothing takes it away."""
