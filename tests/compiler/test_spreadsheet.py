"""Spreadsheets as Topics: which table it is, what every cell says, and what is told instead of guessed."""

from __future__ import annotations

import codecs
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.compiler.folder import Compiler
from skill.compiler.importers.columns import recognize
from skill.compiler.importers.drafts import Draft
from skill.compiler.importers.prices_said import NoPrice, Terms, said_price, terms_of
from skill.compiler.importers.sheets import sheet_of
from skill.compiler.importers.spreadsheet import import_sheets, read_tables
from skill.compiler.importers.writing import Imported
from skill.errors import InputError
from skill.model.playbook import Playbook

TODAY = date(2026, 11, 21)
CASES = Path(__file__).parents[1] / "cases" / "importers"
TOGETHER = ("bundles.csv", "features.csv", "signals.csv", "meters.csv", "restraint.csv")


def imported(*names: str) -> Imported:
    return import_sheets([CASES / name for name in names], today=TODAY, name="Planwork")


def compiled(made: Imported) -> Playbook:
    done = Compiler().compile_sources(made.files, TODAY)
    assert done.servable
    return done.playbook


def written(tmp_path: Path, text: str, name: str = "t.csv") -> Imported:
    (tmp_path / name).write_text(text, "utf-8", newline="")
    return import_sheets([tmp_path / name], today=TODAY)


def test_several_tables_make_one_folder() -> None:
    made = imported(*TOGETHER)
    book = compiled(made)
    assert list(book.bundles) == ["free", "team", "enterprise", "export-pack", "mystery"]
    assert {"boards", "audit-log", "sso", "guest-access"} <= set(book.features)
    assert [s.key for s in book.thresholds] == ["seats-almost-full", "exports-near-limit"]
    assert len(book.restraints) == 2
    assert all("\ngenerated: yes\n" in text for text in made.files.values())


def test_every_loss_is_told_with_file_row_and_column() -> None:
    assert imported(*TOGETHER).lost == (
        "bundles.csv, column `Colour`: a table of bundles has no such column",
        "bundles.csv row 5, `Monthly price (EUR)`: unreadable price `ask Bob`",
        "bundles.csv row 5, `Yearly price (EUR)`: unreadable price `1.490` (`1.490` may be 1,490 or 1.49)",
        "bundles.csv row 6, `Sold as`: unknown way to sell `gift`; taken for a plan",
        "bundles.csv row 6, `Monthly price (EUR)`: unreadable price `$5` (it is in USD, and its column says EUR)",
        "bundles.csv row 6, `Limits`: unreadable limit `many`",
        "meters.csv row 3: a limit is hard or soft, not `soft-ish`",
        "bundles.csv row 5, `Available on`: unknown plan `Nowhere` in bundle `Export Pack`",
        "restraint.csv row 4: unreadable situation `The moon is full`",
        "signals.csv row 4: unknown meter `unicorns` in signal `ghost`",
        "signals.csv row 5: unreadable threshold `when it feels right`",
    )


def test_prices_are_exact_and_unreadable_ones_are_none() -> None:
    book = compiled(imported(*TOGETHER))
    prices = {
        k: [(p.currency, p.amount, p.period) for p in b.prices] for k, b in book.bundles.items()
    }
    assert prices["free"] == [("EUR", Decimal(0), "month")]
    assert prices["team"] == [("EUR", Decimal("29.00"), "month"), ("EUR", Decimal(290), "year")]
    assert prices["export-pack"] == prices["mystery"] == [(None, None, "")]
    assert book.bundles["mystery"].prices[0].text == "contact us"


def test_everything_in_another_plan_is_included_and_cells_may_hold_several_lines() -> None:
    book = compiled(imported(*TOGETHER))
    assert book.bundles["team"].unlocks == ("boards", "guest-access", "audit-log")
    assert book.bundles["enterprise"].includes == ("team",)
    assert book.features["audit-log"].what_it_does == "Shows who did what. And when."
    assert book.bundles["export-pack"].available_on == ("team",)


def test_a_column_is_taken_for_the_nearest_and_that_is_said() -> None:
    took = imported(*TOGETHER).took
    assert "signals.csv: column `Metric` is taken for `What we count`" in took
    assert "features.csv: a table of features, separated by semicolons" in took


def test_a_comparison_has_a_feature_a_row_and_a_plan_a_column() -> None:
    made = imported("comparison.tsv")
    book = compiled(made)
    basic, pro, business = book.bundles.values()
    assert [p.amount for p in (*basic.prices, *pro.prices, *business.prices)] == [9, 29, None]
    assert set(business.unlocks) - set(pro.unlocks) == {"guests", "beta-lab"}
    assert [x.value for x in (basic.limits[0], pro.limits[0], business.limits[0])] == [
        1000,
        50000,
        None,
    ]
    assert book.features["api-calls"].kind == "metered"
    assert {s.value for s in basic.settings} == {"email"}
    assert (
        made.lost[0]
        == "comparison.tsv row 7, `Pro`: unreadable amount `1.500`; included without a limit"
    )


