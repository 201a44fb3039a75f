"""An owner task as one page: its chart inside, no script, nothing fetched; its buttons are plain forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import quote

from skill.delivery.chart import svg
from skill.delivery.chart_words import heading, in_words
from skill.delivery.task_text import (
    SIGNAL_HEADS,
    USAGE_HEADS,
    cause_said,
    contact_said,
    facts,
    proposal_rows,
    signal_cells,
    stamp,
    usage_cells,
)
from skill.model.packet import Cell, Packet, Said, Table
from skill.model.task import OwnerTask, TalkingPoint

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 60rem; margin: 1.5rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .6rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
h3 { font-size: 1rem; margin: 1rem 0 .3rem; } p { margin: .4rem 0; } ul { margin: .3rem 0; padding-left: 1.2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .4rem 0; }
dt { color: #4a4a4a; } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .3rem 0; font-size: .9em; }
th, td { text-align: left; vertical-align: top; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid #ccc; }
thead th { border-bottom: 2px solid #555; } tbody th { font-weight: 600; } td.n { font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; border: 1px solid #dcdcdc; border-radius: 6px; }
figcaption { color: #4a4a4a; font-size: .9em; }
.inside { border-left: 6px solid #7a4b00; background: #fff8ec; padding: .3rem 1rem .6rem; margin: 1.6rem 0; }
.inside h2, .note h2 { margin-top: .5rem; }
.note { border: 2px solid #0b5394; border-radius: 6px; padding: .3rem 1rem .8rem; margin: 1.6rem 0; }
.state { font-weight: 600; } code { font: .85em ui-monospace, monospace; color: #4a4a4a; }
form { display: inline-block; margin: .4rem 1.2rem .4rem 0; vertical-align: top; }
button, input { font: inherit; padding: .35rem .7rem; border: 1px solid #555; border-radius: 4px; background: #fff; color: inherit; }
button { cursor: pointer; } button.first { background: #0b5394; border-color: #0b5394; color: #fff; }
:focus-visible { outline: 3px solid #0b5394; outline-offset: 2px; }
@media print { form, nav { display: none; } body { font-size: 11px; margin: 0; max-width: none; } }
"""
_BOLD = re.compile(r"\*\*(?P<bold>[^*]+)\*\*")


def policy(*, forms: bool) -> str:
    """The page's own rules: nothing is fetched, and forms go back to where it came from, or nowhere."""
    target = "'self'" if forms else "'none'"
    return f"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action {target}"


def as_html(task: OwnerTask, *, state: str = "open", key: str = "", forms: bool = False) -> str:
    """The whole page.

    Args:
        task: what it shows.
        state: `open`, `snoozed`, `done` or `not_useful`, with words of its own where there is more to say.
        key: makes each button's request the same one when it is sent twice; nothing where there are no forms.
        forms: whether its buttons are there; a page in a file of its own has none.
    """
    return "\n".join(_page(task, state, key, forms=forms)) + "\n"


def _page(task: OwnerTask, state: str, key: str, *, forms: bool) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(forms=forms))}">'
    yield '<meta name="referrer" content="no-referrer">'
    yield '<meta name="robots" content="noindex">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_safe(task.title)} - {_safe(task.account)}</title>"
    yield f"<style>{_STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield "<main>"
    yield f"<h1>{_safe(task.title)}</h1>"
    yield from _pairs([*facts(task), ("State", state.replace("_", " "))])
    if forms:
        yield from _buttons(task, state, key)
    yield from _list("Why", [cause_said(c) for c in task.causes])
    yield from _list("What the product says to that", task.answered)
    yield from _use(task)
    yield from _fit(task)
    yield from _list("Whom to talk to", contact_said(task))
    yield from _inside(task)
    if task.note is not None:
        yield from _note(task.note)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _buttons(task: OwnerTask, state: str, key: str) -> Iterator[str]:
    if state not in ("open", "snoozed"):
        return
    where = f"/v1/tasks/{quote(task.id, safe='')}"
    hidden = f'<input type="hidden" name="key" value="{_safe(key)}">' if key else ""
    yield '<nav aria-label="What to do with this task">'
    yield f'<form method="post" action="{where}/done">{hidden}<button class="first">Done</button></form>'
    yield f'<form method="post" action="{where}/snooze">{hidden}<label>Until <input type="date" name="until" required></label> <button>Snooze</button></form>'
    yield f'<form method="post" action="{where}/not-useful">{hidden}<label>Because <input name="reason" maxlength="500" required></label> <button>Not useful</button></form>'
    yield f'<p><a href="{where}?form=ics">Put a call into the calendar</a></p>'
    yield "</nav>"


