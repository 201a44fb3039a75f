"""Every date and time of a text: days, months, weekdays, quarters and clock times, however they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from skill.agent.claims.common import spaced

_MONTHS = spaced(
    "january february march april may june july august september october november december"
)
_MONTH = {name: n for n, name in enumerate(_MONTHS, 1)} | {
    name[:3]: n for n, name in enumerate(_MONTHS, 1)
}
_MONTH["sept"] = 9
_NAMES = r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
_DAYS = spaced("monday tuesday wednesday thursday friday saturday sunday")
_FORMS = (
    re.compile(r"\b(?P<year>\d{4})-(?P<m>\d{2})-(?P<day>\d{2})(?=\b|T)"),
    re.compile(
        r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)? " + _NAMES + r"(?:,? (?P<year>\d{4})\b)?"
    ),
    re.compile(
        r"\b" + _NAMES + r" (?P<day>\d{1,2})(?:st|nd|rd|th)?\b(?!\d)(?:,? (?P<year>\d{4})\b)?"
    ),
    re.compile(r"\b" + _NAMES + r",? (?P<year>\d{4})\b"),
    re.compile(r"\b(?P<literal>\d{1,2}[/.]\d{1,2}[/.]\d{2,4})\b"),
    re.compile(r"\b(?P<literal>Q[1-4](?:[ /-]\d{2,4})?|H[12] \d{4})\b", re.I),
    re.compile(
        r"\b(?P<literal>\d{1,2}(?::\d{2})? ?(?:[ap]\.?m\b\.?)|\d{1,2}:\d{2}(?::\d{2})?Z?)", re.I
    ),
    re.compile(r"\b" + _NAMES),
    re.compile(
        r"\b(?P<weekday>" + "|".join(_DAYS) + r"|Mon|Tues?|Wed|Thu(?:rs)?|Fri|Sat|Sun)s?\b", re.I
    ),
)
"""From the most to the least particular."""
_MODAL = re.compile(
    r"(?:^|\b(?:in|by|until|since|from|of|before|after|this|next|last|early|late|mid) )$", re.I
)


@dataclass(frozen=True)
class Date:
    """A date or time, with the parts that were given."""

    said: str
    at: int
    end: int
    parts: tuple[tuple[str, str], ...]
    """year, month, day, weekday, or the literal as written where it can be read in two ways."""


@lru_cache(maxsize=4_096)
def dates_of(text: str) -> tuple[Date, ...]:
    """The dates and times of one sentence in reading order."""
    found: list[Date] = []
    for form in _FORMS:
        for match in form.finditer(text):
            if any(d.at < match.end() and match.start() < d.end for d in found):
                continue
            parts = _parts(match, text)
            if parts:
                found.append(Date(match[0], match.start(), match.end(), parts))
    return tuple(sorted(found, key=lambda d: d.at))


def _parts(match: re.Match[str], text: str) -> tuple[tuple[str, str], ...]:
    groups = match.groupdict()
    if groups.get("literal"):
        return (("literal", re.sub(r"[ .]", "", groups["literal"]).lower()),)
    if groups.get("weekday"):
        said = groups["weekday"].lower()
        if len(said) <= 4 and not match[0][:1].isupper():
            return ()
        return (("weekday", said[:3]),)
    month = groups.get("m") or ""
    if groups.get("month"):
        name = groups["month"].lower()
        month = str(_MONTH[name])
        alone = not groups.get("day") and not groups.get("year")
        if alone and name in ("may", "march", "mar", "jan", "dec", "sep") and not _MODAL.search(
            text[: match.start()]
        ):  # fmt: skip
            return ()
        if alone and match.start() == 0 and name in ("may", "march"):
            return ()
    parts = (("year", groups.get("year") or ""), ("month", month), ("day", groups.get("day") or ""))
    return tuple((name, value.lstrip("0")) for name, value in parts if value)


def same_date(said: Date, known: Date) -> bool:
    """Whether a date stands in another: every part of it is there, and the same."""
    have = dict(known.parts)
    return all(have.get(name) == value for name, value in said.parts)
