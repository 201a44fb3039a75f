"""From the parse tree of a phrase to its value: all forms of the language together."""

from __future__ import annotations

from lark import Token

from skill.compiler.amounts import Amounts
from skill.compiler.conditions import Conditions
from skill.compiler.conduct import Conduct


class Reading(Amounts, Conditions, Conduct):
    """From parse tree to values; the rooms above it hold the forms by subject."""

    def words(self, items: list[Token]) -> str:
        return " ".join(items)

    def name(self, items: list[str]) -> str:
        return items[0].strip('"')
