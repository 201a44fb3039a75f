"""Tone: what fills a slot may not bring pressure or blame into a sentence that its writer wrote without any."""

from __future__ import annotations

from collections.abc import Mapping

from skill.agent.slots import fill
from skill.compiler.wording import pressure


def brought_pressure(template: str, slots: Mapping[str, str]) -> str | None:
    """The words that push or blame in the filled sentence and that its template has not; None where there are none.

    The compiler tells of what a writer writes (T303). A name, a trial, a workaround or the seam between it and the
    words around it can say as much: `You must {workaround}`, filled with `upgrade`.
    """
    whole = pressure(fill(template, dict(slots)))
    if whole is None:
        return None
    own = pressure(template)
    said = whole.message.partition("`")[2].rpartition("`")[0]
    return None if own is not None and own.message == whole.message else said
