"""What a gap is: a question whose words the Topics do not know; its form, by which the same question is one gap."""

from __future__ import annotations

import re
import unicodedata

from skill.model.decision import Meaning, Outcome
from skill.policy.redact import MARKED

MAX_WORDS = 8
"""Of what is proposed; a longer phrase is a sentence, and no word that something is called by."""
MAX_PROPOSED = 60
"""Characters of what is proposed."""

_WHO = (
    r"(?:i|we|you|it|one|they|people|everybody|somebody|anybody|(?:my|our) (?:team|colleagues?|plan|account)"
    r"|(?:the|your|this) (?:product|plan|app|tool))"
)
_LEADING = re.compile(
    rf"(?:(?:hi|hello|hey|please|thanks|sorry|ok|so|and|also|good (?:morning|day|evening))\b[\s,!.:-]*"
    rf"|(?:can|could|may|might|do|does|did|will|would|should|are|am|is|have|has) {_WHO}(?: (?:also|still|already|please))?\s+"
    rf"|how (?:do|can|would|could|should) {_WHO}\s+|how to\s+|where (?:do|can) {_WHO}\s+(?:find\s+)?"
    r"|(?:is|was) it possible (?:for \w+ )?to\s+|(?:what|how) about\s+|what(?: is|'s)\s+"
    r"|(?:is|are) there (?:a|an|any|some)?\s*|(?:a |any |some )?(?:way|option|possibility|chance|thing) (?:to|for|of|that)\s+"
    r"|(?:i|we)(?: (?:need|want|would like|wish|wonder|have|must|are looking for|am looking for)|'d like)(?: to| for| if)?\s+"
    r"|(?:tell|show) (?:me|us) (?:whether|if|about|how)\s+|(?:know|say) (?:whether|if)\s+"
    r"|(?:able|allowed|possible) to\s+|(?:have|get access to|support|offer|include|includes|provide|use|come with)\s+"
    r"|(?:my|our) plan\s+|(?:a|an|the|any|some)\s+)",
    re.IGNORECASE,
)
"""How a question begins that asks for something; what follows is what it is called."""
_TRAILING = re.compile(
    r"(?:[\s?!.,;:]+|\b(?:please|thanks|thank you|here|anywhere|available|possible|included|"
    r"(?:on|in|with|under) (?:my|our|this|the|your) (?:plan|product|account|app|tool)))$",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"(?:and|but|or|so|then|also|same|(?:what|how) about|for (?:my|our|the|all|every\w+)|yes|no|ok|none|neither|both|all"
    r"|(?:the )?(?:first|second|third|last|other|former|latter)(?: one)?|this|that|these|those|it|they|why)\b",
    re.IGNORECASE,
)
_WORDS_OF_A_FOLLOW_UP = 6
"""A longer one says what it is about: `and can we also post a message to our chat room?`."""
_SENTENCES = re.compile(r"[.?!;]\s+\S")


def is_gap(meaning: Meaning, *, name_like: bool, follow_up: bool) -> bool:
    """Whether a writer should see this question: nothing was found, or it had to be asked back.

    A short name of something that is surely not sold is no gap of the wording, and a question that can only be
    read with the one before it has no words of its own.

    Args:
        meaning: what the question turned out to mean.
        name_like: it is a short name and no sentence.
        follow_up: it points back to what was said before.
    """
    if follow_up:
        return False
    if meaning.outcome is Outcome.NOT_SOLD:
        return not name_like
    return meaning.outcome in (Outcome.WHICH, Outcome.NOT_FOUND)


def follows(question: str) -> bool:
    """Whether a short question in a conversation begins as one does that needs the turn before it."""
    said = question.strip(" \t\n\"'?!.,")
    return len(said.split()) <= _WORDS_OF_A_FOLLOW_UP and bool(_FOLLOWS.match(said))


def form_of(kept: str) -> str:
    """The form by which the same question is one gap, however it begins, ends, or is capitalised."""
    plain = unicodedata.normalize("NFKC", _bare(kept) or kept).casefold()
    return " ".join(re.findall(r"\w+", plain)) or plain.strip()


def words_of(kept: str) -> str:
    """What the person called the thing, as it may stand under `Also called`; nothing where a person must say it.

    Args:
        kept: the question as it is kept, marks and all.
    """
    bare = _bare(kept)
    said = " ".join(re.sub(r"[,|\\<>{}\[\]`*_\"]+", " ", bare).split())
    too_long = len(said) > MAX_PROPOSED or len(said.split()) > MAX_WORDS
    if MARKED.search(kept) or too_long or _SENTENCES.search(bare) or kept.endswith("…"):
        return ""
    if not any(c.isalnum() for c in said):
        return ""
    # A name in capitals stays as it is: `SAP`, `iCal`.
    first, _, rest = said.partition(" ")
    return said if first[1:] != first[1:].lower() else f"{first.lower()} {rest}".strip()


def _bare(kept: str) -> str:
    """The question without how it begins and ends."""
    said = " ".join(kept.split())
    for pattern, at in ((_TRAILING, "end"), (_LEADING, "start")):
        while match := (pattern.search(said) if at == "end" else pattern.match(said)):
            said = said[: match.start()] if at == "end" else said[match.end() :]
    return said.strip()
