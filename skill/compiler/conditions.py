"""From the parse tree of a phrase to its value: rules over facts, and the parts of a threshold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lark import Token, Transformer

from skill.compiler.amounts import number, singular
from skill.model.common import slug
from skill.model.rules import Both, Compare, Count, Either, Holds, Rule, Window


class Conditions(Transformer[Token, Any]):
    """Rules, counts, figures and windows; every method is one form."""

    def rule(self, items: list[Rule]) -> Rule:
        return items[0]

    def any_of(self, items: list[Rule]) -> Rule:
        return Either(parts=tuple(items))

    def all_of(self, items: list[Rule]) -> Rule:
        return Both(parts=tuple(items))

    def everyone(self, _: list[Token]) -> Both:
        return Both(parts=())

    def uses(self, items: list[str]) -> Compare:
        return _is_so("use", items[0])

    def uses_not(self, items: list[str]) -> Compare:
        return _is_so("use", items[0], so=False)

    def has(self, items: list[str]) -> Compare:
        return Compare(op="is", subject="bundles", value=slug(items[0]))

    def has_not(self, items: list[str]) -> Compare:
        return Compare(op="is_not", subject="bundles", value=slug(items[0]))

    def holding(self, items: list[str]) -> Compare:
        return _is_so("signal", items[0])

    def not_holding(self, items: list[str]) -> Compare:
        return _is_so("signal", items[0], so=False)

    def reached(self, items: list[str]) -> Compare:
        return _is_so("moment", items[0])

    def not_reached(self, items: list[str]) -> Compare:
        return _is_so("moment", items[0], so=False)

    def equal(self, items: list[Any]) -> Compare:
        op, value = items[1]
        return _compare(items[0], op, value)

    def differs(self, items: list[Any]) -> Compare:
        op, value = items[1]
        if op != "is":
            raise ValueError("`is not` takes a word")
        return _compare(items[0], "is_not", value)

    def value(self, items: list[Any]) -> tuple[str, str | Decimal, str | None]:
        first = items[0]
        if isinstance(first, Token) and first.type == "CURRENCY":
            return "money", number(items[1]), str(first)
        if isinstance(first, Token) and first.type == "NUMBER":
            return "number", number(first), None
        return "word", slug(first), None

    def same(self, items: list[Any]) -> tuple[str, Any]:
        return "is", items[0]

    def at_least(self, items: list[Any]) -> tuple[str, Any]:
        return "at_least", items[0]

    def at_most(self, items: list[Any]) -> tuple[str, Any]:
        return "at_most", items[0]

    def more_than(self, items: list[Any]) -> tuple[str, Any]:
        return "more_than", items[0]

    def less_than(self, items: list[Any]) -> tuple[str, Any]:
        return "less_than", items[0]

    def counts(self, items: list[Count]) -> tuple[Count, ...]:
        return tuple(items)

    def moment(self, items: list[Any]) -> tuple[Count, Holds, Window]:
        return items[0], items[1], items[2]

    def attempts_in(self, items: list[str]) -> Count:
        return Count(what="attempts_in", name=items[0])

    def attempts(self, items: list[str]) -> Count:
        return Count(what="attempts", name=items[0])

    def views(self, items: list[str]) -> Count:
        return Count(what="views", name=items[0])

    def events(self, items: list[Any]) -> Count:
        return Count(what="events", name=items[0], where=tuple(items[1:]))

    def where(self, items: list[str]) -> tuple[str, str]:
        return items[0], items[1]

    def ratio(self, items: list[str]) -> Count:
        return Count(what="ratio", name=items[0], other=items[1])

    def fact(self, items: list[str]) -> Count:
        return Count(what="fact", name=items[0])

    def meter(self, items: list[str]) -> Count:
        return Count(what="meter", name=items[0])

    def percent_of_limit(self, items: list[Token]) -> Holds:
        return Holds(op="at_least_percent_of_limit", figures=(share(items[0]),))

    def percent_of_commit(self, items: list[Token]) -> Holds:
        return Holds(op="at_least_percent_of_commit", figures=(share(items[0]),))

    def at_least_n(self, items: list[Any]) -> Holds:
        return _figure("at_least", items)

    def more_than_n(self, items: list[Any]) -> Holds:
        return _figure("more_than", items)

    def left_n(self, items: list[Any]) -> Holds:
        return _figure("at_most_left", items)

    def at_most_n(self, items: list[Any]) -> Holds:
        return _figure("at_most", items)

    def less_than_n(self, items: list[Any]) -> Holds:
        return _figure("less_than", items)

    def crosses(self, items: list[Token]) -> Holds:
        figures = tuple(number(x) for x in items)
        if sorted(set(figures)) != list(figures):
            raise ValueError("milestones rise")
        return Holds(op="crosses", figures=figures)

    def grew_percent(self, items: list[Token]) -> Holds:
        return Holds(op="grew_percent", figures=(share(items[0]),))

    def grew(self, items: list[Any]) -> Holds:
        return _figure("grew", items)

    def on_pace(self, _: list[Token]) -> Holds:
        return Holds(op="on_pace")

    def is_word(self, items: list[str]) -> Holds:
        return Holds(op="is", word=items[0])

    def now(self, _: list[Token]) -> Window:
        return Window(kind="now")

    def period(self, _: list[Token]) -> Window:
        return Window(kind="period")

    def last(self, items: list[Any]) -> Window:
        return Window(kind="last", n=_whole(items[0]), unit=_time_unit(items[1]))

    def sustained(self, items: list[Any]) -> Window:
        at_least, n = _whole(items[0]), _whole(items[1])
        if at_least > n:
            raise ValueError("more days than there are")
        return Window(kind="sustained", at_least=at_least, n=n, unit=_time_unit(items[2]))

    def each(self, items: list[Any]) -> Window:
        return Window(kind="each", n=_whole(items[0]), unit=_time_unit(items[1]))


def _is_so(about: Any, name: str, *, so: bool = True) -> Compare:
    """`SIGNAL holds`, `MOMENT is not reached`: true of the account, or not."""
    return Compare(op="is" if so else "is_not", subject=slug(name), value="true", about=about)


def _compare(subject: str, op: Any, value: tuple[str, str | Decimal, str | None]) -> Compare:
    kind, what, currency = value
    if op not in ("is", "is_not") and kind == "word":
        raise ValueError("an amount is compared with a number")
    return Compare(op=op, subject=slug(subject), value=what, currency=currency)


def share(token: Token) -> Decimal:
    """A share in 0..1; percent stands only in Topics."""
    return Decimal(token.replace("%", "").replace("percent", "").strip()) / 100


def _figure(op: Any, items: list[Any]) -> Holds:
    return Holds(op=op, figures=(number(items[0]),), word=items[1] if len(items) > 1 else "")


def _whole(token: Token) -> int:
    """A number of days, weeks or times: whole, and at least one."""
    value = number(token)
    if value != int(value) or value < 1:
        raise ValueError("a whole number of at least one")
    return int(value)


def _time_unit(word: str) -> Any:
    unit = singular(word.lower())
    if unit not in ("hour", "day", "week", "month"):
        raise ValueError(f"`{word}` is no unit of time")
    return unit
