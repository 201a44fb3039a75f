"""The roof of the gap log: which answered questions a writer should see, what people meant, and a word approved."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from skill.compiler.adding import Added, add_word
from skill.compiler.folder import write_whole
from skill.errors import Conflicting, InputError, NotFound, TopicError
from skill.model.common import slug
from skill.model.decision import Outcome
from skill.policy.gap import follows, form_of, is_gap, words_of
from skill.policy.redact import names_of, redact
from skill.retrieval.question import read
from skill.store import gaps as log
from skill.store import ledger
from skill.store.engine import Store
from skill.store.gaps import Gap, Noted, Picked
from skill.store.ledger import Recorded

STILL = timedelta(hours=1)
"""So long after being asked back the next question is read as what was picked; later it is another matter."""

_LOOK_BACK = 12
"""Decisions of a person that are looked through for the one before: more may have come in the meantime."""


def matters(entry: Recorded) -> bool:
    """Whether an answered question can be a gap or a pick at all; quick, as every answer is looked at."""
    outcome = entry.decision.meaning.outcome
    if outcome is Outcome.FEATURE:
        return bool(entry.conversation) or entry.decision.meaning.picked
    return outcome is not Outcome.OUTSIDE


def noted(entry: Recorded) -> Noted | None:
    """The gap that this question is, redacted; None where it is none."""
    asked = read(entry.question)
    follow_up = bool(entry.conversation) and (asked.points_back or follows(entry.question))
    if not is_gap(entry.decision.meaning, name_like=asked.name_like, follow_up=follow_up):
        return None
    kept = redact(entry.question, names_of(entry.customer))
    form = form_of(kept)
    if not kept or not form:
        return None
    return Noted(
        tenant=entry.tenant,
        form=form,
        question=kept,
        words=words_of(kept),
        outcome=entry.decision.meaning.outcome.value,
        candidates=entry.answer.candidates,
        topics_version=entry.decision.topics_version,
        at=entry.at,
    )


def picked(entry: Recorded, earlier: Recorded | None) -> Picked | None:
    """What this question says that the one before it meant; None where it says nothing of the kind.

    It does where the same person goes on in the same conversation, and names one of the features that the answer
    before has shown. Nothing is resolved by it until a person has approved it.

    Args:
        entry: a question that was surely understood.
        earlier: the decision before it of the same person.
    """
    if earlier is None or not entry.conversation:
        return None
    went_on = (
        earlier.scope == entry.scope
        and earlier.question.strip() == entry.conversation[-1].strip()
        and timedelta(0) <= entry.at - earlier.at <= STILL
    )
    shown = {one.key for one in earlier.answer.candidates}
    meaning = entry.decision.meaning
    named = [key for key in meaning.features if key in shown]
    if not went_on or meaning.outcome is not Outcome.FEATURE or len(named) != 1:
        return None
    gap = noted(earlier)
    if gap is None:
        return None
    return Picked(tenant=entry.tenant, form=gap.form, feature=named[0], at=entry.at)


def chosen(entry: Recorded) -> Picked | None:
    """What this question means, where its asker picked it among what was asked back about; None elsewhere."""
    meaning = entry.decision.meaning
    form = form_of(redact(entry.question, names_of(entry.customer)))
    if not meaning.picked or not form:
        return None
    return Picked(tenant=entry.tenant, form=form, feature=meaning.features[0], at=entry.at)


def keep(store: Store, entries: Sequence[Recorded], *, most: int = log.MOST_GAPS) -> int:
    """Keep the gaps and picks among these answered questions.

    Returns:
        How many there were.

    Raises:
        LedgerError: the store cannot be read or written.
    """
    gaps = [gap for entry in entries if (gap := noted(entry)) is not None]
    picks = [
        pick
        for entry in entries
        if entry.decision.meaning.outcome is Outcome.FEATURE
        and (pick := chosen(entry) or picked(entry, _before(store, entry))) is not None
    ]
    log.keep(store, gaps, picks, most=most)
    return len(gaps) + len(picks)


def _before(store: Store, entry: Recorded) -> Recorded | None:
    """The decision before this one of the same person, if its answer is in the ledger."""
    if not entry.conversation:
        return None
    account, person = entry.customer.account.id, entry.customer.person.id
    lately = ledger.page(store, entry.tenant, account=account, person=person, n=_LOOK_BACK)
    asked = [one for one in lately.items if one.scope != ledger.SWEEP]
    before = [one.id for one in asked if (one.at, one.id) < (entry.at, entry.id)]
    return ledger.find(store, entry.tenant, before[0]) if before else None


def find(store: Store, tenant: str, gap_id: str) -> Gap:
    """The gap with this id.

    Raises:
        NotFound: this tenant has none like it.
    """
    gap = log.find(store, tenant, gap_id)
    if gap is None:
        raise NotFound(
            f"there is no gap `{gap_id[:60]}`", help="`tactful topics gaps` lists what is there"
        )
    return gap


def added_by(
    gap: Gap, sources: Mapping[str, str], today: date, *, feature: str | None, word: str | None
) -> Added:
    """The Topics with what this gap proposes, or with what the writer says instead; nothing is written.

    Args:
        gap: an open gap.
        sources: the texts of the Topics by name.
        today: the day that review dates are judged by.
        feature: what was meant, where the writer says it; else what people picked.
        word: what it is called, where the writer says it; else the words of the question.

    Raises:
        Conflicting: it was decided before.
        InputError: nobody picked anything, or nothing in it can be a word, so a person must say it.
        DraftRefused: the Topics would have a finding that they do not have now.
    """
    _refuse_settled(gap)
    meant, said = feature or gap.proposed, word or gap.words
    if not meant:
        near = ", ".join(f"`{one.key}`" for one in gap.candidates)
        raise InputError(
            "nobody has picked a feature for this question yet",
            pointer="feature",
            help=f"say which one is meant{f'; near are {near}' if near else ''}",
        )
    if not said:
        raise InputError(
            "this question is no word that a feature could be called by",
            pointer="word",
            help="say the word that is to stand under `Also called`",
        )
    return add_word(sources, meant, said, today)


def approve(store: Store, tenant: str, gap: Gap, added: Added, *, by: str, at: datetime) -> Gap:
    """Write down that the word was approved, once it stands where it belongs.

    Raises:
        Conflicting: somebody else decided in the meantime.
    """
    settled = log.settle(
        store,
        tenant,
        gap.id,
        "approved",
        by=by,
        at=at,
        feature=added.feature,
        topics_version=added.before,
    )
    now = find(store, tenant, gap.id)
    if not settled:
        _refuse_settled(now)
    return now


def refuse(
    store: Store, tenant: str, gap_id: str, *, by: str, at: datetime, feature: str | None = None
) -> Gap:
    """Remember that a gap, or one feature that was picked for it, is not to be proposed again.

    Raises:
        NotFound: there is no such gap, or nobody picked that feature.
        Conflicting: it was approved before.
    """
    gap = find(store, tenant, gap_id)
    if feature is not None:
        key = slug(feature)
        if key not in {pick.feature for pick in gap.picked}:
            raise NotFound(f"nobody picked `{key[:80]}` for this question")
        log.refuse_pick(store, tenant, gap_id, key)
        return find(store, tenant, gap_id)
    if gap.state != "refused" and not log.settle(store, tenant, gap_id, "refused", by=by, at=at):
        now = find(store, tenant, gap_id)
        if now.state != "refused":
            _refuse_settled(now)
    return find(store, tenant, gap_id)


def write(folder: Path, added: Added, before: str) -> None:
    """Put the file with the word into its folder, whole.

    Args:
        folder: of the Topics.
        added: the file with the word in it.
        before: the text of the file that the word was added to.

    Raises:
        TopicError: the file was changed in the meantime, is a link, or cannot be written.
    """
    path = folder / added.file
    try:
        raw = path.read_bytes()
    except OSError as wrong:
        raise TopicError(f"{added.file} cannot be read: {wrong.strerror}") from wrong
    if raw.decode("utf-8-sig", "replace") != before:
        raise TopicError(f"{added.file} was changed in the meantime", help="do it again")
    # The mark of the byte order is no part of the text, and stays where somebody's editor put it.
    mark = "\ufeff" if raw.startswith(codecs.BOM_UTF8) else ""
    write_whole(path, mark + added.text)


def _refuse_settled(gap: Gap) -> None:
    if gap.state == "open":
        return
    as_what = f" as `{gap.feature}`" if gap.feature else ""
    when = f" on {gap.settled_at:%Y-%m-%d}" if gap.settled_at else ""
    raise Conflicting(f"this gap was {gap.state}{as_what}{when}", (), state=gap.state)
