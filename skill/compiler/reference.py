"""The reference page of the Topic language: the tables that the compiler reads, with what each row means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from skill.compiler import fields, grammar, labels
from skill.compiler.diagnostics import CODES
from skill.compiler.front import KINDS, SETTINGS
from skill.model.common import slug

_PAGES = Path(__file__).with_name("pages")
_MEANING = re.compile(r"^- ([^:\n]+): (.+)$", re.MULTILINE)
PHRASES: dict[grammar.Start, tuple[str, str]] = {
    "price": (
        "Price",
        "a currency, an amount, what it is per, and how it is billed; `from` is shown as such and never computed with",
    ),
    "amount": (
        "Limits (the part behind the colon)",
        "how much there is, in the unit of its meter; `+` is added to what the plan gives",
    ),
    "duration": ("Maximum age, and how long a pause lasts", "a month counts as 30 days"),
    "rule": ("Applies to, Rule", "who is meant; see Rules"),
    "counts": ("What we count", "one thing, or two joined with `and`"),
    "holds": (
        "Holds when",
        "the figure; a percentage is of the limit that applies to this account",
    ),
    "window": (
        "Over",
        "the time; `3 of the last 7 days` holds on at least three of them, `each of` on every one",
    ),
    "moment": ("Journey: Holds when", "what is counted, the figure, and `over` which time"),
    "situation": (
        "Situation (or the name of an audience)",
        "what is going on; the words that a customer said stand in quotes",
    ),
    "pause": (
        "Pause offers for",
        "how long offers rest, counted from the situation or from its end; hours of the day only for quiet hours",
    ),
    "unless": ("Unless", "what lifts the pause"),
    "cap": (
        "At most",
        "for one person, or `per account`; counts all that was shown, by any channel",
    ),
    "due": ("Due", "working days leave out weekends"),
    "then": ("Then", "a channel, a delay, and the outcomes that call for it"),
    "variant": ("Variants", "a wording and its share"),
    "kind": ("Kind of a feature", "on or off, a value, or counted by meters"),
    "stage": (
        "Window (or the name of a moment)",
        "when nobody asked, the play is used only then; a moment of the same name says otherwise when that is",
    ),
    "saving": ("Each saves", "the time that one use saves, in seconds, minutes or hours"),
    "share": ("front matter: holdout, change_budget, prior", "a share of all"),
    "costs": (
        "front matter: attention_cost",
        "what a showing costs, by channel; 1 on one not named",
    ),
    "budget": ("front matter: attention_budget", "how much attention, and within which time"),
    "salt": ("front matter: holdout_salt", "any words"),
    "yes_no": ("front matter: shadow", "on or off"),
    "priors": ("front matter: priors", "how likely each bundle is taken"),
    "hosts": ("front matter: hosts", "hosts below them count as well"),
}
"""Where each phrase stands, and what to know about it."""
FRONT: dict[str, str] = {
    "kind": "one of the kinds below",
    "owner": "who looks after the file, such as an email address",
    "review_by": "the day by which it is read again, as `2027-03-31`; prices past it are shown without a way to buy",
    "generated": "`yes` for wording that was generated and that nobody has read; it is not shown",
    "holdout": "the share of accounts that are never offered anything, so that what offers do can be measured",
    "holdout_salt": "a word of your own; another one holds other accounts out",
    "shadow": "`yes` decides and records everything and shows no offer, so that you can see first what would have been shown",
    "attribution": "how long after an offer a purchase counts as its outcome",
    "change_budget": "the share of accounts for which a change of Topics may change what they are offered before somebody has to agree",
    "attention_cost": "what a showing costs somebody's patience, by channel",
    "attention_budget": "how much attention offers may take of one person in a time, over all channels",
    "prior": "how likely any bundle is taken, before anything was measured",
    "priors": "the same for single bundles",
    "hosts": "the hosts that links may lead to; without it, any `https://` address",
}
"""What each key of the front matter means; the settings stand in files of plays alone."""
SLOTS: dict[str, str] = {
    "plan": "the plan that is held",
    "feature": "what was asked about",
    "bundle": "what is offered",
    "first_step": "the plan that comes before it, where it takes two steps",
    "price": "its price, as the table says it",
    "limit": "how much there is",
    "used": "how much of it is used",
    "left": "how much of it is left",
    "percent": "the share of it that is used",
    "days_left": "days until the month is over, for a meter that resets monthly",
    "owner_name": "the person of yours who looks after the account",
    "admin_names": "the people of the account who can decide",
    "workaround": "a feature that does the job today, from `Alternatives`",
    "trial": "how it can be tried, from `Try it`",
    "options": "the things that may have been meant",
    "meter": "what is counted",
    "description": "what a feature does, from `What it does`",
    "features": "the features that a plan includes, or adds",
    "lower": "the plan that another is held against",
    "plans": "the plans that there are",
    "setting": "the value of a feature that is a setting",
    "quantity": "how many units it takes",
    "count": "how often something happened, for a signal",
    "value": "the present figure, for a signal",
    "window": "the time over which a signal was judged",
    "grown": "by how much it rose, for a signal that `grew`",
    "milestone": "the last figure that was crossed, for a signal that `crosses` some",
    "projected": "what it comes to when the period ends, for a signal `on pace`",
    "projected_day": "the day on which the limit is reached at that pace",
    "reset_day": "the day on which a limit that is used up begins again",
    "reset_days": "how many days until then",
    "saved": "the time that was saved, where `Each saves` says how much each one does",
    "each": "the time that each one saves, from `Each saves`",
    "cost_now": "what the account pays a month today, by list prices and its present use; of nobody on terms of their own",
    "cost_then": "what it would pay a month with the offer, at the same use",
    "cost_added": "what the offer adds a month, where the whole is not known",
    "first_period": "what the days left of the running billing period add; known where the billing zone and day are",
    "break_even": "from which use on the offer costs no more than staying, for a limit that it lifts",
    "undo": "how the offer is undone, from `How to undo`",
    "who_can_buy": "the roles that can decide, from `Who can buy`",
    "billed_to": "who gets the invoice, from `Billed to`",
}
"""What fills each slot."""


def page() -> str:
    """The whole page as Markdown."""
    blocks = (*_opening(), *_kinds(), *_phrases(), *_words(), *_endings(), *_findings())
    return "\n\n".join(blocks) + "\n"


def meanings(kind: str) -> dict[str, dict[str, str]]:
    """What each field of a kind means, by table: one table for a kind of things, several for the account."""
    out: dict[str, dict[str, str]] = {}
    for part in _read("kinds", kind).split("\n## "):
        title, _, rest = part.partition("\n")
        table = slug(title) if kind == "account" else kind
        found = dict(_MEANING.findall(rest))
        if found:
            out[table] = found
    return out


def example(file: str) -> str:
    """One file of the example folder; all of them together compile without a finding."""
    return _read("example", file.removesuffix(".md"))


def example_files() -> tuple[str, ...]:
    """The files of the example folder, by name."""
    return tuple(sorted(path.name for path in (_PAGES / "example").glob("*.md")))


def _read(folder: str, name: str) -> str:
    return (_PAGES / folder / f"{name}.md").read_text(encoding="utf-8").rstrip("\n")


def _opening() -> Iterator[str]:
    yield "# The Topic language"
    yield "This page is made from the compiler's own tables by `make docs`; a test holds the two together."
    yield "## How Topics are written"
    yield _read("prose", "writing")
    yield "## Names and keys"
    yield _read("prose", "names")
    yield "## Front matter"
    every = [(f"`{key}`", meaning) for key, meaning in FRONT.items() if key not in SETTINGS]
    yield _table(("key", "what it says"), every)
    yield "The settings of a workspace, in the front matter of `expansion-playbooks`:"
    settings = [(f"`{key}`", FRONT[key], _forms(SETTINGS[key])) for key in SETTINGS]
    yield _table(("setting", "what it says", "written like"), settings)


def _kinds() -> Iterator[str]:
    yield "## Kinds"
    yield (
        "Required fields are bold. `+` marks those that may stand in more than one row. "
        "The examples of this page are one folder, and it compiles."
    )
    for kind in KINDS:
        yield f"### {kind}"
        yield _read("kinds", kind).split("\n\n- ")[0].split("\n\n## ")[0]
        tables = meanings(kind)
        if kind in fields.FORMS:
            yield _table(("field", "what it says"), _rows(fields.FORMS[kind], tables[kind]))
        for table in tables if kind not in fields.FORMS else ():
            if kind == "account":
                yield f"`## {table.replace('-', ' ').capitalize()}`: {_introduction(table)}"
            yield _table(("column", "what it says"), _columns(table, tables[table]))
        yield _block(f"{kind}.md")


def _introduction(table: str) -> str:
    """What a table of the account Topic is for: the sentence under its heading."""
    parts = (part.partition("\n") for part in _read("kinds", "account").split("\n## ")[1:])
    return next(rest.strip().split("\n\n")[0] for title, _, rest in parts if slug(title) == table)


def _rows(form: fields.Form, meaning: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in (*form.once, *form.repeated):
        said = f"**{name}**" if name in form.required else name
        yield said + (" +" if name in form.repeated else ""), meaning[name]


def _columns(table: str, meaning: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    required, further = fields.COLUMNS[table]
    for name in (*required, *further):
        yield f"**{name}**" if name in required else name, meaning[name]


def _phrases() -> Iterator[str]:
    yield "## Phrases"
    rows = [(PHRASES[start][0], _forms(start), PHRASES[start][1]) for start in grammar.FORMS]
    yield _table(("where", "forms", "what to know"), rows)
    yield "## Rules"
    yield _read("prose", "rules")


def _forms(start: grammar.Start) -> str:
    return " <br> ".join(f"`{form}`" for form in grammar.FORMS[start])


def _words() -> Iterator[str]:
    yield "## Labels"
    yield "Words are looked for in the play, then the bundle, the feature, and the defaults."
    rows = []
    for name, label in labels.LABELS.items():
        subject = f" {label.subject.upper()}" if label.subject else ""
        slots = " ".join(f"`{{{slot}}}`" for slot in dict.fromkeys(label.slots))
        rows.append((f"`{name}{subject}`", label.used_for, slots))
    yield _table(("label", "used for", "slots"), rows)
    yield (
        "A name in capitals may be left out: `Answer` is for every feature, `Answer Salesforce export` "
        "for that one, and goes first. `Why you` and `Notice` name their signal."
    )
    yield "## Slots"
    signal = ", ".join(f"`{part}`" for part in ("count", "value", "window", "percent"))
    figures = ", ".join(f"`{{{slot}}}`" for slot in labels.FIGURES)
    prose = _read("prose", "slots")
    yield prose.replace("{figures}", figures).replace("{signal}", signal)
    rows = [(f"`{{{slot}}}`", SLOTS[slot], like) for slot, like in labels.SLOTS.items()]
    yield _table(("slot", "what fills it", "an example"), rows)


def _endings() -> Iterator[str]:
    yield "## Translations"
    yield _read("prose", "translations")
    for file in example_files():
        if file.removesuffix(".md") not in KINDS:
            yield _block(file)
    yield "## Since the first format"
    yield _read("prose", "changes")


def _findings() -> Iterator[str]:
    yield "## Findings"
    yield "Each code has a page with a wrong and a right example."
    rows = [
        (
            f"[{code}](../../skill/compiler/pages/{code}.md)",
            name,
            severity.value,
            f"`tactful topics rule {code}`",
        )
        for code, (name, severity) in CODES.items()
    ]
    yield _table(("code", "name", "severity", "its page"), rows)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [" | ".join(header), " | ".join("---" for _ in header)]
    lines += [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def _block(file: str) -> str:
    return f"```markdown {file}\n{example(file)}\n```"
