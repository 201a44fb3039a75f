"""Numbers: exact comparisons of values that stand as whole millionths, multiplied crosswise and never divided."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

MILLION = 1_000_000
"""A value stands in the statement as so many times itself: six decimals are exact."""
ZERO = Decimal(0)
NOTHING = "CAST(NULL AS BOOLEAN)"
"""What nobody can say."""
YES, NO = "TRUE", "FALSE"


class Value(NamedTuple):
    """A value that may be a quotient: `above` over `below`, NULL where there is none."""

    above: str
    below: str = ""
    """Empty where `above` stands in millionths."""

    @property
    def is_known(self) -> str:
        """Whether there is one."""
        if not self.below:
            return f"{self.above} IS NOT NULL"
        return f"({self.above} IS NOT NULL AND {self.below} IS NOT NULL)"


def millionths(figure: Decimal) -> int:
    """A figure in whole millionths."""
    return round(figure * MILLION)


def big(figure: int) -> str:
    """A whole number as an operand of products that may need 38 digits."""
    return f"tactful_big({figure})"


def reaches(a: str, b: str, c: str, d: str) -> str:
    """Whether a times b is at least c times d."""
    return f"tactful_reaches({a}, {b}, {c}, {d})"


def compared(op: str, a: str, b: str, c: str, d: str) -> str:
    """Whether a times b stands to c times d as a form says."""
    if op == "at_least":
        return reaches(a, b, c, d)
    if op == "more_than":
        return f"NOT {reaches(c, d, a, b)}"
    if op == "at_most":
        return reaches(c, d, a, b)
    return f"NOT {reaches(a, b, c, d)}"


_SIGNS = {"at_least": ">=", "more_than": ">", "at_most": "<=", "less_than": "<"}


def against(op: str, value: Value, figure: Decimal) -> str:
    """A value against a plain figure."""
    if not value.below:
        above, below = figure.as_integer_ratio()
        if MILLION % below == 0:
            return f"{value.above} {_SIGNS[op]} {above * (MILLION // below)}"
        return compared(op, value.above, big(below), big(above), big(MILLION))
    above, below = figure.as_integer_ratio()
    return compared(op, value.above, big(below), value.below, big(above))


def against_share(op: str, value: str, share: Decimal, of: str) -> str:
    """Millionths against a share of other millionths."""
    above, below = share.as_integer_ratio()
    if above == below:
        return f"{value} {_SIGNS[op]} {of}"
    return compared(op, value, big(below), of, big(above))


def rose_by(before: Value, after: Value, figure: Decimal) -> str:
    """Whether the one value is at least so much more than the other."""
    if not before.below:
        return against("at_least", Value(f"{after.above} - {before.above}"), figure)
    above, below = figure.as_integer_ratio()
    risen = _minus(_times(after.above, before.below), _times(before.above, after.below))
    whole = _times(before.below, after.below)
    return _within_reach(before, after, reaches(risen, big(below), whole, big(above)))


def rose_by_share(before: Value, after: Value, share: Decimal) -> str:
    """Whether the one value is more than the other by such a share of it; from nothing no share can be told."""
    above, below = (share + 1).as_integer_ratio()
    if not before.below:
        base = f"NULLIF({before.above}, 0)"
        # A number of a fact may be negative: what it grew by is told against its own sign.
        return (
            f"CASE WHEN {base} > 0 THEN {reaches(after.above, big(below), before.above, big(above))} "
            f"WHEN {base} < 0 THEN {reaches(before.above, big(above), after.above, big(below))} END"
        )
    told = reaches(
        _times(after.above, before.below), big(below), _times(before.above, after.below), big(above)
    )
    return _within_reach(before, after, f"CASE WHEN {before.above} > 0 THEN {told} END")


def _within_reach(before: Value, after: Value, told: str) -> str:
    """Products of three values have their digits up to a million million each; beyond, nobody can say."""
    most = 10**12 * MILLION
    parts = (before.above, before.below, after.above, after.below)
    return f"CASE WHEN {' AND '.join(f'{part} <= {most}' for part in parts)} THEN {told} END"


def _times(a: str, b: str) -> str:
    return f"tactful_times({a}, {b})"


def _minus(a: str, b: str) -> str:
    return f"tactful_minus({a}, {b})"


def all_of(parts: list[str]) -> str:
    """Kleene's `and`, which SQL has: one false is enough, and what is not known stays so."""
    return " AND ".join(f"({part})" for part in parts) if parts else YES


def any_of(parts: list[str]) -> str:
    """Kleene's `or`."""
    return " OR ".join(f"({part})" for part in parts) if parts else NO


def only_if(condition: str, told: str) -> str:
    """What is told where a condition holds; else nobody can say."""
    return f"CASE WHEN {condition} THEN {told} END"


def enough(parts: list[str], needed: int) -> str:
    """Whether enough parts hold; false only where even what is not known would not be enough."""
    if needed > len(parts):
        return NO
    if needed == len(parts):
        return all_of(parts)
    held = " + ".join(f"CASE WHEN {part} THEN 1 ELSE 0 END" for part in parts)
    possible = " + ".join(f"CASE WHEN NOT ({part}) THEN 0 ELSE 1 END" for part in parts)
    return f"CASE WHEN {held} >= {needed} THEN TRUE WHEN {possible} < {needed} THEN FALSE END"
