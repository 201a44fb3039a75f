"""Every figure of a text with what belongs to it: its currency, unit, period and the part that it plays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from skill.agent.claims.common import is_common, spaced
from skill.agent.claims.numbers import NUMBER_WORDS, number_at
from skill.agent.claims.text import Sentence, Token

_SYMBOLS = {
    "$": "USD",
    "US$": "USD",
    "\u20ac": "EUR",
    "\u00a3": "GBP",
    "\u00a5": "JPY",
    "\u20b9": "INR",
}
_CODES = frozenset(
    spaced(
        "EUR USD GBP CHF JPY CNY INR AUD CAD NZD SEK NOK DKK PLN CZK HUF RON BRL MXN ZAR KRW SGD HKD TRY AED SAR KWD ILS"
    )
)
_MONEY_WORDS = {
    "dollar": "USD", "dollars": "USD", "bucks": "USD", "euro": "EUR", "euros": "EUR", "pound": "GBP", "pounds": "GBP",
    "yen": "JPY", "rupee": "INR", "rupees": "INR", "francs": "CHF", "franc": "CHF",
}  # fmt: skip
_TIMES = {
    "monthly": "month", "yearly": "year", "annually": "year", "annual": "year", "annum": "year", "mo": "month",
    "yr": "year", "daily": "day", "weekly": "week", "hourly": "hour", "quarterly": "quarter",
}  # fmt: skip
SPAN_WORDS = frozenset(spaced("second minute hour day week month year quarter"))
_MORE = {
    "k": 1_000,
    "m": 1_000_000,
    "bn": 1_000_000_000,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
}
_CHUNK = re.compile(r"[^\s()\"\u201c\u201d;!?]*\d[^\s()\"\u201c\u201d;!?]*")
_GROUPED = re.compile(r"(?<![\d.,])(\d{1,3})((?:[ \u00a0\u202f]\d{3})+)(?![\d])")
_FORM = re.compile(
    r"(?P<cur>US\$|[$\u20ac\u00a3\u00a5\u20b9]|[A-Z]{3})?(?P<sign>[-+\u2212]?)"
    r"(?P<num>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:['\u2019]\d{3})+|\d+(?:[.,]\d+)?)"
    r"(?P<suf>k|K|m|M|bn|st|nd|rd|th)?(?P<after>%|\u20ac|\$|\u00a3)?"
    r"(?:[-/](?P<tail>[A-Za-z]{1,20}(?:/[A-Za-z]{1,20})?))?"
)
_USED = frozenset(("use", "taken", "made", "make", "save", "spent", "built", "consum", "build"))
_LEFT = frozenset(("left", "remain", "free", "avail", "open", "spare"))
SPENT = _USED | _LEFT
"""Words that say a figure is a part that is used or left."""
LIMIT = frozenset(("limit", "max", "ceil"))
"""Words that say a figure is the most there can be."""
_JOINS = frozenset(spaced("and or but"))
"""What stands behind one of these belongs to another figure: `8 taken and 2 free`."""
_ROLES = (("used", _USED), ("left", _LEFT), ("limit", LIMIT))


@dataclass(frozen=True)
class Figure:
    """A number with everything that belongs to it."""

    said: str
    at: int
    end: int
    value: Decimal | None
    """None for a code such as `v2` or `24/7`, which is only ever itself."""
    currency: str = ""
    percent: bool = False
    ordinal: bool = False
    unit: tuple[str, ...] = ()
    """What is counted, as ideas: `api`, `call`."""
    per: frozenset[str] = frozenset()
    """`month`, `seat`: what the number is for."""
    billed: str = ""
    roles: frozenset[str] = frozenset()
    """used, left or limit."""
    of: bool = False
    """Whether it is the whole of another figure: the ten in `3 of your 10`."""
    near: frozenset[str] = frozenset()
    """Ideas between its two neighbours."""


def figures_of(sentence: Sentence, taken: tuple[tuple[int, int], ...] = ()) -> tuple[Figure, ...]:
    """The figures of one sentence in reading order; places in `taken` are read already, as dates."""
    text = _GROUPED.sub(lambda m: m[1] + re.sub(r"[ \u00a0\u202f]", "'", m[2]), sentence.text)
    raw = [
        f
        for match in _CHUNK.finditer(text)
        if not any(a < match.end() and match.start() < b for a, b in taken)
        for f in _written(match)
    ]
    spans = [(f.at, f.end) for f in raw] + list(taken)
    raw += _spelt(sentence, spans)
    raw.sort(key=lambda f: f.at)
    raw = _joined(raw, sentence)
    return tuple(_placed(i, raw, sentence, taken) for i in range(len(raw)))


def _written(match: re.Match[str]) -> list[Figure]:
    chunk = match[0].rstrip(".,:'\u2019\u2026\u2014\u2013").lstrip("'\u2018\u2019")
    at = match.start() + match[0].index(chunk)
    span = (at, at + len(chunk))
    for dash in ("\u2013", "-", "\u2014"):
        left, mid, right = chunk.partition(dash)
        if mid and any(c.isdigit() for c in left) and any(c.isdigit() for c in right):
            first, second = _one(left, at), _one(right, at + len(left) + 1)
            if first.value is not None and second.value is not None:
                return [first, second]
            return [Figure(chunk, *span, None)]
    return [_one(chunk, at)]


def _one(chunk: str, at: int) -> Figure:
    end = at + len(chunk)
    form = _FORM.fullmatch(chunk)
    if form is None:
        unit = re.fullmatch(r"(\d+(?:\.\d+)?)([A-Za-z]{1,12})", chunk)
        if unit and unit[2].lower() in (
            "gb",
            "mb",
            "tb",
            "kb",
            "h",
            "d",
            "min",
            "days",
            "day",
            "x",
        ):
            return Figure(chunk, at, end, Decimal(unit[1]), unit=(unit[2].lower().rstrip("s"),))
        return Figure(chunk, at, end, None)
    currency = _SYMBOLS.get(form["cur"] or form["after"] or "", form["cur"] or "")
    if form["cur"] and form["cur"] not in _SYMBOLS and form["cur"] not in _CODES:
        return Figure(chunk, at, end, None)
    value = _value(form["num"])
    suffix = (form["suf"] or "").lower()
    value *= _MORE.get(suffix, 1)
    if form["sign"] in ("-", "\u2212"):
        value = -value
    tail = (form["tail"] or "").lower()
    parts = [_TIMES.get(p, p.rstrip("s")) for p in tail.split("/") if p]
    per, unit_words = (frozenset(parts), ()) if "/" in chunk else (frozenset(), tuple(parts))
    return Figure(
        chunk, at, end, value, currency, form["after"] == "%", suffix in ("st", "nd", "rd", "th"), unit_words, per
    )  # fmt: skip


def _value(written: str) -> Decimal:
    plain = written.replace("'", "").replace("\u2019", "")
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", plain):
        return Decimal(plain.replace(",", ""))
    if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?", plain):
        return Decimal(plain.replace(".", "").replace(",", "."))
    return Decimal(plain.replace(",", "."))


def _spelt(sentence: Sentence, spans: list[tuple[int, int]]) -> list[Figure]:
    """Numbers in words."""
    tokens = sentence.tokens
    found: list[Figure] = []
    at = 0
    while at < len(tokens):
        if any(a <= tokens[at].at < b for a, b in spans):
            at += 1
            continue
        n, value, ordinal = number_at(tokens, at)
        if n:
            start, end = tokens[at].at, tokens[at + n - 1].end
            found.append(Figure(sentence.text[start:end], start, end, value, ordinal=ordinal))
        at += n or 1
    return found


def _joined(raw: list[Figure], sentence: Sentence) -> list[Figure]:
    """`5 thousand` is one figure."""
    out: list[Figure] = []
    for figure in raw:
        last = out[-1] if out else None
        more = _MORE.get(figure.said.lower())
        if (
            last is not None and more and last.value is not None
            and sentence.text[last.end : figure.at] == " "
        ):  # fmt: skip
            said = sentence.text[last.at : figure.end]
            out[-1] = Figure(said, last.at, figure.end, last.value * more, last.currency)
        else:
            out.append(figure)
    return out


def _placed(
    i: int, raw: list[Figure], sentence: Sentence, taken: tuple[tuple[int, int], ...]
) -> Figure:
    """The figure with its unit, period, currency and role read from the words around it."""
    bare = raw[i]
    text = sentence.text
    start = raw[i - 1].end if i else 0
    stop = raw[i + 1].at if i + 1 < len(raw) else len(text)
    before = tuple(t for t in sentence.tokens if start <= t.at and t.end <= bare.at)
    after = tuple(t for t in sentence.tokens if bare.end <= t.at and t.end <= stop)
    currency, after_unit = _currency(bare, before, after, text)
    percent = bare.percent or text[bare.end : bare.end + 2].lstrip().startswith("%")
    if (after_unit and after_unit[0].low in ("percent", "pct")) or _low(
        after_unit, 2
    ) == "per cent":
        percent = True
    per = bare.per | _per(after_unit, text, bare.end)
    if not per and not currency:
        per = _per(before, text, start)
    unit = bare.unit or _unit(after_unit, text, bare.end, currency)
    clause = _clause_of(bare, sentence)
    near = {x for t in (*before, *after) for x in t.ideas}
    label = _is_labelled(bare, clause, sentence)
    roles = _nearer_roles(
        [t for t in reversed(before) if (t.clause == clause or label) and not _in(t, taken)],
        [t for t in after if t.clause == clause and not _in(t, taken)],
    )
    return Figure(
        said=bare.said, at=bare.at, end=bare.end, value=bare.value, currency=currency, percent=percent,
        ordinal=bare.ordinal, unit=unit, per=per, billed=_billed(after), roles=frozenset(roles), near=frozenset(near),
        of=i > 0 and "of" in [t.low for t in before[-2:]] and before[-1].low != "which",
    )  # fmt: skip


def _in(token: Token, places: tuple[tuple[int, int], ...]) -> bool:
    return any(a <= token.at < b for a, b in places)


def _is_labelled(bare: Figure, clause: int, sentence: Sentence) -> bool:
    """Whether a colon stands before a figure, and its label before that: `seats used: 8`."""
    first = next((t for t in sentence.tokens if t.clause == clause), None)
    return first is not None and first.at == bare.at and ":" in sentence.text[: bare.at][-2:]


def _nearer_roles(before: list[Token], after: list[Token]) -> set[str]:
    """The part that a figure plays: of the words that could say it, those on its nearer side, `8 taken and 2 free`."""
    sides = []
    for tokens in (before, after):
        for distance, token in enumerate(tokens):
            if token.low in _JOINS:
                break
            found = {role for role, words in _ROLES if words.intersection(token.ideas)}
            if found:
                sides.append((distance, found))
                break
    nearest = min((distance for distance, _ in sides), default=0)
    return {role for distance, found in sides if distance == nearest for role in found}


def _clause_of(bare: Figure, sentence: Sentence) -> int:
    inside = [t.clause for t in sentence.tokens if bare.at <= t.at < bare.end]
    return inside[0] if inside else 0


def _low(tokens: tuple[Token, ...], n: int) -> str:
    return " ".join(t.low for t in tokens[:n])


def _currency(
    bare: Figure, before: tuple[Token, ...], after: tuple[Token, ...], text: str
) -> tuple[str, tuple[Token, ...]]:
    """The currency, and the words that follow it."""
    if bare.currency:
        return bare.currency, after
    if before and before[-1].said in _CODES and text[before[-1].end : bare.at] == " ":
        return before[-1].said, after
    gap = text[before[-1].end if before else 0 : bare.at].strip()
    if gap and gap[-1:] in _SYMBOLS:
        return _SYMBOLS[gap[-1]], after
    tail = text[bare.end : bare.end + 2].strip()[:1]
    if tail in _SYMBOLS:
        return _SYMBOLS[tail], after
    if after and text[bare.end : after[0].at] in (" ", "-"):
        if after[0].said in _CODES:
            return after[0].said, after[1:]
        if after[0].low in _MONEY_WORDS:
            return _MONEY_WORDS[after[0].low], after[1:]
    return "", after


def _per(tokens: tuple[Token, ...], text: str, start: int) -> frozenset[str]:
    """What a number is for: `a month`, `per seat`, `/year`, `monthly`."""
    found: set[str] = set()
    for i, token in enumerate(tokens):
        gap = text[tokens[i - 1].end if i else start : token.at]
        earlier = tokens[i - 1].low if i else ""
        if (
            token.low in _TIMES
            and token.low not in ("annum",)
            and earlier not in ("billed", "paid")
        ):
            found.add(_TIMES[token.low])
        elif earlier in ("per", "each", "every", "a", "an") or gap.strip() == "/":
            name = _TIMES.get(token.low, token.low.removesuffix("s"))
            if earlier in ("per",) or gap.strip() == "/" or name in SPAN_WORDS:
                found.add(name)
    return frozenset(found)


def _unit(tokens: tuple[Token, ...], text: str, start: int, currency: str) -> tuple[str, ...]:
    """The words right behind a number that say what is counted."""
    if currency:
        return ()
    found: list[str] = []
    end = start
    for token in tokens[:4]:
        gap = text[end : token.at]
        if (
            gap.strip(" -")
            or token.low in NUMBER_WORDS
            or (is_common(token.low) and token.low.removesuffix("s") not in SPAN_WORDS)
        ):
            break
        found += token.ideas
        end = token.end
    return tuple(found[:3])


def _billed(after: tuple[Token, ...]) -> str:
    for i, token in enumerate(after[:-1]):
        if token.low in ("billed", "paid"):
            return _TIMES.get(after[i + 1].low, after[i + 1].low)
    return ""
