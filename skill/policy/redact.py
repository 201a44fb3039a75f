"""What of a question may be kept: who it is about, their numbers, links and secrets are taken out first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from skill.model.account import Customer

LONGEST = 240
"""Characters that are kept of a question; what a person would call a thing is far shorter."""

_MARKS = {
    "email": "\ue000",
    "link": "\ue001",
    "number": "\ue002",
    "key": "\ue003",
    "name": "\ue004",
}
"""One private character stands for each mark while the text is read, so that no pattern reads a mark."""
_SAID = {mark: f"[{name}]" for name, mark in _MARKS.items()}
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_MARKED = re.compile(r"\[(" + "|".join(_MARKS) + r")\]")
MARKED = re.compile(r"\[(?:" + "|".join(_MARKS) + r")\]")
"""What stands where something was taken out."""

_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Invisible characters, which could stand between the letters of a name."""

_LINK = re.compile(
    r"(?<![a-z])[a-z][a-z0-9+.-]{1,20}:/?/\S+"
    r"|\bwww\.\S+"
    r"|\b(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?::\d+)?[/?#]\S*"
    r"|\b(?:[a-z0-9-]{1,63}\.){2,8}[a-z]{2,24}\b(?!@)",
    re.IGNORECASE,
)
"""An address of the web; a bare `monday.com` stays, because it may be what is asked about."""
_EMAIL = re.compile(
    r"[^\s@<>()\[\],;:]{1,80}\s?@\s?[^\s@<>()\[\],;:]{1,80}\.\w{2,24}"
    r"|[\w.+-]{1,80}\s?[(\[{]\s?(?:at|ät)\s?[)\]}]\s?[\w-]{1,80}"
    r"(?:\s?[(\[{]?\s?(?:dot|punkt|\.)\s?[)\]}]?\s?\w{2,24}){1,3}"
    r"|[\w.+-]{1,80} at [\w-]{1,80}(?: dot \w{2,24}){1,3}",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@])@\w[\w.-]{1,60}")
