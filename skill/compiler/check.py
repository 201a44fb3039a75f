"""Findings that need the whole Playbook: nothing here reads text, only what was compiled from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from skill.compiler.circles import circles
from skill.compiler.diagnostics import finding
from skill.compiler.preferred import preferences
from skill.compiler.reach import reach
from skill.compiler.said import against_the_rest
from skill.compiler.shown import shown
from skill.compiler.sold import dead_offers
from skill.model.playbook import Playbook, Restraint, SoldAs
from skill.model.topic import Diagnostic, Quote, Span

MAX_READY = 7
"""More ready signals than this are told: five to seven strong ones work better than many."""


def whole(playbook: Playbook, today: date, sources: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Every finding about the playbook as one; `sources` are the texts that it was made from."""
    yield from _review_dates(playbook, today)
    yield from _same_situation_twice(playbook)
    yield from dead_offers(playbook, today)
    yield from preferences(playbook)
    yield from _unreachable_features(playbook)
    yield from circles(playbook)
    yield from reach(playbook)
    yield from _many_ready(playbook)
    yield from against_the_rest(playbook, sources)
    yield from shown(playbook, sources)
    yield from _silent_situations(playbook)
    yield from _silent_signals(playbook)
    yield from _unreviewed(playbook)


def _review_dates(playbook: Playbook, today: date) -> Iterator[Diagnostic]:
    for topic in playbook.topics:
        if topic.review_by and topic.review_by < today.isoformat():
            yield finding(
                "T002",
                topic.places["review_by"],
                f"the review date {topic.review_by} has passed",
                "read the file again and move `review_by`; until then its prices carry no button",
                width=len(topic.review_by),
            )


def _same_situation_twice(playbook: Playbook) -> Iterator[Diagnostic]:
    """Of two rows for one situation nobody could say which one counts."""
    first: dict[tuple[object, ...], Restraint] = {}
    for row in playbook.restraints:
        key = (row.kind, row.subject.lower(), row.n, row.window_hours, row.per)
        other = first.setdefault(key, row)
        if other is not row:
            yield finding(
                "T101",
                row.span,
                f"the situation `{row.situation}` stands twice",
                f"keep one of them; the first is in {other.span}",
                width=len(row.situation),
            )


def _unreachable_features(playbook: Playbook) -> Iterator[Diagnostic]:
    reached = {f for b in playbook.bundles.values() for f in b.unlocks}
    for feature in playbook.features.values():
        if not feature.free_for_all and feature.key not in reached:
            yield finding(
                "T106",
                feature.span,
                f"no plan or add-on unlocks `{feature.name}`",
                "name it under `Unlocks` of a bundle, or give it `| Free for all | yes |`",
                width=len(feature.name) + 3,
            )


def _many_ready(playbook: Playbook) -> Iterator[Diagnostic]:
    ready = [t for t in playbook.thresholds if t.means == "ready"]
    if len(ready) > MAX_READY:
        yield finding(
            "T205",
            ready[MAX_READY].span,
            f"{len(ready)} ready signals",
            f"keep the {MAX_READY} strongest; few and strong work better",
        )


def _silent_situations(playbook: Playbook) -> Iterator[Diagnostic]:
    """A bundle that may be offered and has no words of the folder's own, and a play that holds offers back."""
    own = [q for q in playbook.defaults if q.topic != "tactful-words"]
    for bundle in playbook.bundles.values():
        if bundle.sold_as is SoldAs.PLAN and not bundle.prices and not bundle.unlocks:
            continue
        if not _has(bundle.quotes, "Answer") and not _has(own, "Answer"):
            yield finding(
                "T403",
                bundle.span,
                f"`{bundle.name}` can be offered and has no words for it",
                "write a quote `**Answer:** ...` under its `### What customers can read`",
                width=len(bundle.name) + 3,
            )
    for play in playbook.plays:
        held = play.holds_offers_back
        label = "Answer without offer"
        if held and not _has(play.quotes, label) and not _has(own, label):
            yield finding(
                "T403",
                play.span,
                f"`{play.name}` holds offers back and has no words for it",
                "write a quote `**Answer without offer:** ...` for it",
                width=len(play.name) + 3,
            )


def _silent_signals(playbook: Playbook) -> Iterator[Diagnostic]:
    """A signal that holds is told in the product in its own words."""
    told = {q.subject for q in playbook.notices if q.label == "Notice"}
    for row in playbook.thresholds:
        if row.key not in told:
            yield finding(
                "T403",
                row.span,
                f"the signal `{row.signal}` has no words for its notice",
                f"write a quote `**Notice {row.signal}:** ...` under `### What customers can read`",
                width=len(row.signal),
            )


def _has(quotes: Iterable[Quote], label: str) -> bool:
    return any(q.label == label for q in quotes)


def _unreviewed(playbook: Playbook) -> Iterator[Diagnostic]:
    """One note for each generated file, not one for each sentence."""
    for topic in playbook.topics:
        if topic.reviewed:
            continue
        signed = {
            b.span.line
            for b in playbook.bundles.values()
            if b.topic == topic.name and b.reviewed_by
        }
        if any(s.quotes for s in topic.sections if s.span.line not in signed):
            place = Span(file=topic.file, line=1, end_line=1)
            yield finding(
                "T404",
                place,
                f"the wording of `{topic.file}` was generated and nobody has reviewed it: it is not shown",
                "read it, then remove `generated: yes` from the front matter, "
                "or add `| Reviewed by | your name |` to a bundle",
                width=3,
            )
