"""What is known about customers: meters, traits, roles, moments of the journey and audiences, a row each."""

from __future__ import annotations

from decimal import Decimal

from skill.compiler import grammar
from skill.compiler.amounts import known_currencies
from skill.compiler.diagnostics import finding
from skill.compiler.fields import parts_of, yes_or_no
from skill.compiler.labels import nearest_help, sure
from skill.compiler.names import Names
from skill.compiler.rules import read_rule
from skill.compiler.tables import cell, phrase
from skill.compiler.thresholds import check_unit, resolved
from skill.model.common import slug
from skill.model.playbook import Audience, Meter, Moment, Role, Trait
from skill.model.topic import Cell, Row

_RESETS = ("daily", "weekly", "monthly", "yearly", "never")
_TYPES = ("one of", "money", "number", "date", "yes or no", "text")


def _choice(at: Cell, what: str, known: tuple[str, ...], names: Names) -> str:
    """A cell that holds one of a few words; anything else is told."""
    word = " ".join(at.text.lower().split())
    if word and word not in known:
        names.found.append(
            finding(
                "T108",
                at.span,
                f"{what} `{at.text}`",
                nearest_help(word, known),
                width=len(at.text),
                replacement=sure(word, known),
            )
        )
    return word


def hours(at: Cell, names: Names) -> Decimal | None:
    """A cell that holds a duration, in hours; None where it is empty."""
    return phrase(grammar.read_duration, at, "duration", names, code="T108")


def read_meter(row: Row, names: Names) -> Meter | None:
    """A row of the meters table."""
    name = cell(row, "Meter")
    key = names.declare("meters", name.text, name.span)
    if key is None:
        return None
    names.units[key] = cell(row, "Unit").text
    kind = _choice(cell(row, "Limit is"), "a limit is hard or soft, not", ("hard", "soft"), names)
    resets = _choice(
        cell(row, "Resets"),
        f"a meter resets {', '.join(_RESETS[:-1])} or {_RESETS[-1]}, not",
        _RESETS,
        names,
    )
    names.resets[key] = resets
    called = cell(row, "Also called")
    return Meter(
        key=key,
        name=name.text,
        unit=cell(row, "Unit").text,
        counts=cell(row, "Counts").text,
        resets=resets,
        hard=kind != "soft",
        max_age_hours=hours(cell(row, "Maximum age"), names),
        also_called=tuple(text for text, _ in parts_of(called.text, called.span)),
        span=name.span,
    )


def read_trait(row: Row, names: Names) -> Trait | None:
    """A row of the traits table: a name, a type, and the values or the currency it may have."""
    name = cell(row, "Trait")
    key = names.declare("traits", name.text, name.span)
    if key is None:
        return None
    type_ = cell(row, "Type")
    kind = _choice(type_, "unknown type", _TYPES, names)
    values = cell(row, "Unit or values")
    placed = parts_of(values.text, values.span)
    parts = tuple(text for text, _ in placed)
    names.types[key] = kind
    if ";" in values.text:
        names.found.append(
            finding(
                "T108",
                values.span,
                f"`{values.text}` is one value with a semicolon in it",
                "separate values with commas",
                width=len(values.text),
                replacement=None,
            )
        )
    if kind == "one of":
        names.values[key] = parts
        names.places[key] = {slug(text): (text, span) for text, span in placed}
    if kind == "money":
        names.currencies[key] = values.text.strip().upper()
    if (kind == "one of" and not parts) or (kind == "money" and not _is_currency(values.text)):
        wanted = "its values, with commas" if kind == "one of" else "its currency, such as EUR"
        what = "one of its values" if kind == "one of" else "money"
        said = (
            f", and `{values.text}` is no currency" if values.text else ", and nothing says which"
        )
        names.found.append(
            finding(
                "T108",
                values.span,
                f"the trait `{name.text}` is {what}{said}",
                f"write {wanted}",
                width=max(len(values.text), 1),
            )
        )
    return Trait(
        key=key,
        name=name.text,
        type=type_.text,
        values=parts,
        max_age_hours=hours(cell(row, "Maximum age"), names),
        span=name.span,
    )


def _is_currency(text: str) -> bool:
    return text.strip().upper() in known_currencies()


def read_role(row: Row, names: Names) -> Role | None:
    """A row of the roles table."""
    name = cell(row, "Role")
    key = names.declare("roles", name.text, name.span)
    if key is None:
        return None
    can_buy, is_told = cell(row, "Can buy"), cell(row, "Is told")
    return Role(
        key=key,
        name=name.text,
        can_buy=yes_or_no(can_buy.text, can_buy.span, names.found),
        is_told=yes_or_no(is_told.text, is_told.span, names.found),
        span=name.span,
    )


def declare_moment(row: Row, names: Names) -> None:
    """The name of a moment; rules may name it before its row is read."""
    name = cell(row, "Moment")
    if name.text:
        names.declare("moments", name.text, name.span)


def read_moment(row: Row, names: Names) -> Moment | None:
    """A row of the journey table; its name was declared before."""
    name, when = cell(row, "Moment"), cell(row, "Holds when")
    key = names.first("moments", name.text, name.span)
    if key is None:
        return None
    read = phrase(lambda text: grammar.read_moment(names.quoted(text)), when, "moment", names)
    count, holds, window = read or (None, None, None)
    if count is not None and holds is not None:
        check_unit(holds, (count,), when, names)
        found = resolved((count,), when, f"moment `{name.text}`", names)
        count = found[0] if found else None
    return Moment(
        key=key,
        name=name.text,
        when=when.text,
        count=count,
        holds=holds,
        window=window,
        span=name.span,
    )


def declare_audience(row: Row, names: Names) -> None:
    """The name of an audience; rules may name each other."""
    name = cell(row, "Audience")
    if name.text:
        names.declare("audiences", name.text, name.span)


def read_audience(row: Row, names: Names) -> Audience | None:
    """A row of the audiences table; its name was declared before."""
    name, rule_cell = cell(row, "Audience"), cell(row, "Rule")
    key = names.first("audiences", name.text, name.span)
    if key is None or not rule_cell.text:
        return None
    rule = read_rule(rule_cell.text, rule_cell.span, names)
    if rule is None:
        return None
    return Audience(key=key, name=name.text, rule=rule, span=name.span)


_SORTS = {"event": "events", "fact": "facts", "page": "pages"}


def declare_reported(row: Row, names: Names) -> None:
    """A row of `## Events and facts`: what the product reports. Once some are listed, others are not known."""
    name, sort = cell(row, "Name"), cell(row, "Sort")
    what = _SORTS.get(_choice(sort, "unknown sort", tuple(_SORTS), names))
    if what and name.text:
        names.declare(what, name.text, name.span)
