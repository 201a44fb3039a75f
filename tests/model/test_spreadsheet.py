"""No cell of a table is ever computed by the program that opens it."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.model.spreadsheet import safe, written


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1+cmd", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", " =1", "|calc", "%0A=1", "\uff1d1+1", "\0=1",
        '=HYPERLINK("https://x.example")', "-2+3+cmd|' /C calc'!A0",
    ],
)  # fmt: skip
def test_what_begins_like_a_formula_is_shown_and_not_run(text: str) -> None:
    assert safe(text).startswith("'")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [(-5, "-5"), (Decimal("-0.5"), "-0.5"), ("-12.5 %".replace(" ", ""), "-12.5%"), ("+49", "+49"), (None, ""), ("a=b", "a=b")],
)  # fmt: skip
def test_a_number_stays_a_number_and_plain_text_stays_as_it_is(cell: object, shown: str) -> None:
    assert safe(cell) == shown  # type: ignore[arg-type]


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_a_reader_gets_back_what_was_written_apart_from_the_apostrophe(row: list[str]) -> None:
    (read,) = csv.reader(io.StringIO(written([row]), newline=""))
    assert read == [safe(cell) for cell in row]
    assert not any(cell[:1] in tuple("=+-@\t") and not cell[1:2].isdigit() for cell in read)