def _use(task: OwnerTask) -> Iterator[str]:
    if task.usage or task.chart is not None:
        yield "<h2>Their use</h2>"
    if task.chart is not None:
        yield "<figure>"
        yield svg(task.chart).rstrip()
        yield f"<figcaption>{_safe(heading(task.chart))}. {_safe(in_words(task.chart))}</figcaption>"
        yield "</figure>"
    if task.usage:
        yield from _grid("Every meter now", USAGE_HEADS, [usage_cells(u) for u in task.usage])
    if task.signals:
        yield "<h2>Signals that hold</h2>"
        yield from _grid("Signals that hold", SIGNAL_HEADS, [signal_cells(s) for s in task.signals])
    brought = [f"{v.text} As of {stamp(v.as_of)}, from {v.source}" for v in task.value]
    yield from _list("What it has brought them", brought)


def _fit(task: OwnerTask) -> Iterator[str]:
    if task.proposal is not None:
        yield "<h2>What would fit</h2>"
        yield from _pairs(proposal_rows(task.proposal))


def _inside(task: OwnerTask) -> Iterator[str]:
    points, never = task.internal.talking_points, task.internal.do_not
    if not points and not never:
        return
    yield '<section class="inside" aria-labelledby="inside">'
    yield '<h2 id="inside">Internal: for you alone</h2>'
    for name, lines in (("Talking points", points), ("What not to do", never)):
        if lines:
            yield f"<h3>{name}</h3>"
            yield "<ul>" + "".join(f"<li>{_point(p)}</li>" for p in lines) + "</ul>"
    yield "</section>"


def _point(point: TalkingPoint) -> str:
    parts = _BOLD.split(point.text)
    text = "".join(f"<b>{_safe(p)}</b>" if i % 2 else _safe(p) for i, p in enumerate(parts))
    return f"{text} <code>{_safe(point.source)}</code>" if point.source else text


def _note(note: Packet) -> Iterator[str]:
    yield f'<section class="note" aria-labelledby="note" lang="{_safe(note.lang)}">'
    yield '<h2 id="note" lang="en">Note to pass on</h2>'
    yield '<p lang="en">Customer wording only: each line is a quote or a dated fact, and proven.</p>'
    yield f"<h3>{_said(note.title, note.lang)}</h3>"
    yield from _plain_table(note.about, note.lang)
    for section in note.sections:
        yield f"<h3>{_cell(section.heading, note.lang, ': ')}</h3>"
        for said in section.paragraphs:
            yield f"<p>{_said(said, note.lang)}</p>"
        for table in section.tables:
            yield from _plain_table(table, note.lang)
    yield "</section>"


def _plain_table(table: Table, lang: str) -> Iterator[str]:
    yield '<div class="wide"><table>'
    if table.columns:
        heads = "".join(f'<th scope="col">{_said(c, lang)}</th>' for c in table.columns)
        yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for row in table.rows:
        first, *rest = (_cell(cell, lang) for cell in row.cells)
        yield f'<tr><th scope="row">{first}</th>{"".join(f"<td>{c}</td>" for c in rest)}</tr>'
    yield "</tbody></table></div>"


def _pairs(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield "<dl>"
    for name, said in rows:
        yield f"<dt>{_safe(name)}</dt><dd>{_safe(said)}</dd>"
    yield "</dl>"


def _list(name: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"<h2>{name}</h2>"
        yield "<ul>" + "".join(f"<li>{_safe(line)}</li>" for line in lines) + "</ul>"


def _grid(name: str, heads: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield f'<div class="wide" role="region" aria-label="{name}" tabindex="0"><table>'
    yield "<thead><tr>" + "".join(f'<th scope="col">{h}</th>' for h in heads) + "</tr></thead>"
    yield "<tbody>"
    for first, *rest in rows:
        cells = "".join(f'<td class="n">{_safe(c)}</td>' for c in rest)
        yield f'<tr><th scope="row">{_safe(first)}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _cell(cell: Cell, lang: str, between: str = ", ") -> str:
    return between.join(_said(said, lang) for said in cell)


def _said(said: Said, lang: str) -> str:
    text = _safe(said.text)
    return f'<span lang="{_safe(said.lang)}">{text}</span>' if said.lang != lang else text


def _safe(text: str) -> str:
    return escape("".join(c for c in text if c.isprintable() or c == "\n"), quote=True)
