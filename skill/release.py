"""The roof of delivery: an effect on its way out, judged again, put into words, and handed to its channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from skill.agent.grounding import Prover
from skill.clock import Clock
from skill.delivery.plays import Dropped, Held, Sent
from skill.errors import GroundingError
from skill.model.account import Customer
from skill.model.decision import Decision, Meaning, Outcome, Surface
from skill.model.delivery import Channel, Effect
from skill.model.notice import Leaving
from skill.model.playbook import Playbook
from skill.model.preferences import is_off
from skill.policy import leaving
from skill.policy.channels import channel_of
from skill.policy.decide import decide
from skill.policy.restraint.bounds import SHADOW
from skill.policy.restraint.quiet import quiet_until
from skill.policy.sequence import Course, Done, Move, happened, next_move
from skill.policy.shadow import is_in_shadow
from skill.sources.configured import Sources
from skill.sources.own import Met, read_customer
from skill.store import announcing, moved, outbox, showings, stops
from skill.store.engine import Store
from skill.store.preferences import Who

TO_SOMEBODY = ("in_app", "email")
"""Channels that reach a customer: judged again at the last moment. A task of our own people is judged by their page."""
_UNASKED = Meaning(outcome=Outcome.SIGNAL, reasons=("an effect is due",))
_LATER = timedelta(minutes=1)
"""When a claim is tried again that was lost each time."""
_ENDED = ("suppressed", "failed")
_ASLEEP = timedelta(days=60)
"""No play of an effect sleeps for longer."""
_MOST_ASLEEP = 200
"""Plays of one account that are woken at once, the newest; the others wake when their time comes."""
_CLAIMS = 5
"""How often a claim that was lost is made again; another showing came between each time."""


class Grounds(Protocol):
    """One version of the Topics of a tenant, and what proves words by it."""

    @property
    def playbook(self) -> Playbook:
        """The Topics."""

    @property
    def prover(self) -> Prover:
        """The verifier."""


class Outlet(Protocol):
    """A channel: its words, and the handing over."""

    def words(self, about: Leaving, prover: Prover) -> object:
        """What is to be sent, composed from quotes and facts, and proven.

        Raises:
            GroundingError: it cannot be; nothing of it may leave.
        """

    def deliver(self, effect: Effect, content: Any, now: datetime) -> str:
        """Hand it over under the effect's id; the same again is nothing new.

        Returns:
            Why the receiver wants none of it; empty where it has it.

        Raises:
            DeliveryError: it did not take it, and may take it later.
        """

    def withdraw(self, effect: Effect, now: datetime) -> None:
        """Take back what nobody has seen, where this channel can."""


class NotClaimed(Exception):
    """Leaves a transaction that must not be kept: the account was shown something meanwhile."""


class Judged(NamedTuple):
    """An effect that may leave, and how many showings its account had when that was judged."""

    leaving: Leaving
    n_showings: int


class Releases:
    """Decides afresh whenever the engine asks. Safe to share between threads."""

    def __init__(
        self,
        store: Store,
        grounds: Callable[[str], Grounds],
        outlets: Mapping[Channel, Outlet],
        clock: Clock,
        sources: Sources | None = None,
        *,
        shadow: bool = False,
    ) -> None:
        """Nothing is opened.

        Args:
            store: where effects, showings and customers are kept.
            grounds: the Topics of a tenant as they are served now.
            outlets: the channels that can be used here, by name.
            clock: the time.
            sources: who else is asked about a customer, as for a question.
            shadow: whether nothing may reach anybody; what was queued before is dropped when its time comes.
        """
        self.shadow = shadow
        self.store = store
        self.grounds = grounds
        self.outlets = outlets
        self.clock = clock
        self.sources = sources

    # -- the outbox, as the relay takes it up -------------------------------------------------------------

    def due(self, now: datetime, n: int) -> tuple[tuple[str, str], ...]:
        """What is to be done by now."""
        return tuple((one.tenant, one.id) for one in outbox.due(self.store, now, n=n))

    def take_up(self, tenant: str, effect: str, at: datetime) -> bool:
        """Mark it as begun; of several who try, one is told that it did."""
        return outbox.take_up(self.store, tenant, effect, at=at)

    def begun(self, before: datetime, n: int) -> tuple[tuple[str, str], ...]:
        """What was begun before then and has not ended."""
        return tuple((one.tenant, one.id) for one in outbox.begun(self.store, before, n=n))

    def open_effects(self, tenant: str, account: str) -> tuple[str, ...]:
        """Ids of the effects of an account whose plays may be asleep."""
        since = self.clock() - _ASLEEP
        found = outbox.of_account(self.store, tenant, account)
        mine = [one for one in found if one.created_at >= since and one.state not in _ENDED]
        return tuple(one.id for one in mine[:_MOST_ASLEEP])

    # -- what the engine asks -----------------------------------------------------------------------------

    def next(self, tenant: str, effect: str) -> Move:
        """What the play of this effect does now, by what came of it so far."""
        found = outbox.find(self.store, tenant, effect)
        if found is None:
            return Done("no such effect")
        if found.state in ("suppressed", "failed"):
            return Done(found.reason)
        sent_at = None
        if found.state == "delivered":
            sent_at = outbox.since(self.store, tenant, effect) or found.due_at
        now = self.clock()
        if found.channel not in outbox.TO_PEOPLE:
            told = Course(found.channel, found.created_at, found.due_at, sent_at)
            return next_move(None, told, (), now)
        playbook = self.grounds(tenant).playbook
        customer = self._read(found, playbook, now).customer
        family = leaving.family_of(playbook, found.offer)
        came = happened(customer, found.offer, found.created_at, family)
        follow_up = outbox.find(self.store, tenant, leaving.follow_up_id(found))
        course = Course(
            channel=found.channel,
            decided_at=found.created_at,
            due_at=found.due_at,
            sent_at=sent_at,
            followed_at=follow_up.created_at if follow_up else None,
            follows=bool(found.follows),
            is_open=leaving.is_open(
                playbook, customer, leaving.bought_of(came) or found.offer, now
            ),
        )
        return next_move(leaving.play_of(playbook, found.play), course, came, now)

    def send(self, tenant: str, effect: str, channel: Channel) -> Sent | Held | Dropped:
        """Judge it again and hand it over; or, by another channel than its own, write its follow-up down.

        Raises:
            DeliveryError: the receiver did not take it, and may take it later.
        """
        found = outbox.find(self.store, tenant, effect)
        if found is None:
            return Dropped("no such effect")
        if found.state in ("suppressed", "failed"):
            return Dropped(found.reason)
        if channel != found.channel:
            return self._follow_up(found, channel)
        if found.state == "delivered":
            return Sent()
        try:
            came = self._hand_over(found)
        except GroundingError as error:
            came = Dropped(f"not proven: {error.detail}")
        if isinstance(came, Dropped):
            outbox.suppressed(self.store, tenant, effect, came.because, at=self.clock())
        return came

    def wait(self, tenant: str, effect: str, until: datetime) -> None:
        """It is tried again then."""
        outbox.put_off(self.store, tenant, effect, until, at=self.clock())

    def give_up(self, tenant: str, effect: str, because: str) -> None:
        """No receiver took it in all its tries."""
        outbox.failed(self.store, tenant, effect, because, at=self.clock())

    def done(self, tenant: str, effect: str, end: Done) -> None:
        """The play is over: what was never displayed is given back, and after a purchase its siblings are closed."""
        found = outbox.find(self.store, tenant, effect)
        if found is None:
            return
        now = self.clock()
        if found.state in outbox.QUEUED:
            outbox.suppressed(self.store, tenant, effect, end.because, at=now)
        showings.give_back(self.store, tenant, effect, at=now)
        if found.state == "delivered" and end.withdraws:
            self._withdraw(found, now)
        if end.bought:
            self._close_siblings(found, now)

    # -- one trip -----------------------------------------------------------------------------------------

    def _hand_over(self, effect: Effect) -> Sent | Held | Dropped:
        """Judged, worded, proven, handed over, written down: in this order."""
        now = self.clock()
        outlet = self.outlets.get(effect.channel)
        if outlet is None:
            return Dropped(f"nothing is set up for `{effect.channel}` here")
        content: object = None
        if effect.channel in outbox.TO_PEOPLE:
            judged = self._judge(effect, now)
            if not isinstance(judged, Judged):
                return judged
            content = outlet.words(judged.leaving, self.grounds(effect.tenant).prover)
            # Read once more: whoever pulled the stop while words were found still stops it.
            if self._stopped(effect):
                return Dropped("stopped")
        refused = outlet.deliver(effect, content, now)
        if refused:
            return Dropped(refused)
        spent = effect.channel == "email"
        with self.store.writing() as connection:
            outbox.delivered_in(connection, effect.tenant, effect.id, at=now, spent=spent)
            if effect.channel in outbox.TO_PEOPLE:
                announcing.sent(connection, effect, now)
        return Sent()

    def _judge(self, effect: Effect, now: datetime) -> Judged | Held | Dropped:
        """Whether it may leave now: the stops, the person's hours, and the very decision made again on fresh facts."""
        if self._stopped(effect):
            return Dropped("stopped")
        gone = moved.gone(self.store, Who(effect.tenant, effect.account, effect.person))
        if gone:
            return Dropped(gone)
        playbook = self.grounds(effect.tenant).playbook
        met = self._read(effect, playbook, now)
        customer = met.customer
        play = leaving.play_of(playbook, effect.play)
        if effect.channel not in TO_SOMEBODY:
            decision = self._decide(playbook, customer, now)
            if is_in_shadow(decision):
                return Dropped(SHADOW)
            offer = next((o for o in decision.offers if o.bundle == effect.offer), None)
            return Judged(
                Leaving(effect, playbook, customer, decision, offer, play), met.n_showings
            )
        quiet = quiet_until(playbook, customer.person, now)
        if quiet is not None:
            return Held(quiet, "quiet hours of the person")
        category = play.category if play is not None else ""
        if is_off(customer.person.opted_out, effect.channel, category):
            return Dropped(f"this person opted out of {effect.channel}")
        if effect.channel == "email" and not customer.person.email:
            return Dropped("no address of this person is known")
        return self._offered(effect, playbook, met, now)

    def _offered(
        self, effect: Effect, playbook: Playbook, met: Met, now: datetime
    ) -> Judged | Dropped:
        """Whether the offer would be made again to this person now, by the same play.

        A follow-up is of one piece with what it follows: that showing starts no pause for it, yet it counts.
        """
        customer = met.customer
        if effect.follows:
            capped = self._decide(leaving.without_cooldowns(playbook), customer, now)
            if all(o.bundle != effect.offer for o in capped.offers):
                return Dropped(leaving.why_not_made(capped, effect.offer))
            before = showings.of_effect(self.store, effect.tenant, effect.follows)
            customer = _without(customer, before)
        decision = self._decide(playbook, customer, now)
        offer = next((o for o in decision.offers if o.bundle == effect.offer), None)
        if offer is None:
            return Dropped(leaving.why_not_made(decision, effect.offer))
        play = leaving.play_of(playbook, decision.play)
        routed = channel_of(playbook, play, decision, customer.person, asked=False)
        if routed.channel not in TO_SOMEBODY:
            return Dropped(routed.because)
        return Judged(Leaving(effect, playbook, customer, decision, offer, play), met.n_showings)

    def _follow_up(self, effect: Effect, channel: Channel) -> Sent | Held | Dropped:
        """Write the follow-up down, with its showing, in one transaction; from then on it is an effect like any other."""
        for _ in range(_CLAIMS):
            now = self.clock()
            made = leaving.following(effect, channel, now)
            if outbox.find(self.store, made.tenant, made.id) is not None:
                return Sent()
            judged = self._judge(made, now)
            if channel not in self.outlets:
                judged = Dropped(f"nothing is set up for `{channel}` here")
            if isinstance(judged, Held):
                return judged
            if isinstance(judged, Dropped):
                ended = made.model_copy(update={"state": "suppressed", "reason": judged.because})
                with self.store.writing() as connection:
                    outbox.insert(connection, [ended])
                return Sent()
            showing = leaving.showing_of(made, judged.leaving)
            try:
                with self.store.writing() as connection:
                    if not showings.write(connection, made.tenant, [showing], judged.n_showings):
                        raise NotClaimed
                    outbox.insert(connection, [made])
                return Sent()
            except NotClaimed:
                continue
        return Held(self.clock() + _LATER, "the account was shown something each time")

    def _read(self, effect: Effect, playbook: Playbook, now: datetime) -> Met:
        """The customer as they are now, without what this very effect reserved."""
        met = read_customer(
            self.store,
            tenant=effect.tenant,
            account=effect.account,
            person=effect.person,
            now=now,
            sources=self.sources,
            playbook=playbook,
        )
        own = showings.of_effect(self.store, effect.tenant, effect.id)
        return met._replace(customer=_without(met.customer, own))

    def _decide(self, playbook: Playbook, customer: Customer, now: datetime) -> Decision:
        return decide(
            playbook,
            customer,
            _UNASKED,
            surface=Surface.IN_PRODUCT,
            now=now,
            stops=stops.stopped(self.store, customer.tenant),
            shadow=self.shadow,
        )

    def _stopped(self, effect: Effect) -> bool:
        found = stops.stopped(self.store, effect.tenant)
        return stops.EVERY in found or effect.offer in found

    def _withdraw(self, effect: Effect, now: datetime) -> None:
        outlet = self.outlets.get(effect.channel)
        if outlet is not None:
            outlet.withdraw(effect, now)

    def _close_siblings(self, effect: Effect, now: datetime) -> None:
        """What else was on its way to this account for the same job is no longer needed."""
        family = leaving.family_of(self.grounds(effect.tenant).playbook, effect.offer)
        for other in outbox.of_account(self.store, effect.tenant, effect.account):
            if other.id == effect.id or other.offer not in family:
                continue
            if other.channel not in outbox.TO_PEOPLE:  # what is told of an offer is told to its end
                continue
            outbox.suppressed(self.store, other.tenant, other.id, "bought", at=now)
            if other.state == "delivered":
                self._withdraw(other, now)


def _without(customer: Customer, kept: showings.Kept | None) -> Customer:
    """The customer without one showing; of several that are alike one goes."""
    if kept is None or kept.showing.state not in showings.COUNTED:
        return customer
    own = showings.as_past(kept.showing, kept.state_at)
    history = list(customer.history)
    if own in history:
        history.remove(own)
    return customer.model_copy(update={"history": tuple(history)})
