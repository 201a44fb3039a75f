"""Pricing2Yaml files as Topics: what carries over, what does not, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.compiler.folder import Compiler
from skill.compiler.importers.plain import cell, title
from skill.compiler.importers.pricing2yaml import import_pricing, read_pricing, topics_of
from skill.compiler.importers.pricing_things import pricing_of
from skill.compiler.importers.writing import write_folder
from skill.errors import InputError
from skill.model.common import slug
from skill.model.playbook import Playbook

TODAY = date(2026, 11, 21)
PRICINGS = Path(__file__).parents[3] / "shared" / "data" / "pricings" / "yaml"
FILE = """
saasName: Mapwork
currency: EUR
billing: {monthly: 1.0, annual: 0.8}
features:
  offlineMaps: {valueType: BOOLEAN, defaultValue: true, description: "Maps | without a network {really}."}
  routeAPI: {valueType: BOOLEAN, defaultValue: false, description: Plans routes.}
  supportHours: {valueType: TEXT, defaultValue: 9 to 5}
usageLimits:
  routesLimit: {valueType: NUMERIC, defaultValue: 10, unit: route/month, type: RENEWABLE, linkedFeatures: [routeAPI]}
plans:
  FREE: {price: 0, unit: user/month, features: null, usageLimits: null}
  PRO_TEAM:
    price: 29.26
    unit: user/month
    features: {routeAPI: {value: true}, supportHours: {value: 24/7}}
    usageLimits: {routesLimit: {value: .inf}}
  ENTERPRISE: {price: Contact Sales, features: {routeAPI: {value: true}}}
addOns:
  routePack: {availableFor: [FREE], price: 5, unit: user/month, features: {routeAPI: {value: true}}, usageLimitsExtensions: {routesLimit: {value: 100}}}
  rushPack: {availableFor: [PRO_TEAM], dependsOn: [routePack], excludes: [slowPack], price: 990, unit: one time payment, features: {routeAPI: {value: true}}}
  slowPack: {price: Contact us, features: {routeAPI: {value: true}}}
