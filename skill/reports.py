"""The roof of reports: what restraint did in a span of time, and what would have been shown in shadow mode."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from skill.agent.composer import Composer
from skill.agent.notice import compose_notice
from skill.ask import as_known
from skill.errors import SkillError
from skill.model.answer import QuoteView, Sentence
from skill.model.delivery import Effect
from skill.model.notice import Leaving
from skill.model.playbook import Playbook
from skill.model.restraint_report import Bounds, Judged, RestraintReport, ShadowReport
from skill.model.shadow import Would
from skill.policy import leaving, restraint_report, shadow_report
from skill.policy.shadow import revealed
from skill.publish import compiled_version
from skill.store import ledger, restraint_counts, stops
from skill.store.engine import Store
from skill.store.ledger import SWEEP, Recorded
from skill.store.topics import files_of

BLANK = "…"
_FIGURE = re.compile(r"\d(?:[\d.,:\u00a0\u202f/-]*\d)?")
_SLOT = re.compile(r"\{(\w+)\}")


def restraint(
    store: Store, tenant: str, playbook: Playbook | None, *, since: datetime, until: datetime
) -> RestraintReport:
    """What restraint did between two moments; however long that is, no more than a page of it is in memory.

    Args:
        store: the ledger, the showings and the outbox.
        tenant: whose.
        playbook: the Topics as they are now: they say what a line says, and what attention costs. None where they
            cannot be read: then nothing is said of either.
        since: decided then or later.
        until: decided before.
    """
    return restraint_report.report(
        tenant,
        since,
        until,
        judged=restraint_counts.judged_between(store, tenant, since, until),
        fired=restraint_counts.fired_between(store, tenant, since, until),
        shown=restraint_counts.shown_between(store, tenant, since, until),
        left=restraint_counts.left_between(store, tenant, since, until),
        stops=stops.stopped(store, tenant),
        bounds=bounds_of(playbook),
    )


def shadow(
    store: Store, tenant: str, playbook: Playbook | None, *, since: datetime, until: datetime
) -> ShadowReport:
    """What would have been shown between two moments by the decisions that were made in shadow mode.

    The words are composed again, from the decision, the customer as they were recorded, and their Topics.
    """
    words = _Words(store, tenant, playbook, until)
    return shadow_report.report(
        tenant,
        since,
        until,
        judged=restraint_counts.judged_between(store, tenant, since, until),
        fired=restraint_counts.fired_between(store, tenant, since, until),
        words=words.of,
        bounds=bounds_of(playbook),
    )


def bounds_of(playbook: Playbook | None) -> Bounds:
    """What a report needs of the Topics as they are now."""
    if playbook is None:
        return Bounds()
    out = playbook.outreach
    return Bounds(
        rules={str(row.span): row.pause for row in playbook.restraints},
        plays={play.name: str(play.span) for play in playbook.plays},
        cost=out.attention_cost,
        budget=out.attention_budget,
        hours=out.attention_hours,
    )


class _Words:
    """Composes again what would have been shown."""

    def __init__(
        self, store: Store, tenant: str, playbook: Playbook | None, today: datetime
    ) -> None:
        self._store = store
        self._tenant = tenant
        self._today = today.date()
        self._known: dict[str, Playbook | None] = {}
        self._served = playbook

    def of(self, one: Judged) -> tuple[str, ...] | None:
        """The words of a decision, each offer's or notification's as one text; None where they cannot be made again."""
        kept = ledger.find(self._store, self._tenant, one.id)
        playbook = self._playbook(kept.decision.topics_version) if kept is not None else None
        if kept is None or playbook is None:
            return None
        try:
            return tuple(_worded(playbook, kept))
        except SkillError:
            return None

    def _playbook(self, version: str) -> Playbook | None:
        if self._served is not None and self._served.version == version:
            return self._served
        if version not in self._known:
            # One at a time: versions follow each other, and a compiled one takes megabytes.
            self._known = {version: self._compiled(version)}
        return self._known[version]

    def _compiled(self, version: str) -> Playbook | None:
        if not files_of(self._store, self._tenant, version):
            return None
        compiled = compiled_version(self._store, self._tenant, version, self._today)
        return compiled.playbook if compiled.servable else None


def _worded(playbook: Playbook, kept: Recorded) -> Iterator[str]:
    if kept.scope != SWEEP:
        text = _in_answer(playbook, kept)
        if text:
            yield text
        return
    for would in kept.would:
        if would.channel != "owner_task":
            yield _in_notice(playbook, kept, would)


def _in_answer(playbook: Playbook, kept: Recorded) -> str:
    """What the answer would have said that it did not say."""
    composer = Composer(
        playbook,
        revealed(kept.decision),
        as_known(kept.customer, kept.surface, None),
        support=kept.scope == "support",
        allow_unreviewed=kept.allow_unreviewed,
    )
    answer = composer.answer(kept.id)
    said = {one.text for one in kept.answer.answer.sentences}
    sentences = [one for one in answer.answer.sentences if one.text not in said]
    quotes = {quote.id: quote for quote in answer.quotes}
    return _blanked(playbook, sentences, quotes)


def _in_notice(playbook: Playbook, kept: Recorded, would: Would) -> str:
    """What the notification or the email would have said."""
    decision = revealed(kept.decision)
    effect = Effect(
        id=kept.id,
        tenant=kept.tenant,
        account=kept.customer.account.id,
        person=would.person,
        channel=would.channel,
        offer=would.offer,
        play=decision.play or "",
        rule=would.signal,
        decision=kept.id,
        created_at=kept.at,
        due_at=kept.at,
    )
    offer = next((one for one in decision.offers if one.bundle == would.offer), None)
    play = leaving.play_of(playbook, decision.play)
    about = Leaving(effect, playbook, kept.customer, decision, offer, play)
    notice = compose_notice(about, allow_unreviewed=kept.allow_unreviewed)
    return _blanked(playbook, notice.sentences, {quote.id: quote for quote in notice.quotes})


def _blanked(
    playbook: Playbook, sentences: tuple[Sentence, ...] | list[Sentence], quotes: Mapping[str, QuoteView]
) -> str:  # fmt: skip
    """The words with every slot blanked but the names that Topics give: no figure, and nobody's name."""
    names = {one.name for some in (playbook.features, playbook.bundles, playbook.meters) for one in some.values()}  # fmt: skip
    said = []
    for one in sentences:
        own = [quotes[id_] for id_ in one.evidence if id_ in quotes]
        text = " ".join(_filled(quote, names) for quote in own) if own else one.text
        said.append(_FIGURE.sub(BLANK, text))
    return " ".join(" ".join(said).split())


def _filled(quote: QuoteView, names: set[str]) -> str:
    known = {slot: value for slot, value in quote.slots.items() if value in names}
    return _SLOT.sub(lambda found: known.get(found[1], BLANK), quote.template)