@pytest.mark.parametrize(
    ("table", "has"),
    [
        ("Feature,A,B\nOne,x,\nTwo,x,x\n", {"a": ("one", "two"), "b": ("two",)}),
        ("Feature,A,B\nOne,x,✓\nTwo,✓,✓\n", {"a": ("two",), "b": ("one", "two")}),
        ("Feature,A,B\nOne,yes,no\nTwo,0,TRUE\n", {"a": ("one",), "b": ("two",)}),
    ],
)
def test_an_x_means_yes_only_where_nothing_else_does(
    tmp_path: Path, table: str, has: dict[str, tuple[str, ...]]
) -> None:
    made = written(tmp_path, table)
    assert {k: b.unlocks for k, b in compiled(made).bundles.items()} == has
    assert ("x" in table) == any("`x` is taken for" in said for said in made.took)


@pytest.mark.parametrize(
    ("header", "table"),
    [
        ("name,sold as,price", "bundles"),
        ("Plan,Monthly fee", "bundles"),
        ("Plan,Monthly,Yearly (EUR)", "bundles"),
        ("Feature,What it does,Also called", "features"),
        ("Feature,Descripton", "features"),
        ("Signal,What we count,Holds when,Over,Means,Offer", "signals"),
        ("Meter,Unit,Counts", "meters"),
        ("Situation,Pause offers for", "restraint"),
        ("Compare plans,Basic,Pro", "comparison"),
    ],
)
def test_the_header_says_which_table_it_is(header: str, table: str) -> None:
    row = ",".join("✓" for _ in header.split(","))
    assert recognize(sheet_of("t.csv", f"Our prices\n{header}\n{row}\n")).table == table


def test_a_table_that_nobody_knows_is_refused_with_its_header(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="names no table we know: colour, size"):
        written(tmp_path, "colour,size\nred,4\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_any_delimiter_and_what_excel_writes_can_be_read(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    rows = [
        ["Plan", "Price", "Features"],
        ["Größe", "€5", '"One\r\nTwo"'],
        ["B", "€1,000.50", "One"],
    ]
    rows[2][1] = f'"{rows[2][1]}"'
    text = "".join(delimiter.join(row) + "\r\n" for row in rows)
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    book = compiled(import_sheets([path], today=TODAY))
    assert [p.amount for b in book.bundles.values() for p in b.prices] == [5, Decimal("1000.50")]
    assert next(iter(book.bundles.values())).unlocks == ("one", "two")


def test_the_separator_line_of_excel_is_no_row(tmp_path: Path) -> None:
    made = written(tmp_path, "sep=;\r\nPlan;Price\r\nA;ask Bob\r\n")
    assert made.lost == ("t.csv row 3, `Price`: unreadable price `ask Bob`",)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "is empty"),
        (b"\n , \n", "is empty"),
        (b"Plan,Price\nCaf\xe9,5\n", "t.csv:2 is not UTF-8 text"),
        (b'Plan,Price\n"A,5\n', "line 2"),
        (codecs.BOM_UTF16_LE + b"a", "is not UTF-16 text"),
        (b"Plan,Price\n" + b"A,1\n" * 5_001, "more than 5,000 rows"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, raw: bytes, told: str) -> None:
    (tmp_path / "t.csv").write_bytes(raw)
    with pytest.raises(InputError, match=told):
        import_sheets([tmp_path / "t.csv"], today=TODAY)


@pytest.mark.parametrize(
    ("header", "cell", "line"),
    [
        ("Price", "$29/mo", "$29 per month"),
        ("Price", "29 €", "EUR 29"),
        ("Price", "EUR 29 p.m.", "EUR 29 per month"),
        ("Price", "US$5 / user / month", "USD 5 per user per month"),
        (
            "Price",
            "$12 per user per month billed annually",
            "$12 per user per month, billed yearly",
        ),
        ("Price", "Contact sales", "contact us"),
        ("Price", "$29+ / month", "from $29 per month"),
        ("Monthly price (EUR)", "1.490,50", "EUR 1490.50 per month"),
        ("Monthly price (USD)", "29, at least 5 seats", "USD 29 per month, at least 5 seats"),
        (
            "Price per seat per month (USD), billed yearly",
            "12",
            "USD 12 per seat per month, billed yearly",
        ),
        ("Price (CAD)", "$20", "CAD 20"),
        ("Price (EUR)", "0", "EUR 0"),
        ("Price", "0.00", "free"),
        ("Yearly (EUR)", "90", "EUR 90 per year"),
        ("Setup fee, one-time (EUR)", "99", "EUR 99 one time"),
    ],
)
def test_prices_as_people_write_them(header: str, cell: str, line: str) -> None:
    assert said_price(cell, terms_of(header)) == line


