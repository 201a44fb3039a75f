"""The chart: whole XML without script, every figure labelled inside the picture, readable, and the same bytes each time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.delivery.chart import HEIGHT, WIDTH, svg
from skill.delivery.chart_words import heading, in_words, sparkline
from skill.model.task import Chart, Point

TODAY = date(2026, 11, 21)
SVG = "{http://www.w3.org/2000/svg}"


def reading(day: date, value: int | str) -> Point:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return Point(at=at, value=Decimal(value))


def chart(values: dict[int, int] | None = None, **more: Any) -> Chart:
    """A chart of readings by how many days ago they were."""
    days = sorted((values or {}).items(), reverse=True)
    points = tuple(reading(TODAY - timedelta(days=ago), v) for ago, v in days)
    fields: dict[str, Any] = {
        "meter": "api-calls",
        "name": "api calls",
        "unit": "api_call",
        "limit": Decimal(50_000),
        "since": TODAY - timedelta(days=89),
        "today": TODAY,
        "points": points,
        "as_of": points[-1].at if points else None,
        **more,
    }
    return Chart.model_validate(fields)


def texts(made: Chart) -> list[str]:
    return [t.text or "" for t in ET.fromstring(svg(made)).iter(f"{SVG}text")]


CASES = {
    "no data": (chart(), "No usage was reported in these days."),
    "one reading": (chart({0: 17_000}), "17,000 (34 %)"),
    "one reading long ago": (chart({89: 17_000}), "17,000 (34 %) on 24 Aug"),
    "near the limit": (chart({9: 44_000, 0: 49_900}), "49,900 (99 %)"),
    "above the limit": (chart({9: 44_000, 0: 60_500}), "60,500 (121 %)"),
    "just under 80 %": (chart({0: 39_999}), "39,999 (79 %)"),
    "unlimited": (chart({9: 20, 0: 61}, limit="unlimited"), "61"),
    "limit not known": (chart({9: 20, 0: 61}, limit=None), "61"),
    "a limit of none": (chart({9: 0, 0: 0}, limit=Decimal(0)), "limit 0"),
    "a fraction": (chart({}, points=(reading(TODAY, "0.25"),), limit=Decimal("0.5")), "0.25 (50 %)"),
    "huge": (chart({0: 10**15}, limit=Decimal(10**15)), "1,000,000,000,000,000 (100 %)"),
    "one day": (chart({0: 5}, since=TODAY, limit=Decimal(9)), "5 (55 %)"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_whatever_was_read_the_picture_is_whole_and_says_its_figure(name: str) -> None:
    made, expected = CASES[name]
    assert expected in texts(made)
    assert f"today, {TODAY.day} Nov" in texts(made)


def test_over_new_year_the_year_is_named() -> None:
    made = chart(since=date(2026, 11, 20), today=date(2027, 2, 3))
    assert {"20 Nov", "1 Dec", "1 Jan 2027", "today, 3 Feb"} <= set(texts(made))
    assert heading(made) == "Api calls: 20 November 2026 to 3 February 2027"


def test_the_limit_and_eighty_percent_of_it_are_drawn_and_named() -> None:
    said = texts(chart({0: 17_000}))
    assert {"limit 50,000", "80 %: 40,000"} <= set(said)
    assert 'stroke-dasharray="6 4"' in svg(chart({0: 17_000}))
    assert "stroke-dasharray" not in svg(chart({0: 17_000}, limit="unlimited"))


def test_today_is_the_right_edge_and_its_figure_stands_beside_it() -> None:
    picture = ET.fromstring(svg(chart({30: 9, 0: 17_000})))
    *_, dot = picture.iter(f"{SVG}circle")
    label = next(t for t in picture.iter(f"{SVG}text") if (t.text or "").startswith("17,000"))
    assert float(label.get("x", "0")) > float(dot.get("cx", "0"))


def test_labels_beside_the_picture_never_cover_each_other() -> None:
    for used in range(30_000, 64_000, 250):
        picture = ET.fromstring(svg(chart({0: used})))
        beside = [t for t in picture.iter(f"{SVG}text") if t.get("font-weight") == "600"]
        ys = sorted(float(t.get("y", "0")) for t in beside if "%" in (t.text or "") or "limit" in (t.text or ""))  # fmt: skip
        assert len(ys) == 3
        assert all(b - a >= 15.9 for a, b in pairwise(ys)), used


def test_a_meter_that_begins_again_falls_without_a_line_and_names_each_period() -> None:
    made = chart({25: 30_000, 21: 39_967, 19: 900, 0: 20_000}, starts=(date(2026, 11, 1),))
    assert "39,967" in texts(made)
    assert svg(made).count("M") > svg(made.model_copy(update={"starts": ()})).count("M")
    assert "It begins again" in in_words(made)


def test_who_cannot_see_it_is_told_all_of_it() -> None:
    made = chart({89: 10_000, 40: 55_000, 0: 20_000})
    picture = ET.fromstring(svg(made))
    assert picture.get("role") == "img"
    title, desc = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert picture.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == heading(made) == "Api calls: 24 August to 21 November 2026"
    assert desc.text == (
        "The limit is 50,000; 80 % of it is 40,000. On 21 November it stood at 20,000 of 50,000 (40 %). "
        "The highest was 55,000 of 50,000 (110 %), on 12 October. On 24 August it was 10,000."
    )


def test_nothing_in_it_runs_or_is_fetched_whatever_the_meter_is_called() -> None:
    name = "<script>alert(1)</script>\x00\u202e & \"so\" 'on' " * 9
    made = svg(chart({0: 5}, name=name, meter='x" onload="alert(1)'))
    picture = ET.fromstring(made)
    tags = {e.tag.removeprefix(SVG) for e in picture.iter()}
    assert tags <= {"svg", "title", "desc", "rect", "path", "text", "circle", "clipPath"}
    assert not any(a.startswith("on") or "href" in a for e in picture.iter() for a in e.attrib)
    assert "http" not in made.replace("http://www.w3.org/2000/svg", "")


def test_every_ink_is_readable_on_white() -> None:
    for ink in set(re.findall(r'<text[^>]* fill="(#[0-9a-f]{6})"', svg(chart({0: 60_000, 9: 4})))):
        channels = [int(ink[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
        assert 1.05 / (luminance + 0.05) >= 7, ink


def test_in_plain_text_it_is_a_line_of_bars_with_the_newest_figure() -> None:
    said = sparkline(chart({20: 10_000, 13: 20_000, 0: 49_000}, since=TODAY - timedelta(days=27)))
    assert said == "Api calls ·▂▄█ 49,000 of 50,000 (98 %) on 21 November 2026"
    assert sparkline(chart()) == "Api calls: no usage was reported"


@given(
    values=st.dictionaries(st.integers(0, 181), st.integers(0, 10**9), max_size=40),
    limit=st.one_of(st.none(), st.just("unlimited"), st.integers(0, 10**9)),
    days=st.integers(0, 181),
)
def test_every_label_and_line_stays_inside_the_picture(
    values: dict[int, int], limit: int | str | None, days: int
) -> None:
    shown = {ago: v for ago, v in values.items() if ago <= days}
    made = chart(shown, limit=limit, since=TODAY - timedelta(days=days))
    picture = ET.fromstring(svg(made))
    assert svg(made) == svg(Chart.model_validate_json(made.model_dump_json()))
    for text in picture.iter(f"{SVG}text"):
        x, y = float(text.get("x", "-1")), float(text.get("y", "-1"))
        wide = len(text.text or "") * 6.6
        left = {"end": x - wide, "middle": x - wide / 2}.get(text.get("text-anchor", ""), x)
        assert left >= -2, text.text
        assert left + wide <= WIDTH + 2, text.text
        assert 10 <= y <= HEIGHT - 2
    for line in picture.iter(f"{SVG}path"):
        for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", line.get("d", "")):
            assert 0 <= float(x) <= WIDTH
            assert 0 <= float(y) <= HEIGHT