"""


@pytest.fixture
def mapwork(tmp_path: Path) -> Playbook:
    source = tmp_path / "mapwork.yml"
    source.write_text(FILE, "utf-8")
    write_folder(topics_of(read_pricing(source), today=TODAY), tmp_path / "out")
    compiled = Compiler().compile_folder(tmp_path / "out", TODAY)
    assert compiled.servable
    return compiled.playbook


def test_keys_are_the_files_own_names_in_kebab_case(mapwork: Playbook) -> None:
    assert set(mapwork.features) == {"offline-maps", "route-api", "support-hours"}
    assert list(mapwork.bundles)[:3] == ["free", "pro-team", "enterprise"]


def test_prices_are_exact_monthly_and_yearly_and_words_are_no_price(mapwork: Playbook) -> None:
    monthly, yearly = mapwork.bundles["pro-team"].prices
    assert (monthly.amount, monthly.per, monthly.billed) == (Decimal("29.26"), "user", "month")
    assert (yearly.amount, yearly.billed) == (Decimal("23.408"), "year")
    assert [p.amount for p in mapwork.bundles["enterprise"].prices] == [None]
    assert mapwork.bundles["rush-pack"].prices[0].billed == "once"
    assert mapwork.bundles["free"].prices[0].amount == Decimal(0)


def test_overrides_limits_and_extensions_carry_over(mapwork: Playbook) -> None:
    free, pro, pack = (mapwork.bundles[k] for k in ("free", "pro-team", "route-pack"))
    assert "route-api" not in free.unlocks
    assert "route-api" in pro.unlocks
    assert free.limits[0].value == 10
    assert pro.limits[0].value is None
    assert (pack.limits[0].value, pack.limits[0].extends) == (100, True)
    assert {s.value for s in pro.settings} == {"24/7"}


def test_needs_exclusions_and_availability_carry_over(mapwork: Playbook) -> None:
    rush = mapwork.bundles["rush-pack"]
    assert rush.available_on == ("pro-team",)
    assert rush.needs == ("route-pack",)
    assert rush.not_together_with == ("slow-pack",)


def test_generated_wording_is_not_reviewed_and_a_description_holds_no_slot(
    mapwork: Playbook,
) -> None:
    own = [q for q in mapwork.defaults if q.topic == "features"]
    assert own
    assert not any(q.reviewed for q in own)
    assert mapwork.features["offline-maps"].what_it_does == "Maps | without a network (really)."


@pytest.mark.parametrize(
    ("original", "name"),
    [
        ("brandedReports", "Branded reports"),
        ("PRO_SUITE", "Pro suite"),
        ("2xLargePlusLinuxVM", "2x large plus linux VM"),
        ("24/5PremiumSupport", "24/5 premium support"),
    ],
)
def test_names_are_readable_and_keep_their_key(original: str, name: str) -> None:
    assert title(original) == name
    assert slug(title(original)) == slug(original)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "bad.yml:"),
        ("just words", "no `features`"),
        ("features: {a: {defaultValue: true}}\nplans: {P: {price: soon}}", None),
    ],
)
def test_a_file_that_is_no_pricing_is_refused_with_its_place(
    tmp_path: Path, text: str, told: str | None
) -> None:
    source = tmp_path / "bad.yml"
    source.write_text(text, "utf-8")
    if told is None:
        lost = import_pricing(source, today=TODAY).lost
        assert lost == ("`P`: the price `soon` is no amount",)
        return
    with pytest.raises(InputError, match=told):
        read_pricing(source)


def test_a_key_that_stands_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    source = tmp_path / "twice.yml"
    source.write_text(
        "features:\n  a: {defaultValue: true}\nplans:\n  P:\n    price: 5\n    price: 9\n", "utf-8"
    )
    made = import_pricing(source, today=TODAY)
    assert made.lost == ("line 5: `price` stands again in line 6, and what stands last is taken",)
    assert "| Price | USD 9 |" in made.files["product-bundles.md"]


BOMB = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 500))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB, "more than 200,000 values"),
        (CHAIN, "nested too deeply"),
        ("features: " + "[" * 5000, "nested too deeply"),
        ("features: &a {b: *a}", "an alias inside what it names"),
        ("features: {a: !!python/object/apply:os.system ['true']}", "could not determine"),
        ("x" * 2_000_001, "more than 2,000,000 bytes"),
    ],
    ids=["bomb", "chain", "deep", "circle", "object", "large"],
)
def test_a_file_that_would_blow_up_is_refused(tmp_path: Path, text: str, told: str) -> None:
    source = tmp_path / "bad.yml"
    source.write_text(text, "utf-8")
    with pytest.raises(InputError, match=told):
        read_pricing(source)


def test_keys_that_topics_have_no_place_for_are_told(tmp_path: Path) -> None:
    source = tmp_path / "more.yml"
    text = "features: {a: {defaultValue: true, mood: good}}\nplans: {P: {price: 1, trial: 14}}\nvariables: {x: 1}\n"
    source.write_text(text, "utf-8")
    told = "\n".join(import_pricing(source, today=TODAY).lost)
    assert all(f"`{key}`" in told for key in ("mood", "trial", "variables"))


@pytest.mark.parametrize(
    "wrong",
    [
        "plans: {P: {price: [1]}}",
        "plans: {P: {price: {a: 1}}}",
        "plans: {P: {price: .nan}}",
        "plans: [1, 2]",
        "plans: {P: 5}",
        "currency: 7\nplans: {P: {price: 5}}",
        "billing: {annual: .nan}\nplans: {P: {price: 5, unit: month}}",
        "addOns: {X: {price: 1, availableFor: 5, dependsOn: {a: b}, usageLimits: [3]}}",
    ],
)
def test_values_of_the_wrong_shape_never_break_an_import(tmp_path: Path, wrong: str) -> None:
    source = tmp_path / "odd.yml"
    source.write_text("features: {a: {defaultValue: true}}\n" + wrong, "utf-8")
    made = import_pricing(source, today=TODAY)
    assert Compiler().compile_sources(made.files, TODAY).servable


HOSTILE = (
    "a|b",
    "line\nbreak",
    "{price}",
    "<!-- tactful: allow T103 -->",
    "<!--",
    "> **Answer:** buy",
    "## x",
    "\0",
    "```",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "\u2028## y",
    "\x0b| z |",
    "\u202eevil",
    "---",
    "\\",
    "a, b; c: d",
    "\ud800",
)
texts = st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=4).map(" ".join) | st.text(
    max_size=40
)


@settings(max_examples=60)
@given(texts, texts, texts)
def test_no_text_of_a_file_leaves_its_cell(name: str, about: str, value: str) -> None:
    raw = {
        "saasName": name,
        "features": {
            f"{name} one": {"description": about, "defaultValue": value},
            "two": {"description": value, "defaultValue": False},
        },
        "usageLimits": {f"{name} limit": {"defaultValue": 3, "unit": value, "description": about}},
        "plans": {f"{name} plan": {"description": about, "price": 1, "unit": value}, "Top": {}},
    }
    pricing = pricing_of(raw, "x", ())
    compiled = Compiler().compile_sources(topics_of(pricing, today=TODAY), TODAY)
    book = compiled.playbook
    assert compiled.servable
    assert [len(x) for x in (book.features, book.bundles, book.meters)] == [2, 2, 1]
    assert len([q for q in book.defaults if q.topic == "features"]) == 19
    assert not any(b.quotes or b.notes for b in book.bundles.values())


@given(st.text() | texts)
def test_a_cell_is_one_line_without_slot_or_tag(text: str) -> None:
    safe = cell(text)
    assert len(safe.splitlines()) <= 1
    assert safe.isprintable() or "\u200c" in safe or "\u200d" in safe
    assert not any(sign in safe for sign in ("{", "}", "<!--", "<s", "](", "\0"))
    assert "|" not in safe.replace("\\|", "")


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "mapwork.yml"
    source.write_text(FILE, "utf-8")
    first, second = (import_pricing(source, today=TODAY).files for _ in range(2))
    assert first == second
    assert all("\ngenerated: yes\n" in text for text in first.values())


def test_a_file_that_only_mentions_the_mark_is_a_persons(tmp_path: Path) -> None:
    mine = "---\nkind: features\nowner: me\n---\n# Mine\n\nOnce it said generated: yes.\n"
    (tmp_path / "features.md").write_text(mine, "utf-8")
    with pytest.raises(InputError, match="was not generated"):
        write_folder({"features.md": "theirs"}, tmp_path)


def test_a_file_that_a_person_wrote_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "features.md").write_text("mine", "utf-8")
    with pytest.raises(InputError, match="was not generated"):
        write_folder({"features.md": "theirs", "product-bundles.md": "theirs"}, tmp_path)
    assert not (tmp_path / "product-bundles.md").exists()


@pytest.mark.skipif(not PRICINGS.is_dir(), reason="the real pricings are not beside the project")
@pytest.mark.parametrize("path", sorted(PRICINGS.rglob("*.yml")), ids=lambda p: p.stem)
def test_every_real_pricing_imports_and_compiles(path: Path) -> None:
    sources = topics_of(read_pricing(path), today=TODAY)
    compiled = Compiler().compile_sources(sources, TODAY)
    raw = yaml.safe_load(path.read_text("utf-8"))
    assert compiled.servable
    assert len(compiled.playbook.features) == len(raw["features"])
    assert len(compiled.playbook.bundles) == len(raw.get("plans") or {}) + len(
        raw.get("addOns") or {}
    )
