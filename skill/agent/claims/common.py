"""Words that do not tell what a sentence is about, and words that say the same.

A common word is no proof of anything: it is only left out when two sentences are compared by what they are about. What
needs no evidence at all is the glue of `items.py` and the closed list of `small_talk.py`.
"""

from __future__ import annotations

from skill.retrieval.lexical import stem
from skill.retrieval.words import words


def spaced(listed: str) -> tuple[str, ...]:
    """Words listed with blanks between them."""
    return tuple(listed.split())


COMMON = frozenset(
    spaced("""
    a an the this that these those it its itself they them their theirs he she his her him i me my mine we us our ours
    you your yours yourself yourselves who whom whose which what when where why how here there
    and or but so then also too as if because since while though although whether however
    of to in on at by for from with into onto about around through between among within along beside besides near
    is are was were be been being am do does did done doing can could may might should would
    said say says tell tells told ask asks asked asking question questions answer answers answered word words
    explain explains explained explanation show shows showing shown describe describes described mean means meant
    see seen look looks looking read reads reading find finds found know knows known understand wonder wondering
    think thinking thought hope hoping consider happy glad welcome pleased sorry thanks thank please hello hi hey
    sure okay ok well course
    help helps helping assist point points topic topics matter thing things one ones way ways part
    detail details overview summary summarise summarize summary brief briefly idea gist example
    let lets try take takes taken go goes going come back up out down off
    now today already still again instead together rather quite simply actually basically namely
    another other others such own like want wants wanted wish wishing like likes
    present current currently some bit little next following below above step steps page
    work works worked working use uses used using do does make makes made making
    person people someone somebody happen happens happening
    start place places case cases reason reasons difference
        regarding concerning relating related according
    sounds sound seems seem appears depending depends otherwise meanwhile moment
      note notes noted clear clearly
    """)
)
"""Words that stand in sentences about anything, as written."""

_SAME: tuple[tuple[str, ...], ...] = (
    ("include", "includes", "included", "including", "contain", "unlock", "have", "has", "had", "having", "get", "gets",
     "give", "gives", "given", "bring", "brings", "offer", "offers", "provide", "provides", "cover", "covers", "belong",
     "comes", "ships", "part"),
    ("cost", "costs", "price", "priced", "prices", "pricing", "charge", "charged", "pay", "paid"),
    ("need", "needs", "needed", "require", "requires", "required", "must"),
    ("choose", "select", "pick", "tick"),
    ("remove", "delete", "removing"),
    ("limit", "ceiling", "allowance", "cap", "quota"),
    ("left", "leaves", "leave", "remain", "remains", "remaining"),
    ("begin", "start", "starts", "begins"),
    ("build", "built", "create", "created"),
    ("people", "person", "somebody", "someone", "member"),
    ("keep", "kept", "stay", "stays"),
    ("present", "current", "currently"),
    ("send", "sent", "post", "posts"),
    ("add", "added", "adds", "adding"),
    ("month", "monthly"), ("year", "yearly", "annual", "annually"), ("day", "daily"), ("week", "weekly"),
    ("hour", "hourly"), ("quarter", "quarterly"),
    ("use", "used", "usage", "using"),
    ("make", "made", "making"),
    ("write", "written", "wrote"), ("run", "ran"),
)  # fmt: skip
"""Words that may stand for each other: each row is one idea."""

HAVING = "includ"
"""The idea of having or including, under its stem."""


def _canon() -> dict[str, str]:
    same: dict[str, str] = {}
    for row in _SAME:
        first = stem(words(row[0])[0])
        for word in row:
            same.setdefault(stem(words(word)[0]), first)
    return same


_CANON = _canon()
_ASSERTS = frozenset(
    spaced(
        "have has had having get gets give gives given part come comes begins left must need needs"
    )
)


def idea(stemmed: str) -> str:
    """The idea that a stem stands for: `unlock`, `have` and `come` with are all one."""
    return _CANON.get(stemmed, stemmed)


def is_common(low: str) -> bool:
    """Whether a lower-case word does not tell what a sentence is about."""
    return low in COMMON and low not in _ASSERTS
