"""The proof of offers, in small: a naive seller is found out in every situation, and ours is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals import speed_decide
from evals.proof import offers, offers_forbidden
from evals.proof.table import Table
from skill.compiler.folder import Compiler
from skill.model.decision import Surface
from skill.policy.decide import decide
from tests.policy import offer_cases

N = 60


@pytest.fixture(scope="module")
def ours() -> dict[str, offers_forbidden.Judged]:
    return dict(offers_forbidden.judge(N))


def test_a_naive_seller_is_found_out_in_every_situation() -> None:
    naive = offers_forbidden.judge(N, offers_forbidden.seller)
    assert {name for name, one in naive.items() if one.offered} == set(offers_forbidden.SITUATIONS)


@pytest.mark.parametrize("situation", offers_forbidden.SITUATIONS)
def test_nothing_is_offered_where_nothing_may_be(
    situation: str, ours: dict[str, offers_forbidden.Judged]
) -> None:
    assert ours[situation].n > 0
    assert ours[situation].offered == []


def test_every_law_is_judged_of_as_many_worlds_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "SHORT", N)
    table = Table("offers")
    offers.judged(table, full=False)
    told = [row for row in table.rows if row.figure.startswith("law: ")]
    assert len(told) == 13
    assert {row.verdict for row in told} == {"ok"}
    assert all(f"{N} worlds" in row.value for row in told)


def test_a_case_that_is_decided_otherwise_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {**offer_cases.files()["kind-add-on"], "expect": {"offers": ["nothing-of-the-kind"]}}
    few = {"kind-add-on": wrong, offers.SEQUENCE: offer_cases.files()[offers.SEQUENCE]}
    monkeypatch.setattr(offer_cases, "files", lambda: few)
    table = Table("offers")
    offers.cases(table, full=False)
    by_figure = {row.figure: row for row in table.rows}
    assert by_figure["cases: decided as they say"].value == "1 of 2"
    assert by_figure["cases: decided as they say"].verdict == "short"


def test_each_kind_of_bad_input_comes_out_as_its_case_says() -> None:
    table = Table("offers")
    offers.bad_input(table, full=False)
    assert len(table.rows) == len(offers.BAD) == 5
    assert {row.verdict for row in table.rows} == {"ok"}


def test_every_packet_is_written_in_every_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "OUT", tmp_path)
    table = Table("offers")
    offers.readers(table, full=False)
    assert len(list(tmp_path.iterdir())) == 18
    assert all("Connect Pack" in p.read_text("utf-8") for p in tmp_path.glob("ada-*"))


def test_the_large_company_has_rows_that_differ_where_it_says_so() -> None:
    compiled = Compiler().compile_sources(dict(speed_decide.topics(alike=False)), offers.NOW.date())
    playbook = compiled.playbook
    assert len(playbook.thresholds) == speed_decide.N_THRESHOLDS
    counted = {(t.counts, t.holds, t.window) for t in playbook.thresholds}
    assert len(counted) >= 0.9 * speed_decide.N_THRESHOLDS


def test_rows_that_count_alike_say_what_each_says_alone() -> None:
    compiled = Compiler().compile_sources(dict(speed_decide.topics()), offers.NOW.date())
    playbook, who = compiled.playbook, speed_decide.customer()
    asked = speed_decide.questions()["nobody asked"]
    whole = decide(playbook, who, asked, surface=Surface.IN_PRODUCT, now=speed_decide.NOW).signals
    for at in range(0, speed_decide.N_THRESHOLDS, 40):
        one = playbook.model_copy(update={"thresholds": playbook.thresholds[at : at + 1]})
        alone = decide(one, who, asked, surface=Surface.IN_PRODUCT, now=speed_decide.NOW).signals
        assert alone == whole[at : at + 1]
