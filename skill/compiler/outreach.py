"""The settings that bound offers, read from the front matter of plays: holdout, shadow mode and attention."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TypeVar

from skill.compiler import grammar
from skill.model.playbook import Outreach
from skill.model.topic import Span, Topic

T = TypeVar("T")
KEYS = ("holdout", "holdout_salt", "shadow", "attention_cost", "attention_budget")
"""The settings that are read here."""


def read_outreach(topics: Iterable[Topic]) -> Outreach:
    """What bounds offers; what cannot be read was told where it stands, and an unreadable `shadow` shows nothing."""
    settings: dict[str, str] = {}
    spans: dict[str, Span] = {}
    for topic in topics:
        if topic.kind == "expansion-playbooks":
            settings |= topic.settings
            spans |= {key: at for key, at in topic.places.items() if key in KEYS}
    shadow, budget = settings.get("shadow"), settings.get("attention_budget")
    attention = _read(grammar.read_budget, budget)
    return Outreach(
        holdout=_read(grammar.read_share, settings.get("holdout")) or Decimal(0),
        holdout_salt=settings.get("holdout_salt", ""),
        shadow=bool(shadow) and _read(grammar.read_yes_no, shadow) is not False,
        attention_cost=_read(grammar.read_costs, settings.get("attention_cost")) or {},
        attention_budget=attention[0] if attention else None,
        attention_hours=attention[1] if attention else None,
        spans=spans,
    )


def _read(read: Callable[[str], T], text: str | None) -> T | None:
    """A setting; None where it does not stand there, or nobody can read it."""
    try:
        return read(text) if text else None
    except grammar.Unreadable:
        return None
