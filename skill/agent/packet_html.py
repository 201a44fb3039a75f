"""A packet as one HTML page: no script, no image, nothing fetched, headings and table headers in order, two pages at most in print."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from skill.model.packet import Cell, Packet, Said, Section, Table

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.4rem 0 .4rem; }
p { margin: .4rem 0; } .to { color: #444; }
table { border-collapse: collapse; width: 100%; margin: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #ccc;
  overflow-wrap: break-word; }
thead th { border-bottom: 2px solid #555; } tbody th { font-weight: 500; }
table.list th { width: 38%; font-weight: 400; color: #444; }
tr.asked th, tr.asked td { background: #eef4ff; font-weight: 700; }
code { font: .85em ui-monospace, monospace; color: #444; }
.sources { font-size: .8rem; color: #444; }
@media print { body { font-size: 10.5px; margin: 0; max-width: none; padding: 0; } h2 { margin: .7rem 0 .2rem; }
  th, td { padding: .1rem .4rem .1rem 0; } tr, h2 { break-inside: avoid; } h2 { break-after: avoid; }
  .sources { font-size: 8px; } @page { margin: 14mm; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Nothing is fetched and nothing is sent, whoever opens the file."""


def as_html(packet: Packet) -> str:
    """The whole page."""
    return "\n".join(_page(packet)) + "\n"


def _page(packet: Packet) -> Iterator[str]:
    yield "<!doctype html>"
    yield f'<html lang="{escape(packet.lang)}">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
    yield '<meta name="referrer" content="no-referrer">'
    yield '<meta name="robots" content="noindex">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(packet.title.text)}</title>"
    yield f"<style>{_STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield "<main>"
    yield f"<h1>{_said(packet.title, packet.lang)}</h1>"
    yield f'<p class="to">{_said(packet.to, packet.lang)}</p>'
    yield from _table(packet.about, packet.lang, "h-0")
    for number, section in enumerate(packet.sections, 1):
        last = number == len(packet.sections)
        yield from _section(section, packet.lang, number, sources=last)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _section(section: Section, lang: str, number: int, *, sources: bool) -> Iterator[str]:
    kind = ' class="sources"' if sources else ""
    yield f'<section{kind} aria-labelledby="h-{number}">'
    yield f'<h2 id="h-{number}">{_cell(section.heading, lang, ": ")}</h2>'
    for said in section.paragraphs:
        yield f"<p>{_said(said, lang)}</p>"
    for table in section.tables:
        yield from _table(table, lang, f"h-{number}")
    yield "</section>"


def _table(table: Table, lang: str, named_by: str) -> Iterator[str]:
    kind = "" if table.columns else ' class="list"'
    label = f' aria-labelledby="{named_by}"' if named_by != "h-0" else ""
    yield f"<table{kind}{label}>"
    if table.columns:
        heads = "".join(f'<th scope="col">{_said(c, lang)}</th>' for c in table.columns)
        yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for row in table.rows:
        first, *rest = row.cells
        cells = f'<th scope="row">{_cell(first, lang)}</th>'
        cells += "".join(f"<td>{_cell(cell, lang)}</td>" for cell in rest)
        kind = ' class="asked"' if row.marked else ""
        yield f"<tr{kind}>{cells}</tr>"
    yield "</tbody>"
    yield "</table>"


def _cell(cell: Cell, lang: str, between: str = ", ") -> str:
    return between.join(_said(said, lang) for said in cell)


def _said(said: Said, lang: str) -> str:
    text = escape(said.text)
    if said.href is not None:
        text = f'<a href="{escape(said.href)}" rel="noreferrer">{text}</a>'
    elif said.kind == "place":
        text = f"<code>{text}</code>"
    if said.lang != lang and said.kind in ("quote", "fact", "name"):
        return f'<span lang="{escape(said.lang)}">{text}</span>'
    return text
