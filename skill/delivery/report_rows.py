"""The restraint and the shadow report as one table: a row for each figure, for whoever goes on with it in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skill.model.restraint_report import Reason, RestraintReport, ShadowReport, Signals
from skill.model.spreadsheet import Cell, written

HEAD: tuple[Cell, ...] = (
    "section", "name", "says", "line", "n", "decisions", "accounts", "persons", "until", "without_end",
)  # fmt: skip
Row = tuple[Cell, ...]


def restraint_csv(report: RestraintReport) -> str:
    """The restraint report as CSV; no cell is computed by the program that opens it."""
    return written([HEAD, *map(_whole, _restraint(report))])


def shadow_csv(report: ShadowReport) -> str:
    """The shadow report as CSV."""
    return written([HEAD, *map(_whole, _shadow(report))])


def _restraint(report: RestraintReport) -> Iterator[Row]:
    yield from _summed(
        {
            "since": report.since.isoformat(),
            "until": report.until.isoformat(),
            "questions": report.n_questions,
            "unasked decisions": report.n_unasked,
            "decisions with a possible offer": report.n_possible,
            "decisions with an offer": report.n_offering,
            "offers made": report.n_offers,
            "offers kept back": report.n_withheld,
            "offers not possible anyway": report.n_no_offer,
            "deferred by quiet hours": report.n_deferred,
            "signals fired": report.signals.n,
            "signals told": report.signals.n_told,
            "prompts an account, median": report.prompts.median,
            "prompts an account, most": report.prompts.most,
            "attention spent": report.attention.spent,
            "attention, most of one person": report.attention.most,
            "attention budget": report.attention.budget,
            **{f"outbox {name}": n for name, n in report.outbox.model_dump().items()},
        }
    )
    yield from _reasons(report.reasons)
    for name, held in (("held out", report.held_out), ("stopped", report.stopped)):
        yield "bound", name, "", "", "", held.n_decisions, held.n_accounts
    for kind, keys in (("offer", report.offers), ("play", report.plays)):
        for one in keys:
            yield kind, one.key, "made", "", one.made
            yield kind, one.key, "kept back", "", one.withheld
    yield from _untold(report.signals)
    for ended in report.suppressed:
        yield "suppressed", ended.because, ended.channel, "", ended.n
    for shown in report.shown:
        for state in ("reserved", "spent", "returned"):
            yield "channel", shown.channel, state, "", getattr(shown, state)


def _shadow(report: ShadowReport) -> Iterator[Row]:
    yield from _summed(
        {
            "since": report.since.isoformat(),
            "until": report.until.isoformat(),
            "decisions in shadow": report.n_decisions,
            "questions": report.n_questions,
            "decisions that would have shown something": report.n_would,
            "offers": report.n_showings,
            "tasks": report.n_tasks,
            "prompts an account, median": report.prompts.median,
            "prompts an account, most": report.prompts.most,
            "left all the same": report.n_leaked,
            "not worded again": report.n_unworded,
        }
    )
    for kind, keys in (("channel", report.channels), ("offer", report.offers)):
        for one in keys:
            yield kind, one.key, "", "", one.n, "", one.n_accounts, one.n_persons
    for wording in report.wordings:
        yield "wording", wording.text, "", "", wording.n
    yield from _reasons(report.reasons)
    yield from _untold(report.signals)


def _untold(signals: Signals) -> Iterator[Row]:
    for one in signals.untold:
        yield "signal", one.because, "nobody was told", "", one.n, "", one.n_accounts


def _summed(figures: dict[str, Cell]) -> Iterator[Row]:
    for name, value in figures.items():
        yield "summary", name, "", "", value


def _reasons(reasons: Sequence[Reason]) -> Iterator[Row]:
    for one in reasons:
        until = one.until.isoformat() if one.until is not None else ""
        counts = (one.n_offers, one.n_decisions, one.n_accounts, one.n_persons)
        yield "reason", one.because, one.rule, one.line, *counts, until, one.n_open


def _whole(row: Sequence[Cell]) -> Row:
    """As many cells as the head has."""
    return (*row, *("" for _ in HEAD[len(row) :]))
