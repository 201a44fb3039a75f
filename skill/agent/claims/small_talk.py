"""The small talk of an answer: a closed list of sentences that state nothing, and the only ones that need no evidence.

Nothing here promises, grants, urges, or says that something is there, on, done, included or possible. A sentence of
small talk matches as a whole; one that stands before a comma or a colon is cut off, and the rest is judged.
"""

from __future__ import annotations

import re

from skill.agent.claims.text import Sentence, Token, ideas_of, read_sentence, sentences
from skill.agent.claims.unit import Unit

NAME = r"(?:(?:the|a|an|this|that) )?[FB](?: plan| tier)?"
"""A name of the company: F is a feature, B is something sold."""
MENTION = rf"(?:{NAME}|(?:(?:the|a|an|this|that|your) )?(?P<theirs>[a-z]+(?: [a-z]+){{0,2}}))"
"""A name of the company, or up to three words of the asker's."""
_EXPLAINED = (
    r"(?:it|that|this|NAME|how|what NAME does(?: and how it works)?|how (?:it|that|this|NAME) works?"
    r"|how NAME works (?:in|on|with) NAME|what (?:it|that|this) means(?: for you)?|(?:it|that) again|it step by step)"
)
_FRAMES = tuple(
    frame.replace("EXPLAINED", _EXPLAINED).replace("NAME", NAME).replace("MENTION", MENTION)
    for frame in (
        r"(?:(?:that is )?an? )?(?:good|great|fair|nice|excellent) (?:question|point)",
        r"(?:good|great|nice) question about MENTION",
        r"(?:thanks|thank you)(?: for (?:asking|the question|your question))?",
        r"(?:thanks|thank you) for (?:asking|the question|your question) about MENTION",
        r"here is (?:how|how (?:it|that|this|NAME) works?|what NAME does(?: and how it works)?|how NAME works (?:in|on|with) NAME)",
        r"here is (?:what (?:it|that|this) means(?: for you)?|(?:it|that) again)",
        r"here is (?:what i found|an example|an overview|some background|more about MENTION)",
        r"here is (?:the|a) (?:(?:short|quick) )?(?:answer|summary|overview|explanation|background)",
        r"here it is again(?: step by step)?",
        r"(?:let me|i can) explain(?: EXPLAINED)?",
        r"(?:let me|i can) show you (?:how|how (?:it|that|this|NAME) works?)",
        r"(?:i am |we are )?(?:happy|glad) to help(?: you)?(?: with (?:that|this|it))?",
        r"(?:i am |we are )?(?:happy|glad) to help(?: you)? with MENTION",
        r"i hope (?:this|that|it) helps",
        r"let me know if you have (?:a |any |another |any other |other |more )?questions?",
        r"let me know if you have (?:a |any |another |any other |other |more )?questions? about MENTION",
        r"feel free to ask(?: again| me)?",
        r"in (?:short|brief|full|other words)",
        r"to answer your question",
        r"what would you like to know(?: about NAME)?",
        r"is (?:that|this) what you were looking for",
        r"does (?:that|this) (?:help|answer your question)",
        r"you asked about MENTION",
        r"a few words about MENTION",
        r"(?:and )?(?:what about|as for) (?:the price|NAME)",
        r"(?:hello|hi|hey|good morning|good afternoon|good evening)(?: there)?",
        r"sorry to hear (?:that|about MENTION)",
        r"you are (?:most |very )?welcome",
    )
)
_OPENER = r"(?:(?:sure|of course|okay|ok|well|so) )?"
"""Says nothing before small talk; alone, or before anything else, it would be a yes."""
_SENTENCES = tuple(re.compile(_OPENER + frame) for frame in _FRAMES)
_OPENINGS = (
    *(re.compile(frame) for frame in _FRAMES),
    *(
        re.compile(frame.replace("NAME", NAME))
        for frame in (
            r"so|well",
            r"as for (?:NAME|(?:the|your) [a-z]+)",
            r"if you (?:need|would like|are looking for) NAME",
        )
    ),
)
"""What may stand before a comma or a colon: small talk, and a condition or topic that only names things."""
_RELATIONS = tuple(
    re.compile(frame.replace("NAME", NAME))
    for frame in (
        r"the one (?:that|which) has NAME is NAME",
        r"that is where (?:the )?B(?: plan)? comes in",
        r"here is what (?:the )?B(?: plan)? includes NAME",
        r"when you ask about NAME the answer is NAME",
    )
)
"""Sentences that only say that a thing sold has a feature; the rows of what is sold prove them."""
_LONG = {"'s": "is", "'re": "are", "'m": "am", "'d": "would", "'ve": "have", "'ll": "will"}
_LONGEST = 120
"""Characters of the longest small talk; anything longer is read as a sentence."""


def is_small_talk(unit: Unit, asked: str) -> bool:
    """Whether a whole sentence is small talk; the asker's own words may stand in its slot."""
    return any(_fits(frame, unit, unit.sentence.tokens, asked) for frame in _SENTENCES)


def is_relation(unit: Unit) -> bool:
    """Whether a sentence is a known way to say that a thing sold has a feature, and nothing else."""
    said = spoken(unit, unit.sentence.tokens)
    return len(said) <= _LONGEST and any(frame.fullmatch(said) for frame in _RELATIONS)


def without_opening(unit: Unit, asked: str) -> Sentence:
    """The sentence without the small talk that opens it: `Good question: ...`, `So, in short, ...`."""
    sentence = unit.sentence
    start = 0
    for at, char in enumerate(sentence.text[: 2 * _LONGEST]):
        if char not in ",:" or sentence.text[at + 1 : at + 2] != " ":
            continue
        tokens = tuple(t for t in sentence.tokens if start <= t.at < at)
        if not tokens or not any(_fits(frame, unit, tokens, asked) for frame in _OPENINGS):
            break
        start = at + 1
    return read_sentence(sentence.text[start:].strip()) if start else sentence


def spoken(unit: Unit, tokens: tuple[Token, ...]) -> str:
    """Words in lower case with what is glued to them written out; a feature is `F`, something sold `B`."""
    found: list[str] = []
    for token in tokens:
        name = next((n for n in unit.named if n.at <= token.at < n.end), None)
        if name is None:
            found.append("cannot" if token.glued == "n't" else token.low)
            found += [_LONG[token.glued]] if token.glued in _LONG else []
        elif name.at == token.at:
            found.append("B" if name.kind == "bundle" else "F")
    return " ".join(found)


def _fits(frame: re.Pattern[str], unit: Unit, tokens: tuple[Token, ...], asked: str) -> bool:
    said = spoken(unit, tokens)
    match = frame.fullmatch(said) if len(said) <= _LONGEST else None
    if match is None or not all(t.said.replace("\u2019", "'").isascii() for t in tokens):
        return False
    theirs = match.groupdict().get("theirs")
    if not theirs:
        return True
    begin, end = tokens[0].at, tokens[-1].end
    telling = [mark.at for mark in unit.marked.marks]
    telling += [one.at for one in unit.counted.figures]
    telling += [one.at for one in unit.counted.dates]
    if any(begin <= at < end for at in telling):
        # A figure or a promise of the asker's own is not repeated.
        return False
    known = {x for s in sentences(asked) for x in ideas_of(s.tokens)}
    return all(x in known for x in ideas_of(read_sentence(theirs).tokens))