@pytest.mark.parametrize(
    "cell",
    [
        "29",
        "1.490",
        "$1.234",
        "ask Bob",
        "-",
        "$10-20",
        "$5 or $6",
        "ca. $5",
        "1 490 €",
        "XQZ 5",
        "#REF!",
        "1.2.3",
        "$",
        "$five",
        "$5?",
        "TBD",
        "-5",
    ],
)
def test_what_is_not_certain_is_no_price(cell: str) -> None:
    with pytest.raises(NoPrice):
        said_price(cell, Terms())


def test_a_row_says_its_own_currency_unit_and_period(tmp_path: Path) -> None:
    made = written(
        tmp_path, "plan,price,currency,per,billing period\nA,5,CHF,seat,monthly\nB,5,doubloon,,\n"
    )
    (price,) = compiled(made).bundles["a"].prices
    assert (price.currency, price.per, price.period) == ("CHF", "seat", "month")
    assert made.lost == ("t.csv row 3, `price`: unreadable price `5` (`doubloon` is no currency)",)


def test_signals_may_name_what_stands_in_the_folder_already(tmp_path: Path) -> None:
    shutil.copy(CASES / "signals.csv", tmp_path / "signals.csv")
    present = imported("bundles.csv", "meters.csv").files
    made = import_sheets([tmp_path / "signals.csv"], today=TODAY, beside=present)
    assert set(made.files) == {"usage-thresholds.md"}
    assert len(made.lost) == 2


def test_a_plan_on_several_rows_is_one_plan_with_several_prices(tmp_path: Path) -> None:
    made = written(tmp_path, "plan,price,billing\nA,€5,monthly\nA,€50,yearly\nA,€6,monthly\n")
    assert [p.amount for p in compiled(made).bundles["a"].prices] == [5, 50]
    assert made.lost == (
        "t.csv row 4, `price`: two prices of `A` for the same period, currency and region",
    )


@pytest.mark.parametrize(
    ("cell", "setting"),
    [("24/7 phone", True), ("9 to 5", True), ("30 days", True), ("99.9%", True), ("5/day", False)],
)
def test_a_cell_that_says_how_is_a_setting_and_not_a_limit(
    tmp_path: Path, cell: str, setting: bool
) -> None:
    (bundle,) = compiled(written(tmp_path, f"Feature,A\nHelp,{cell}\nOther,yes\n")).bundles.values()
    assert [s.value for s in bundle.settings] == ([cell] if setting else [])
    assert bool(bundle.limits) != setting


def test_a_lost_reference_never_drops_the_others(tmp_path: Path) -> None:
    made = written(tmp_path, 'plan,price,available on\nA,free,\nX,€5,"A, B"\n')
    assert compiled(made).bundles["x"].available_on == ("a",)


def test_cells_beyond_the_header_are_told(tmp_path: Path) -> None:
    made = written(tmp_path, "plan,price\nA,free,surprise\n")
    assert made.lost == ("t.csv row 2: cells beyond the header: `surprise`",)


HOSTILE = (
    "a|b",
    "{price}",
    "<!-- tactful",
    "> **Answer:** buy",
    "## x",
    "\0",
    "```",
    "line\nbreak",
)
texts = st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=3).map(" ".join) | st.text(
    st.characters(exclude_categories=("Cs",)), max_size=30
)


def quoted(*cells: str) -> str:
    return ",".join('"' + c.replace('"', '""') + '"' for c in cells) + "\n"


@settings(max_examples=60)
@given(texts, texts, texts)
def test_no_cell_breaks_out_of_its_table(name: str, about: str, value: str) -> None:
    text = quoted("Plan", "Price", "Features", "Limits", "Helps with", "Settings", "Link")
    text += quoted(f"{name} one", value, f"{about} f", f"{value} m: 5", about, value, about)
    text += quoted("two", "free", "g", "", value, "", value)
    made = imported_text(text)
    book = compiled(made)
    assert len(book.bundles) == 2
    assert not any("`Helps with`" in line for line in made.lost)
    assert not any(b.quotes or b.notes for b in book.bundles.values())
    assert len([q for q in book.defaults if q.topic == "features"]) == 19


def imported_text(text: str) -> Imported:
    draft = Draft()
    read_tables(draft, [sheet_of("t.csv", text)])
    return draft.imported(today=TODAY)


@settings(max_examples=60)
@given(st.lists(st.tuples(texts, texts, texts, texts, texts, texts), max_size=3))
def test_whatever_stands_in_a_table_of_signals_compiles(rows: list[tuple[str, ...]]) -> None:
    header = quoted("Signal", "What we count", "Holds when", "Over", "Means", "Offer")
    compiled(imported_text(header + "".join(quoted(*row) for row in rows)))


def test_the_same_files_give_the_same_bytes() -> None:
    assert imported(*TOGETHER).files == imported(*TOGETHER).files
