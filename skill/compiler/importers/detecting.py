"""What a file is, by what stands in it and not by its name: a pricing, a Stripe export or a spreadsheet."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Literal

from skill.compiler.importers.columns import recognize
from skill.compiler.importers.help_pages import MARKDOWN
from skill.compiler.importers.sheets import read_sheet
from skill.compiler.importers.stripe import MAX_BYTES, objects_of
from skill.errors import InputError

Source = Literal["pricing2yaml", "csv", "stripe"]
SOURCES: tuple[Source, ...] = ("pricing2yaml", "csv", "stripe")
_PRICING = re.compile(r"^(?:syntaxVersion|saasName|features|plans|addOns)\s*:", re.MULTILINE)
_STRIPE = ("product", "price", "entitlements.feature", "product_feature", "list")


def source_of(path: Path) -> Source:
    """What an importer reads this file.

    Raises:
        InputError: the file cannot be read, or is none of them; says what was looked for.
    """
    if path.is_dir() or path.suffix.lower() in MARKDOWN:
        raise InputError(
            f"{path} holds help pages, and a folder begins with what is sold",
            pointer=str(path),
            help="start from something else, then: tactful topics import articles PATH --out DIR",
        )
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as wrong:
        raise InputError(f"cannot read {path}: {wrong.strerror}", pointer=str(path)) from wrong
    if not raw.strip():
        raise InputError(f"{path} is empty", pointer=str(path))
    text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    if text.lstrip()[:1] in ("{", "["):
        return "stripe" if _is_stripe(text) else "pricing2yaml"
    if len(_PRICING.findall(text)) >= 2:
        return "pricing2yaml"
    try:
        recognize(read_sheet(path))
    except InputError as wrong:
        raise InputError(
            f"cannot tell what {path} is: {wrong.detail}",
            pointer=str(path),
            help="known are Pricing2Yaml, spreadsheets (CSV or TSV) and Stripe exports (JSON)",
        ) from wrong
    return "csv"


def _is_stripe(text: str) -> bool:
    """Whether JSON says `object` as Stripe does; a pricing may be written as JSON too."""
    try:
        content, _ = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return '"object"' in text
    return any(kind in _STRIPE for kind in objects_of(content)) or not (
        isinstance(content, dict) and {"plans", "addOns"} & set(content)
    )
