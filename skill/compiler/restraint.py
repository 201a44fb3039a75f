"""Restraint: one row a situation, how long offers rest in it, and what lifts that."""

from __future__ import annotations

from skill.compiler import grammar
from skill.compiler.conduct import PausePhrase, SituationPhrase
from skill.compiler.diagnostics import finding
from skill.compiler.labels import nearest, nearest_help, sure
from skill.compiler.names import Names
from skill.compiler.tables import cell, phrase
from skill.model.common import slug
from skill.model.playbook import Restraint
from skill.model.topic import Cell, Row


def read_restraint(row: Row, names: Names) -> Restraint | None:
    """A row of the restraint table."""
    at, rest = cell(row, "Situation"), cell(row, "Pause offers for")
    situation = _situation(at, names) if at.text else None
    pause = phrase(grammar.read_pause, rest, "pause", names, code="T601")
    unless = phrase(grammar.read_unless, cell(row, "Unless"), "exception", names, code="T601")
    if situation is None or pause is None or not _fit(situation, pause, rest, names):
        return None
    return Restraint.model_validate(
        {
            "situation": at.text,
            "kind": situation.kind,
            "subject": situation.subject,
            "n": situation.n,
            "window_hours": situation.window_hours,
            "per": situation.per,
            "of_this_offer": situation.of_this_offer,
            "of_family": situation.of_family,
            "pause": rest.text,
            "pause_hours": pause.hours,
            "until_over": pause.until_over,
            "explain": pause.explain,
            "until_ready": pause.until_ready,
            "quiet": pause.quiet,
            "unless": unless or "",
            "span": at.span,
        }
    )


def _situation(at: Cell, names: Names) -> SituationPhrase | None:
    if slug(at.text) in names.audiences:
        names.used.add(slug(at.text))
        return SituationPhrase("audience", subject=slug(at.text))
    try:
        read = grammar.read_situation(names.quoted(at.text))
    except grammar.Unreadable:
        _untold(at, names)
        return None
    if read.kind != "moment_not_reached":
        return read
    name = read.subject
    key = names.key("moments", name, at.span, where="restraint")
    return SituationPhrase(read.kind, subject=key) if key else None


def _untold(at: Cell, names: Names) -> None:
    known = (*grammar.FORMS["situation"], *(name for name, _ in names.audiences.values()))
    names.found.append(
        finding(
            "T601",
            at.span,
            f"unreadable situation `{at.text}`",
            f"write it like `{nearest(at.text, known) or grammar.FORMS['situation'][0]}`"
            if nearest(at.text, known)
            else nearest_help(at.text, known, limit=40),
            width=len(at.text),
            replacement=sure(at.text, known),
        )
    )


def _fit(situation: SituationPhrase, pause: PausePhrase, rest: Cell, names: Names) -> bool:
    """Whether the pause can be of this situation: only quiet hours have hours of the day."""
    is_quiet = situation.kind == "quiet_hours"
    if is_quiet == (pause.quiet is not None):
        return True
    said = "quiet hours have a beginning and an end" if is_quiet else "only quiet hours have hours"
    example = "19:00 to 08:00, and weekends" if is_quiet else "30 days"
    names.found.append(
        finding(
            "T601",
            rest.span,
            f"{said}, not `{rest.text}`",
            f"write it like `{example}`",
            width=len(rest.text),
        )
    )
    return False
