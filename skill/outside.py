"""The roof of what leaves the house: letters, and what happened told to other systems, each under its effect's id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from skill.agent.grounding import Prover
from skill.agent.letter import Written, compose_letter
from skill.delivery.configured import Receivers
from skill.delivery.outgoing import Answered, NotTaken
from skill.delivery.unsubscribe import Subject, key_of, token_of, url_of
from skill.errors import DeliveryError
from skill.model.announcement import Announcement
from skill.model.delivery import Effect
from skill.model.notice import Leaving
from skill.settings import Secret
from skill.store.announcing import announced_of, fan_out
from skill.store.engine import Store


class ByEmail:
    """A letter by one's own mail server."""

    def __init__(
        self, receivers: Receivers, secret: Secret, *, allow_unreviewed: bool = False
    ) -> None:
        """`secret` signs the link by which a reader ends such letters."""
        self.receivers = receivers
        self.secret = secret
        self.allow_unreviewed = allow_unreviewed

    def words(self, about: Leaving, prover: Prover) -> Written:
        """The letter, every sentence of it proven."""
        settings = self.receivers.settings
        written = compose_letter(
            about,
            app_url=settings.app_url,
            unsubscribe_url=self._way_out(about),
            allow_unreviewed=self.allow_unreviewed,
        )
        prover.demand(written.answer.body())
        return written

    def deliver(self, effect: Effect, content: Written, now: datetime) -> str:
        """To the mail server, with the effect's id in the message's own."""
        settings, mailer = self.receivers.settings, self.receivers.mailer
        if mailer is None or effect.tenant != settings.tenant:
            return "no mail server is set up for this tenant"
        if not content.letter.unsubscribe_url:
            return "no letter leaves without a way out: TACTFUL_PUBLIC_URL and TACTFUL_JWT_SECRET"
        return _came(mailer.send(content.letter, now))

    def withdraw(self, effect: Effect, now: datetime) -> None:
        """What was sent was sent."""

    def _way_out(self, about: Leaving) -> str:
        public_url = self.receivers.settings.public_url
        if not public_url or not self.secret:
            return ""
        effect = about.effect
        category = (about.play.category if about.play is not None else "") or "offers"
        subject = Subject(effect.tenant, effect.account, effect.person, category)
        return url_of(public_url, token_of(key_of(self.secret.reveal()), subject))


class ToOthers:
    """What happened, told to webhooks, a CRM and analytics: first one effect for each of them, then each on its own."""

    def __init__(self, store: Store, receivers: Receivers) -> None:
        self.store = store
        self.receivers = receivers

    def words(self, about: Leaving, prover: Prover) -> Any:  # noqa: ARG002 - nothing is worded
        """Names and figures alone."""
        return None

    def deliver(self, effect: Effect, content: Any, now: datetime) -> str:  # noqa: ARG002 - it has no words
        """To its receiver; or, where it has none yet, an effect for each that is set up."""
        told, to = announced_of(effect)
        settings = self.receivers.settings
        if effect.tenant != settings.tenant or not settings.receivers:
            return "nobody is set up to be told"
        if to:
            return self._tell(effect, told, to, now)
        with self.store.writing() as connection:
            fan_out(connection, effect, told, settings.receivers)
        return ""

    def withdraw(self, effect: Effect, now: datetime) -> None:
        """What was told was told."""

    def _tell(self, effect: Effect, told: Announcement, to: str, now: datetime) -> str:
        receivers = self.receivers
        if to == "attio":
            return _came(receivers.attio.send(effect.id, told))
        if to == "posthog":
            return _came(receivers.posthog.send(effect.id, told))
        url = receivers.settings.webhooks.get(to)
        if url is None:
            return "its receiver is no longer set up"
        return _came(receivers.webhooks.send(url, effect.id, told.name, told.at, told.told(), now))


def _came(answer: Answered | NotTaken) -> str:
    """What the engine is told: nothing where it was taken, or why it never will be.

    Raises:
        DeliveryError: it was not taken, and may be taken later.
    """
    if isinstance(answer, Answered):
        return ""
    if answer.again:
        refused = DeliveryError(answer.why)
        refused.asked_for = answer.asked_for
        raise refused
    return answer.why
