"""A Pricing2Yaml file read with care: bounded in bytes, depth and aliases, and a key that stands twice is told.

Source: Pricing2Yaml 2.1 (isa-group). What is made of it stands in `pricing_topics.py`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from skill.compiler.importers.files import read_bounded
from skill.compiler.importers.plain import shown
from skill.compiler.importers.pricing_things import Pricing, pricing_of
from skill.compiler.importers.pricing_topics import carried_over
from skill.compiler.importers.writing import Imported
from skill.errors import InputError

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
"""Things within things; a pricing needs five."""
MAX_NODES = 200_000
"""Values in the whole file, with everything counted again wherever an alias repeats it."""


def import_pricing(path: Path, *, today: date, name: str = "", owner: str = "") -> Imported:
    """The Topics of a pricing file, and what was not carried over; a name of yours stands before the file's.

    Raises:
        InputError: no pricing, or one past its bounds.
    """
    pricing = read_pricing(path)
    pricing.name = name or pricing.name
    return carried_over(pricing, today=today, owner=owner)


def topics_of(pricing: Pricing, *, today: date) -> dict[str, str]:
    """The Topic files of a pricing by name: features.md, product-bundles.md and, where there are limits, meters.md."""
    return dict(carried_over(pricing, today=today).files)


def read_pricing(path: Path) -> Pricing:
    """A pricing file.

    Raises:
        InputError: not a file, not YAML, or no Pricing2Yaml; names the file and the line where there is one.
    """
    data, lost = _load(path)
    if not isinstance(data, dict) or not isinstance(data.get("features"), dict):
        raise InputError(
            f"{path} is no Pricing2Yaml file: it has no `features`",
            pointer=str(path),
            help="such a file begins with `syntaxVersion` and lists `features`, `plans` and `addOns`",
        )
    return pricing_of(data, path.stem, lost)


def _load(path: Path) -> tuple[Any, list[str]]:
    """The content of a YAML file, and the keys that stand twice in it."""
    raw = read_bounded(path, MAX_BYTES)
    try:
        loader = _Careful(raw.decode("utf-8-sig"))
        try:
            return loader.get_single_data(), loader.twice
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line = mark.line + 1 if mark else 1
        raise InputError(
            f"{path}:{line}: {shown(wrong.problem or 'unreadable YAML', 200)}",
            pointer=f"{path}:{line}",
        ) from wrong
    except RecursionError as wrong:
        raise InputError(f"{path} is nested too deeply", pointer=str(path)) from wrong
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, OverflowError) as wrong:
        raise InputError(
            f"{path} is no readable YAML: {shown(wrong, 200)}", pointer=str(path)
        ) from wrong


class _Careful(yaml.SafeLoader):
    """The safe loader, with bounds, and with an ear for keys that stand twice."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.twice: list[str] = []
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def get_single_node(self) -> Any:
        node = super().get_single_node()
        if node is not None and _size(node, {}, set())[0] > MAX_NODES:
            raise yaml.MarkedYAMLError(
                problem=f"more than {MAX_NODES:,} values, aliases counted",
                problem_mark=node.start_mark,
            )
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        if isinstance(node, yaml.MappingNode):
            self.twice += _twice(node)
        return super().construct_mapping(node, deep=deep)


def _size(node: Any, known: dict[int, tuple[int, int]], above: set[int]) -> tuple[int, int]:
    """How many values a node holds when every alias is written out, and how deep they nest.

    Raises:
        MarkedYAMLError: an alias stands inside what it names, or aliases nest too deeply.
    """
    problem = "an alias inside what it names" if id(node) in above else ""
    if not problem and id(node) not in known:
        above.add(id(node))
        sizes = [_size(part, known, above) for part in _parts(node)]
        above.remove(id(node))
        deepest = 1 + max((depth for _, depth in sizes), default=0)
        known[id(node)] = (1 + sum(n for n, _ in sizes), deepest)
        problem = "nested too deeply" if deepest > MAX_DEPTH else ""
    if problem:
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
    return known[id(node)]


def _parts(node: Any) -> Iterator[Any]:
    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            yield from pair
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _twice(node: Any) -> Iterator[str]:
    """A line for each key of a mapping that stands in it before."""
    first: dict[tuple[str, str], int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
            continue
        line = key.start_mark.line + 1
        name = (str(key.tag), str(key.value))
        if name in first:
            yield (
                f"line {first[name]}: `{shown(key.value)}` stands again in line {line}, and what stands last is taken"
            )
        first[name] = line
