"""The reference page of the Topic language, made from the tables that the compiler itself reads."""

from __future__ import annotations

from collections.abc import Iterator

from skill.compiler import fields, grammar, labels
from skill.compiler.diagnostics import CODES
from skill.compiler.front import KINDS

_PHRASES = {
    "price": "Price",
    "amount": "Limits (the part behind the colon)",
    "duration": "Maximum age, and how long a pause lasts",
    "rule": "Applies to, Rule",
    "counts": "What we count",
    "holds": "Holds when",
    "window": "Over",
    "moment": "Journey: Holds when",
    "situation": "Situation (or the name of an audience)",
    "pause": "Pause offers for",
    "unless": "Unless",
    "cap": "At most",
    "due": "Due",
    "then": "Then",
    "variant": "Variants",
    "kind": "Kind of a feature",
    "share": "front matter: holdout, change_budget, prior",
    "costs": "front matter: attention (what a showing costs)",
    "priors": "front matter: priors (how likely each bundle is taken)",
}
_WRITING = """\
- Each file begins with front matter: `kind`, `owner` and a `review_by` date between two lines of three hyphens.
- One `##` heading for each thing, and its facts in one table `| Field | Value |`. Signals, restraint, meters, traits, roles, moments
  and audiences are rows of a table instead.
- Prices and limits stand in tables only. Text that a customer may see is a `>` quote under `### What customers can read`, and each quote
  begins with a bold label and a colon. Everything else stays inside.
- Names are written as in the heading or as their key: lower case, split before a capital that follows a lower-case letter or digit,
  everything else one hyphen.
- A folder's own defaults stand directly under a file's `#` title.
- `generated: yes` in the front matter marks wording that nobody has reviewed; it is shown only with `--allow-unreviewed`.
- `<!-- tactful: allow T106 -->` silences a warning on its line or the next one; an error is never silenced."""


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The Topic language"
    yield "\nThis page is made from the compiler's own tables by `make docs`; a test holds the two together."
    yield "\n## How Topics are written\n"
    yield _WRITING
    yield "\n## Kinds\n"
    yield ", ".join(f"`{kind}`" for kind in KINDS)
    yield "\n## Fields\n"
    yield "Required ones are bold; those that may stand more than once are marked `+`."
    for kind, form in fields.FORMS.items():
        yield f"\n**{kind}**: " + ", ".join(_fields(form))
    yield "\n## Tables whose rows are things\n"
    for table, (required, further) in fields.COLUMNS.items():
        columns = [*(f"**{c}**" for c in required), *further]
        yield f"- {table}: {', '.join(columns)}"
    yield "\n## Phrases\n"
    yield "| where | forms |"
    yield "| --- | --- |"
    for start, forms in grammar.FORMS.items():
        yield f"| {_PHRASES[start]} | {' <br> '.join(f'`{f}`' for f in forms)} |"
    yield "\n`and` binds closer than `or`. A threshold counts one thing, or two joined with `and`."
    yield from _words()
    yield from _findings()


def _fields(form: fields.Form) -> Iterator[str]:
    for name in (*form.once, *form.repeated):
        said = f"**{name}**" if name in form.required else name
        yield said + (" +" if name in form.repeated else "")


def _words() -> Iterator[str]:
    yield "\n## Labels\n"
    yield "Words are looked for in the play, then the bundle, the feature, and the defaults."
    yield "\n| label | used for | slots |"
    yield "| --- | --- | --- |"
    for name, label in labels.LABELS.items():
        subject = f" {label.subject.upper()}" if label.subject else ""
        slots = " ".join(f"`{{{s}}}`" for s in dict.fromkeys(label.slots))
        yield f"| `{name}{subject}` | {label.used_for} | {slots} |"
    yield "\n## Slots\n"
    yield "| slot | an example |"
    yield "| --- | --- |"
    for slot, example in labels.SLOTS.items():
        yield f"| `{{{slot}}}` | {example} |"


def _findings() -> Iterator[str]:
    yield "\n## Findings\n"
    yield "| code | name | severity |"
    yield "| --- | --- | --- |"
    for code, (name, severity) in CODES.items():
        yield f"| {code} | {name} | {severity.value} |"
