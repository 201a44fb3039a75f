"""Words in a warehouse: how the text of a number, of a date and of a moment looks, as patterns that every engine reads."""

from __future__ import annotations

import unicodedata

DECIMAL_TEXT = r"^[+-]?([0-9]{1,15}([.][0-9]{0,30})?|[.][0-9]{1,30})$"
"""A number as text, without the commas that group its digits."""
_LEAP = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
DATE = (
    "([0-9]{4}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    "|[0-9]{4}-(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    "|[0-9]{4}-02-(0[1-9]|1[0-9]|2[0-8])"
    f"|{_LEAP}-02-29)"
)
"""A day that there is."""
NAIVE_MOMENT = "[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"
"""What may follow a day where its text says no time zone."""
AWARE_MOMENT = NAIVE_MOMENT + "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
"""What follows a day where its text says how far from UTC it is."""
_ACCENTED = [(chr(c), unicodedata.normalize("NFKD", chr(c))[0]) for c in range(0xC0, 0x180)]
ACCENTED = "".join(c for c, base in _ACCENTED if c != base)
"""Letters of Europe with a mark, for engines that know no other way to take it off."""
UNACCENTED = "".join(base for c, base in _ACCENTED if c != base)
"""The same letters without it."""


def key(
    replace: str,
    *,
    plain: str,
    others: str,
    parts: str = r"\1-\2",
    more: str = "",
    trim: str = "TRIM({}, '-')",
) -> str:
    """The key of the text `_1` as SQL, as `skill.model.common.slug` makes it.

    Args:
        replace: the function that replaces every match of a pattern.
        plain: the text without accents.
        others: a pattern of everything that is neither letter nor digit in any script.
        parts: how the first two groups of a match are told, with a hyphen between.
        more: what the function is told beside.
        trim: how hyphens at both ends are taken off.
    """
    words = f"LOWER({replace}({plain}, '([a-z0-9])([A-Z])', '{parts}'{more}))"
    latin = trim.format(f"{replace}({words}, '[^a-z0-9]+', '-'{more})")
    # A name without any Latin letter or digit keeps its own letters.
    own = trim.format(f"{replace}(LOWER(_1), '{others}', '-'{more})")
    return f"COALESCE(NULLIF({latin}, ''), {own})"
