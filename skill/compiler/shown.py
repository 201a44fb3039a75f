"""What customers see beside quotes: names and values that fill slots, help pages, and where links lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skill.compiler.diagnostics import finding
from skill.compiler.quoted_places import place_in_thing, place_of
from skill.compiler.wording import host_of, links_of, pressure, wording_problem
from skill.model.playbook import Playbook
from skill.model.topic import Diagnostic, Span

_NEVER_SHOWN = ("T203", "T502")
"""Braces, raw HTML and links do harm in a name or value as they do in a quote."""


def shown(playbook: Playbook, sources: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Every finding about what is shown and is no quote."""
    yield from _values(playbook, sources)
    yield from _foreign_hosts(playbook, sources)


def _values(playbook: Playbook, sources: Mapping[str, str]) -> Iterator[Diagnostic]:
    told = [(f.name, f.span, "a name") for f in playbook.features.values()]
    told += [(m.name, m.span, "a name") for m in playbook.meters.values()]
    for bundle in playbook.bundles.values():
        told.append((bundle.name, bundle.span, "a name"))
        if bundle.try_it:
            at = place_in_thing(bundle.span, bundle.try_it, sources)
            told.append((bundle.try_it, at, "`Try it`"))
        for text, field in ((bundle.how_to_undo, "How to undo"), (bundle.billed_to, "Billed to")):
            if text:
                at = place_in_thing(bundle.span, text, sources)
                told.append((text, at, f"`{field}`"))
        told += [(setting.value, setting.span, "a setting") for setting in bundle.settings]
    for text, span, what in told:
        problem = wording_problem(text) if text and not text.isalnum() else None
        code, said = "", ""
        if problem is not None and problem.code in _NEVER_SHOWN:
            code, said = problem.code, problem.message
        elif "{" in text:
            code, said = "T203", "a slot"
        if code:
            yield finding(
                code,
                span,
                f"{said} in {what}: `{text[:80]}`",
                "write plain words; customers see them as they stand",
                width=len(text),
            )
        elif (pushes := pressure(text)) is not None:
            yield finding(
                "T303", span, f"{pushes.message}, in {what}", pushes.help, width=len(text)
            )


def _foreign_hosts(playbook: Playbook, sources: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Links that leave the hosts which the workspace's settings allow; without the setting every https host is one."""
    allowed = [
        h.strip().lower() for h in playbook.settings.get("hosts", "").split(",") if h.strip()
    ]
    if not allowed:
        return
    for target, span in _links(playbook, sources):
        host = host_of(target)
        if host and not any(host == a or host.endswith(f".{a}") for a in allowed):
            yield finding(
                "T502",
                span,
                f"a link to `{host}`, which is not among the hosts of this workspace",
                f"link to {', '.join(allowed)}, or add it to `hosts` in the expansion playbooks",
                width=len(target),
            )


def _links(playbook: Playbook, sources: Mapping[str, str]) -> Iterator[tuple[str, Span]]:
    for bundle in playbook.bundles.values():
        for link in dict.fromkeys((bundle.link, bundle.checkout)):
            if link:
                yield link, place_in_thing(bundle.span, link, sources)
    quotes = [q for t in playbook.topics for s in t.sections for q in s.quotes]
    for quote in (*quotes, *(p for a in playbook.articles for p in a.passages)):
        for target, _ in links_of(quote.template):
            yield target, place_of(quote.span, target, sources)
