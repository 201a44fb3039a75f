"""The labels a quote may carry, the slots each may use with an example, a slot's plural words, and the nearest readable word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from skill.compiler.languages import cldr, plural_categories, plural_of
from skill.model.common import slug


class Label(NamedTuple):
    """When a quote with this label is used, and what may follow the label words."""

    used_for: str
    subject: str
    """`feature`, `meter`, `signal`, `heading`, or empty where nothing may follow."""
    slots: tuple[str, ...]


_WHO = ("plan", "feature", "owner_name", "admin_names", "workaround")
_AMOUNT = ("limit", "used", "left", "percent", "days_left", "meter")
_OFFER = ("bundle", "price", "trial")
_COST = ("bundle", "plan", "feature")
_MONTHS = ("cost_now", "cost_then", "cost_added", "first_period")
_SIGNAL = (
    "count", "value", "window", "grown", "milestone", "projected", "projected_day",
    "percent", "limit", "used", "left", "days_left",
)  # fmt: skip

LABELS: dict[str, Label] = {
    "Answer": Label("not included, and an offer may be shown", "feature", _WHO + _OFFER + _AMOUNT),
    "Answer without offer": Label(
        "not included, and nothing may be offered here", "feature", _WHO + _AMOUNT + ("bundle",)
    ),
    "Have it": Label("included: how to use it", "feature", (*_WHO, *_AMOUNT, "setting")),
    "Today": Label("not included, and something there does the job: said first", "feature", _WHO),
    "Wait": Label(
        "a limit that is used up begins again within three days: said first",
        "meter",
        (*_WHO, *_AMOUNT, "reset_day", "reset_days"),
    ),
    "Limit": Label("how much there is, how much is left", "meter", _WHO + _AMOUNT),
    "Covered": Label("the amount asked for fits", "meter", _WHO + _AMOUNT),
    "More": Label("this offer raises the limit", "meter", _WHO + _OFFER + _AMOUNT),
    "More without offer": Label(
        "more than there is, and nothing to offer", "meter", _WHO + _AMOUNT
    ),
    "Two steps": Label("a plan first, then this", "feature", (*_WHO, *_OFFER, "first_step")),
    "What it is": Label(
        "somebody asks what it is", "feature", ("feature", "plan", "description", "setting")
    ),
    "My plan": Label("what the plan that is held includes", "", ("plan", "features")),
    "Only my plan": Label(
        "the plan that is held, where it includes nothing by name", "", ("plan",)
    ),
    "Plan has": Label("what one plan includes", "", ("bundle", "features")),
    "Plan adds": Label("what one plan adds to another", "", ("bundle", "lower", "features")),
    "Plan limit": Label("a limit of a plan that is asked about", "", ("bundle", "meter", "limit")),
    "Plans": Label("which plans there are", "", ("plans",)),
    "Not all": Label("a message that asks more than is answered", "", ("plan",)),
    "And more": Label("a plan includes more than was named", "", ("bundle",)),
    "Not sold": Label("no such thing", "", ("plan",)),
    "Not found": Label("nothing found, yet it may be sold", "", ("options", "plan")),
    "Which one": Label("several are meant", "", ("options", "plan")),
    "Not mine to say": Label("negotiation, and what lies outside", "", ("owner_name", "plan")),
    "Cannot say": Label("what is held is not known right now", "", ("feature", "owner_name")),
    "Role": Label("included, yet not for this person's role", "feature", _WHO),
    "Why you": Label(
        "the reason, for the signal that held", "signal", _SIGNAL + _WHO + ("bundle",)
    ),
    "Notice": Label("the in-app notification", "signal", _SIGNAL + _WHO + _OFFER),
    "Price": Label("what it costs", "", ("price", "bundle", "plan", "feature", "trial")),
    "Step price": Label("what each of two purchases costs", "", ("price", "bundle", "plan")),
    "Several": Label("what several units cost", "", ("quantity", "price", "bundle", "plan")),
    "Cost": Label(
        "what it costs a month, now and with the offer, at the present use", "", _COST + _MONTHS
    ),
    "Cost added": Label(
        "what it adds a month, where the whole is not known",
        "",
        (*_COST, "cost_added", "first_period"),
    ),
    "Tax on top": Label("said beside a cost: its prices are without tax", "", _COST),
    "Tax inside": Label("said beside a cost: its prices include tax", "", _COST),
    "Break even": Label(
        "from which use on a larger limit costs no more than staying",
        "meter",
        (*_COST, "break_even", "meter"),
    ),
    "Undo": Label("how an offer is undone", "", (*_COST, "undo")),
    "Billed to": Label(
        "this person cannot buy: who can, and who is billed",
        "",
        (*_COST, "who_can_buy", "billed_to", "admin_names"),
    ),
    "Ask your admin": Label("this person cannot buy", "", (*_WHO, "bundle")),
    "Explain": Label("education instead of an offer", "", _WHO),
    "Forward": Label("a note to pass on", "", (*_WHO, *_OFFER, "limit", "used", "left", "percent")),
    "Email subject": Label("the subject of the follow-up", "", (*_WHO, *_OFFER, *_SIGNAL)),
    "Email": Label("the follow-up", "", (*_WHO, *_OFFER, *_SIGNAL)),
    "Soft close": Label("the last line under an offer", "", (*_WHO, "bundle", "trial")),
    "Value": Label(
        "what a feature brought, from what was reported",
        "",
        ("feature", "plan", "count", "window", "saved", "each"),
    ),
    "Counted": Label(
        "how a figure of value was counted", "", ("feature", "plan", "count", "window", "each")
    ),
    "Packet": Label("the headings of what is passed on", "heading", ("bundle", "plan", "feature")),
}

HEADINGS = (
    "email because",
    "email stop",
    "title",
    "for person",
    "for admin",
    "for finance",
    "as of",
    "asked",
    "plan",
    "value",
    "counted",
    "changes",
    "thing",
    "today",
    "then",
    "included",
    "not included",
    "no longer",
    "not said",
    "not known",
    "unblocks",
    "cost",
    "price",
    "quantity",
    "on request",
    "who decides",
    "billed to",
    "undo",
    "trial",
    "link",
    "why",
    "event",
    "figure",
    "needed",
    "over",
    "sources",
    "line",
    "source",
    "month today",
    "month then",
    "pace today",
    "pace then",
    "added",
    "saved",
    "once",
    "first period",
    "break even",
    "tax",
    "tax excluded",
    "tax included",
    "offer",
    "quoted",
    "made from",
)
"""What may follow `Packet`: the headings and short words of a decision that is passed on."""

SLOTS: dict[str, str] = {
    "plan": "Starter",
    "feature": "Salesforce export",
    "bundle": "Connect Pack",
    "first_step": "Team",
    "price": "EUR 49 per workspace per month",
    "limit": "50,000",
    "used": "41,000",
    "left": "9,000",
    "percent": "82%",
    "days_left": "9",
    "owner_name": "Lee",
    "admin_names": "Ada and Grace",
    "workaround": "CSV export",
    "trial": "14-day trial, no card needed",
    "options": "Audit log, Activity feed or Version history",
    "meter": "API calls",
    "description": "Sends the rows of a table to Salesforce",
    "features": "Webhooks, API access and Audit log",
    "lower": "Starter",
    "plans": "Starter, Team and Business",
    "setting": "30 days",
    "quantity": "2",
    "count": "6",
    "value": "41,000",
    "window": "the last 2 weeks",
    "grown": "60%",
    "milestone": "10",
    "projected": "61,500",
    "projected_day": "2026-11-24",
    "reset_day": "2026-12-01",
    "reset_days": "2",
    "saved": "36 hours",
    "each": "17 minutes",
    "cost_now": "EUR 29",
    "cost_then": "EUR 78",
    "cost_added": "EUR 49",
    "first_period": "EUR 16.33",
    "break_even": "85,000",
    "undo": "remove it under Settings, Plan",
    "who_can_buy": "owner or admin",
    "billed_to": "billing contact",
}
"""Every slot with an example value."""

_BY_KEY = {slug(label): label for label in LABELS}
_LONGEST_FIRST = sorted(_BY_KEY, key=len, reverse=True)


def split_label(written: str) -> tuple[str, str]:
    """The label words and the key of what follows them: `Why you manual-export` is (`Why you`, `manual-export`).

    Both are empty where no label is meant. The longest label wins.
    """
    key = slug(written)
    for known in _LONGEST_FIRST:
        label = _BY_KEY[known]
        if key == known:
            return label, ""
        if key.startswith(known + "-") and LABELS[label].subject:
            return label, key[len(known) + 1 :]
    return "", ""


FIGURES = ("limit", "used", "left", "percent", "days_left", "quantity", "count", "value", "milestone",
           "projected", "reset_days", "break_even")  # fmt: skip
"""Slots that hold a figure, by which a word may be chosen: `{left|seat|seats}`."""


def nearest_label(written: str) -> str | None:
    """What was meant by a label with a slip in its first words: `Anwser Team calendar`."""
    words = written.split()
    for n in range(len(words), 0, -1):
        near = sure(" ".join(words[:n]), LABELS)
        if near:
            return " ".join([near, *words[n:]])
    return None


def slot_problem(slot: str, label: str, lang: str = "en") -> tuple[str, str] | None:
    """Why this slot cannot be filled under this label, with the mend; None where it can.

    `{SIGNAL.count}` may stand wherever a signal can be told, and `{left|seat|seats}` wherever `{left}` can.
    `lang` is the language of the quote, which says how many words such a slot chooses from.
    """
    whole, forms = plural_of(slot)
    signal, dot, part = whole.partition(".")
    name = part if dot and signal else whole
    allowed = LABELS[label].slots
    if name not in SLOTS:
        return f"unknown slot {{{slot}}}", nearest_help(name, SLOTS)
    if name not in allowed and not (dot and name in _SIGNAL):
        can = ", ".join("{" + s + "}" for s in allowed)
        return f"`{label}` cannot fill {{{slot}}}", f"it can fill {can}"
    return plural_problem(slot, lang) if forms else None


def plural_problem(slot: str, lang: str) -> tuple[str, str] | None:
    """Why the words of `{left|seat|seats}` cannot be chosen in this language, with the mend; None where they can."""
    whole, forms = plural_of(slot)
    if not forms:
        return None
    name = whole.rpartition(".")[2]
    if name not in FIGURES:
        can = ", ".join("{" + s + "}" for s in FIGURES)
        return f"{{{whole}}} is no figure that could choose a word", f"figures are {can}"
    if not all(forms):
        return f"an empty word in {{{slot}}}", "write a word behind each `|`"
    every, needed = plural_categories(lang)
    if len(forms) in (len(every), len(needed)) or cldr(lang) is None:
        return None
    listed = ", ".join(needed)
    words = "one word" if len(needed) == 1 else f"{len(needed)} words in the order {listed}"
    mend = f"write {words}: {{{'|'.join((whole, *needed))}}}"
    return f"{{{slot}}} has {len(forms)} of the {len(needed)} words that `{lang}` needs", mend


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one most likely stands for, or None."""
    choices = list(known)
    certain = sure(word, choices)
    if certain:
        return certain
    hit = process.extractOne(
        word.lower(), choices, scorer=fuzz.ratio, processor=str.lower, score_cutoff=60
    )
    return hit[0] if hit else None


