"""A batch of cases: one JSON object a line in, one answer a line out, in order and each with its id."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from skill import clock
from skill.ask import MAX_OFFERS_ASKED, Workspace, ask
from skill.cli.exits import note
from skill.cli.progress import counted
from skill.errors import InputError, SkillError
from skill.model.decision import Surface
from skill.sources.request import read_customer

_OF_THE_CASE = ("id", "question", "conversation", "surface", "max_offers", "locale")
MAX_LINE = 1_000_000


def run_batch(
    workspace: Workspace, cases: Path, out: Path | None, *, allow_unreviewed: bool
) -> bool:
    """Answer every case; False where a line could not be answered. The out file appears whole or not at all.

    Raises:
        InputError: the file of cases cannot be read, or the answers cannot be written.
    """
    lines = _lines(cases)
    fine = True
    part = _part_of(out, cases) if out else None
    try:
        with part.open("w", encoding="utf-8") if part else nullcontext(sys.stdout) as target:
            for number, line in counted(lines, len(lines), "answering"):
                body, good = _one(workspace, number, line, allow_unreviewed)
                fine = fine and good
                target.write(json.dumps(body, ensure_ascii=False) + "\n")
        if part and out:
            part.replace(out)
    except OSError as wrong:
        if isinstance(wrong, BrokenPipeError):
            raise
        raise InputError(f"cannot write {out}: {wrong.strerror}", pointer="--out") from wrong
    finally:
        if part is not None:
            part.unlink(missing_ok=True)  # gone already where the answers are whole
    if not fine:
        note("some lines could not be answered; their error objects say why")
    return fine


def _part_of(out: Path, cases: Path) -> Path:
    """Where answers are gathered until they are whole. Raises InputError before anything is answered."""
    if out.is_dir() or out.resolve() == cases.resolve():
        raise InputError(
            f"{out} is no place for the answers", pointer="--out", help="name a new file"
        )
    part = out.with_name(f".{out.name}.part")
    try:
        part.touch()
    except OSError as wrong:
        raise InputError(f"cannot write {out}: {wrong.strerror}", pointer="--out") from wrong
    return part


def _lines(cases: Path) -> list[tuple[int, str]]:
    try:
        text = cases.read_text(encoding="utf-8-sig")
    except OSError as wrong:
        raise InputError(f"cannot read {cases}: {wrong.strerror}", pointer="--batch") from wrong
    except UnicodeDecodeError as wrong:
        raise InputError(f"{cases} is not UTF-8 text", pointer="--batch") from wrong
    return [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]


def _locale(case: dict[str, Any]) -> str | None:
    locale = case.get("locale")
    if locale is not None and not isinstance(locale, str):
        raise InputError("`locale` is a text, such as de-AT", pointer="locale")
    return locale


def _one(
    workspace: Workspace, number: int, line: str, allow_unreviewed: bool
) -> tuple[dict[str, Any], bool]:
    """One case's answer, or an error object with its id: the other lines go on."""
    case: dict[str, Any] = {}
    try:
        case = _case(line, number)
        customer = read_customer(
            {k: v for k, v in case.items() if k not in _OF_THE_CASE}, where=f"line {number}"
        )
        surface = Surface(case.get("surface", Surface.IN_PRODUCT))
        asked = ask(
            workspace,
            _question(case, number),
            customer,
            now=customer.now or clock.now(),
            surface=surface,
            conversation=_said_before(case),
            max_offers=_offers_wanted(case),
            support=surface is Surface.SUPPORT_COPILOT,
            allow_unreviewed=allow_unreviewed,
            locale=_locale(case),
        )
        body = {"id": case.get("id"), **asked.answer.body()}
        if asked.decision.warnings:
            body["warnings"] = list(asked.decision.warnings)
        return body, True
    except (SkillError, ValueError, TypeError) as wrong:
        code = wrong.code if isinstance(wrong, SkillError) else "bad_input"
        pointer = wrong.pointer if isinstance(wrong, SkillError) else ""
        detail = str(wrong)
        error = {"code": code, "detail": detail, "line": number, "pointer": pointer}
        note(detail if detail.startswith(f"line {number}") else f"line {number}: {detail}")
        return {"id": case.get("id"), "error": error}, False


def _case(line: str, number: int) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise InputError(f"line {number} has {len(line):,} characters, more than {MAX_LINE:,}")
    try:
        case = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as wrong:
        where = f", column {wrong.colno}" if isinstance(wrong, json.JSONDecodeError) else ""
        raise InputError(f"line {number}{where} is no JSON", pointer=f"line {number}") from wrong
    if not isinstance(case, dict):
        raise InputError(f"line {number} is no JSON object", pointer=f"line {number}")
    return case


def _offers_wanted(case: dict[str, Any]) -> int:
    wanted = case.get("max_offers", 2)
    if (
        not isinstance(wanted, int)
        or isinstance(wanted, bool)
        or not 0 <= wanted <= MAX_OFFERS_ASKED
    ):
        raise InputError(
            f"`max_offers` is a number from 0 to {MAX_OFFERS_ASKED}", pointer="max_offers"
        )
    return wanted


def _question(case: dict[str, Any], number: int) -> str:
    question = case.get("question")
    if not isinstance(question, str):
        raise InputError(f"line {number} has no `question`", pointer="question")
    return question


def _said_before(case: dict[str, Any]) -> tuple[str, ...]:
    turns = case.get("conversation") or ()
    return tuple(
        str(t["content"])
        for t in turns
        if isinstance(t, dict) and t.get("role") == "user" and "content" in t
    )
