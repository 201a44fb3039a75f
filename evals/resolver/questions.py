"""Questions to learn from, made from real pricings with our own phrasings: the product's own things, and others'."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

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

    product: str
    kind: str
    text: str
    entry: int = -1
    """Place of the entry that is meant; -1 is nothing of this product."""
    concept: str = ""
    """For ways of saying: the concept that is meant."""
    extra: dict[str, str] = field(default_factory=dict)


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


def wish(description: str) -> str | None:
    """A description that begins as an order (`Manage who can ...`), said of us; None where it does not."""
    first = description.split(". ")[0].strip().rstrip(".")
    words = first.split()
    if (
        not 4 <= len(words) <= 28
        or not re.fullmatch(r"[A-Z][a-z]+", words[0])
        or words[0].endswith(("s", "ed", "ing"))
    ):
        return None
    if words[0].lower() in {
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
    }:
        return None
    text = words[0].lower() + first[len(words[0]) :]
    return re.sub(r"\byou\b", "we", re.sub(r"\byour\b", "our", text))


def shown(label: str) -> str:
    """A name as it stands in a sentence: its first letter small unless the word is an abbreviation."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def own(product: str, entries: tuple[Entry, ...], per_entry: int = 3) -> Iterator[Case]:
    """Questions about the product's own things, by name, by description and by amount."""
    for at, entry in enumerate(entries):
        label = shown(entry.labels[0])
        seed = f"{product}/{entry.key}"
        if entry.kind == "meter":
            unit = entry.unit.split(" ")[0] + "s" if entry.unit else "units"
            bare = (
                re.sub(
                    r"\b(?:limit|max|maximum|use|number of)\b", "", label, flags=re.IGNORECASE
                ).strip()
                or label
            )
            for n in range(2):
                frame = COUNTED[chance(seed, n) % len(COUNTED)]
                yield Case(
                    product, "counted", frame.format(x=bare, n=2 + chance(seed) % 400, u=unit), at
                )
            continue
        for n in range(per_entry if entry.kind == "feature" else 1):
            frame = NAMED[chance(seed, n) % len(NAMED)]
            name = (
                label
                if n == 0
                else spoiled(label, f"{seed}{n}")
                if n == 1
                else thinned(label, f"{seed}{n}", 75)
            )
            kind = ("named", "mistyped", "partly")[n]
            if n == 2 and name == label:
                kind = "named"
            yield Case(product, kind, frame.format(x=name), at)
        wished = wish(entry.description) if entry.kind == "feature" else None
        if wished:
            for n, keep in enumerate((100, 65)):
                frame = WISHED[chance(seed, "wish", n) % len(WISHED)]
                yield Case(
                    product,
                    "described" if n == 0 else "loosely",
                    frame.format(x=thinned(wished, f"{seed}w{n}", keep)),
                    at,
                )


def others(product: str, entries: dict[str, tuple[Entry, ...]], each: int = 6) -> Iterator[Case]:
    """Questions about things of the other products, by name and by description."""
    for name, found in entries.items():
        if name == product:
            continue
        features = [entry for entry in found if entry.kind == "feature"]
        for n in range(each):
            entry = features[chance(product, name, n) % len(features)]
            frame = NAMED[chance(product, name, n, "frame") % len(NAMED)]
            yield Case(
                product,
                "foreign",
                frame.format(x=shown(entry.labels[0])),
                extra={"label": entry.labels[0], "text": entry.description},
            )
            wished = wish(entry.description)
            if wished and n < 3:
                frame = WISHED[chance(product, name, n, "wish") % len(WISHED)]
                yield Case(
                    product,
                    "foreign_wish",
                    frame.format(x=wished),
                    extra={"label": entry.labels[0], "text": entry.description},
                )
