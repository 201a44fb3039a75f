"""The phrases of the language: every published form is read, and nothing else is guessed."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.compiler import grammar
from skill.model.money import PriceKind
from skill.model.rules import Both, Either

READERS = {start: getattr(grammar, f"read_{start}") for start in get_args(grammar.Start)}
PUBLISHED = [(start, form) for start, forms in grammar.FORMS.items() for form in forms]


def test_every_kind_of_phrase_has_a_reader() -> None:
    assert set(READERS) == set(get_args(grammar.Start)) == set(grammar.FORMS)


@pytest.mark.parametrize(("start", "form"), PUBLISHED)
def test_every_published_form_is_read(start: str, form: str) -> None:
    assert READERS[start](form) is not None


def test_money_is_exact() -> None:
    price = grammar.read_price("first 1,000 free, then USD 0.002 per api_call")
    assert (price.currency, price.amount, price.per) == ("USD", Decimal("0.002"), "api_call")
    assert price.first_free == Decimal(1000)


def test_a_lower_bound_is_told_from_a_price() -> None:
    assert grammar.read_price("from USD 4 per user per month").kind is PriceKind.FROM
    assert grammar.read_price("USD 99 one time").kind is PriceKind.ONE_TIME
    lowest = grammar.read_price("from EUR 900 one time")
    assert (lowest.kind, lowest.billed) == (PriceKind.FROM, "once")


@pytest.mark.parametrize("phrase", ["", "29 euros", "EUR", "EUR 4 5", "EUR -3", "lots", "EUR 1e3"])
def test_what_is_no_price_is_never_guessed(phrase: str) -> None:
    with pytest.raises(grammar.Unreadable) as told:
        grammar.read_price(phrase)
    assert told.value.nearest in grammar.FORMS["price"]


def test_and_binds_closer_than_or() -> None:
    rule = grammar.read_rule(
        "segment is enterprise, or yearly revenue is at least EUR 25,000, and region is not US"
    )
    assert isinstance(rule, Either)
    assert isinstance(rule.parts[1], Both)


def test_typography_changes_nothing() -> None:
    plain = grammar.read_price("EUR 49 per workspace per month")
    assert grammar.read_price("EUR\u00a049 per workspace per\u202fmonth") == plain


@given(st.sampled_from(list(READERS)), st.text(max_size=60))
def test_any_text_is_read_or_told(start: str, phrase: str) -> None:
    try:
        READERS[start](phrase)
    except grammar.Unreadable as unreadable:
        told = unreadable.nearest
    else:
        return
    assert told in grammar.FORMS[start]  # type: ignore[index]
