"""What customers will read, judged by itself: prices typed by hand, links, HTML, pressure, and words meant for a model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_OPEN_SLOT = re.compile(r"\{[^{}\n]*\}")
_SQUARE = re.compile(
    r"\[(plan|feature|price|bundle|limit|used|left|percent|days_left|owner_name|admin_names|workaround|trial)\](?!\()"
)
_BRACE = re.compile(r"[{}]")
_RAW = re.compile(r"<[a-zA-Z/!?]")
_LINK = re.compile(r"\]\(\s*<?([^)\s>]*)|^\s*\[[^\]]+\]:\s*(\S+)|<(https?:[^>\s]*)>", re.MULTILINE)
_CODES = "EUR|USD|GBP|CHF|JPY|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|INR|BRL|CNY|SGD|ZAR"
_TYPED_PRICE = re.compile(
    rf"(?:\b(?:{_CODES})|[$€£¥])\s?\d(?:[\d.,]*\d)?"
    rf"|\d(?:[\d.,]*\d)?\s?(?:\b(?:{_CODES}|euros?|dollars?)\b|[€£¥])|\d,-"
    r"|(?<![\w.,])\d[\d.,]*\s?(?:per|a|an|/)\s?(?:month|year|seat|user|workspace|mo\b|yr\b)"
    r"|\b[\w-]+ (?:euros|dollars)\b",
    re.IGNORECASE,
)
_PRESSURE = re.compile(
    r"\b(?:out of quota|quota exceeded|exceeded your|you(?:'ve| have)? (?:failed|exceeded|overrun|run out)"
    r"|you forgot|your fault|(?<!no )(?<!any )hurry|act (?:now|fast)|last chance|only today|today only|don't miss|do not miss"
    r"|limited[- ]time|before it(?:'s| is) too late|now or never|while (?:stocks|it) lasts?|running out of time"
    r"|you (?:must|need to|have to) (?:upgrade|buy|pay)|upgrade (?:now|today|immediately)|buy now"
    r"|immediately|urgent(?:ly)?|risk losing|falling behind|left behind|everyone else|your competitors"
    r"|no[- ]brainer|too good to|you are not allowed|access denied|blocked until)\b",
    re.IGNORECASE,
)
"""Pressure or blame. Close to a limit may be said as a fact; what it must never be is a threat."""
_PRESSURE_DE = re.compile(
    r"\b(?:kontingent(?: ist| wurde)? (?:überschritten|überzogen|erschöpft)"
    r"|(?:sie haben|du hast)(?: [\w-]+){0,3} (?:überschritten|überzogen)"
    r"|(?:sie haben|du hast) (?:es )?(?:vergessen|versäumt|versagt)|(?:ihre|deine) schuld|selbst schuld"
    r"|beeilen sie sich|beeile? dich|handeln sie (?:jetzt|sofort|schnell)|schnell zugreifen"
    r"|(?:jetzt|sofort|heute noch) (?:handeln|zugreifen|zuschlagen|kaufen|upgraden|wechseln|aufrüsten|umsteigen)"
    r"|(?:upgraden|kaufen|wechseln|zahlen|bezahlen) sie (?:jetzt|sofort|heute noch)"
    r"|letzte (?:chance|gelegenheit)|(?<!nicht )nur (?:noch )?heute|verpassen sie nicht|verpass(?:e)? nicht|nicht verpassen"
    r"|zeitlich begrenzt\w*|nur (?:für )?kurze zeit|solange (?:der |die )?(?:vorrat|vorräte) reich\w+"
    r"|bevor es zu spät ist|jetzt oder nie"
    r"|(?:sie müssen|du musst)(?: (?!nichts?\b|kein)[\w-]+){0,4} (?:upgraden|kaufen|(?:be)?zahlen|aufrüsten|umsteigen)"
    r"|unverzüglich|umgehend|dringend\w*|riskieren sie|riskierst du|(?:laufen sie|läufst du|sie laufen|du läufst) gefahr"
    r"|ins hintertreffen|abgehängt werden|alle anderen (?:haben|nutzen|sind)\b"
    r"|(?:ihre|deine) (?:konkurrenz|konkurrenten|mitbewerber|wettbewerber)|zu gut, um"
    r"|(?:zugriff|zugang) verweigert|nicht berechtigt|(?:gesperrt|blockiert), bis)\b",
    re.IGNORECASE,
)
"""The same in German, in both ways of saying you; none of it is English."""
_TO_A_MODEL: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (triggers, re.compile(pattern, re.IGNORECASE | re.MULTILINE))
    for triggers, pattern in (
        (
            ("instruction", "rule", "prompt", "message", "direction"),
            r"\b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|the\s+|your\s+|every\s+)*"
            r"(?:previous|prior|above|earlier|preceding|other|system)\s+"
            r"(?:instructions?|rules?|prompts?|messages?|directions?)",
        ),
        (("system prompt",), r"\bsystem\s+prompt\b"),
        (("<|", "inst]", "<sys>"), r"<\|[a-z_]{2,40}\|>|\[/?INST\]|<</?SYS>>"),
        (
            ("you are", "you\tare"),
            r"\byou\s+are\s+(?:now\s+)?(?:an?\s+|the\s+)?"
            r"(?:AI|assistant|chat\s?bot|language\s+model|LLM|jailbroken|DAN)\b",
        ),
        (("as an ai",), r"\bas\s+an\s+AI\b"),
        ((" mode",), r"\b(?:developer|god|jailbreak|DAN)\s+mode\b"),
        (
            ("system", "assistant", "developer", "instruction"),
            r"^\W{0,4}(?:system|assistant|developer)\s*:\s|^\s*#{1,6}\s*(?:system|instruction)s?\s*:",
        ),
        (("call the",), r"\bcall\s+the\s+(?:tool|function)\b"),
        (
            ("prompt", "instructions"),
            r"\b(?:reveal|print|repeat)\s+(?:your|the)\s+(?:instructions|prompt)\b",
        ),
        (
            (
                "respond",
                "reply with",
                "reply only",
                "reply as",
                "answer with",
                "answer only",
                "output",
            ),
            r"\b(?:always|only|now)\s+(?:respond|reply|answer|output)\s+(?:with|only|as)\b",
        ),
    )
)
"""Shapes of an instruction to a model, each behind words without which it cannot be there: those are found at once."""
_HIDDEN = re.compile(
    "[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
"""Characters that nobody sees and a model reads: zero width, changes of direction, tags."""
_PUSHES = ("quota", "exceeded", "failed", "overrun", "run out", "forgot", "fault", "hurry", "act ", "last chance",
           "today", "miss", "limited", "too late", "never", "last", "running out", "upgrade", "buy", "pay",
           "immediately", "urgent", "risk losing", "behind", "everyone else", "competitors", "brainer", "too good",
           "not allowed", "denied", "blocked")  # fmt: skip
_PUSHES_DE = ("kontingent", "überschritten", "überzogen", "vergessen", "versäumt", "versagt", "schuld", "beeil", "jetzt",
              "sofort", "zugreifen", "letzte", "heute", "verpass", "begrenzt", "kurze zeit", "vorr", "zu spät", "müssen",
              "musst", "unverzüglich", "umgehend", "dringend", "riskier", "gefahr", "hintertreffen", "abgehängt",
              "alle anderen", "konkurren", "bewerber", "zu gut", "verweigert", "berechtigt", "gesperrt",
              "blockiert")  # fmt: skip
_MONEY = ("$", "€", "£", "¥", "euro", "dollar", ",-", "per", " a", "/", *_CODES.lower().split("|"))
"""A plain search for one of these is a hundred times as fast as the pattern that it stands before."""


class Problem(NamedTuple):
    """Something in a text that may not stand there: its code, where it begins, how long it is, and the mend."""

    code: str
    at: int
    width: int
    message: str
    help: str


@lru_cache(maxsize=16_384)
def wording_problem(template: str) -> Problem | None:
    """Why these words may not be shown as they are; None where they may."""
    if not template:
        return Problem("T405", 0, 0, "a label without words", "write the sentence behind the label")
    brace = _BRACE.search(_OPEN_SLOT.sub(lambda m: "x" * len(m[0]), template))
    if brace is not None:
        said, mend = "a slot that is not closed", "write slots as {plan}"
        return Problem("T203", brace.start(), 1, said, mend)
    if template.startswith(">") or " > **" in template:
        return Problem(
            "T405", 0, 0, "a quote inside a quote", "begin each label on a line with one `>`"
        )
    square = _SQUARE.search(template) if "[" in template else None
    if square:
        said = f"a slot in square brackets: `{square[0]}`"
        return Problem("T203", square.start(), len(square[0]), said, f"write {{{square[1]}}}")
    raw = _RAW.search(template) if "<" in template else None
    if raw:
        mend = "write plain Markdown"
        return Problem("T502", raw.start(), len(raw[0]), "raw HTML in customer wording", mend)
    for target, at in links_of(template):
        if not is_allowed(target):
            message = f"link that is not allowed: `{target[:80]}`"
            mend = "begin it with / for a page of the product, or with https://"
            return Problem("T502", at, max(len(target), 1), message, mend)
    low = template.lower()
    price = _TYPED_PRICE.search(template) if any(sign in low for sign in _MONEY) else None
    if price:
        return Problem(
            "T302",
            price.start(),
            len(price[0]),
            f"a price typed into wording: `{price[0]}`",
            "use the slot {price}; prices stand in tables only",
        )
    return None


def links_of(text: str) -> Iterator[tuple[str, int]]:
    """Every link target in a text, and where it begins."""
    if "]" not in text and "<" not in text:
        return
    for link in _LINK.finditer(text):
        target = next((part for part in link.groups() if part is not None), "")
        yield target, max(text.find(target, link.start()), 0)


def host_of(target: str) -> str:
    """The host of a link; nothing for a page of the product."""
    if not target.startswith("https://"):
        return ""
    return target.removeprefix("https://").split("/")[0].partition(":")[0].lower()


def is_allowed(target: str) -> bool:
    """Whether a link may be shown: a page of the product, or https; never another scheme, host trick or space."""
    if any(c.isspace() or c in '"<>\\' or ord(c) < 32 for c in target):
        return False
    if target.startswith("/"):
        return not target.startswith("//")
    host = target.removeprefix("https://").split("/")[0]
    return target.startswith("https://") and bool(re.fullmatch(r"[A-Za-z0-9.-]+(?::\d+)?", host))


def pressure(template: str) -> Problem | None:
    """The first words that push or blame."""
    low = template.lower()
    found = _PRESSURE.search(template) if any(word in low for word in _PUSHES) else None
    if found is None and any(word in low for word in _PUSHES_DE):
        found = _PRESSURE_DE.search(template)
    if found is None:
        return None
    return Problem(
        "T303",
        found.start(),
        len(found[0]),
        f"pressure or blame in customer wording: `{found[0]}`",
        "say what is possible next, as a fact; help, not hustle",
    )


Shapes = tuple[re.Pattern[str], ...]


def shapes_in(text: str) -> Shapes:
    """The shapes of an instruction that may stand somewhere in a text, by the words that each one needs."""
    low = text.lower()
    return tuple(p for words, p in _TO_A_MODEL if any(word in low for word in words))


def to_a_model(text: str, looked_for: Shapes | None = None) -> Iterator[Problem]:
    """Text shaped like an instruction to a language model, and characters that only a model would see.

    `looked_for` are the shapes that may be there at all, where somebody looked at the whole file already.
    """
    hidden = None if text.isascii() else _HIDDEN.search(text)
    if hidden:
        yield Problem(
            "T306",
            hidden.start(),
            1,
            f"a hidden character (U+{ord(hidden[0]):04X})",
            "remove it; type the line anew if you cannot see it",
        )
    shapes = (p.search(text) for p in (shapes_in(text) if looked_for is None else looked_for))
    found = next((match for match in shapes if match), None)
    if found:
        yield Problem(
            "T306",
            found.start(),
            len(found[0]),
            f"text shaped like an instruction to a model: `{' '.join(found[0].split())[:60]}`",
            "say it to people; the Topics decide, no text in them commands",
        )