_SECRET = re.compile(
    r"\b((?:pass(?:word|phrase|wort|code)|kennwort|pwd|pin|otp|(?:api|secret|access|licen[cs]e)[ _-]key|"
    r"(?:access |auth |api )?token|secret|bearer)\b(?:\s*(?:is|ist|was|are)\b|\s*[:=])\s*|\bbearer\s+)"
    r"(?!\s)\S+",
    re.IGNORECASE,
)
"""`password: ...`, where the word itself may be asked about: `is there a token` keeps it."""
_KEY = re.compile(
    r"\beyJ[\w-]+(?:\.[\w-]*){0,2}"
    r"|\b(?:sk|pk|rk|ghp|gho|ghs|ghu|xox[abprs]|glpat|github_pat|whsec|shpat|npm|hf)[-_][\w-]{8,}"
    r"|(?<![\w+=])(?=[\w+=]*\d)(?=[\w+=]*[^\W\d_])[\w+=]{16,}"
    r"|(?<![\w+/=-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[^\W\d_])[\w+/=-]{24,}"
    r"|(?<![\w+=])[\w+=]{32,}"
    r"|\b[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,}"
    r"|\b[a-z]{1,8}_(?=\w*\d)\w+",
    re.IGNORECASE,
)
"""Tokens, keys, digests and ids: long runs in which letters and digits mix, and `acc_4`."""
_IBAN = re.compile(
    r"\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?\b", re.IGNORECASE
)
_DIGITS_IN_IBAN = 8
_DATE = re.compile(
    r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|\d{1,4}([-./])\d{1,2}\1\d{2,4})(?!\w|[-./]\d)"
    r"|\d{4}(?:\D{1,2}\d{4}){3}"
)
"""A day, the address of a machine, and the four groups of a card."""
_RUN = re.compile(r"[+(]{0,2}\d(?:\d|[.,/'\u2019:](?=\d)|[ ().\u2013-]{1,3}(?=\d))*")
_STANDARD = re.compile(r"\b(?:ISO|IEC|EN|DIN|SOC|RFC|NIST)[ /-]?$", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:([,.'\u2019 ])\d{3})(?:\1\d{3})*(?:[.,]\d{1,2})?")
_READINGS = 6
"""Nearly always two: one that takes out, and one that finds nothing more."""
_MOST_DIGITS = 4
"""Of a run that may be kept whatever it says; a longer one is kept where it is an amount by its look."""
_ROUND = re.compile(r"[1-9]\d{0,3}0{2,9}")
_ADDRESSED = re.compile(
    r"(?:(?<!\w)(?:[Mm]y name is|[Mm]y name's|I am called|[Ii]ch hei(?:ß|ss)e|[Mm]r|[Mm]rs|[Mm]s|[Dd]r|"
    r"[Pp]rof|[Hh]err|[Ff]rau|[Mm]me)\.?\s+|(?<!\w)(?:[Rr]egards|[Ss]incerely|[Bb]est wishes),?\s+)"
    r"((?:[^\W\d_a-z][\w'-]*)(?:\s+[^\W\d_a-z][\w'-]*){0,2})"
)
"""A name that says of itself that it is one, by what stands before it."""

_MAIL_HOSTS = frozenset(
    [
        "gmail",
        "googlemail",
        "outlook",
        "hotmail",
        "live",
        "yahoo",
        "icloud",
        "gmx",
        "web",
        "proton",
        "protonmail",
        "aol",
        "mail",
        "posteo",
        "zoho",
        "yandex",
        "fastmail",
        "example",
        "www",
        "com",
        "org",
        "net",
    ]
)
"""Where many have their mail: says nothing about who somebody is, and may be what is asked about."""
_ROLES_OF_MAIL = frozenset(
    [
        "info",
        "admin",
        "support",
        "sales",
        "contact",
        "team",
        "hello",
        "office",
        "billing",
        "help",
        "mail",
        "test",
        "dev",
        "noreply",
        "account",
        "user",
        "owner",
        "person",
    ]
)
_ABOUT = frozenset(
    ["name", "company", "organisation", "organization", "email", "contact", "domain"]
)
_NOT_ABOUT = frozenset(["plan", "bundle", "feature", "product"])
_SHORTEST = 3
"""Letters of a part of a name that is taken out however it is written; a shorter one where it is written like a name."""
_SPELT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"}
)


def redact(text: str, known: Iterable[str] = (), *, longest: int = LONGEST) -> str:
    """The text with a mark such as `[email]` wherever it says who somebody is, and cut where it is long.

    Taken out are mail addresses, links, phone, card and account numbers, dates, ids, keys and passwords, and
    every name in `known`. Amounts stay: `50,000`, `12 seats`. Doing it again changes nothing.

    Args:
        text: what somebody wrote.
        known: names, mail addresses and ids of the account and person who ask.
        longest: characters that are kept.
    """
    said, names = text, _needles(known)
    # What was taken out may leave its neighbours in a look that the next reading knows.
    for _ in range(_READINGS):
        once = _cut(_read(said, names), longest)
        if once == said:
            break
        said = once
    return said


def _read(text: str, names: Sequence[str]) -> str:
    """One reading of the text; the order matters: an address holds a name, and a link a number."""
    said = _MARKED.sub(lambda m: _MARKS[m[1]], _PRIVATE.sub("", text))
    said = _visible(said)
    for pattern, name in ((_EMAIL, "email"), (_LINK, "link")):
        said = pattern.sub(_MARKS[name], said)
    for name in names:
        said = _without(said, name)
    said = _SECRET.sub(lambda m: m[1] + _MARKS["key"], said)
    said = _IBAN.sub(_iban, said)
    said = _KEY.sub(_MARKS["key"], said)
    said = _DATE.sub(_MARKS["number"], said)
    said = _RUN.sub(_number, said)
    said = _HANDLE.sub(_MARKS["name"], said)
    said = _ADDRESSED.sub(lambda m: m[0][: m.start(1) - m.start()] + _MARKS["name"], said)
    said = re.sub(r"([\ue000-\ue004])(?:[\s,;/-]*\1)+", r"\1", said)
    return "".join(_SAID.get(c, c) for c in said)


def names_of(customer: Customer) -> tuple[str, ...]:
    """Everything that we know this account and person are called: names, mail addresses, ids."""
    account, person = customer.account, customer.person
    found = [person.name, person.email, person.id, account.id, *account.admins]
    if account.owner is not None:
        found += [account.owner.name, account.owner.email]
    told = {**account.traits, **{fact.name: fact.value for fact in customer.facts}}
    for key, value in told.items():
        parts = set(re.split(r"[^a-z]+", key.lower()))
        if isinstance(value, str) and parts & _ABOUT and not parts & _NOT_ABOUT:
            found.append(value)
    return tuple(dict.fromkeys(one for one in found if one.strip()))


def _visible(text: str) -> str:
    """The text in its plain letters and on one line; half a character or an invisible one is left out."""
    plain = unicodedata.normalize("NFKC", text)
    kept = "".join(
        c if c in _SAID or unicodedata.category(c) not in _HIDDEN else " " if c.isspace() else ""
        for c in plain
    )
    return " ".join(kept.split())


def _iban(match: re.Match[str]) -> str:
    n_digits = sum(c.isdigit() for c in match[0])
    return _MARKS["number"] if n_digits >= _DIGITS_IN_IBAN else match[0]


def _number(match: re.Match[str]) -> str:
    """A run of digits, where it is an amount; a mark for any other long one."""
    said = match[0]
    digits = "".join(c for c in said if c.isdigit())
    named = len(digits) <= 5 and _STANDARD.search(match.string, match.start() - 5, match.start())
    if len(digits) <= _MOST_DIGITS or named:
        return said
    if all(_is_amount(part) for part in re.split(r" ?[-\u2013] ?", said, maxsplit=1)):
        return said
    return _MARKS["number"]


def _is_amount(said: str) -> bool:
    """Whether a long run of digits looks like something counted, and like nothing that names anybody."""
    if not _GROUPED.fullmatch(said):
        return bool(_ROUND.fullmatch(said))
    whole = "".join(c for c in re.sub(r"[.,]\d{1,2}$", "", said) if c.isdigit())
    # `12,540` is written like an amount, and so is `1,200,000`; `555.123.456` may be a telephone.
    return (len(whole) <= 6 and " " not in said) or bool(_ROUND.fullmatch(whole))


def _needles(known: Iterable[str]) -> list[str]:
    """What somebody is known to be called, whole and in parts, the longest first."""
    wholes = {_visible(_PRIVATE.sub("", one)) for one in known}
    needles = {part for whole in wholes for part in _parts(whole)}
    return sorted(needles, key=lambda one: (-len(one), one))


def _parts(whole: str) -> Iterator[str]:
    """A name and its parts, a mail address and what its two sides say."""
    local, at, host = whole.partition("@")
    if at:
        yield whole
        yield from (p for p in re.split(r"[._+-]", local) if p.lower() not in _ROLES_OF_MAIL)
        yield from (p for p in host.split(".")[:-1] if p.lower() not in _MAIL_HOSTS)
        return
    if not whole.isdigit() or len(whole) > _MOST_DIGITS:
        yield whole
    # The parts of an id are words such as `acc`; the parts of a name are names.
    if not any(c.isdigit() or c == "_" for c in whole):
        yield from (p for p in re.split(r"[\s,.]+|(?<=\w)[-'](?=\w)", whole) if not p.isdigit())


def _without(text: str, needle: str) -> str:
    """The text without one name, in any spelling of its letters."""
    if len(needle) < 2 and not _caseless(needle):
        return text
    if len(needle) < _SHORTEST and not _caseless(needle):
        # `Jo`, but not `to` where somebody is called To.
        return re.sub(rf"(?<!\w){re.escape(needle.capitalize())}(?!\w)", _MARKS["name"], text)
    folded, places = _folded(text)
    for spelt in {_plain(needle), _plain(needle.lower().translate(_SPELT))}:
        edge = ("", "") if _caseless(needle) else (r"(?<!\w)", r"(?!\w)")
        found = list(re.finditer(edge[0] + re.escape(spelt) + edge[1], folded)) if spelt else []
        for match in reversed(found):
            start, end = places[match.start()], places[match.end() - 1] + 1
            text = text[:start] + _MARKS["name"] + text[end:]
        if found:
            folded, places = _folded(text)
    return text


def _caseless(needle: str) -> bool:
    """Whether it is written in a script without capitals, where words may stand without spaces."""
    return any(c.isalpha() and c.lower() == c.upper() for c in needle)


def _plain(text: str) -> str:
    return _folded(text)[0]


def _folded(text: str) -> tuple[str, list[int]]:
    """The text without accents and capitals, and for each character of it where it came from."""
    out: list[str] = []
    places: list[int] = []
    for place, c in enumerate(text):
        for base in unicodedata.normalize("NFKD", c.casefold()):
            if not unicodedata.combining(base):
                out.append(base)
                places.append(place)
    return "".join(out), places


def _cut(text: str, longest: int) -> str:
    """At most so many characters, cut between two words where that is possible."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    space = head.rfind(" ")
    if space > longest // 2:
        head = head[:space]
    # Half a mark would no longer be read as one.
    opened = head.rfind("[")
    if opened > head.rfind("]") and any(m.startswith(head[opened:]) for m in _SAID.values()):
        head = head[:opened]
    return head.rstrip() + "…"
