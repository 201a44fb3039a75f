"""What of a feature's use is told as value: which event or fact counts, and how much time each one saves."""

from __future__ import annotations

from skill.compiler import grammar
from skill.compiler.diagnostics import finding
from skill.compiler.fields import Fields
from skill.compiler.names import Names
from skill.compiler.tables import phrase
from skill.compiler.thresholds import resolved
from skill.model.playbook import Saving, Worth
from skill.model.topic import Cell

_TOLD = ("events", "fact")
"""Only what the product reports as done is value; what was tried or looked at is none."""


def read_worth(fields: Fields, where: str, names: Names) -> Worth | None:
    """What `Counts as value` and `Each saves` say of one feature; None where neither can be read, or none is there."""
    counted, saves = fields.one("Counts as value"), fields.one("Each saves")
    each: Saving | None = None
    if saves is not None:
        at = Cell(text=saves.value, span=saves.span)
        each = phrase(grammar.read_saving, at, "time", names, code="T108")
    if counted is None:
        if saves is not None and not fields.has("Counts as value"):
            names.found.append(
                finding(
                    "T104",
                    saves.name_span,
                    f"{where} says what each saves, and not what is counted",
                    "add a row `| Counts as value | events: ... |`",
                    width=len(saves.name),
                )
            )
        return None
    at = Cell(text=counted.value, span=counted.span)
    read = phrase(lambda text: grammar.read_counts(names.quoted(text)), at, "count", names)
    if read is None or (saves is not None and each is None):
        return None
    if len(read) > 1 or read[0].what not in _TOLD:
        names.found.append(
            finding(
                "T201",
                counted.span,
                f"`{counted.value}` is no value: one event counts, or one fact",
                "write it like `events: run_succeeded`",
                width=len(counted.value),
            )
        )
        return None
    found = resolved(read, at, where, names)
    if found is None:
        return None
    return Worth(counts=found[0], text=counted.value, each=each, span=counted.span)
