"""Questions to learn from, made of made-up products and our own phrasings: a product's own things, and others'."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from skill.retrieval.entries import Entry

NAMED = (
    "Do we have {x}?", "Does our plan include {x}?", "Is {x} included?", "Can I use {x}?", "Is {x} available to us?",
    "How do I enable {x}?", "Where can I find {x}?", "We need {x}.", "I'd like to try {x}", "{x}?", "{x}",
    "why can't I see {x}", "Which plan has {x}?", "What plan do I need for {x}?", "Are we able to use {x} today?",
    "Tell me about {x}", "What is {x}?", "I want to set up {x} for my colleagues", "Got {x}?", "Any chance of {x}?",
    "A client of ours asks for {x}. Do we get that?", "Hi there, quick question: is {x} something you offer?",
    "Our procurement insists on {x}.", "Is it true that {x} costs extra?", "How much is {x}?", "Do you support {x}?",
    "I clicked on {x} and nothing happened", "{x} seems to be missing from my account", "how to get {x}",
    "When I open {x} it tells me to upgrade", "We can't get by without {x}", "Could someone switch on {x} for us?",
    "does the starter plan have {x}", "Are we paying for {x} already?", "Has our workspace got {x}?", "no {x} for us?",
    "I was told that we would get {x}. Is that right?", "Looking for {x} in my account, but no luck",
    "The {x} option is locked. How come?", "Please activate {x}", "We start with {x} on Monday, all good?",
    "In the demo we saw {x}, can my department have it?", "Who in our company can use {x}?", "interested in {x}",
    "what would {x} cost us", "My colleague says that {x} comes for free, is she right?", "need info on {x} pls",
)  # fmt: skip
WISHED = (
    "Can we {x}?", "I'd like to {x}", "Is it possible to {x}?", "How can I {x}?", "We need to {x}.", "I want to {x}",
    "Are my colleagues able to {x}?", "What do I need to {x}?", "My team wants to {x}", "how do you {x}",
    "Could we somehow {x}?", "Are we allowed to {x} with our plan?", "Does it let me {x}?", "Can your product {x}?",
    "Next week I have to {x}, will that work?", "Our clients ask us to {x}. Is there something for that?",
    "Am I right that we can {x}?", "Who can {x}?", "trying to {x} but no idea how",
)  # fmt: skip
COUNTED = (
    "How many {x} can we have?", "What's the limit for {x}?", "Is there a cap on {x}?", "Can we have {n} {x}?",
    "Would {n} {u} for {x} be okay?", "We need {n} {u} for {x}.", "We've hit our {x} limit", "Can I get more {x}?",
    "We are running out of {x}, what now?", "How do we raise {x}?", "Is {n} {u} enough for {x} on our plan?",
    "how much {x} do I have", "Could we go to {n} {u} of {x}?", "maximum {x}?", "What is our allowance of {x}?",
    "We will grow to {n} {x} this year, does the plan allow that?", "I have used {n} {u} of {x}. Can it be extended?",
    "Number of {x} we can use?", "our {x} is nearly full", "does the plan cover {n} {x}?",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One question with what is meant by it."""

    kind: str
    """How it is asked: the style that is weighed and told apart."""
    text: str
    key: str = ""
    """Key of the feature or meter that is meant; empty is nothing of this product."""


def chance(*parts: object) -> int:
    """A number that is always the same for the same words."""
    return int(hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:12], 16)


def spoiled(text: str, seed: str) -> str:
    """One long word mistyped: two letters swapped, one left out, or one doubled."""
    words = text.split()
    long = [i for i, w in enumerate(words) if len(w) > 5 and w.isalpha()]
    if not long:
        return text
    at = long[chance(seed, "word") % len(long)]
    word, how = words[at], chance(seed, "how") % 3
    cut = 1 + chance(seed, "cut") % (len(word) - 3)
    words[at] = (
        word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :] if how == 0
        else word[:cut] + word[cut + 1 :] if how == 1
        else word[:cut] + word[cut] + word[cut:]
    )  # fmt: skip
    return " ".join(words)


def thinned(text: str, seed: str, keep: int = 70) -> str:
    """About seven in ten of the words, in their order."""
    words = text.split()
    kept = [w for i, w in enumerate(words) if chance(seed, i) % 100 < keep]
    return " ".join(kept) or text


_NO_ORDER = frozenset(
    [
        "the",
        "a",
        "an",
        "all",
        "our",
        "your",
        "unlimited",
        "this",
        "number",
        "example",
        "full",
        "custom",
        "somewhere",
        "hand",
    ]
)


def wish(description: str) -> str | None:
    """A description that begins as an order (`Manage who can ...`), said of us; None where it does not."""
    first = description.split(". ")[0].strip().rstrip(".")
    words = first.split()
    if not 4 <= len(words) <= 28 or not re.fullmatch(r"[A-Z][a-z]+", words[0]):
        return None
    if words[0].endswith(("s", "ed", "ing")) or words[0].lower() in _NO_ORDER:
        return None
    text = words[0].lower() + first[len(words[0]) :]
    return re.sub(r"\byou\b", "we", re.sub(r"\byour\b", "our", text))


def shown(label: str) -> str:
    """A name as it stands in a sentence: its first letter small unless the word is an abbreviation."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def framed(name: str, seed: str) -> str:
    """A name in one of our phrasings."""
    return NAMED[chance(seed) % len(NAMED)].format(x=shown(name))


def wished(text: str, seed: str) -> str:
    """A wish in one of our phrasings."""
    return WISHED[chance(seed) % len(WISHED)].format(x=text)


def own(product: str, entries: tuple[Entry, ...]) -> Iterator[Case]:
    """Questions about the product's own things, by name, by description and by amount."""
    names = [set(entry.labels[0].lower().split()) for entry in entries]
    for entry in entries:
        seed = f"{product}/{entry.key}"
        if entry.kind == "meter":
            yield from counted(entry, seed)
        elif entry.kind == "feature":
            yield from named(entry, seed, names)
            yield from described(entry, seed)


def named(entry: Entry, seed: str, names: list[set[str]]) -> Iterator[Case]:
    """Two questions with the whole name, one with a slip of the keyboard, one with a part that no other name holds."""
    label = entry.labels[0]
    yield Case("named", framed(label, f"{seed}0"), entry.key)
    yield Case("named", framed(label, f"{seed}1"), entry.key)
    mistyped, part = spoiled(label, f"{seed}2"), thinned(label, f"{seed}3", 75)
    if mistyped != label:
        yield Case("mistyped", framed(mistyped, f"{seed}2"), entry.key)
    if part != label and sum(set(part.lower().split()) <= name for name in names) == 1:
        yield Case("partly", framed(part, f"{seed}3"), entry.key)


def described(entry: Entry, seed: str) -> Iterator[Case]:
    """The description said as a wish, whole and with words left out."""
    text = wish(entry.description)
    if text:
        yield Case("described", wished(text, f"{seed}w0"), entry.key)
        yield Case("loosely", wished(thinned(text, f"{seed}w1", 65), f"{seed}w1"), entry.key)


def counted(entry: Entry, seed: str) -> Iterator[Case]:
    """Four questions about an amount."""
    unit = entry.unit.split(" ")[0] + "s" if entry.unit else "units"
    for n in range(4):
        frame = COUNTED[chance(seed, n) % len(COUNTED)]
        amount = 2 + chance(seed) % 400
        yield Case("counted", frame.format(x=shown(entry.labels[0]), n=amount, u=unit), entry.key)
