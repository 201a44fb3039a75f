"""Bundles that nobody can buy: what they need leads back to them (T107), excludes them, or is sold to others (T105)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from skill.compiler.diagnostics import finding
from skill.model.playbook import Bundle, Playbook, SoldAs
from skill.model.topic import Diagnostic


def circles(playbook: Playbook) -> Iterator[Diagnostic]:
    """Every bundle that needs what it cannot have, told once."""
    bundles = playbook.bundles
    in_circles: set[str] = set()
    for start in bundles:
        path = _path_back(start, bundles)
        if path and not in_circles.intersection(path):
            yield circle(bundles[start], path, bundles)
        in_circles.update(path)
    for bundle in bundles.values():
        if bundle.needs and bundle.key not in in_circles:
            yield from _cannot_have(bundle, bundles)


def circle(bundle: Bundle, path: Iterable[str], bundles: Mapping[str, Bundle]) -> Diagnostic:
    """Bundles that need or include each other in a circle."""
    names = " needs ".join(f"`{bundles[k].name}`" for k in path)
    return _told(
        bundle,
        f"a circle that nobody can buy into: {names}",
        "remove one of these `Needs`, `Includes` or `Contains`",
    )


def _told(bundle: Bundle, said: str, mend: str) -> Diagnostic:
    return finding("T107", bundle.span, said, mend, width=len(bundle.name) + 3)


def _path_back(start: str, bundles: Mapping[str, Bundle]) -> list[str]:
    """The way from a bundle back to itself along `Needs`, or nothing."""
    stack: list[tuple[str, list[str]]] = [(start, [start])]
    seen: set[str] = set()
    while stack:
        key, path = stack.pop()
        for need in bundles[key].needs:
            if need == start:
                return [*path, start]
            if need not in seen and need in bundles:
                seen.add(need)
                stack.append((need, [*path, need]))
    return []


def _cannot_have(bundle: Bundle, bundles: Mapping[str, Bundle]) -> Iterator[Diagnostic]:
    needed = _all_needed(bundle, bundles)
    everything = (bundle, *needed)
    for one in everything:
        other = next((o for o in everything if o.key in one.not_together_with), None)
        if other is not None:
            yield _told(bundle, *_excluded(bundle, one, other))
            return
    for other in needed:
        if not _sold_together(bundle, other):
            yield finding(
                "T105",
                bundle.span,
                f"`{bundle.name}` needs `{other.name}`, and no plan sells both",
                "let their `Available on` name a plan in common",
                width=len(bundle.name) + 3,
            )
            return


def _excluded(bundle: Bundle, one: Bundle, other: Bundle) -> tuple[str, str]:
    mend = "remove one of `Needs` and `Not together with`"
    if bundle is one:
        return f"`{bundle.name}` needs `{other.name}` and excludes it", mend
    if bundle is other:
        return f"`{bundle.name}` needs `{one.name}`, which excludes it", mend
    return f"`{bundle.name}` needs `{one.name}` and `{other.name}`, which exclude each other", mend


def _all_needed(bundle: Bundle, bundles: Mapping[str, Bundle]) -> tuple[Bundle, ...]:
    """What a bundle needs, and what that needs in turn."""
    found: dict[str, Bundle] = {}
    waiting = list(bundle.needs)
    while waiting:
        key = waiting.pop(0)
        if key in bundles and key not in found:
            found[key] = bundles[key]
            waiting += bundles[key].needs
    return tuple(found.values())


def _sold_together(one: Bundle, other: Bundle) -> bool:
    if other.sold_as is SoldAs.PLAN:
        return not one.available_on or other.key in one.available_on
    if not one.available_on or not other.available_on:
        return True
    return bool(set(one.available_on) & set(other.available_on))