_SURE = 85
_APART = 8
"""A mend beyond doubt: nearly the same letters (0 to 100), and no other name nearly as near."""


def sure(word: str, known: Iterable[str]) -> str | None:
    """The one known word that this is a slip of, or None where a person must choose.

    One letter dropped, added, changed or swapped with its neighbour; of long words a little more.
    """
    if len(word) < 3:
        return None
    low = word.lower()
    choices = list(known)
    slips = [c for c in choices if OSA.distance(low, c.lower(), score_cutoff=1) <= 1]
    if slips:
        return slips[0] if len(slips) == 1 else None
    hits = process.extract(low, choices, scorer=fuzz.ratio, processor=str.lower, limit=2)
    if not hits or hits[0][1] < _SURE:
        return None
    alone = len(hits) == 1 or hits[0][1] - hits[1][1] >= _APART
    return str(hits[0][0]) if alone else None


def nearest_help(word: str, known: Iterable[str], *, limit: int = 16) -> str:
    """The mend for a word that is not known: the nearest, or the list."""
    choices = list(known)
    near = nearest(word, choices)
    if near:
        return f"did you mean `{near}`?"
    listed = ", ".join(f"`{c}`" for c in choices[:limit])
    more = ", ..." if len(choices) > limit else ""
    return f"known: {listed}{more}" if listed else "there is none yet"
