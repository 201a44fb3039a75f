"""The proof of the Topic compiler, in small: its checks see what they look for."""

from __future__ import annotations

from datetime import date

from evals.proof import large, offered, paths
from evals.proof.defects import DEFECTS, naming
from evals.proof.legal import removed_rows
from skill.compiler.folder import Compiler, read_folder
from skill.sample import sample_topics

TODAY = date(2026, 11, 21)


def test_no_hostile_name_leads_outside() -> None:
    made = paths.attack(400, seed=5, today=TODAY)
    assert sum(made.made.values()) == 400
    assert made.through == []


def test_a_reader_that_follows_links_is_caught(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def follows(folder):  # type: ignore[no-untyped-def]
        return {
            p.name: p.read_text("utf-8")
            for p in folder.glob("*.md")
            if p.is_file() and p.stat().st_size < 9_999
        }

    monkeypatch.setattr(paths, "read_folder", follows)
    made = paths.attack(400, seed=5, today=TODAY)
    assert any("the secret was read" in told for told in made.through)


def test_a_writer_that_follows_links_is_caught(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def follows(files, out):  # type: ignore[no-untyped-def]
        out.mkdir(exist_ok=True)
        for name, text in files.items():
            if not (out / name).is_dir():
                (out / name).write_text(text, "utf-8")

    monkeypatch.setattr(paths, "write_folder", follows)
    made = paths.attack(400, seed=5, today=TODAY)
    assert any("the outside was changed" in told for told in made.through)


def test_a_defect_is_named_only_by_a_line_that_names_all_of_it() -> None:
    defect = next(d for d in DEFECTS if d.file.endswith("addon-identical"))
    assert naming(defect, ("x.md:1:1: warning[T105] `Add on1` and `Add on2` are the same",))
    assert not naming(defect, ("x.md:1:1: warning[T105] `Add on1` is dead",))
    assert not naming(defect, ("x.md:1:1: note[T404] `Add on1` and `Add on2`",))


def test_a_change_of_an_offer_is_seen() -> None:
    sources = read_folder(sample_topics())
    dearer = {
        name: text.replace("EUR 49 per workspace per month", "EUR 59 per workspace per month")
        for name, text in sources.items()
    }
    compiler = Compiler()
    before, after = (
        offered.offered(compiler.compile_sources(x, offered.TODAY)) for x in (sources, dearer)
    )
    assert ("ada", "Can we use Salesforce export?") in offered.changed(before, after)
    assert offered.changed(before, before) == []


def test_an_optional_row_that_is_gone_is_named() -> None:
    sources = read_folder(sample_topics())
    lines = sources["product-bundles.md"].splitlines()
    at = 1 + lines.index("| Try it | 14-day trial, no card needed |")
    (row,) = removed_rows(sources, TODAY, [("product-bundles.md", at)])
    assert row.matters
    assert row.named
    assert not row.told


def test_a_row_that_says_what_leaving_it_out_says_does_not_matter() -> None:
    sources = read_folder(sample_topics())
    at = 1 + sources["features.md"].splitlines().index("| Kind | switch |")
    (row,) = removed_rows(sources, TODAY, [("features.md", at)])
    assert not row.matters


def test_the_large_folder_has_the_size_it_says_and_no_errors() -> None:
    size = large.Size(files=6, bundles=12, features=40)
    compiled = Compiler().compile_sources(large.made(size), TODAY)
    assert (len(compiled.sources), len(compiled.playbook.bundles)) == (6, 12)
    assert len(compiled.playbook.features) == 40
    assert compiled.servable
