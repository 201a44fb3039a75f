"""The value of a compiled field in a writer's words: names instead of keys, rules as sentences, no places."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from skill.compiler.sentences import (
    cap_words,
    due_words,
    duration,
    follow_up_words,
    joined,
    rule_sentence,
    saving_words,
    stage_words,
    variant_words,
)
from skill.model.playbook import Bundle, Playbook

SILENT = ("span", "name_span", "digest", "position", "topic", "version")
"""Where a thing stands; moving it changes nothing that is said or done."""


def bare(value: Any) -> Any:
    """A value without places and digests."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return tuple((n, bare(getattr(value, n))) for n in fields if n not in SILENT)
    if isinstance(value, Mapping):
        return {k: bare(v) for k, v in value.items()}
    return tuple(map(bare, value)) if isinstance(value, list | tuple) else value


_NAMED = {
    "unlocks": "features",
    "alternatives": "features",
    "includes": "bundles",
    "available_on": "bundles",
    "can_move_from": "bundles",
    "needs_role": "roles",
    "not_together_with": "bundles",
    "contains": "bundles",
    "who_can_buy": "roles",
    "meters": "meters",
    "sold_to": "audiences",
    "free_for": "audiences",
    "only_for": "audiences",
    "only_offers": "bundles",
}


def said(field: str, value: Any, thing: Any, playbook: Playbook) -> str:
    """A value in a writer's words; nothing where there is none."""
    if value is None or value == () or value == "":
        return ""
    if field == "hard":
        return "hard" if value else "soft"
    if field == "internal":
        return "internal" if value else "customers"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field == "max_age_hours":
        return duration(value)
    if field in ("applies_to", "rule"):
        return f"when {rule_sentence(value, playbook)}"
    if field == "cap":
        return cap_words(value)
    if field == "journey":
        return stage_words(value, playbook)
    if field == "within":
        return due_words(value)
    if field == "follow_ups":
        return joined(map(follow_up_words, value))
    if field == "worth":
        saves = f", each saving {saving_words(value.each)}" if value.each else ""
        return f"{value.text}{saves}"
    if field == "variants":
        return joined(map(variant_words, value))
    kind = _NAMED.get(field)
    if field == "needs":
        kind = "bundles" if isinstance(thing, Bundle) else "features"
    if kind is not None:
        known = getattr(playbook, kind)
        return ", ".join(known[key].name if key in known else key for key in value)
    return plain(value)


def plain(value: Any) -> str:
    """A value as it stands; nested ones as JSON."""
    if isinstance(value, BaseModel):
        return json.dumps(dict(_jsonable(bare(value))), ensure_ascii=False)
    if isinstance(value, tuple):
        return ", ".join(plain(v) for v in value)
    return str(value)


def _jsonable(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_jsonable(v) for v in value]
    return str(value) if isinstance(value, Decimal) else value
